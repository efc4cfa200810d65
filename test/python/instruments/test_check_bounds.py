# SPDX-License-Identifier: MIT
"""check-bounds on stock wheels: what is asserted, by the names that every release has."""

from __future__ import annotations

import re

import pytest
from instruments_rig import CONTROL, assertions, instrumented, remarks

import harness
import triton_ext
from kernels import KERNELS


@pytest.mark.parametrize("target", harness.TARGETS)
def test_sizes_name_arguments_as_python_does(target: str) -> None:
    """Names of arguments come with the module on every release."""
    compiled = instrumented("layer_norm", target, "check-bounds{sizes='X:4096*stride,Y:4096*stride,W:n,B:n'}")
    messages = re.findall(r'tt\.assert .*"check-bounds: rows\.py:\d+:\d+: (.*)"', compiled.asm["ttir"])
    assert "load outside of X, which has 4096*stride elements" in messages
    assert "store outside of Y, which has 4096*stride elements" in messages
    assert assertions(compiled) > 0


def test_an_argument_without_a_size_is_named() -> None:
    ttir = instrumented("layer_norm", "sm_90", "check-bounds{sizes=W:n,B:n}").asm["ttir"]
    said = [remark["text"] for remark in remarks("check-bounds") if remark["id"] == "size-not-known"]
    assert {name for text in said for name in re.findall(r"the size of (\w+) is not known", text)} == {
        "X",
        "Y",
        "Mean",
        "Rstd",
    }
    assert "load before the start of X" in ttir and "load outside of W, which has n elements" in ttir


@pytest.mark.parametrize("target", ["sm_90", "gfx942"])
@pytest.mark.parametrize("name", CONTROL)
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
