# SPDX-License-Identifier: MIT
"""The kernels of program.py, and of the option channel's tests."""

import triton
import triton.language as tl


@triton.jit
def add(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(o + i, tl.load(x + i, mask=i < n) + 1000, mask=i < n)


@triton.jit
def scale(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(o + i, tl.load(x + i, mask=i < n) * 3000, mask=i < n)
