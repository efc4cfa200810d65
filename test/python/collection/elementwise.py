# SPDX-License-Identifier: MIT
"""Streams: copies, activations, rotary positions, dropout, an optimizer's step, a transpose, sums in two passes."""

import triton
import triton.language as tl


@triton.jit
def copy_grid_stride(X, Y, n, BLOCK: tl.constexpr):
    """Y = X by a fixed number of programs, a block of each round."""
    step = tl.num_programs(0) * BLOCK
    for start in range(tl.program_id(0) * BLOCK, n, step):
        at = start + tl.arange(0, BLOCK)
        tl.store(Y + at, tl.load(X + at, mask=at < n), mask=at < n)


@triton.jit
def swiglu(Gate, Up, Out, stride, n, BLOCK: tl.constexpr):
    """Out[r] = silu(Gate[r]) * Up[r]; BLOCK columns a program."""
    row = tl.program_id(0).to(tl.int64)
    cols = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    mask = cols < n
    gate = tl.load(Gate + row * stride + cols, mask=mask, other=0.0).to(tl.float32)
    up = tl.load(Up + row * stride + cols, mask=mask, other=0.0)
    out = gate * tl.sigmoid(gate)
    tl.store(Out + row * stride + cols, out.to(up.dtype) * up, mask=mask)


@triton.jit
def gelu_backward(X, DY, DX, n, BLOCK: tl.constexpr):
    """DX = DY * the derivative of gelu's tanh form at X, over n elements in a row."""
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    mask = at < n
    x = tl.load(X + at, mask=mask, other=0.0).to(tl.float32)
    dy = tl.load(DY + at, mask=mask, other=0.0).to(tl.float32)
    inner = 0.7978845608028654 * x * (1.0 + 0.044715 * x * x)
    tanh = 2.0 * tl.sigmoid(2.0 * inner) - 1.0
    slope = 0.7978845608028654 * (1.0 + 3.0 * 0.044715 * x * x)
    dx = dy * (0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * slope)
    tl.store(DX + at, dx.to(DX.dtype.element_ty), mask=mask)


@triton.jit
def rope(X, Cos, Sin, Y, stride_t, stride_h, H, D, HALF: tl.constexpr, BLOCK_H: tl.constexpr):
    """Rotates the two halves of each head by its position's angles.

    X, Y: [T, H, D]; Cos, Sin: [T, D / 2] float32; HALF: a power of two, at least D / 2.
    """
    token = tl.program_id(0)
    heads = tl.program_id(1) * BLOCK_H + tl.arange(0, BLOCK_H)
    half = D // 2
    cols = tl.arange(0, HALF)
    cos = tl.load(Cos + token * half + cols, mask=cols < half, other=0.0)
    sin = tl.load(Sin + token * half + cols, mask=cols < half, other=0.0)
    at = token * stride_t + heads[:, None] * stride_h + cols[None, :]
    mask = (heads[:, None] < H) & (cols[None, :] < half)
    first = tl.load(X + at, mask=mask, other=0.0).to(tl.float32)
    second = tl.load(X + at + half, mask=mask, other=0.0).to(tl.float32)
    tl.store(Y + at, (first * cos[None, :] - second * sin[None, :]).to(Y.dtype.element_ty), mask=mask)
    tl.store(Y + at + half, (second * cos[None, :] + first * sin[None, :]).to(Y.dtype.element_ty), mask=mask)


@triton.jit
def dropout(X, Y, n, p, seed, BLOCK: tl.constexpr):
    """Y = X / (1 - p) where the element's random number is above p, else 0."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = at < n
    x = tl.load(X + at, mask=mask, other=0.0)
    keep = tl.rand(seed, at) > p
    tl.store(Y + at, tl.where(keep, x / (1 - p), 0.0), mask=mask)


@triton.jit
def adamw(
    Param,
    Grad,
    First,
    Second,
    n,
    rate,
    beta1,
    beta2,
    eps,
    decay,
    correction1,
    correction2,
    BLOCK: tl.constexpr,
):
    """One step of AdamW in place; correction1 and correction2 are 1 - beta^step."""
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    mask = at < n
    param = tl.load(Param + at, mask=mask)
    grad = tl.load(Grad + at, mask=mask).to(tl.float32)
    first = tl.load(First + at, mask=mask) * beta1 + grad * (1 - beta1)
    second = tl.load(Second + at, mask=mask) * beta2 + grad * grad * (1 - beta2)
    step = first / correction1 / (tl.sqrt(second / correction2) + eps)
    tl.store(Param + at, param - rate * (step + decay * param), mask=mask)
    tl.store(First + at, first, mask=mask)
    tl.store(Second + at, second, mask=mask)


@triton.jit
def transpose(X, Y, M, N, stride_x, stride_y, BM: tl.constexpr, BN: tl.constexpr):
    """Y[N, M] = X[M, N]^T, a tile a program."""
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    cols = tl.program_id(1) * BN + tl.arange(0, BN)
    x = tl.load(X + rows[:, None] * stride_x + cols[None, :], mask=(rows[:, None] < M) & (cols[None, :] < N), other=0)
    out = (cols[:, None] < N) & (rows[None, :] < M)
    tl.store(Y + cols[:, None] * stride_y + rows[None, :], tl.trans(x), mask=out)


@triton.jit
def sum_partial(X, Partial, n, BLOCK: tl.constexpr):
    """Partial[p] = the sum of the blocks that program p takes; sum_final adds them up."""
    acc = tl.zeros([BLOCK], tl.float32)
    for start in range(tl.program_id(0) * BLOCK, n, tl.num_programs(0) * BLOCK):
        at = start + tl.arange(0, BLOCK)
        acc += tl.load(X + at, mask=at < n, other=0.0)
    tl.store(Partial + tl.program_id(0), tl.sum(acc, axis=0))


@triton.jit
def sum_final(Partial, Out, count, BLOCK: tl.constexpr):
    """Out[r] = the sum of Partial[r, :count], one program a row."""
    row = tl.program_id(0)
    acc = tl.zeros([BLOCK], tl.float32)
    for start in range(0, count, BLOCK):
        at = start + tl.arange(0, BLOCK)
        acc += tl.load(Partial + row * count + at, mask=at < count, other=0.0)
    tl.store(Out + row, tl.sum(acc, axis=0))


@triton.jit
def column_mean(X, Out, stride, m, n, BM: tl.constexpr, BN: tl.constexpr):
    """Out[c] = the mean of column c of X[m, n]."""
    cols = tl.program_id(0) * BN + tl.arange(0, BN)
    rows = tl.arange(0, BM)
    x_ptrs = X + rows[:, None] * stride + cols[None, :]
    acc = tl.zeros([BN], tl.float32)
    for start in range(0, m, BM):
        x = tl.load(x_ptrs, mask=(start + rows[:, None] < m) & (cols[None, :] < n), other=0.0)
        acc += tl.sum(x.to(tl.float32), axis=0)
        x_ptrs += BM * stride
    tl.store(Out + cols, acc / m, mask=cols < n)
