# SPDX-License-Identifier: MIT
"""A pass in the middle of Triton's own pipeline: before it unrolls loops, and, to compare, after."""

import triton
import triton.language as tl

import triton_ext
from targets import ir_of


@triton.jit
def head_sum(x, out, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    total = tl.zeros((B,), tl.float32)
    for k in tl.range(0, n, loop_unroll_factor=2):
        total += tl.where(k < 5, tl.load(x + k * B + lanes), 0.0)
    tl.store(out + lanes, total)


for place in ("", "@before=ttir.loop_unroll", "@after=ttir.loop_unroll"):
    with triton_ext.passes(f"loop-split{place}"):
        ttir = ir_of(head_sum, {"x": "*fp32", "out": "*fp32", "n": "i32"}, B=128)["ttir"]
    print(f"loop-split{place:26}  {ttir.count('scf.for')} loops, {ttir.count('arith.select')} selections")
