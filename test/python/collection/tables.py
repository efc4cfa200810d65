# SPDX-License-Identifier: MIT
"""Rows by number, fewer bits, counts, orders."""

import triton
import triton.language as tl


@triton.jit
def embedding(Ids, Table, Out, n, dim, BLOCK_T: tl.constexpr, BLOCK_D: tl.constexpr):
    """Out[t] = Table[Ids[t]] for n ids; a negative id is a row of zeros."""
    t = tl.program_id(0) * BLOCK_T + tl.arange(0, BLOCK_T)
    ids = tl.load(Ids + t, mask=t < n, other=-1)
    for start in range(0, dim, BLOCK_D):
        d = start + tl.arange(0, BLOCK_D)
        mask = (ids[:, None] >= 0) & (d[None, :] < dim)
        rows = tl.load(Table + ids[:, None] * dim + d[None, :], mask=mask, other=0.0)
        tl.store(Out + t[:, None] * dim + d[None, :], rows, mask=(t[:, None] < n) & (d[None, :] < dim))


@triton.jit
def embedding_backward(Ids, Grad, Table, dim, BLOCK: tl.constexpr):
    """Table[Ids[t]] += Grad[t], atomically."""
    t = tl.program_id(0)
    d = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    row = tl.load(Ids + t)
    grad = tl.load(Grad + t * dim + d, mask=d < dim, other=0.0)
    tl.atomic_add(Table + row * dim + d, grad, mask=d < dim, sem="relaxed")


@triton.jit
def quantise_rows(X, Y, Scale, stride, n, BLOCK: tl.constexpr):
    """Y[r] = X[r] / Scale[r] in int8, with Scale[r] the largest magnitude over 127."""
    row = tl.program_id(0)
    largest = tl.zeros([BLOCK], tl.float32)
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        x = tl.load(X + row * stride + cols, mask=cols < n, other=0.0).to(tl.float32)
        largest = tl.maximum(largest, tl.abs(x))
    scale = tl.maximum(tl.max(largest, axis=0), 1e-6) / 127.0
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        x = tl.load(X + row * stride + cols, mask=cols < n, other=0.0).to(tl.float32)
        y = tl.floor(x / scale + 0.5)
        tl.store(Y + row * stride + cols, tl.clamp(y, -127.0, 127.0).to(tl.int8), mask=cols < n)
    tl.store(Scale + row, scale)


@triton.jit
def quantise_fp8(X, Y, Scale, n, groups, GROUP: tl.constexpr, BLOCK_M: tl.constexpr):
    """Y = X / Scale in float8 e4m3, one scale for GROUP columns: the largest magnitude over 448.

    X, Y: [n, groups * GROUP]; Scale: [n, groups].
    """
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    group = tl.program_id(1)
    at = rows[:, None] * (groups * GROUP) + group * GROUP + tl.arange(0, GROUP)[None, :]
    x = tl.load(X + at, mask=rows[:, None] < n, other=0.0).to(tl.float32)
    scale = tl.maximum(tl.max(tl.abs(x), axis=1), 1e-10) / 448.0
    y = tl.clamp(x / scale[:, None], -448.0, 448.0)
    tl.store(Y + at, y.to(Y.dtype.element_ty), mask=rows[:, None] < n)
    tl.store(Scale + rows * groups + group, scale, mask=rows < n)


@triton.jit
def dequantise_int4(Packed, Scale, Y, n, GROUP: tl.constexpr, BLOCK: tl.constexpr):
    """Y[2 i], Y[2 i + 1] = the two signed halves of byte i, times their group's scale; n bytes."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    packed = tl.load(Packed + at, mask=at < n, other=0)
    low = (packed & 15).to(tl.int32) - 8
    high = (packed >> 4).to(tl.int32) - 8
    scale = tl.load(Scale + at // (GROUP // 2), mask=at < n, other=0.0)
    y = tl.interleave(low.to(tl.float32) * scale, high.to(tl.float32) * scale)
    out = tl.program_id(0) * (2 * BLOCK) + tl.arange(0, 2 * BLOCK)
    tl.store(Y + out, y.to(Y.dtype.element_ty), mask=out < 2 * n)


@triton.jit
def histogram_grid_stride(X, Counts, n, BINS: tl.constexpr, BLOCK: tl.constexpr):
    """Counts[b] += how many of X are b, counted a block at a time, added once a program."""
    counts = tl.zeros([BINS], tl.int32)
    for start in range(tl.program_id(0) * BLOCK, n, tl.num_programs(0) * BLOCK):
        at = start + tl.arange(0, BLOCK)
        x = tl.load(X + at, mask=at < n, other=0)
        counts += tl.histogram(x, BINS, mask=at < n)
    tl.atomic_add(Counts + tl.arange(0, BINS), counts, sem="relaxed")


@triton.jit
def sort_rows(X, Y, stride, n, BLOCK: tl.constexpr):
    """Y[r, :n] = X[r, :n] in ascending order; n at most BLOCK."""
    row = tl.program_id(0)
    cols = tl.arange(0, BLOCK)
    x = tl.load(X + row * stride + cols, mask=cols < n, other=float("inf"))
    tl.store(Y + row * stride + cols, tl.sort(x), mask=cols < n)


@triton.jit
def topk_gate(Logits, Weights, Experts, Totals, tokens, count, TOP: tl.constexpr, E: tl.constexpr, BLOCK: tl.constexpr):
    """The TOP largest of Logits[t, :count], as exp of what they lie below the largest, which they are, and their sum.

    count is at most E.
    """
    t = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    e = tl.arange(0, E)
    mask = (t[:, None] < tokens) & (e[None, :] < count)
    x = tl.load(Logits + t[:, None] * count + e[None, :], mask=mask, other=float("-inf")).to(tl.float32)
    peak = tl.max(x, axis=1)
    total = tl.zeros([BLOCK], tl.float32)
    for turn in range(TOP):
        value, where = tl.max(x, axis=1, return_indices=True)
        weight = tl.exp(value - peak)
        total += weight
        tl.store(Weights + t * TOP + turn, weight, mask=t < tokens)
        tl.store(Experts + t * TOP + turn, where, mask=t < tokens)
        x = tl.where(e[None, :] == where[:, None], float("-inf"), x)
    tl.store(Totals + t, total, mask=t < tokens)
