# SPDX-License-Identifier: MIT
"""Attention as it is written down: natural exponentials, a natural log-sum-exp, the scale after the product."""

import triton
import triton.language as tl


@triton.jit
def natural_attention(
    Q,
    K,
    V,
    Out,
    Lse,
    stride_z,
    stride_h,
    stride_n,
    H,
    N,
    scale,
    D: tl.constexpr,
    SCALE: tl.constexpr,
    CAUSAL: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Out = softmax(scale * Q K^T) V; Lse: [Z, H, N] float32, the logarithm of the softmax's denominators.

    Q, K, V, Out: [Z, H, N, D]. SCALE is the scale where it is compiled in, else None.
    """
    pid_m = tl.program_id(0)
    pid_zh = tl.program_id(1)
    base = (pid_zh // H).to(tl.int64) * stride_z + (pid_zh % H).to(tl.int64) * stride_h
    offs_m = pid_m * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.arange(0, BLOCK_N)
    offs_d = tl.arange(0, D)
    q = tl.load(Q + base + offs_m[:, None] * stride_n + offs_d[None, :], mask=offs_m[:, None] < N, other=0.0)
    m_i = tl.full([BLOCK_M], float("-inf"), tl.float32)
    l_i = tl.zeros([BLOCK_M], tl.float32)
    acc = tl.zeros([BLOCK_M, D], tl.float32)
    for start_n in range(0, tl.minimum((pid_m + 1) * BLOCK_M, N) if CAUSAL else N, BLOCK_N):
        cols = start_n + offs_n
        k = tl.load(K + base + cols[None, :] * stride_n + offs_d[:, None], mask=cols[None, :] < N, other=0.0)
        v = tl.load(V + base + cols[:, None] * stride_n + offs_d[None, :], mask=cols[:, None] < N, other=0.0)
        qk = tl.dot(q, k) * (scale if SCALE is None else SCALE)
        seen = (cols[None, :] < N) & (offs_m[:, None] >= cols[None, :]) if CAUSAL else cols[None, :] < N
        qk = tl.where(seen, qk, float("-inf"))
        m_new = tl.maximum(m_i, tl.max(qk, 1))
        alpha = tl.exp(m_i - m_new)
        p = tl.exp(qk - m_new[:, None])
        l_i = l_i * alpha + tl.sum(p, 1)
        acc = tl.dot(p.to(V.dtype.element_ty), v, acc * alpha[:, None])
        m_i = m_new
    tl.store(
        Out + base + offs_m[:, None] * stride_n + offs_d[None, :],
        (acc / l_i[:, None]).to(Out.dtype.element_ty),
        mask=offs_m[:, None] < N,
    )
    tl.store(Lse + pid_zh * N + offs_m, m_i + tl.log(l_i), mask=offs_m < N)


@triton.jit
def natural_weights(QK, Lse, P, N, scale, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """P = exp(scale * QK - Lse), the weights of attention again, as its backward pass computes them.

    QK, P: [M, N] float32; Lse: [M] float32.
    """
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    lse = tl.load(Lse + rows)
    for start in range(0, N, BLOCK_N):
        cols = start + tl.arange(0, BLOCK_N)
        at = rows[:, None].to(tl.int64) * N + cols[None, :]
        qk = tl.load(QK + at, mask=cols[None, :] < N, other=0.0)
        tl.store(P + at, tl.exp(qk * scale - lse[:, None]), mask=cols[None, :] < N)
