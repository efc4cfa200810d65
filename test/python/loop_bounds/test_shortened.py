# SPDX-License-Identifier: MIT
"""What loop-bounds makes of attention that visits every block: one loop, other bounds, the same arithmetic."""

import collections
import functools
import re

import pytest

import collected
import crossings
import triton_ext
from harness import TARGETS, backend_class, compile_kernel, fresh_cache

WORKS = {
    "sliding window attention over all blocks N=16384 D=64 W=1024 H=16": "leading and trailing",
    "causal attention over all blocks N=2000 D=64 H=16": "trailing",
}
"""Work -> which of its iterations are masked."""

PIPELINE = "loop-bounds{assume-finite-values=true}"

LOOP = re.compile(r"scf\.for %\w+ = (\S+) to (\S+) step")

OPERATIONS = {
    "cuda": re.compile(r"\b(mul|add|sub|fma|ex2|max)(?:\.\w+)*\.f32\b"),
    "hip": re.compile(r"\bv_(?:pk_)?(mul|add|sub|subrev|fma|fmac|exp|max)_f32\b"),
}


@pytest.fixture(params=sorted(WORKS))
def kernel(request):
    return collected.KERNELS[request.param]


def operations(compiled):
    """How many floating-point operations of each kind the assembly has."""
    pattern = OPERATIONS[TARGETS[compiled.target].backend]
    return collections.Counter(pattern.findall(compiled.assembly))


@functools.cache
def ttir(kernel, target, pipeline=""):
    """What a pipeline makes of stock's TTIR; the stages behind it do not run."""
    with fresh_cache():
        found = crossings.stock(lambda: compile_kernel(kernel, target), backend_class(target), TARGETS[target])
    run = found.run(pipeline)
    assert run.is_fine, run.error
    return str(found.read_back(run.text) if run.text else found.module)


@pytest.mark.parametrize("target", TARGETS)
def test_one_loop_has_other_bounds(kernel, target):
    loops = LOOP.findall(ttir(kernel, target))
    now = LOOP.findall(ttir(kernel, target, PIPELINE))
    assert len(loops) == len(now) == 1
    (lower, upper), (new_lower, new_upper) = loops[0], now[0]
    assert new_upper != upper
    assert (new_lower != lower) == WORKS[kernel.name].startswith("leading")


def test_arithmetic_is_contracted_as_stock_does(kernel):
    stock = compile_kernel(kernel, "sm_90", assemble=False)
    with triton_ext.passes(PIPELINE):
        shortened = compile_kernel(kernel, "sm_90", assemble=False)
    assert LOOP.findall(shortened.asm["ttir"]) != LOOP.findall(stock.asm["ttir"])
    assert operations(shortened) == operations(stock)


def test_by_default_values_may_be_infinite(kernel):
    assert ttir(kernel, "sm_90", "loop-bounds") == ttir(kernel, "sm_90")


def test_ends_choose_one_side(kernel):
    (lower, upper) = LOOP.findall(ttir(kernel, "sm_90"))[0]
    (new_lower, new_upper) = LOOP.findall(ttir(kernel, "sm_90", PIPELINE[:-1] + " ends=trailing}"))[0]
    assert new_lower == lower
    assert new_upper != upper
