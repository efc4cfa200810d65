# SPDX-License-Identifier: MIT
"""check-nan on stock wheels: the assertion is in the assembly, whatever `debug` says."""

from __future__ import annotations

import re

import pytest
from instruments_rig import CONTROL, assertions, instrumented

import harness
from kernels import KERNELS


@pytest.mark.parametrize(("target", "debug"), harness.each_with_one(harness.TARGETS, (False, True)))
def test_the_assertion_is_in_the_assembly(target: str, debug: bool) -> None:
    compiled = instrumented("softmax", target, "check-nan", debug=debug)
    assert re.search(r'tt\.assert .*"check-nan: rows\.py:\d+:\d+: a stored value is NaN"', compiled.asm["ttir"])
    if "ptx" in compiled.asm:  # on AMD the text is packed into integers
        assert "check-nan: rows.py" in compiled.asm["llir"]
    stock = harness.compile_kernel(KERNELS["softmax"], target, assemble=False, debug=debug)
    assert assertions(compiled) > assertions(stock)
    assert debug or assertions(stock) == 0


@pytest.mark.parametrize(("name", "target"), harness.each_with_one(CONTROL, ("sm_90", "gfx942")))
def test_every_value_in_loops(name: str, target: str) -> None:
    """Later stages take every assertion wherever it stands."""
    compiled = instrumented(name, target, "check-nan{at=all inf=true}")
    assert compiled.asm["ttir"].count("check-nan: ") > 1
    assert assertions(compiled) > 0


def test_products_stay_as_contracted_as_they_were() -> None:
    """The same sums and fused operations as stock's; a product of constants may be made that stock does without."""
    counts = []
    for pipeline in ("", "check-nan{at=all}"):
        text = instrumented("causal_attention_d64", "sm_90", pipeline).assembly
        counts.append([len(re.findall(rf"\b{word}\b", text)) for word in (r"fma\.rn\.f32", r"add\.f32", r"mul\.f32")])
    (*contracted, products), (*contracted_now, products_now) = counts
    assert contracted == contracted_now and products <= products_now
