# SPDX-License-Identifier: MIT
"""Attention: over every block, over packed sequences and pages, in splits, and backward.

`scale` has log2(e) folded in wherever exp2 is used; Lse is in base 2.
"""

import triton
import triton.language as tl


@triton.jit
def window_attention_all(
    Q,
    K,
    V,
    Out,
    stride_z,
    stride_h,
    stride_n,
    H,
    N,
    window,
    scale,
    D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """A query sees the last `window` keys up to itself; the loop visits every block of keys.

    Q, K, V, Out: [Z, H, N, D]. A tile may see no key in a block, so the running
    maximum is guarded.
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
    for start_n in range(0, N, BLOCK_N):
        cols = start_n + offs_n
        k = tl.load(K + base + cols[None, :] * stride_n + offs_d[:, None], mask=cols[None, :] < N, other=0.0)
        seen = (cols[None, :] <= offs_m[:, None]) & (cols[None, :] > offs_m[:, None] - window) & (cols[None, :] < N)
        s = tl.where(seen, tl.dot(q, k) * scale, float("-inf"))
        m_new = tl.maximum(m_i, tl.max(s, 1))
        m_safe = tl.where(m_new == float("-inf"), 0.0, m_new)
        alpha = tl.math.exp2(m_i - m_safe)
        p = tl.math.exp2(s - m_safe[:, None])
        v = tl.load(V + base + cols[:, None] * stride_n + offs_d[None, :], mask=cols[:, None] < N, other=0.0)
        acc = tl.dot(p.to(V.dtype.element_ty), v, acc * alpha[:, None])
        l_i = l_i * alpha + tl.sum(p, 1)
        m_i = m_new
    out = acc / tl.where(l_i == 0.0, 1.0, l_i)[:, None]
    tl.store(
        Out + base + offs_m[:, None] * stride_n + offs_d[None, :],
        out.to(Out.dtype.element_ty),
        mask=offs_m[:, None] < N,
    )


@triton.jit
def causal_attention_all(
    Q,
    K,
    V,
    Out,
    stride_z,
    stride_h,
    stride_n,
    H,
    N,
    scale,
    D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    FILL: tl.constexpr,
):
    """Causal attention whose loop goes on behind the diagonal to the last key.

    Q, K, V, Out: [Z, H, N, D]. Every query sees the first key, so nothing is guarded.
    FILL, -inf or very small, is added to the scores of keys behind the query.
    """
    pid_m = tl.program_id(0)
    pid_zh = tl.program_id(1)
    base = (pid_zh // H).to(tl.int64) * stride_z + (pid_zh % H).to(tl.int64) * stride_h
    offs_m = pid_m * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.arange(0, BLOCK_N)
    offs_d = tl.arange(0, D)
    row_mask = offs_m < N
    q = tl.load(Q + base + offs_m[:, None] * stride_n + offs_d[None, :], mask=row_mask[:, None], other=0.0)
    m_i = tl.full([BLOCK_M], float("-inf"), tl.float32)
    l_i = tl.full([BLOCK_M], 0.0, tl.float32)
    acc = tl.zeros([BLOCK_M, D], tl.float32)
    for start_n in tl.range(0, N, BLOCK_N):
        col_mask = start_n + offs_n < N
        k = tl.load(
            K + base + (start_n + offs_n)[None, :] * stride_n + offs_d[:, None], mask=col_mask[None, :], other=0.0
        )
        s = tl.dot(q, k) * scale
        s += tl.where(offs_m[:, None] >= (start_n + offs_n)[None, :], 0.0, FILL)
        m_new = tl.maximum(m_i, tl.max(s, 1))
        p = tl.math.exp2(s - m_new[:, None])
        alpha = tl.math.exp2(m_i - m_new)
        l_i = l_i * alpha + tl.sum(p, 1)
        acc = acc * alpha[:, None]
        v = tl.load(
            V + base + (start_n + offs_n)[:, None] * stride_n + offs_d[None, :], mask=col_mask[:, None], other=0.0
        )
        acc += tl.dot(p.to(v.dtype), v)
        m_i = m_new
    acc = acc / l_i[:, None]
    tl.store(
        Out + base + offs_m[:, None] * stride_n + offs_d[None, :], acc.to(Out.dtype.element_ty), mask=row_mask[:, None]
    )


@triton.jit
def full_attention(
    Q,
    K,
    V,
    Out,
    Lse,
    stride_qz,
    stride_qh,
    stride_qm,
    stride_kz,
    stride_kh,
    stride_kn,
    H,
    M,
    N,
    scale,
    D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Attention of M queries over N keys without an order, the keys' tail masked.

    Q, Out: [Z, H, M, D]; K, V: [Z, H, N, D]; Lse: [Z, H, M].
    """
    pid_m = tl.program_id(0)
    pid_zh = tl.program_id(1)
    z = pid_zh // H
    h = pid_zh % H
    Q += z * stride_qz + h * stride_qh
    K += z * stride_kz + h * stride_kh
    V += z * stride_kz + h * stride_kh
    Out += z * stride_qz + h * stride_qh
    rows = pid_m * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, D)
    q = tl.load(Q + rows[:, None] * stride_qm + offs_d[None, :], mask=rows[:, None] < M, other=0.0)
    k_ptrs = K + tl.arange(0, BLOCK_N)[None, :] * stride_kn + offs_d[:, None]
    v_ptrs = V + tl.arange(0, BLOCK_N)[:, None] * stride_kn + offs_d[None, :]
    m_i = tl.zeros([BLOCK_M], tl.float32) - float("inf")
    l_i = tl.zeros([BLOCK_M], tl.float32)
    acc = tl.zeros([BLOCK_M, D], tl.float32)
    for block in range(0, tl.cdiv(N, BLOCK_N)):
        left = N - block * BLOCK_N
        valid = tl.arange(0, BLOCK_N) < left
        k = tl.load(k_ptrs, mask=valid[None, :], other=0.0)
        s = tl.dot(q, k) * scale
        s = tl.where(valid[None, :], s, float("-inf"))
        m_new = tl.maximum(m_i, tl.max(s, 1))
        p = tl.math.exp2(s - m_new[:, None])
        alpha = tl.math.exp2(m_i - m_new)
        v = tl.load(v_ptrs, mask=valid[:, None], other=0.0)
        acc = tl.dot(p.to(v.dtype), v, acc * alpha[:, None])
        l_i = l_i * alpha + tl.sum(p, 1)
        m_i = m_new
        k_ptrs += BLOCK_N * stride_kn
        v_ptrs += BLOCK_N * stride_kn
    acc = acc / l_i[:, None]
    tl.store(Out + rows[:, None] * stride_qm + offs_d[None, :], acc.to(Out.dtype.element_ty), mask=rows[:, None] < M)
    tl.store(Lse + pid_zh * M + rows, m_i + tl.math.log2(l_i), mask=rows < M)


