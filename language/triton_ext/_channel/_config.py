# SPDX-License-Identifier: MIT
"""Passes in `triton.autotune`: the pipeline as one more thing to tune."""

from .. import _pipeline, _switch
from .._pipeline._step_text import text_of
from . import _written

_held = False


def Config(kwargs, passes=None, **rest):
    """A `triton.Config` whose kernel is compiled with the pipeline ``passes``.

    ``kwargs`` and ``rest`` (num_warps, num_stages, ...) are triton.Config's own.
    It is a plain triton.Config with the option `triton_ext` among its kwargs, so
    its text, its equality and Triton's tuning cache tell pipelines apart.
    ``passes``: a text, or what `triton_ext.pipeline` returns; "" is stock, a
    leading "+" adds to the wider setting, None leaves the wider setting in
    force. Raises PipelineError.

    From the first such Config on the option channel stays open in this process:
    Configs are copied and stored freely, so their end cannot be seen.
    """
    global _held
    import triton

    kwargs, passes = dict(kwargs), text_of(passes)
    if passes is not None and _written.written(passes, f"Config(passes={passes!r})"):
        plus = "+" if passes.startswith("+") else ""
        kwargs[_pipeline.OPTION] = plus + _pipeline.value(passes[len(plus) :])
        if not _held:
            _held = True
            _switch.acquire()
    return triton.Config(kwargs, **rest)
