# SPDX-License-Identifier: MIT
"""The GPU of this machine, through PyTorch and Triton: compile, launch, time, compare."""

from __future__ import annotations

import contextlib
import math
import os
import re
from typing import Any

from work import Call

import crossings


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
    import torch
    import triton

    # Descriptors that a kernel makes for itself lie in memory that the launch allocates.
    triton.set_allocator(lambda size, alignment, stream: torch.empty(size, dtype=torch.int8, device="cuda"))
    return work.prepare("cuda")


def compile_only(work: Any, config: Any, pipeline: str) -> None:
    """Puts what a launch will need into Triton's cache; takes no memory of the GPU's."""
    problem = work.prepare("meta")
    call = problem.call(config, problem.outputs(config))
    with enabled(pipeline):
        call.kernel.warmup(*call.args, grid=call.grid, **call.options)


def plan(work: Any, config: Any, pipelines: list[str]) -> dict[str, dict[str, Any]]:
    """What each pipeline makes of the work's TTIR at a configuration; nothing is launched.

    {pipeline: {"digest", "declines": [[id, sentence]]}}. digest: equal where the module
    is, "" for stock's, None where that cannot be told from TTIR. Raises what stock's
    compilation does.
    """
    found = _stock(work, config)
    made: dict[str, dict[str, Any]] = {}
    for pipeline in pipelines:
        crossed = found.run(pipeline) if _is_of_ttir(pipeline) else None
        if crossed is None or not crossed.is_fine:
            made[pipeline] = {"digest": None, "declines": []}
            continue
        digest = crossings.digest(found.read_back(crossed.text)) if crossed.text else ""
        same = digest == found.digest
        made[pipeline] = {"digest": "" if same else digest, "declines": crossed.declines}
    return made


def _stock(work: Any, config: Any) -> Any:
    """The work's kernel as stock's TTIR leaves it."""
    import tempfile

    from triton.compiler import make_backend
    from triton.runtime import driver

    target = driver.active.get_current_target()
    problem = work.prepare("meta")
    call = problem.call(config, problem.outputs(config))
    call.kernel.device_caches.clear()  # what this process has of it would be found, and nothing compiled
    before = os.environ.get("TRITON_CACHE_DIR")
    with tempfile.TemporaryDirectory(prefix="triton-ext-cache-") as folder:
        os.environ["TRITON_CACHE_DIR"] = folder
        try:
            return crossings.stock(
                lambda: call.kernel.warmup(*call.args, grid=call.grid, **call.options),
                type(make_backend(target)),
                target,
            )
        finally:
            os.environ.pop("TRITON_CACHE_DIR")
            if before is not None:
                os.environ["TRITON_CACHE_DIR"] = before


def _is_of_ttir(pipeline: str) -> bool:
    """Whether all of a pipeline runs at the end of TTIR."""
    from triton_ext import _pipeline

    rules = _pipeline.check(pipeline).rules
    return all(s["kind"] == "pass" and s["stage"] == "ttir" and not s["place"] for r in rules for s in r["steps"])


def settle() -> None:
    """Raises where a launch has left the GPU unusable; else gives unused memory back."""
    import torch

    torch.cuda.synchronize()
    torch.cuda.empty_cache()


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
