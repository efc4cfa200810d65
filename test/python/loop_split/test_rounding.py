# SPDX-License-Identifier: MIT
"""What loop-split frees of a mask rounds as stock rounds it: seen in the PTX.

Both loops of a split have the whole body, so every floating-point operation of
stock must be there twice: as many contracted ones, as many sums, as many
products (those that are guarded are `mul.rn`). Where that cannot be had, the
kernel is stock's.
"""

import collections
import re

import pytest
import triton
from rounding_kernels import DECIDED_BY_STOCK, DECLINED, EXACT, decided, rounding
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

import triton_ext

GUARDED = {"product", "product_exp", "scaled_after_by_constant", "product_scaled_by_constant", "accumulated", "branch"}
"""Shapes in which stock's select keeps a product from being contracted."""


def compiled(shape, pipeline):
    """The kernel of one shape, for sm_90, with `pipeline` or as stock makes it."""
    source = ASTSource(
        rounding,
        {
            "X": "*fp32",
            "Y": "*fp32",
            "Out": "*fp32",
            "scale": "fp32",
            "n": "i32",
            "start": "i32",
            "SHAPE": "constexpr",
            "BLOCK": "constexpr",
        },
        constexprs={"SHAPE": shape, "BLOCK": 128},
        attrs={(i,): [["tt.divisibility", 16]] for i in range(3)},
    )
    options = {"num_warps": 4, "enable_fp_fusion": True}
    with triton_ext.passes(pipeline):
        return triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options)


def operations(kernel):
    """How many multiplications, sums and fused ones the PTX has."""
    kinds = {"mul": "product", "add": "sum", "sub": "sum", "fma": "fused"}
    found = re.findall(r"\b(mul|add|sub|fma)(?:\.rn)?\.f32\b", kernel.asm["ptx"])
    return collections.Counter(kinds[name] for name in found)


def twice(counts):
    return collections.Counter({kind: 2 * count for kind, count in counts.items()})


@pytest.mark.parametrize("shape", EXACT)
def test_rounds_as_stock(shape):
    stock, split = compiled(shape, ""), compiled(shape, "loop-split")
    assert split.asm["ttir"].count("scf.for") == 2
    assert operations(split) == twice(operations(stock))
    assert ("mul.rn.f32" in split.asm["ptx"]) == (shape in GUARDED)


@pytest.mark.parametrize("shape", sorted(GUARDED))
def test_contracts_when_asked_to(shape):
    stock, split = compiled(shape, ""), compiled(shape, "loop-split{keep-rounding=false}")
    assert operations(split)["fused"] > 2 * operations(stock)["fused"]


@pytest.mark.parametrize("shape", DECLINED)
def test_declines_where_rounding_would_change(shape):
    stock, split = compiled(shape, ""), compiled(shape, "loop-split")
    assert split.asm["ptx"] == stock.asm["ptx"]


def decided_by(shape, pipeline):
    """One of the shapes that stock's compiler decides, for sm_90."""
    names = {"X": "*fp32", "Y": "*fp32", "Out": "*fp32", "scale": "fp32", "n": "i32", "start": "i32", "m": "i32"}
    source = ASTSource(
        decided,
        {**names, "SHAPE": "constexpr", "BLOCK": "constexpr"},
        constexprs={"SHAPE": shape, "BLOCK": 128},
        attrs={(i,): [["tt.divisibility", 16]] for i in range(3)},
    )
    options = {"num_warps": 4, "enable_fp_fusion": True}
    with triton_ext.passes(pipeline):
        return triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options)


@pytest.mark.parametrize("shape", DECIDED_BY_STOCK)
def test_declines_where_stock_decides(shape):
    stock, split = decided_by(shape, ""), decided_by(shape, "loop-split")
    assert split.asm["ptx"] == stock.asm["ptx"]
    free = decided_by(shape, "loop-split{keep-rounding=false}")
    assert free.asm["ptx"] != stock.asm["ptx"]
