# SPDX-License-Identifier: MIT
"""For tests: an empty crossing, and a library put in place of the real one."""

import contextlib

from . import _library, _pipeline, _switch
from ._channel import _scope
from ._report import clear as clear_reports

__all__ = ["crossing", "use_library", "clear_reports"]


@contextlib.contextmanager
def crossing(place=None):
    """In the block, every kernel crosses over and back with no pass at all.

    At the end of both levels, or at ``place`` among the stock passes, as in
    "before=ttgir.ttgpuir.pipeline#1". The way is the one that a changed module
    takes, gates and fall-backs included.
    """
    _library.load()
    _switch.acquire()
    try:
        _scope.push(_pipeline.CROSSING if place is None else f"{_pipeline.CROSSING}@{place}")
        try:
            yield
        finally:
            _scope.pop()
    finally:
        _switch.release()


@contextlib.contextmanager
def use_library(library):
    """In the block, ``library`` (with the methods of `_library.Library`) is the library."""
    before = _library.replace(library)
    try:
        yield library
    finally:
        _library.replace(before)
