# SPDX-License-Identifier: MIT
"""Fixtures of the tests of programs that nobody edits."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Callable

import pytest
from environments import LANGUAGE, TIME_LIMIT, Environment, Installed, Ran


@pytest.fixture
def base(tmp_path: pathlib.Path) -> dict[str, str]:
    """The environment of a user: the planted library, a cache folder, and nothing of ours on any path."""
    build = pathlib.Path(os.environ["TRITON_EXT_BUILD"])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRITON_EXT_", "PYTHON"))}
    return {
        **kept,
        "TRITON_EXT_LIBRARY": str(build / "lib" / "libTritonExtPlanted.so"),
        "TRITON_EXT_WORKER": str(build / "bin" / "triton-ext-planted-opt"),
        "TRITON_CACHE_DIR": str(tmp_path / "cache"),
        "TRITON_DEFAULT_FP_FUSION": "1",  # or 3.9 warns
    }


@pytest.fixture
def installed(tmp_path: pathlib.Path) -> Installed:
    """An environment of its own for a test to break."""
    return Installed(tmp_path / "venv")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment for those that change nothing in it."""
    return Installed(tmp_path_factory.mktemp("installed") / "venv")


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A Python that has this Triton and has never heard of us."""
    return Environment(tmp_path_factory.mktemp("stock") / "venv").python


@pytest.fixture
def program(base: dict[str, str]) -> Callable[..., Ran]:
    """`program(python, *words, **environment)`: runs a command, and returns what came of it."""

    def run(*command: object, input: str = "", **changes: str) -> Ran:
        done = subprocess.run(
            [str(word) for word in command],
            env={**base, **changes},
            input=input,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
        )
        return Ran(done.returncode, done.stdout.split(), done.stderr)

    return run


@pytest.fixture
def run(program: Callable[..., Ran], python: pathlib.Path) -> Callable[..., Ran]:
    """`run("--passes", …)`: `triton-ext run` of the checkout, under that Python."""
    command = f"import sys; sys.path.insert(0, {str(LANGUAGE)!r}); from triton_ext.cli import main; sys.exit(main())"

    def ran(*words: object, **changes: str) -> Ran:
        return program(python, "-c", command, "run", *words, **changes)

    return ran
