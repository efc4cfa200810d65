# SPDX-License-Identifier: MIT
"""What scale-fold leaves of attention's multiplications, seen in the assembly of every target."""

import functools
import re

import pytest

import collected
import harness
import triton_ext
from kernels import Kernel

ARGUMENT, COMPILED = (
    f"attention of all keys natural exponentials{how} N=4096 D=64 H=16" for how in ("", " constant scale")
)


@functools.cache
def compiled(kernel: Kernel, target: str, passes: str) -> harness.Compiled:
    """The kernel compiled with a pipeline whose every failure is an error."""
    with harness.fresh_cache(), triton_ext.configure(on_failure="raise"), triton_ext.passes(passes):
        return harness.compile_kernel(kernel, target, assemble=False)


def multiplications(done: harness.Compiled) -> int:
    """Products of floats in the PTX; those in an fma are none."""
    return len(re.findall(r"\bmul(?:\.rn)?\.f32\b", done.assembly))


def scores(work: str) -> int:
    """How many scores a thread has."""
    kernel = collected.KERNELS[work]
    return kernel.constexprs["BLOCK_M"] * kernel.constexprs["BLOCK_N"] // (32 * kernel.options["num_warps"])


@pytest.mark.parametrize(("target", "work"), harness.each_with_one(harness.TARGETS, (ARGUMENT, COMPILED)))
def test_every_exponential_is_to_base_two(work: str, target: str) -> None:
    done = compiled(collected.KERNELS[work], target, "scale-fold")
    assert [e["status"] for r in triton_ext.report(done) for e in r["passes"]] == ["fired"]
    assert "math.exp " not in done.asm["ttir"]
    assert done.asm["ttir"].count("math.exp2 ") == 2


@pytest.mark.parametrize(
    ("work", "passes", "fewer"),
    [
        (ARGUMENT, "scale-fold", 1),
        (ARGUMENT, "scale-fold{assume-positive-scale=true}", 2),
        (COMPILED, "scale-fold", 2),
    ],
)
def test_a_score_is_multiplied_less_often(work: str, passes: str, fewer: int) -> None:
    stock = compiled(collected.KERNELS[work], "sm_90", "")
    done = compiled(collected.KERNELS[work], "sm_90", passes)
    rows = 16
    assert multiplications(stock) - multiplications(done) >= fewer * scores(work) - rows
    assert done.metadata.shared == stock.metadata.shared


def test_the_log_sum_exp_is_scaled_once_a_row() -> None:
    ttir = compiled(collected.KERNELS[COMPILED], "sm_90", "scale-fold").asm["ttir"]
    after_loop = ttir[ttir.index("scf.yield") :]
    scaled = re.search(r"(%\S+) = arith\.mulf %\S+#0, \S+ : tensor<\d+xf32>", after_loop)
    assert scaled and re.search(rf"arith\.addf {re.escape(scaled[1])}, ", after_loop)
