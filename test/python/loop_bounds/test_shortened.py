# SPDX-License-Identifier: MIT
"""What loop-bounds makes of attention that visits every block: one loop, other bounds, the same arithmetic."""

import collections
import functools
import re

import pytest

import collected
import triton_ext
from harness import TARGETS, compile_kernel

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
def stock(kernel, target):
    return compile_kernel(kernel, target, assemble=False)


@functools.cache
def shortened(kernel, target, pipeline=PIPELINE):
    with triton_ext.passes(pipeline):
        return compile_kernel(kernel, target, assemble=False)


@pytest.mark.parametrize("target", list(TARGETS))
def test_one_loop_has_other_bounds(kernel, target):
    loops = LOOP.findall(stock(kernel, target).asm["ttir"])
    now = LOOP.findall(shortened(kernel, target).asm["ttir"])
    assert len(loops) == len(now) == 1
    (lower, upper), (new_lower, new_upper) = loops[0], now[0]
    assert new_upper != upper
    assert (new_lower != lower) == WORKS[kernel.name].startswith("leading")


def test_arithmetic_is_contracted_as_stock_does(kernel):
    assert operations(shortened(kernel, "sm_90")) == operations(stock(kernel, "sm_90"))


def test_by_default_values_may_be_infinite(kernel):
    assert shortened(kernel, "sm_90", "loop-bounds").asm["ttir"] == stock(kernel, "sm_90").asm["ttir"]


def test_ends_choose_one_side(kernel):
    (lower, upper) = LOOP.findall(stock(kernel, "sm_90").asm["ttir"])[0]
    text = shortened(kernel, "sm_90", "loop-bounds{assume-finite-values=true ends=trailing}").asm["ttir"]
    (new_lower, new_upper) = LOOP.findall(text)[0]
    assert new_lower == lower
    assert new_upper != upper
