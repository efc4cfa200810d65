# SPDX-License-Identifier: MIT
"""An empty insertion before and after every stock pass, one at a time, changes nothing.

PTX is byte for byte stock's; for AMD the instructions are, since line directives
may move. A few points of each stage in a usual run, others with each release;
all of them with TRITON_EXT_TEST_WHOLE=1.
"""

import pytest
import triton

import harness
import triton_ext
import triton_ext.testing
from triton_ext._stock import _recording

TARGETS = ("sm_90", "gfx942")
KERNELS = ("gemm_even", "causal_attention_d64", "cross_entropy", "calls", "branches", "histogram")
FEW = 3  # points of a stage, and more where there are many
PASSES_EACH = 5  # of which one is taken


def points(kernel, target):
    """{stage: the places before and after each of its stock passes}."""
    found = {}
    options = harness.options_of(kernel, target)
    for stage, steps in _recording.recorded(harness.TARGETS[target], options, ("ttir", "ttgir")).items():
        names = [f"{stage}.{step.namespace}.{step.name}#{step.occurrence}" for step in steps]
        found[stage] = [f"{how}={name}" for name in names for how in ("before", "after")]
    return found


def sampled(places):
    """Every n-th of ``places``, beginning elsewhere with each release."""
    every = max(1, min(2 * PASSES_EACH, len(places) // FEW)) | 1  # odd: before and after take turns
    return [places[(harness.TURN + index) % len(places)] for index in range(0, len(places), every)]


def differs(kernel, target, place, stock):
    """What is wrong with a kernel that crosses at ``place``; None for nothing."""
    with triton_ext.configure(on_failure="raise"), triton_ext.testing.crossing(place), harness.fresh_cache():
        crossed = harness.compile_kernel(kernel, target, assemble=False)
    (record,) = crossed.metadata.triton_ext_report
    if record["error"] or not record["us"]["read_back"]:
        return f"{place}: did not cross"
    same = (
        crossed.assembly == stock
        if harness.TARGETS[target].backend == "cuda"
        else harness.instructions(crossed.assembly) == harness.instructions(stock)
    )
    return None if same else f"{place}: differs from stock"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", KERNELS if harness.WHOLE else KERNELS[:1])
def test_an_empty_insertion_at_every_stock_pass(name, target):
    kernel = harness.KERNELS[name]
    with harness.fresh_cache():
        stock = harness.compile_kernel(kernel, target, assemble=False).assembly
    counts, wrong = {}, []
    for stage, places in points(kernel, target).items():
        chosen = places if harness.WHOLE else sampled(places)
        assert len(chosen) >= FEW
        counts[stage] = f"{len(chosen)} of {len(places)}"
        wrong += filter(None, (differs(kernel, target, place, stock) for place in chosen))
    print(f"Triton {triton.__version__} {target} {name}: insertions {counts}, {len(wrong)} differ")
    assert wrong == []
