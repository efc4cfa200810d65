# SPDX-License-Identifier: MIT
"""The GPU of this machine, through PyTorch and Triton: compile, launch, time, compare."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

from work import Call


class Missing(Exception):
    """This machine cannot run kernels; the message says what is missing."""


def machine() -> dict[str, str]:
    """What the works run on: machine, triton, torch. Raises Missing."""
    try:
        import torch
        import triton
    except ImportError as error:
        raise Missing(f"no Python package {error.name}") from None
    if not torch.cuda.is_available():
        raise Missing("PyTorch sees no GPU")
    return {
        "machine": short_name(torch.cuda.get_device_name()),
        "triton": triton.__version__,
        "torch": torch.__version__,
    }


def short_name(device: str) -> str:
    """A device's name without its vendor's: "NVIDIA H200" is "H200"."""
    return re.sub(r"^(NVIDIA|AMD)\s+", "", device.strip())


@contextlib.contextmanager
def enabled(pipeline: str) -> Any:
    """Enables passes; with an empty text stock is really stock, nothing wrapped."""
    if not pipeline:
        yield
        return
    import triton_ext

    with triton_ext.passes(pipeline):
        yield


def prepare(work: Any) -> Any:
    """The work's inputs on this GPU."""
    return work.prepare("cuda")


def compile_only(work: Any, config: Any, pipeline: str) -> None:
    """Puts what a launch will need into Triton's cache; takes no memory of the GPU's."""
    problem = work.prepare("meta")
    call = problem.call(config, problem.outputs(config))
    with enabled(pipeline):
        call.kernel.warmup(*call.args, grid=call.grid, **call.options)


def _launch(call: Call) -> Any:
    return call.kernel[call.grid](*call.args, **call.options)


def launch(call: Call, pipeline: str) -> list[dict]:
    """Runs a call to its end. Returns triton_ext's records of the kernel."""
    import torch

    import triton_ext

    with enabled(pipeline):
        compiled = _launch(call)
    torch.cuda.synchronize()
    return triton_ext.report(compiled)


def milliseconds(call: Call, pipeline: str, budget: int) -> float:
    """Median time of a launch, of those that fit into about `budget` milliseconds."""
    from triton.testing import do_bench

    with enabled(pipeline):
        return do_bench(lambda: _launch(call), warmup=10, rep=budget, return_mode="median")


def difference(a: Any, b: Any) -> dict[str, Any]:
    """In how many elements two tensors of one type differ in any bit, and by how much at most.

    The most is None where it is no number: one has an infinity or a NaN there.
    """
    import torch

    bits = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[a.element_size()]
    differs = a.view(bits) != b.view(bits)
    differing = differs.sum().item()
    most = (a[differs].double() - b[differs].double()).abs().max().item() if differing else 0.0
    return {"differing": differing, "elements": a.numel(), "max": most if math.isfinite(most) else None}
