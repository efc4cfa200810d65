# SPDX-License-Identifier: MIT
"""What loop-split frees of a mask rounds as stock rounds it: seen in the assembly.

Both loops of a split have the whole body, so every floating-point operation of
stock must be there as often as all others: as many contracted ones, as many
sums, as many products, each twice. LLVM unrolls some loops for AMD's targets
once their masks are gone: there it is more than twice. Where that cannot be had,
the kernel is stock's.
"""

import collections
import re

import pytest
import triton
from rounding_kernels import DECIDED_BY_STOCK, DECLINED, EXACT, decided, rounding
from triton.compiler import ASTSource

import triton_ext
from harness import ASSEMBLY, TARGETS, each_with_one, without_assembler

GUARDED = {"product", "product_exp", "scaled_after_by_constant", "product_scaled_by_constant", "accumulated", "branch"}
"""Shapes in which stock's select keeps a product from being contracted."""

GUARDS = {"sm_90": "mul.rn.f32", "gfx942": "; rounded"}
"""Target -> what keeps a product from being contracted there."""

BLOCK = {"sm_90": 128, "gfx942": 256}
"""One element a thread."""

OPERATIONS = {
    "sm_90": r"\b()(mul|add|sub|fma)(?:\.rn)?\.f32\b",
    "gfx942": r"\bv_(pk_)?(mul|add|sub|subrev|fma|fmac|fmamk|fmaak)_f32(?:_e\d+)?\b",
}
"""Target -> its operations, and whether they are two at once."""

KINDS = {"mul": "product", "add": "sum", "sub": "sum", "subrev": "sum"}
"""Operation -> its kind; others are contracted ones."""


def compiled(kernel, shape, pipeline, target):
    """The kernel of one shape, with `pipeline` or as stock makes it."""
    source = ASTSource(
        kernel,
        {
            "X": "*fp32",
            "Y": "*fp32",
            "Out": "*fp32",
            "scale": "fp32",
            "n": "i32",
            "start": "i32",
            **({"m": "i32"} if kernel is decided else {}),
            "SHAPE": "constexpr",
            "BLOCK": "constexpr",
        },
        constexprs={"SHAPE": shape, "BLOCK": BLOCK[target]},
        attrs={(i,): [["tt.divisibility", 16]] for i in range(3)},
    )
    options = {"num_warps": 4, "enable_fp_fusion": True}
    with triton_ext.passes(pipeline), without_assembler(target):
        return triton.compile(source, target=TARGETS[target], options=options)


def assembly(kernel, target):
    return kernel.asm[ASSEMBLY[TARGETS[target].backend]]


def operations(kernel, target):
    """How many multiplications, sums and fused ones there are."""
    counts = collections.Counter()
    for packed, name in re.findall(OPERATIONS[target], assembly(kernel, target)):
        counts[KINDS.get(name, "fused")] += 2 if packed else 1
    return counts


@pytest.mark.parametrize(("shape", "target"), each_with_one(EXACT, GUARDS))
def test_rounds_as_stock(shape, target):
    stock, split = (compiled(rounding, shape, pipeline, target) for pipeline in ("", "loop-split"))
    assert split.asm["ttir"].count("scf.for") == 2
    before, after = operations(stock, target), operations(split, target)
    times = after.total() // before.total()
    assert times == 2 if target == "sm_90" else times >= 2
    assert after == collections.Counter({kind: times * count for kind, count in before.items()})
    assert (GUARDS[target] in assembly(split, target)) == (shape in GUARDED)


@pytest.mark.parametrize(("shape", "target"), each_with_one(sorted(GUARDED), GUARDS))
def test_contracts_when_asked_to(shape, target):
    stock = compiled(rounding, shape, "", target)
    split = compiled(rounding, shape, "loop-split{keep-rounding=false}", target)
    assert operations(split, target)["fused"] > 2 * operations(stock, target)["fused"]


@pytest.mark.parametrize(("shape", "target"), each_with_one(DECLINED, GUARDS))
def test_declines_where_rounding_would_change(shape, target):
    stock, split = (compiled(rounding, shape, pipeline, target) for pipeline in ("", "loop-split"))
    assert assembly(split, target) == assembly(stock, target)


@pytest.mark.parametrize(("shape", "target"), each_with_one(DECIDED_BY_STOCK, GUARDS))
def test_declines_where_stock_decides(shape, target):
    stock, split = (compiled(decided, shape, pipeline, target) for pipeline in ("", "loop-split"))
    assert assembly(split, target) == assembly(stock, target)
    free = compiled(decided, shape, "loop-split{keep-rounding=false}", target)
    assert assembly(free, target) != assembly(stock, target)
