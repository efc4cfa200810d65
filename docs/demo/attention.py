# SPDX-License-Identifier: MIT
"""Causal attention, forward, as people write it: the mask in every iteration.

Nothing here knows of triton_ext.
"""

import triton
import triton.language as tl


@triton.jit
def attention(
    Q, K, V, Out, stride_head, stride_row, N, scale, D: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr
):
    """Out = softmax(scale * Q K^T, for keys up to the query's own) V.

    Q, K, V, Out: [heads, N, D] float16; N a multiple of BLOCK_M. ``scale`` has
    log2(e) folded in. Program (i, h) computes rows i*BLOCK_M... of head h.
    """
    start_m = tl.program_id(0)
    head = tl.program_id(1).to(tl.int64) * stride_head
    rows = start_m * BLOCK_M + tl.arange(0, BLOCK_M)
    d = tl.arange(0, D)
    q = tl.load(Q + head + rows[:, None] * stride_row + d[None, :])
    largest = tl.full([BLOCK_M], float("-inf"), tl.float32)
    total = tl.zeros([BLOCK_M], tl.float32)
    acc = tl.zeros([BLOCK_M, D], tl.float32)
    for start_n in range(0, (start_m + 1) * BLOCK_M, BLOCK_N):
        cols = start_n + tl.arange(0, BLOCK_N)
        k = tl.load(K + head + cols[None, :] * stride_row + d[:, None])
        v = tl.load(V + head + cols[:, None] * stride_row + d[None, :])
        scores = tl.dot(q, k) * scale
        scores = tl.where(rows[:, None] >= cols[None, :], scores, float("-inf"))
        peak = tl.maximum(largest, tl.max(scores, 1))
        decay = tl.math.exp2(largest - peak)
        p = tl.math.exp2(scores - peak[:, None])
        total = total * decay + tl.sum(p, 1)
        acc = tl.dot(p.to(tl.float16), v, acc * decay[:, None])
        largest = peak
    tl.store(Out + head + rows[:, None] * stride_row + d[None, :], (acc / total[:, None]).to(tl.float16))
