# SPDX-License-Identifier: MIT
"""Programs in another order compile for every target, and keep what the order does not touch."""

import re

import pytest
from tiled import PRODUCT

import collected
import harness
import triton_ext
from kernels import Kernel

GROUPED, SPREAD = "grid-group", "grid-xcd{xcds=8}"


def changed(kernel: str | Kernel, target: str, pipeline: str, *, assemble: bool = False) -> harness.Compiled:
    """The kernel compiled with a pipeline whose every failure is an error."""
    kernel = harness.KERNELS[kernel] if isinstance(kernel, str) else kernel
    with harness.fresh_cache(), triton_ext.configure(on_failure="raise"), triton_ext.passes(pipeline):
        return harness.compile_kernel(kernel, target, assemble=assemble)


def statuses(done: harness.Compiled) -> list[str]:
    """What became of each pass."""
    return [entry["status"] for record in triton_ext.report(done) for entry in record["passes"]]


def reasons(done: harness.Compiled) -> list[str]:
    """Why passes declined."""
    return [
        remark["id"]
        for record in triton_ext.report(done)
        for entry in record["passes"]
        for remark in entry["remarks"]
        if entry["status"] == "declined"
    ]


@pytest.mark.parametrize("target", harness.in_turn(harness.TARGETS, 2))
def test_products_are_walked_in_bands(target: str) -> None:
    done = changed("gemm_bf16", target, GROUPED)
    assert statuses(done) == ["fired"]
    stock = changed("gemm_bf16", target, "")
    assert done.asm["ttir"].count("arith.remui") == stock.asm["ttir"].count("arith.remui") + 2
    assert done.metadata.shared == stock.metadata.shared


@pytest.mark.parametrize(
    "work",
    [
        "matrix product f16 grid of two axes M=8192 N=8192 K=8192",
        "matrix product f16 through descriptors M=8192 N=8192 K=8192",
        "matrix product f16 row by row M=8192 N=8192 K=8192",
        "matrix product f16 row by row M=3000 N=2999 K=1001",
    ],
)
def test_works_are_walked_in_bands(work: str) -> None:
    assert statuses(changed(collected.KERNELS[work], "sm_90", GROUPED)) == ["fired"]


def test_a_grouped_order_stays() -> None:
    done = changed("gemm_even", "sm_90", GROUPED, assemble=True)
    assert reasons(done) == ["already-grouped"]
    harness.assert_as_stock(done)


def test_rows_of_attention_share_nothing_by_row() -> None:
    assert reasons(changed("causal_attention_d64", "sm_90", GROUPED)) == ["no-shared-tiles"]


@pytest.mark.parametrize("kernel", ["gemm_bf16", "gemm_even", "causal_attention_d64"])
def test_each_xcd_gets_a_stretch(kernel: str) -> None:
    done = changed(kernel, "gfx942", SPREAD)
    assert statuses(done) == ["fired"]


def test_bands_go_within_a_stretch() -> None:
    done = changed("gemm_bf16", "gfx942", triton_ext.pipeline_of({SPREAD, GROUPED}))
    assert statuses(done) == ["fired", "fired"]
    # The hardware's ids go to the XCDs first: what comes of that, into bands.
    ids = [line for line in done.asm["ttir"].splitlines() if "tt.get_program_id" in line]
    assert len(ids) == 2


@pytest.mark.parametrize("pipeline", [GROUPED, SPREAD])
def test_amd_keeps_its_buffer_loads(pipeline: str) -> None:
    stock = changed(PRODUCT, "gfx942", "")
    done = changed(PRODUCT, "gfx942", pipeline)

    def accesses(compiled: harness.Compiled) -> list[str]:
        return sorted(re.findall(r"\b(?:buffer|global)_(?:load|store)_\w+", compiled.assembly))

    assert statuses(done) == ["fired"]
    assert "buffer_load_dwordx4" in accesses(stock)
    assert accesses(done) == accesses(stock)


def test_xcds_are_amds() -> None:
    done = changed("gemm_bf16", "sm_90", SPREAD, assemble=True)
    assert statuses(done) == ["declined"]
    harness.assert_as_stock(done)
