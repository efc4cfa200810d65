# SPDX-License-Identifier: MIT
"""This Triton once more, by links, for processes of a test's own: their first compilation is quick.

Triton's keys name the installation: the first compilation of a process reads all of
`_C/libtriton.so`, 400 MB and more, for its digest, which takes longer than the rest.
Python imports a file with its own version in the name before that one. So in a mirror
the library has such a name, and `libtriton.so`, which then is only read, is a line of
text. All else are links to the wheel's files.
"""

from __future__ import annotations

import functools
import importlib.machinery
import pathlib
import tempfile


def place(folder: pathlib.Path) -> None:
    """Makes `folder`/triton, the mirror of the Triton of this process."""
    import triton

    wheel = pathlib.Path(triton.__file__).parent
    package, native = folder / "triton", folder / "triton" / "_C"
    native.mkdir(parents=True)
    _link(wheel, package, besides={"_C", "__pycache__"})
    _link(wheel / "_C", native, besides={"libtriton.so"})
    suffix, *_ = importlib.machinery.EXTENSION_SUFFIXES
    assert suffix != ".so", "this Python has no name for a library that goes before libtriton.so"
    (native / f"libtriton{suffix}").symlink_to(wheel / "_C" / "libtriton.so")
    (native / "libtriton.so").write_text(f"stands for the library of Triton {triton.__version__}\n")


def _link(source: pathlib.Path, folder: pathlib.Path, besides: set[str]) -> None:
    for path in source.iterdir():
        if path.name not in besides:
            (folder / path.name).symlink_to(path)


@functools.cache
def _folder() -> tempfile.TemporaryDirectory:
    """Gone with the process."""
    folder = tempfile.TemporaryDirectory(prefix="triton-ext-mirror-")
    place(pathlib.Path(folder.name))
    return folder


def folder() -> str:
    """The folder of a mirror that is made once a process: for a PYTHONPATH."""
    return _folder().name
