# SPDX-License-Identifier: MIT
"""An empty pipeline that crosses at both levels leaves every kernel as stock makes it.

PTX and, of some, cubin byte for byte; for AMD the instructions, since line directives
may move. What is compared did cross: any fall-back raises, and the report is looked at.
Half of the kernels for each target, the other half with the next release.
"""

import pytest

import harness
import triton_ext.testing
from kernels import Kernel

CASES = harness.in_turn(((kernel, target) for target in harness.TARGETS for kernel in harness.compilable(target)), 2)
ASSEMBLED = harness.in_turn(CASES, 3)
ONE_TARGET = [pytest.param(kernel, id=f"{kernel}") for kernel in harness.in_turn(harness.compilable("sm_90"), 2)]


@pytest.mark.parametrize(
    ("kernel", "target"), [pytest.param(kernel, target, id=f"{target}-{kernel}") for kernel, target in CASES]
)
def test_crossing_at_both_levels_is_neutral(kernel: Kernel, target: str) -> None:
    with triton_ext.configure(on_failure="raise"), triton_ext.testing.crossing():
        crossed = harness.compile_kernel(kernel, target, assemble=(kernel, target) in ASSEMBLED)
    assert_crossed(crossed)
    if harness.TARGETS[target].backend == "cuda":
        harness.assert_as_stock(crossed)
    else:
        stock = harness.stock(kernel, target, bool(crossed.binary))
        assert harness.instructions(crossed.assembly) == harness.instructions(stock.assembly)


def assert_crossed(compiled: harness.Compiled) -> None:
    """Each level crossed once, and what came back was what went on."""
    records = compiled.metadata.triton_ext_report
    assert [record["stage"] for record in records] == ["ttir", "ttgir"]
    for record in records:
        assert record["error"] is None
        assert record["us"]["read_back"] > 0


@pytest.mark.parametrize("kernel", ONE_TARGET)
def test_printing_the_generic_form_spoils_no_module(kernel: Kernel) -> None:
    with harness.each_level("sm_90", lambda module: harness.generic_text(module) and module):
        printed = harness.compile_kernel(kernel, "sm_90", assemble=False)
    assert printed.assembly == harness.stock(kernel, "sm_90", assemble=False).assembly


@pytest.mark.parametrize("kernel", ONE_TARGET)
def test_the_generic_form_is_all_of_a_module(kernel: Kernel) -> None:
    """Triton's own printer and parser, without our library: what design calls "seen"."""

    def through_text(module: object) -> object:
        return harness.parsed(harness.generic_text(module), module.context)

    with harness.each_level("sm_90", through_text):
        parsed = harness.compile_kernel(kernel, "sm_90", assemble=False)
    assert parsed.assembly == harness.stock(kernel, "sm_90", assemble=False).assembly


@pytest.mark.parametrize("target", harness.TARGETS)
def test_an_empty_text_is_stock_without_crossing(compile_kernel, target: str) -> None:
    compiled = compile_kernel("softmax", target, pipeline="")
    assert not hasattr(compiled.metadata, "triton_ext_report")
    harness.assert_as_stock(compiled)


def test_a_kernel_that_is_not_stock_is_noticed() -> None:
    kernel = harness.KERNELS["softmax"]
    changed = harness.compile_kernel(kernel, "sm_90", enable_fp_fusion=False)
    with pytest.raises(AssertionError, match="differs from stock"):
        harness.assert_as_stock(changed)
    expected = harness.stock(kernel, "sm_90")
    binary = expected.binary[:-1] + bytes([expected.binary[-1] ^ 1])
    spoiled = harness.Compiled(kernel, "sm_90", {**expected.asm, "cubin": binary}, expected.metadata)
    with pytest.raises(AssertionError, match="no binary that stock makes"):
        harness.assert_as_stock(spoiled)
