# SPDX-License-Identifier: MIT
"""What this package raises and warns with."""

import os
import sys
import warnings


class PipelineError(ValueError):
    """A pipeline text is wrong; the message shows where, with a caret.

    ``details`` is the library's error object: ``code``, ``line``, ``column``,
    ``nearest`` (list of names) and ``hint``, as far as they apply.
    """

    def __init__(self, message, details=None):
        super().__init__(message)
        self.details = details or {}


class PassError(RuntimeError):
    """A pass failed on a kernel, and ``on_failure`` is ``"raise"``.

    ``record`` is the report of that kernel (see `triton_ext.reports`).
    """

    def __init__(self, message, record=None):
        super().__init__(message)
        self.record = record


class LibraryMissing(PassError):
    """libTritonExtPassInfra.so is absent or does not fit this package."""


class FallbackWarning(RuntimeWarning):
    """A kernel is compiled as stock because something of ours failed."""


class StepError(Exception):
    """A step of a pipeline cannot be taken on a kernel. ``step``: its text; ``code``: stable. Stays in the package."""

    def __init__(self, code, step, message):
        super().__init__(message)
        self.code = code
        self.step = step


# Users know them by the package's name.
for _kind in (PipelineError, PassError, LibraryMissing, FallbackWarning):
    _kind.__module__ = __package__


def warn(message):
    """Warns with `FallbackWarning`, at the line of the user's that led here."""
    ours = [os.path.dirname(__file__) + os.sep, "<frozen importlib"]
    triton = sys.modules.get("triton")
    if getattr(triton, "__file__", None):
        ours.append(os.path.dirname(triton.__file__) + os.sep)
    level, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(tuple(ours)):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, FallbackWarning, stacklevel=level)
