# SPDX-License-Identifier: MIT
"""Attention: the causal forward kernel as people write it, one whose pointers walk along, a windowed one."""

import triton
import triton.language as tl

from . import kernel

_ATTENTION = {
    "Q": "*fp16",
    "K": "*fp16",
    "V": "*fp16",
    "Out": "*fp16",
    "Lse": "*fp32",
    "stride_z": "i32",
    "stride_h": "i32",
    "stride_n": "i32",
    "H": "i32",
    "N": "i32",
    "scale": "fp32",
}


@kernel(
    "causal_attention_d64",
    args=_ATTENTION,
    constexprs={"D": 64, "BLOCK_M": 64, "BLOCK_N": 32},
    aligned="* stride_z stride_h stride_n N",
)
@kernel(
    "causal_attention_d128",
    args=_ATTENTION,
    constexprs={"D": 128, "BLOCK_M": 128, "BLOCK_N": 64},
    aligned="* stride_z stride_h stride_n N",
    options={"num_warps": 8},
)
@triton.jit
def causal_attention(
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
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Out = softmax2(scale * Q K^T, masked to keys not after the query) V.

    Q, K, V, Out: [Z, H, N, D] float16; Lse: [Z, H, N] float32, in base 2.
    `scale` has log2(e) folded in. One program computes BLOCK_M rows.
    """
    start_m = tl.program_id(0)
    zh = tl.program_id(1)
    base = (zh // H).to(tl.int64) * stride_z + (zh % H).to(tl.int64) * stride_h
    offs_m = start_m * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.arange(0, BLOCK_N)
    offs_d = tl.arange(0, D)
    q = tl.load(Q + base + offs_m[:, None] * stride_n + offs_d[None, :])
    m_i = tl.full([BLOCK_M], float("-inf"), tl.float32)
    l_i = tl.zeros([BLOCK_M], tl.float32)
    acc = tl.zeros([BLOCK_M, D], tl.float32)
    for start_n in range(0, (start_m + 1) * BLOCK_M, BLOCK_N):
        cols = start_n + offs_n
        k = tl.load(K + base + cols[None, :] * stride_n + offs_d[:, None])
        v = tl.load(V + base + cols[:, None] * stride_n + offs_d[None, :])
        qk = tl.dot(q, k) * scale
        qk = tl.where(offs_m[:, None] >= cols[None, :], qk, float("-inf"))
        m_new = tl.maximum(m_i, tl.max(qk, 1))
        alpha = tl.math.exp2(m_i - m_new)
        p = tl.math.exp2(qk - m_new[:, None])
        l_i = l_i * alpha + tl.sum(p, 1)
        acc = acc * alpha[:, None]
        acc = tl.dot(p.to(tl.float16), v, acc)
        m_i = m_new
    acc = acc / l_i[:, None]
    tl.store(Out + base + offs_m[:, None] * stride_n + offs_d[None, :], acc.to(tl.float16))
    tl.store(Lse + zh * N + offs_m, m_i + tl.math.log2(l_i))


@kernel(
    "walking_attention_d64",
    args=_ATTENTION,
    constexprs={"D": 64, "BLOCK_M": 64, "BLOCK_N": 64},
    aligned="* stride_z stride_h stride_n N",
)
@triton.jit
def walking_attention(
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
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Out = softmax2(scale * Q K^T, masked to keys not after the query) V.

    Q, K, V, Out: [Z, H, N, D] float16; Lse: [Z, H, N] float32, in base 2.
    `scale` has log2(e) folded in. One program computes BLOCK_M rows, the
    longest ones first. N is a multiple of both blocks.
    """
    start_m = tl.num_programs(0) - 1 - tl.program_id(0)
    zh = tl.program_id(1)
    base = (zh // H).to(tl.int64) * stride_z + (zh % H).to(tl.int64) * stride_h
    offs_m = start_m * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.arange(0, BLOCK_N)
    offs_d = tl.arange(0, D)
    q = tl.load(Q + base + offs_m[:, None] * stride_n + offs_d[None, :])
    k_ptrs = K + base + offs_n[None, :] * stride_n + offs_d[:, None]
    v_ptrs = V + base + offs_n[:, None] * stride_n + offs_d[None, :]
    m_i = tl.full([BLOCK_M], float("-inf"), tl.float32)
    l_i = tl.zeros([BLOCK_M], tl.float32)
    acc = tl.zeros([BLOCK_M, D], tl.float32)
    for start_n in range(0, (start_m + 1) * BLOCK_M, BLOCK_N):
        k = tl.load(k_ptrs)
        qk = tl.dot(q, k) * scale
        qk = tl.where(offs_m[:, None] >= (start_n + offs_n)[None, :], qk, float("-inf"))
        m_new = tl.maximum(m_i, tl.max(qk, 1))
        p = tl.math.exp2(qk - m_new[:, None])
        alpha = tl.math.exp2(m_i - m_new)
        l_i = l_i * alpha + tl.sum(p, 1)
        acc = acc * alpha[:, None]
        v = tl.load(v_ptrs)
        acc = tl.dot(p.to(tl.float16), v, acc)
        m_i = m_new
        k_ptrs += BLOCK_N * stride_n
        v_ptrs += BLOCK_N * stride_n
    acc = acc / l_i[:, None]
    tl.store(Out + base + offs_m[:, None] * stride_n + offs_d[None, :], acc.to(tl.float16))
    tl.store(Lse + zh * N + offs_m, m_i + tl.math.log2(l_i))


@kernel(
    args={**_ATTENTION, "window": "i32"},
    constexprs={"D": 64, "BLOCK_M": 64, "BLOCK_N": 64},
    aligned="* stride_z stride_h stride_n",
)
@triton.jit
def windowed_attention(
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
    window,
    D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Causal attention in which a query sees the last `window` keys only.

    Shapes as in causal_attention; N may be ragged. A row of a tile may see no
    key at all, so the running maximum is guarded.
    """
    start_m = tl.program_id(0)
    zh = tl.program_id(1)
    base = (zh // H) * stride_z + (zh % H) * stride_h
    offs_m = start_m * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, D)
    row_ok = offs_m < N
    q = tl.load(
        Q + base + offs_m[:, None] * stride_n + offs_d[None, :],
        mask=row_ok[:, None],
        other=0.0,
    )
    m_i = tl.full([BLOCK_M], float("-inf"), tl.float32)
    l_i = tl.zeros([BLOCK_M], tl.float32)
    acc = tl.zeros([BLOCK_M, D], tl.float32)
    low = tl.maximum(start_m * BLOCK_M - window + 1, 0) // BLOCK_N * BLOCK_N
    high = tl.minimum((start_m + 1) * BLOCK_M, N)
    for start_n in tl.range(low, high, BLOCK_N):
        cols = start_n + tl.arange(0, BLOCK_N)
        col_ok = cols < N
        k = tl.load(
            K + base + cols[None, :] * stride_n + offs_d[:, None],
            mask=col_ok[None, :],
            other=0.0,
        )
        distance = offs_m[:, None] - cols[None, :]
        seen = (distance >= 0) & (distance < window) & col_ok[None, :]
        qk = tl.where(seen, tl.dot(q, k) * scale, float("-inf"))
        m_new = tl.maximum(m_i, tl.max(qk, 1))
        m_safe = tl.where(m_new == float("-inf"), 0.0, m_new)
        alpha = tl.math.exp2(m_i - m_safe)
        p = tl.math.exp2(qk - m_safe[:, None])
        l_i = l_i * alpha + tl.sum(p, 1)
        v = tl.load(
            V + base + cols[:, None] * stride_n + offs_d[None, :],
            mask=col_ok[:, None],
            other=0.0,
        )
        acc = tl.dot(p.to(tl.float16), v, acc * alpha[:, None])
        m_i = m_new
    acc = acc / tl.where(l_i == 0.0, 1.0, l_i)[:, None]
    tl.store(
        Out + base + offs_m[:, None] * stride_n + offs_d[None, :],
        acc.to(tl.float16),
        mask=row_ok[:, None],
    )
    tl.store(Lse + zh * N + offs_m, m_i + tl.math.log2(l_i), mask=row_ok)
