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
from collections.abc import Callable, Iterator, Sequence

import jsonschema
import pytest
import referencing

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


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hundreds of processes import the package: what one compiles of it is kept for the next, outside the checkout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", os.environ.get("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("pyc"))))
        yield


@pytest.fixture(scope="session")
def build() -> pathlib.Path:
    """The build folder that is tested."""
    return pathlib.Path(os.environ.get("TRITON_EXT_BUILD", ROOT / "build" / "dev")).resolve()


@pytest.fixture
def cli() -> Callable[..., Ran]:
    """`cli("list", "--json", env={...}, cwd=..., python=...)`: runs the command, and returns what came of it.

    What it printed as JSON satisfies the schema of the command, or that of mistakes.

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
        return checked(words, Ran(done.returncode, done.stdout, done.stderr))

    return run


def checked(words: Sequence[object], ran: Ran) -> Ran:
    """``ran``, whose JSON was held against the published schema of what the command prints."""
    if "--json" in words and "--help" not in words and ran.stdout:
        found = "error" if isinstance(ran.json, dict) and "error" in ran.json else str(words[0])
        name = {"list": "catalogue", "show": "extension"}.get(found, found)
        # What `schema` prints is a schema; what starts with an option is no command's.
        if name != "schema" and not name.startswith("-"):
            assert ran.status or name != "error"
            _validator(name).validate(ran.json)
    return ran


def _validator(name: str) -> jsonschema.Draft202012Validator:
    from triton_ext import _schemas

    schemas = [_schemas.schema(each) for each in _schemas.schema_names()]
    resources = [(each["$id"], referencing.Resource.from_contents(each)) for each in schemas]
    return jsonschema.Draft202012Validator(
        _schemas.schema(name), registry=referencing.Registry().with_resources(resources)
    )


def _environment(changes: dict[str, object]) -> dict[str, str]:
    merged = {"PYTHONPATH": str(ROOT / "language"), **os.environ, **changes}
    return {name: str(value) for name, value in merged.items() if value is not None}


@pytest.fixture(scope="session")
def library(build: pathlib.Path) -> pathlib.Path:
    """The library that is tested."""
    return pathlib.Path(os.environ.get("TRITON_EXT_LIBRARY", build / "lib" / "libTritonExtPassInfra.so"))


@pytest.fixture
def libraries(request: pytest.FixtureRequest, build: pathlib.Path, library: pathlib.Path) -> str:
    """A value of TRITON_EXT_LIBRARY: `main` is the library, `planted` the one with the tests' own passes, `mine`
    the one of a private repository. Parametrized indirectly, by such words with a + between."""
    files = {"main": library, "planted": build / "lib" / "libTritonExtPlanted.so"}
    files["mine"] = build / "lib" / "libTritonExtMine.so"
    return os.pathsep.join(str(files[word]) for word in request.param.split("+"))


@pytest.fixture(scope="session")
def sample(build: pathlib.Path) -> dict:
    """What C++ makes of test/unit/registry/sample.yaml, and of targets: see SampleAnswers.cpp."""
    program = build / "test" / "programs" / "registry-catalogue"
    printed = subprocess.run([program, "--gtest_filter=SampleAnswers.*"], capture_output=True, text=True, check=True)
    return json.loads(next(line for line in printed.stdout.splitlines() if line.startswith("{")))


@pytest.fixture
def stand_in(capsys: pytest.CaptureFixture) -> Iterator[Callable[..., Callable[..., Ran]]]:
    """`stand_in(entries)` puts a catalogue of these entries in place of the library's.

    Returns a function that runs the command on it, in this process, as `cli` does in another.
    """
    from triton_ext import _library, cli

    before = _library.replace(None)

    def put(entries: list[dict], **rest: object) -> Callable[..., Ran]:
        answer = {"version": "0.1.0", "build_hash": "0123456789abcdef", "extensions": entries, "libraries": [], **rest}
        _library.replace(_StandIn(json.dumps(answer)))

        def run(*words: str) -> Ran:
            status = cli.main(words)
            printed = capsys.readouterr()
            return checked(words, Ran(status, printed.out, printed.err))

        return run

    yield put
    _library.replace(before)


class _StandIn:
    """A library that has a catalogue and nothing else."""

    def __init__(self, text: str):
        self.text = text

    def catalogue(self):
        from triton_ext._library import OK, Result

        return Result(OK, self.text, {})