@triton.jit
def varlen_attention(
    Q,
    K,
    V,
    Out,
    Starts,
    stride_t,
    stride_h,
    H,
    scale,
    D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Causal attention over sequences packed one after the other.

    Q, K, V, Out: [tokens, H, D]; sequence b is rows Starts[b] to Starts[b + 1].
    """
    pid_m = tl.program_id(0)
    pid_bh = tl.program_id(1)
    batch = pid_bh // H
    head = pid_bh % H
    first = tl.load(Starts + batch)
    length = tl.load(Starts + batch + 1) - first
    if pid_m * BLOCK_M >= length:
        return
    offset = first.to(tl.int64) * stride_t + head * stride_h
    offs_m = pid_m * BLOCK_M + tl.arange(0, BLOCK_M)
    offs_n = tl.arange(0, BLOCK_N)
    offs_d = tl.arange(0, D)
    q = tl.load(Q + offset + offs_m[:, None] * stride_t + offs_d[None, :], mask=offs_m[:, None] < length, other=0.0)
    m_i = tl.full([BLOCK_M], float("-inf"), tl.float32)
    l_i = tl.zeros([BLOCK_M], tl.float32)
    acc = tl.zeros([BLOCK_M, D], tl.float32)
    for start_n in range(0, tl.minimum((pid_m + 1) * BLOCK_M, length), BLOCK_N):
        cols = start_n + offs_n
        k = tl.load(K + offset + cols[None, :] * stride_t + offs_d[:, None], mask=cols[None, :] < length, other=0.0)
        s = tl.dot(q, k) * scale
        s = tl.where((cols[None, :] < length) & (offs_m[:, None] >= cols[None, :]), s, float("-inf"))
        m_new = tl.maximum(m_i, tl.max(s, 1))
        alpha = tl.math.exp2(m_i - m_new)
        p = tl.math.exp2(s - m_new[:, None])
        v = tl.load(V + offset + cols[:, None] * stride_t + offs_d[None, :], mask=cols[:, None] < length, other=0.0)
        acc = tl.dot(p.to(v.dtype), v, acc * alpha[:, None])
        l_i = l_i * alpha + tl.sum(p, 1)
        m_i = m_new
    acc = acc / l_i[:, None]
    tl.store(
        Out + offset + offs_m[:, None] * stride_t + offs_d[None, :],
        acc.to(Out.dtype.element_ty),
        mask=offs_m[:, None] < length,
    )


@triton.jit
def paged_decode(
    Q,
    Keys,
    Values,
    Table,
    Lengths,
    Out,
    stride_qb,
    stride_page,
    stride_slot,
    stride_head,
    stride_table,
    scale,
    GROUP: tl.constexpr,
    D: tl.constexpr,
    PAGE: tl.constexpr,
):
    """One new query a sequence over keys and values kept in pages.

    Q, Out: [B, heads of keys * GROUP, D]; Keys, Values: [pages, PAGE, heads of keys, D];
    Table: [B, pages of a sequence]; Lengths: [B]. A sequence may be empty.
    """
    batch = tl.program_id(0)
    head = tl.program_id(1)
    rows = tl.arange(0, GROUP)
    slots = tl.arange(0, PAGE)
    offs_d = tl.arange(0, D)
    length = tl.load(Lengths + batch)
    at = batch * stride_qb + (head * GROUP + rows[:, None]) * D + offs_d[None, :]
    q = tl.load(Q + at)
    m_i = tl.full([GROUP], float("-inf"), tl.float32)
    l_i = tl.zeros([GROUP], tl.float32)
    acc = tl.zeros([GROUP, D], tl.float32)
    for page in range(0, tl.cdiv(length, PAGE)):
        physical = tl.load(Table + batch * stride_table + page).to(tl.int64)
        base = physical * stride_page + head * stride_head
        valid = page * PAGE + slots < length
        k = tl.load(Keys + base + slots[None, :] * stride_slot + offs_d[:, None], mask=valid[None, :], other=0.0)
        s = tl.dot(q, k) * scale
        s = tl.where(valid[None, :], s, float("-inf"))
        m_new = tl.maximum(m_i, tl.max(s, 1))
        alpha = tl.math.exp2(m_i - m_new)
        p = tl.math.exp2(s - m_new[:, None])
        v = tl.load(Values + base + slots[:, None] * stride_slot + offs_d[None, :], mask=valid[:, None], other=0.0)
        acc = tl.dot(p.to(v.dtype), v, acc * alpha[:, None])
        l_i = l_i * alpha + tl.sum(p, 1)
        m_i = m_new
    out = tl.where(l_i[:, None] > 0.0, acc / l_i[:, None], 0.0)
    tl.store(Out + at, out.to(Out.dtype.element_ty))


@triton.jit
def split_decode(
    Q,
    K,
    V,
    Partial,
    Lse,
    stride_h,
    stride_n,
    N,
    per_split,
    scale,
    D: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """One query a head over a share of its keys, without a dot; split_decode_merge joins the shares.

    Q: [heads, D]; K, V: [heads, N, D]; Partial: [heads, splits, D] and Lse: [heads,
    splits], float32; -inf of a share without keys.
    """
    head = tl.program_id(0)
    split = tl.program_id(1)
    splits = tl.num_programs(1)
    offs_d = tl.arange(0, D)
    q = tl.load(Q + head * D + offs_d).to(tl.float32) * scale
    low = split * per_split
    high = tl.minimum(low + per_split, N)
    peak = float("-inf")
    total = 0.0
    acc = tl.zeros([D], tl.float32)
    for start in range(low, high, BLOCK_N):
        cols = start + tl.arange(0, BLOCK_N)
        mask = cols < high
        at = head.to(tl.int64) * stride_h + cols[:, None] * stride_n + offs_d[None, :]
        k = tl.load(K + at, mask=mask[:, None], other=0.0).to(tl.float32)
        s = tl.where(mask, tl.sum(q[None, :] * k, 1), float("-inf"))
        new_peak = tl.maximum(peak, tl.max(s, 0))
        alpha = tl.math.exp2(peak - new_peak)
        p = tl.math.exp2(s - new_peak)
        v = tl.load(V + at, mask=mask[:, None], other=0.0).to(tl.float32)
        acc = acc * alpha + tl.sum(p[:, None] * v, 0)
        total = total * alpha + tl.sum(p, 0)
        peak = new_peak
    share = tl.where(total > 0.0, total, 1.0)
    tl.store(Partial + (head * splits + split) * D + offs_d, acc / share)
    tl.store(Lse + head * splits + split, tl.where(total > 0.0, peak + tl.math.log2(share), float("-inf")))


@triton.jit
def split_decode_merge(Partial, Lse, Out, splits, D: tl.constexpr):
    """Out[head] = the shares of split_decode, each weighted by exp2 of its Lse."""
    head = tl.program_id(0)
    offs_d = tl.arange(0, D)
    peak = float("-inf")
    total = 0.0
    acc = tl.zeros([D], tl.float32)
    for split in range(0, splits):
        lse = tl.load(Lse + head * splits + split)
        part = tl.load(Partial + (head * splits + split) * D + offs_d)
        new_peak = tl.maximum(peak, lse)
        safe = tl.where(new_peak == float("-inf"), 0.0, new_peak)
        alpha = tl.math.exp2(peak - safe)
        weight = tl.math.exp2(lse - safe)
        acc = acc * alpha + part * weight
        total = total * alpha + weight
        peak = new_peak
    out = acc / tl.where(total == 0.0, 1.0, total)
    tl.store(Out + head * D + offs_d, out.to(Out.dtype.element_ty))


@triton.jit
def attention_delta(Out, Grad, Delta, rows, D: tl.constexpr, BLOCK_M: tl.constexpr):
    """Delta[r] = sum over D of Out[r] * Grad[r], for `rows` rows of all heads."""
    offs_m = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    at = offs_m[:, None] * D + tl.arange(0, D)[None, :]
    mask = offs_m[:, None] < rows
    out = tl.load(Out + at, mask=mask, other=0.0).to(tl.float32)
    grad = tl.load(Grad + at, mask=mask, other=0.0).to(tl.float32)
    tl.store(Delta + offs_m, tl.sum(out * grad, axis=1), mask=offs_m < rows)


@triton.jit
def attention_dkv(
    Q,
    K,
    V,
    Grad,
    Lse,
    Delta,
    DK,
    DV,
    stride_h,
    stride_n,
    N,
    scale,
    scale2,
    D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Gradients of keys and values of causal attention, its mask in every iteration.

    Q, K, V, Grad, DK, DV: [heads, N, D]; Lse, Delta: [heads, N] float32. scale2 is
    scale times log2(e).
    """
    head = tl.program_id(1)
    base = head.to(tl.int64) * stride_h
    offs_n = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)
    offs_d = tl.arange(0, D)
    at_n = base + offs_n[:, None] * stride_n + offs_d[None, :]
    k = tl.load(K + at_n, mask=offs_n[:, None] < N, other=0.0)
    v = tl.load(V + at_n, mask=offs_n[:, None] < N, other=0.0)
    dk = tl.zeros([BLOCK_N, D], tl.float32)
    dv = tl.zeros([BLOCK_N, D], tl.float32)
    first = tl.program_id(0) * BLOCK_N // BLOCK_M * BLOCK_M
    for start_m in range(first, N, BLOCK_M):
        offs_m = start_m + tl.arange(0, BLOCK_M)
        at_m = base + offs_m[:, None] * stride_n + offs_d[None, :]
        q = tl.load(Q + at_m, mask=offs_m[:, None] < N, other=0.0)
        grad = tl.load(Grad + at_m, mask=offs_m[:, None] < N, other=0.0)
        lse = tl.load(Lse + head * N + offs_m, mask=offs_m < N, other=0.0)
        delta = tl.load(Delta + head * N + offs_m, mask=offs_m < N, other=0.0)
        s = tl.dot(k, tl.trans(q)) * scale2
        p = tl.math.exp2(s - lse[None, :])
        p = tl.where(offs_m[None, :] >= offs_n[:, None], p, 0.0)
        dv = tl.dot(p.to(grad.dtype), grad, dv)
        dp = tl.dot(v, tl.trans(grad))
        ds = p * (dp - delta[None, :])
        dk = tl.dot(ds.to(q.dtype), q, dk)
    tl.store(DK + at_n, (dk * scale).to(DK.dtype.element_ty), mask=offs_n[:, None] < N)
    tl.store(DV + at_n, dv.to(DV.dtype.element_ty), mask=offs_n[:, None] < N)


