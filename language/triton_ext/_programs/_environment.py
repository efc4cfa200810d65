# SPDX-License-Identifier: MIT
"""What TRITON_EXT_PASSES enables: its pipeline, for every kernel of the process, once Triton is imported.

Nobody may be there who can edit the program. So a mistake in the text, a library
that is missing, anything else: one warning, and kernels are stock's.
"""

import os
import sys

from . import _startup


def enable():
    """Called when this package is imported; does nothing where Triton never is."""
    if _startup.wanted() and not _is_command():
        _startup.install(_enable)


def _enable():
    from .._channel import _scope, _written
    from .._errors import LibraryMissing, PipelineError, warn

    text = _startup.wanted()
    try:
        if text and _written.written(text, "TRITON_EXT_PASSES"):
            _scope.enable_process(text)
    except (PipelineError, LibraryMissing) as error:
        warn(f"TRITON_EXT_PASSES is ignored, kernels are stock's: {error}")


def _is_command():
    """Whether this process is the command triton-ext, which must answer whatever the variables say."""
    program = getattr(sys, "argv", None) or [""]
    if program[0] == "-m":  # what is run is not known yet while its package is imported
        return any(pair == ("-m", __package__) for pair in zip(sys.orig_argv, sys.orig_argv[1:], strict=False))
    return os.path.basename(program[0]) == "triton-ext"
