# SPDX-License-Identifier: MIT
"""Pointers that walk along do not go from one piece of a split loop to the next."""

import re

import harness
import triton_ext


def loops(ttir: str) -> list[str]:
    """The head of each loop."""
    return re.findall(r"scf\.for .*", ttir)


def test_pieces_carry_no_pointers() -> None:
    kernel = harness.KERNELS["walking_attention_d64"]
    before = loops(harness.compile_kernel(kernel, "sm_90", assemble=False).asm["ttir"])
    with triton_ext.configure(on_failure="raise"), triton_ext.passes("loop-split"):
        after = loops(harness.compile_kernel(kernel, "sm_90", assemble=False).asm["ttir"])
    assert len(before) == 1 and before[0].count("!tt.ptr") == 2
    assert len(after) == 2
    assert not any("!tt.ptr" in loop for loop in after)


def test_the_split_needs_no_more_shared_memory() -> None:
    """Two pipelined loops that hand pointers on keep both pipelines' buffers alive."""
    kernel = harness.KERNELS["walking_attention_d64"]
    stock = harness.compile_kernel(kernel, "sm_90", assemble=False, num_stages=3).metadata.shared
    with triton_ext.passes("loop-split"):
        split = harness.compile_kernel(kernel, "sm_90", assemble=False, num_stages=3).metadata.shared
    assert split == stock
