# SPDX-License-Identifier: MIT
"""One kernel, compiled three times: without a pass, with it, without it again."""

import triton
import triton.language as tl

import triton_ext
from targets import ir_of


@triton.jit
def head_sum(x, out, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    total = tl.zeros((B,), tl.float32)
    for k in range(n):
        total += tl.where(k < 2, tl.load(x + k * B + lanes), 0.0)  # holds in the first two iterations
    tl.store(out + lanes, total)


def compiled():
    return ir_of(head_sum, {"x": "*fp32", "out": "*fp32", "n": "i32"}, B=128)["ttir"]


off = compiled()
with triton_ext.passes("loop-split"):
    on = compiled()
off_again = compiled()

for name, ttir in (("off", off), ("on", on), ("off", off_again)):
    print(f"{name:3}  {ttir.count('scf.for')} loops, {ttir.count('arith.select')} selections")
assert off == off_again != on
