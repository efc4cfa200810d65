# SPDX-License-Identifier: MIT
"""Fixtures of the tests of the command ``triton-ext``.

`make test-cli` sets everything up; by hand:

    PYTHONPATH=language TRITON_EXT_LIBRARY=$PWD/build/dev/lib/libTritonExtPassInfra.so \\
    TRITON_EXT_BUILD=$PWD/build/dev .venv/tools/bin/python -m pytest test/cli
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIME_LIMIT = 300  # seconds, for one command: far more than any takes


@dataclasses.dataclass(frozen=True)
class Ran:
    """A finished command: its exit code and what it printed."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> object:
        """The standard output, read as JSON."""
        return json.loads(self.stdout)

    @property
    def error(self) -> dict:
        """The error object of a command that ran with --json and failed."""
        return self.json["error"]


@pytest.fixture(scope="session")
def build() -> pathlib.Path:
    """The build folder that is tested."""
    return pathlib.Path(os.environ.get("TRITON_EXT_BUILD", ROOT / "build" / "dev")).resolve()


@pytest.fixture
def cli() -> Callable[..., Ran]:
    """`cli("list", "--json", env={...}, cwd=..., python=...)`: runs the command, and returns what came of it.

    env: added to this process's environment; a value of None takes a variable away.
    cwd: the working directory. python: the interpreter (default: the tests').
    input: text for its standard input.
    """

    def run(*words, env=None, cwd=None, python=sys.executable, input=None, timeout=TIME_LIMIT) -> Ran:
        done = subprocess.run(
            [str(python), "-m", "triton_ext", *map(str, words)],
            env=_environment(env or {}),
            cwd=cwd,
            input=input if input is not None else "",
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=timeout,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


def _environment(changes: dict[str, object]) -> dict[str, str]:
    merged = {"PYTHONPATH": str(ROOT / "language"), **os.environ, **changes}
    return {name: str(value) for name, value in merged.items() if value is not None}
