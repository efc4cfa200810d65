# SPDX-License-Identifier: MIT
"""Reductions and scans: built in, of several operands, with a combine of our own."""

import triton
import triton.language as tl

from . import kernel


@triton.jit
def _welford(mean_a, m2_a, count_a, mean_b, m2_b, count_b):
    """Joins two (mean, sum of squared differences, count) into one."""
    count = count_a + count_b
    delta = mean_b - mean_a
    share = tl.where(count == 0.0, 0.0, count_b / count)
    return mean_a + delta * share, m2_a + m2_b + delta * delta * count_a * share, count


@triton.jit
def _affine(scale_a, shift_a, scale_b, shift_b):
    """Composes x -> scale * x + shift, first a, then b."""
    return scale_a * scale_b, shift_a * scale_b + shift_b


@triton.jit
def _absolute_larger(a, b):
    return tl.where(tl.abs(a) >= tl.abs(b), a, b)


@kernel(
    args={"X": "*fp32", "Out": "*fp32"},
    constexprs={"ROWS": 16, "COLS": 128},
    aligned="*",
)
@triton.jit
def reduce_welford(X, Out, ROWS: tl.constexpr, COLS: tl.constexpr):
    """Mean and variance of each row by a reduction of three operands."""
    rows = tl.arange(0, ROWS)
    x = tl.load(X + rows[:, None] * COLS + tl.arange(0, COLS)[None, :])
    one = tl.full([ROWS, COLS], 1.0, tl.float32)
    mean, m2, count = tl.reduce((x, tl.zeros_like(x), one), 1, _welford)
    tl.store(Out + rows, mean)
    tl.store(Out + ROWS + rows, m2 / count)


@kernel(
    args={"X": "*fp32", "I": "*i32", "Out": "*fp32", "OutI": "*i32"},
    constexprs={"ROWS": 32, "COLS": 64},
    aligned="*",
)
@triton.jit
def reduce_kinds(X, I, Out, OutI, ROWS: tl.constexpr, COLS: tl.constexpr):
    """Every reduction of the language, along either axis, and over all of a block."""
    rows = tl.arange(0, ROWS)
    cols = tl.arange(0, COLS)
    at = rows[:, None] * COLS + cols[None, :]
    x = tl.load(X + at)
    i = tl.load(I + at)
    tl.store(Out + rows, tl.sum(x, axis=1))
    tl.store(Out + 64 + cols, tl.max(x, axis=0))
    tl.store(Out + 128 + rows, tl.min(x, axis=1))
    largest, where = tl.max(x, axis=1, return_indices=True)
    tl.store(Out + 192 + rows, largest)
    tl.store(OutI + rows, where)
    tl.store(OutI + 64 + rows, tl.argmin(x, axis=1, tie_break_left=False))
    tl.store(OutI + 128 + cols, tl.argmax(i, axis=0))
    tl.store(OutI + 192 + rows, tl.xor_sum(i, axis=1))
    tl.store(OutI + 256 + cols, tl.max(i, axis=0) - tl.min(i, axis=0))
    tl.store(Out + 256 + rows, tl.reduce(x, 1, _absolute_larger))
    tl.store(Out + 320, tl.sum(x))
    tl.store(OutI + 320, tl.sum(i.to(tl.int8)))
    keep = tl.sum(x, axis=1, keep_dims=True)
    tl.store(Out + 1024 + at, x / keep)


@kernel(
    args={"X": "*fp32", "A": "*fp32", "Out": "*fp32"},
    constexprs={"ROWS": 8, "COLS": 128},
    aligned="*",
)
@triton.jit
def scan_kinds(X, A, Out, ROWS: tl.constexpr, COLS: tl.constexpr):
    """Sums, products and a linear recurrence along an axis, forward and backward."""
    at = tl.arange(0, ROWS)[:, None] * COLS + tl.arange(0, COLS)[None, :]
    x = tl.load(X + at)
    a = tl.load(A + at)
    tl.store(Out + at, tl.cumsum(x, axis=1))
    tl.store(Out + 1024 + at, tl.cumprod(a, axis=0))
    tl.store(Out + 2048 + at, tl.cumsum(x, axis=1, reverse=True))
    _, state = tl.associative_scan((a, x), 1, _affine)
    tl.store(Out + 3072 + at, state)
    tl.store(Out + 4096 + at, tl.associative_scan(x, 1, _absolute_larger, reverse=True))


@kernel(
    args={"X": "*i32", "Out": "*i32", "n": "i32"},
    constexprs={"BLOCK": 512, "BINS": 64},
    aligned="*",
)
@triton.jit
def histogram(X, Out, n, BLOCK: tl.constexpr, BINS: tl.constexpr):
    """Counts of X in BINS bins, masked and not, added to Out[BINS]."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = at < n
    x = tl.load(X + at, mask=mask, other=0)
    counts = tl.histogram(x, BINS, mask=mask) + tl.histogram(x & (BINS - 1), BINS)
    tl.atomic_add(Out + tl.arange(0, BINS), counts)


@kernel(
    args={"X": "*fp32", "Out": "*fp32"},
    constexprs={"ROWS": 4, "COLS": 32, "K": 8},
    aligned="*",
)
@triton.jit
def sort_topk(X, Out, ROWS: tl.constexpr, COLS: tl.constexpr, K: tl.constexpr):
    """Each row sorted up, its K largest, and the row backwards."""
    rows = tl.arange(0, ROWS)[:, None]
    cols = tl.arange(0, COLS)[None, :]
    x = tl.load(X + rows * COLS + cols)
    tl.store(Out + rows * COLS + cols, tl.sort(x))
    tl.store(Out + 256 + rows * K + tl.arange(0, K)[None, :], tl.topk(x, K))
    tl.store(Out + 512 + rows * COLS + cols, tl.flip(x, 1))


@kernel(
    args={"X": "*fp32", "Index": "*i32", "Out": "*fp32"},
    constexprs={"ROWS": 16, "COLS": 32},
    aligned="*",
)
@triton.jit
def gather(X, Index, Out, ROWS: tl.constexpr, COLS: tl.constexpr):
    """Out[r, c] = X[Index[r, c], c] + X[r, Index[r, c]]."""
    at = tl.arange(0, ROWS)[:, None] * COLS + tl.arange(0, COLS)[None, :]
    x = tl.load(X + at)
    index = tl.load(Index + at)
    tl.store(Out + at, tl.gather(x, index, 0) + tl.gather(x, index, 1))
