# SPDX-License-Identifier: MIT
"""Compiler passes for Triton, by name, on the Triton that is installed.

    import triton_ext

    with triton_ext.passes("loop-split{max-splits=2}"):
        kernel[grid](...)

`triton_ext.catalogue()` says which there are.

Importing this wraps nothing and starts nothing. Where TRITON_EXT_PASSES names
passes they are enabled for every kernel of the process, once it imports Triton.
"""

from . import _channel, _environment, _settings  # noqa: F401  (the channel is what enabling opens)
from ._catalogue import catalogue
from ._config import Config
from ._errors import FallbackWarning, LibraryMissing, PassError, PipelineError
from ._report import report, reports
from ._scope import passes
from ._settings import configure

__all__ = [
    "Config",
    "FallbackWarning",
    "LibraryMissing",
    "PassError",
    "PipelineError",
    "catalogue",
    "configure",
    "on_failure",
    "passes",
    "report",
    "reports",
]


def __getattr__(name):
    if name == "on_failure":
        return _settings.get("on_failure")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_environment.enable()
