# SPDX-License-Identifier: MIT
"""A kernel with proton's scopes in it. Importing this switches them on for Triton's language."""

import triton
import triton.language as tl
import triton.profiler.language as pl

pl.enable_semantic("triton")


@triton.jit
def timed(x, o, n, B: tl.constexpr):
    i = tl.program_id(0) * B + tl.arange(0, B)
    pl.enter_scope("read")
    a = tl.load(x + i, mask=i < n)
    pl.exit_scope("read")
    tl.store(o + i, a + 1000, mask=i < n)
