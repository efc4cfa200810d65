# SPDX-License-Identifier: MIT
"""Recurrences along time: linear attention and state spaces in chunks, a selective scan step by step."""

import triton
import triton.language as tl


@triton.jit
def linear_attention_chunk(
    Q,
    K,
    V,
    Decay,
    Out,
    stride_h,
    stride_t,
    stride_vh,
    stride_vt,
    T,
    scale,
    DK: tl.constexpr,
    BV: tl.constexpr,
    CHUNK: tl.constexpr,
):
    """Out[i] = scale * sum over j <= i of decay^(i - j) (Q[i] . K[j]) V[j], a chunk of time an iteration.

    Q, K: [heads, T, DK]; V, Out: [heads, T, DV]; Decay: [heads], log2 of the decay.
    The state [DK, BV] is carried from chunk to chunk.
    """
    pid_v = tl.program_id(0)
    head = tl.program_id(1)
    decay = tl.load(Decay + head)
    i = tl.arange(0, CHUNK)
    offs_k = tl.arange(0, DK)
    offs_v = pid_v * BV + tl.arange(0, BV)
    apart = i[:, None] - i[None, :]
    inside = tl.where(apart >= 0, tl.math.exp2(apart * decay), 0.0)
    from_state = tl.math.exp2((i + 1) * decay)
    state = tl.zeros([DK, BV], tl.float32)
    for start in range(0, T, CHUNK):
        t = start + i
        at_q = head * stride_h + t[:, None] * stride_t + offs_k[None, :]
        at_v = head * stride_vh + t[:, None] * stride_vt + offs_v[None, :]
        q = tl.load(Q + at_q, mask=t[:, None] < T, other=0.0)
        k = tl.load(K + at_q, mask=t[:, None] < T, other=0.0)
        v = tl.load(V + at_v, mask=t[:, None] < T, other=0.0)
        s = tl.dot(q, tl.trans(k)) * inside
        out = tl.dot(s.to(v.dtype), v)
        out += tl.dot(q, state.to(q.dtype)) * from_state[:, None]
        tl.store(Out + at_v, (out * scale).to(Out.dtype.element_ty), mask=t[:, None] < T)
        last = tl.minimum(T - start, CHUNK)
        to_state = tl.where(i < last, tl.math.exp2((last - 1 - i) * decay), 0.0)
        weighted = (k * to_state[:, None]).to(k.dtype)
        state = state * tl.math.exp2(last * decay) + tl.dot(tl.trans(weighted), v)


@triton.jit
def state_space_chunk(
    X,
    B,
    Step,
    Cumulative,
    States,
    T,
    H,
    P: tl.constexpr,
    N: tl.constexpr,
    CHUNK: tl.constexpr,
    BK: tl.constexpr,
):
    """The state that each chunk of time adds: sum over its l of Step[l] exp(last - Cumulative[l]) X[l]^T B[l].

    X: [T, H, P]; B: [T, N]; Step, Cumulative: [H, T] float32, Cumulative within each
    chunk; States: [chunks, H, P, N] float32.
    """
    chunk = tl.program_id(0)
    head = tl.program_id(1)
    first = chunk * CHUNK
    length = tl.minimum(T - first, CHUNK)
    offs_p = tl.arange(0, P)
    offs_n = tl.arange(0, N)
    offs_k = tl.arange(0, BK)
    last = tl.load(Cumulative + head * T + first + length - 1)
    x_ptrs = X + (first + offs_k)[None, :] * (H * P) + head * P + offs_p[:, None]
    b_ptrs = B + (first + offs_k)[:, None] * N + offs_n[None, :]
    acc = tl.zeros([P, N], tl.float32)
    for k in range(0, length, BK):
        mask = offs_k < length - k
        x = tl.load(x_ptrs, mask=mask[None, :], other=0.0)
        b = tl.load(b_ptrs, mask=mask[:, None], other=0.0).to(tl.float32)
        at = head * T + first + k + offs_k
        cumulative = tl.load(Cumulative + at, mask=mask, other=0.0)
        step = tl.load(Step + at, mask=mask, other=0.0)
        b *= (tl.exp(last - cumulative) * step)[:, None]
        acc += tl.dot(x, b.to(x.dtype))
        x_ptrs += BK * H * P
        b_ptrs += BK * N
    at = (chunk * H + head) * P * N + offs_p[:, None] * N + offs_n[None, :]
    tl.store(States + at, acc)


@triton.jit
def selective_scan(X, Step, A, B, C, Skip, Y, T, dim, N: tl.constexpr, BLOCK: tl.constexpr):
    """A selective state space, time step after time step, its state in registers.

    X, Step, Y: [batch, T, dim]; A: [dim, N]; B, C: [batch, T, N]; Skip: [dim].
    """
    batch = tl.program_id(1)
    d = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    n = tl.arange(0, N)
    mask = d < dim
    a = tl.load(A + d[:, None] * N + n[None, :], mask=mask[:, None], other=0.0)
    skip = tl.load(Skip + d, mask=mask, other=0.0)
    state = tl.zeros([BLOCK, N], tl.float32)
    for t in range(T):
        row = batch * T + t
        x = tl.load(X + row * dim + d, mask=mask, other=0.0)
        step = tl.load(Step + row * dim + d, mask=mask, other=0.0)
        b = tl.load(B + row * N + n)
        c = tl.load(C + row * N + n)
        state = tl.exp(step[:, None] * a) * state + (step * x)[:, None] * b[None, :]
        y = tl.sum(state * c[None, :], axis=1) + skip * x
        tl.store(Y + row * dim + d, y, mask=mask)
