# SPDX-License-Identifier: MIT
"""dot-precision makes of a kernel what its author gets by writing the precision into it."""

import inspect

import pytest
from precision_kernels import extended, product, two_products

import by_hand
import harness

MODES = ("ieee", "tf32", "tf32x3", "bf16x3", "bf16x6")

SHAPES = ((16, 16, 16), (128, 16, 16), (32, 128, 64))

TILE = {"BM": 64, "BN": 32, "BK": 16}


def compiled(fn, constants, target, pipeline="", dtype="fp32"):
    """(kernel, its instructions) of a kernel of precision_kernels."""
    types = {"A": f"*{dtype}", "B": f"*{dtype}", "C": "*fp32"}
    return by_hand.compiled(fn, constants, types, target, pipeline)


@pytest.mark.parametrize(("mode", "target"), harness.each_with_one(MODES * 2, harness.TARGETS))
def test_is_what_the_author_would_get(mode, target):
    before = "tf32" if mode == "ieee" else "ieee"
    kernel, assembly = compiled(product, {**TILE, "PRECISION": before}, target, f"dot-precision{{mode={mode}}}")
    status, said = by_hand.said(kernel)
    if target == "gfx942" and mode == "tf32x3":
        assert status == "declined" and "mode-not-taken" in said
        mode = "ieee"
    else:
        assert status == "fired", said
    _, expected = compiled(product, {**TILE, "PRECISION": mode}, target)
    assert assembly == expected
    if target == "sm_80":
        assert ("bf16.bf16.f32" in assembly) == mode.startswith("bf16")
        assert ("tf32.tf32.f32" in assembly) == mode.startswith("tf32")
        assert ("fma.rn.f32" in assembly) == (mode == "ieee")


def test_number_of_products():
    def products(mode):
        _, assembly = compiled(product, {**TILE, "PRECISION": "ieee"}, "sm_80", f"dot-precision{{mode={mode}}}")
        return assembly.count("mma.sync.aligned")

    assert products("tf32x3") == 3 * products("tf32") > 0
    assert products("bf16x6") == 2 * products("bf16x3") > 0


@pytest.mark.parametrize(("target", "dtype"), harness.each_with_one(harness.TARGETS, ("fp16", "bf16")))
def test_extended_operands_are_multiplied_narrow(dtype, target):
    kernel, assembly = compiled(extended, {**TILE, "WIDE": True}, target, "dot-precision{mode=keep}", dtype)
    assert by_hand.said(kernel)[0] == "fired"
    assert assembly == compiled(extended, {**TILE, "WIDE": False}, target, "", dtype)[1]
    kept, wide = compiled(extended, {**TILE, "WIDE": True}, target, "dot-precision{mode=keep demote=false}", dtype)
    assert by_hand.said(kept)[0] == "declined" and wide != assembly


def test_one_line():
    lines, first = inspect.getsourcelines(two_products.fn)
    at = first + next(number for number, line in enumerate(lines) if "c = tl.dot" in line)
    kernel, _ = compiled(two_products, {"S": 32}, "sm_80", f"dot-precision{{mode=bf16x3 lines={at}}}")
    ttir = kernel.asm["ttir"]
    assert ttir.count("inputPrecision = bf16x3") == 1 and ttir.count("tt.dot ") == 2
    status, said = by_hand.said(kernel)
    assert status == "fired" and "not-on-line" in said


@pytest.mark.parametrize(("target", "shape"), harness.each_with_one(harness.TARGETS, SHAPES))
def test_every_shape_is_lowered(shape, target):
    tile = dict(zip(("BM", "BN", "BK"), shape, strict=True))
    for mode in ("tf32", "bf16x6"):
        kernel, _ = compiled(product, {**tile, "PRECISION": "ieee"}, target, f"dot-precision{{mode={mode}}}")
        assert by_hand.said(kernel)[0] == "fired"
