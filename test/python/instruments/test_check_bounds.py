# SPDX-License-Identifier: MIT
"""check-bounds on stock wheels: what is asserted, by the names that every release has."""

from __future__ import annotations

import re

import pytest
from instruments_rig import CONTROL, assertions, instrumented, remarks

import harness
import triton_ext
from kernels import KERNELS


@pytest.mark.parametrize("target", harness.in_turn(harness.TARGETS, 2))
def test_sizes_name_arguments_as_python_does(target: str) -> None:
    """Names of arguments come with the module on every release."""
    compiled = instrumented("layer_norm", target, "check-bounds{sizes='X:4096*stride,Y:4096*stride,W:n,B:n'}")
    messages = re.findall(r'tt\.assert .*"check-bounds: rows\.py:\d+:\d+: (.*)"', compiled.asm["ttir"])
    assert "load outside of X, which has 4096*stride elements" in messages
    assert "store outside of Y, which has 4096*stride elements" in messages
    assert assertions(compiled) > 0


def test_what_is_known_is_told_apart() -> None:
    """Masked loads of W and B are proved; the rows of X and Y have no size, and their offsets may wrap."""
    ttir = instrumented("layer_norm", "sm_90", "check-bounds{sizes=W:n,B:n}").asm["ttir"]
    said = remarks("check-bounds")
    unknown = [remark["text"] for remark in said if remark["id"] == "size-not-known"]
    assert {text.split(" is not known")[0].removeprefix("the size of ") for text in unknown} == {
        "X",
        "Y",
        "Mean",
        "Rstd",
    }
    proved = {remark["text"] for remark in said if remark["id"] == "proved"}
    assert {"in bounds of W: no assertion", "in bounds of B: no assertion"} <= proved
    assert "load before the start of X" in ttir and "32-bit offset into X wrapped around" in ttir
    assert "outside of W" not in ttir


@pytest.mark.parametrize(("name", "target"), harness.each_with_one(CONTROL, ("sm_90", "gfx942")))
def test_wherever_it_stands(name: str, target: str) -> None:
    kernel = KERNELS[name]
    first = next(iter(kernel.signature))
    compiled = instrumented(name, target, f"check-bounds{{sizes={first}:1000}}")
    assert compiled.asm["ttir"].count("check-bounds: ") > 0
    assert assertions(compiled) > 0


@pytest.mark.parametrize("text", ["x", "x:", "x:n/2", "x:(n", "x:n,", "3x:n", "#x:1"])
def test_a_mistake_in_the_sizes_is_one_in_the_pipeline(text: str) -> None:
    with (
        pytest.raises(triton_ext.PipelineError, match="sizes: expected"),
        triton_ext.passes(f"check-bounds{{sizes='{text}'}}"),
    ):
        pass
