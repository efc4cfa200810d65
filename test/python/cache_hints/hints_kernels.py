# SPDX-License-Identifier: MIT
"""A row read in two loops, whose author may hint: FIRST and LAST as evictions, and STORE as modifier."""

import triton
import triton.language as tl


@triton.jit
def centred(X, W, Y, n, BLOCK: tl.constexpr, FIRST: tl.constexpr, LAST: tl.constexpr, STORE: tl.constexpr):
    """Y[r] = (X[r] - mean) * W for rows of n float32, n a multiple of BLOCK."""
    row = tl.program_id(0)
    lanes = tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.float32)
    for start in range(0, n, BLOCK):
        total += tl.load(X + row * n + start + lanes, eviction_policy=FIRST)
    mean = tl.sum(total) / n
    for start in range(0, n, BLOCK):
        x = tl.load(X + row * n + start + lanes, eviction_policy=LAST)
        w = tl.load(W + start + lanes)
        tl.store(Y + row * n + start + lanes, (x - mean) * w, cache_modifier=STORE)
