# SPDX-License-Identifier: MIT
"""Compiler passes for Triton, by name, on the Triton that is installed.

    import triton_ext

    with triton_ext.passes("loop-split{max-splits=2}"):
        kernel[grid](...)

`triton_ext.catalogue()` says which there are.

Importing this wraps nothing and starts nothing. Where TRITON_EXT_PASSES names
passes they are enabled for every kernel of the process, once it imports Triton.
"""

from . import _channel, _settings  # noqa: F401  (the channel is what enabling opens)
from ._catalogue import catalogue
from ._catalogue._order import pipeline_of
from ._channel._config import Config
from ._channel._scope import passes
from ._errors import FallbackWarning, LibraryMissing, PassError, PipelineError
from ._programs import _environment, _inductor  # noqa: F401  (the channel is what enabling opens)
from ._report import report, reports
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
    "pipeline",
    "pipeline_of",
    "report",
    "reports",
]


def pipeline(target=None, **options):
    """The pipeline of the Triton that is installed, as an object to look at and to edit.

    ``target``: "cuda:90", "sm_90", "gfx942" or BACKEND:ARCH; None for this
    machine's GPU, and cuda:90 where there is none. ``options``: compile options,
    such as ``num_stages=4``, whose steps it shows. Nothing is compiled.

        p = triton_ext.pipeline("cuda:90")
        p.insert_before("ttir.loop_unroll", "loop-split")
        with triton_ext.passes(p):
            kernel[grid](...)

    Returns a sequence of steps (`_steps.Pipeline`). Raises PipelineError for a
    target or an option that there is not, ImportError without Triton.
    """
    from ._stock._steps import installed

    return installed(target, options)


def __getattr__(name):
    if name == "on_failure":
        return _settings.get("on_failure")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_environment.enable()
