# SPDX-License-Identifier: MIT
"""What the tests of programs that nobody edits share: where things are, and environments to run them in."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
import venv

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


class Installed:
    """A virtual environment with this Triton and, as the wheel leaves them, the package and its .pth line."""

    def __init__(self, root: pathlib.Path) -> None:
        venv.create(root, symlinks=True)
        self.python = root / "bin" / "python"
        self.site = next(root.glob("lib/python*/site-packages"))
        for name in _distribution_of_triton():
            (self.site / name.name).symlink_to(name)
        shutil.copytree(LANGUAGE / "triton_ext", self.site / "triton_ext", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(LANGUAGE / "triton_ext.pth", self.site)


def _distribution_of_triton() -> list[pathlib.Path]:
    import triton

    site = pathlib.Path(triton.__file__).parents[1]
    return [path for path in site.iterdir() if path.name == "triton" or path.name.startswith("triton-")]
