# SPDX-License-Identifier: MIT
"""access-report on stock wheels: what is said of a kernel, and that the kernel stays stock's."""

from __future__ import annotations

import pytest
from instruments_rig import instrumented, remarks

import harness
import triton_ext
from kernels import KERNELS


@pytest.mark.parametrize("target", ["sm_90", "gfx942"])
def test_the_report_of_attention(target: str) -> None:
    compiled = instrumented("causal_attention_d64", target, "access-report")
    said = remarks("access-report")
    text = {remark["text"] for remark in said if remark["id"] == "load"}
    assert any("from K: lanes [1, stride_n] apart, contiguous along dimension 0" in each for each in text)
    assert [r for r in said if r["id"] == "loop" and "2 loads, 2 dots" in r["text"]]
    assert [r for r in said if r["id"] == "would-fire" and r["text"].startswith("loop-split would fire")]
    assert (
        compiled.asm["ttir"]
        == harness.compile_kernel(KERNELS["causal_attention_d64"], target, assemble=False).asm["ttir"]
    )


def test_each_transform_is_tried() -> None:
    """Those that are for the target, and no others."""
    instrumented("softmax", "sm_90", "access-report")
    said = {r["text"].split()[0] for r in remarks("access-report") if r["id"].startswith("would-")}
    transforms = {e.name for e in triton_ext.catalogue() if e.kind == "transform" and e.stage == "ttir"}
    assert said == {name for name in transforms if name != "grid-xcd"}


def test_without_dry_runs() -> None:
    instrumented("softmax", "sm_90", "access-report{dry-runs=false}")
    said = remarks("access-report")
    assert said and not [r for r in said if r["id"].startswith("would-")]