@triton.jit
def attention_dq(
    Q,
    K,
    V,
    Grad,
    Lse,
    Delta,
    DQ,
    stride_h,
    stride_n,
    N,
    scale,
    scale2,
    D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Gradient of the queries of causal attention; arguments as in attention_dkv."""
    head = tl.program_id(1)
    base = head.to(tl.int64) * stride_h
    start_m = tl.program_id(0) * BLOCK_M
    offs_m = start_m + tl.arange(0, BLOCK_M)
    offs_d = tl.arange(0, D)
    at_m = base + offs_m[:, None] * stride_n + offs_d[None, :]
    q = tl.load(Q + at_m, mask=offs_m[:, None] < N, other=0.0)
    grad = tl.load(Grad + at_m, mask=offs_m[:, None] < N, other=0.0)
    lse = tl.load(Lse + head * N + offs_m, mask=offs_m < N, other=0.0)
    delta = tl.load(Delta + head * N + offs_m, mask=offs_m < N, other=0.0)
    dq = tl.zeros([BLOCK_M, D], tl.float32)
    for start_n in range(0, tl.minimum(start_m + BLOCK_M, N), BLOCK_N):
        offs_n = start_n + tl.arange(0, BLOCK_N)
        at_n = base + offs_n[:, None] * stride_n + offs_d[None, :]
        k = tl.load(K + at_n, mask=offs_n[:, None] < N, other=0.0)
        v = tl.load(V + at_n, mask=offs_n[:, None] < N, other=0.0)
        s = tl.dot(q, tl.trans(k)) * scale2
        s = tl.where(offs_m[:, None] >= offs_n[None, :], s, float("-inf"))
        p = tl.math.exp2(s - lse[:, None])
        dp = tl.dot(grad, tl.trans(v))
        ds = p * (dp - delta[:, None])
        dq = tl.dot(ds.to(k.dtype), k, dq)
    tl.store(DQ + at_m, (dq * scale).to(DQ.dtype.element_ty), mask=offs_m[:, None] < N)
