# SPDX-License-Identifier: MIT
"""What the tests of programs that nobody edits share: where things are, and environments to run them in."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
import venv

import mirrored

HERE = pathlib.Path(__file__).resolve().parent
LANGUAGE = HERE.parents[2] / "language"
PROGRAM = HERE / "program.py"
TIME_LIMIT = 120  # seconds, for one program


@dataclasses.dataclass(frozen=True)
class Ran:
    """A finished program: exit code, the words that it printed, and what stood on stderr."""

    status: int
    words: list[str]
    stderr: str


class Environment:
    """A virtual environment with this Triton, and nothing of ours."""

    def __init__(self, root: pathlib.Path) -> None:
        venv.create(root, symlinks=True)
        self.python = root / "bin" / "python"
        self.site = next(root.glob("lib/python*/site-packages"))
        mirrored.place(self.site)
        for name in _facts_of_triton():
            (self.site / name.name).symlink_to(name)


class Installed(Environment):
    """The same and, as the wheel leaves them, the package and its .pth line."""

    def __init__(self, root: pathlib.Path) -> None:
        super().__init__(root)
        shutil.copytree(LANGUAGE / "triton_ext", self.site / "triton_ext", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(LANGUAGE / "triton_ext.pth", self.site)


def _facts_of_triton() -> list[pathlib.Path]:
    """The folder in which the wheel says what it is."""
    import triton

    return list(pathlib.Path(triton.__file__).parents[1].glob("triton-*"))
