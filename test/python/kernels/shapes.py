# SPDX-License-Identifier: MIT
"""Operations that move elements and compute nothing."""

import triton
import triton.language as tl

from . import kernel


@kernel(
    args={"X": "*fp32", "Y": "*fp32"},
    constexprs={"M": 16, "N": 32},
    aligned="*",
)
@triton.jit
def join_split(X, Y, M: tl.constexpr, N: tl.constexpr):
    """join, split, interleave, cat, on two-dimensional blocks and on a pair."""
    at = tl.arange(0, M)[:, None] * N + tl.arange(0, N)[None, :]
    x = tl.load(X + at)
    y = tl.load(Y + at)
    a, b = tl.split(tl.join(x, y * 2))
    wide = tl.interleave(a, b)
    out = tl.arange(0, M)[:, None] * (2 * N) + tl.arange(0, 2 * N)[None, :]
    tl.store(X + out, wide)
    flat = tl.cat(tl.ravel(x), tl.ravel(y), can_reorder=True)
    tl.store(Y + tl.arange(0, 2 * M * N), flat)
    first, second = tl.split(tl.load(X + tl.arange(0, 2)))
    tl.store(Y, first + second)


@kernel(
    args={"X": "*fp16", "Y": "*fp16"},
    constexprs={"M": 8, "N": 16, "K": 32},
    aligned="*",
)
@triton.jit
def permute_reshape(X, Y, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    """trans, permute, reshape, view, expand_dims, broadcast, in three dimensions."""
    i = tl.arange(0, M)
    j = tl.arange(0, N)
    k = tl.arange(0, K)
    at = i[:, None, None] * (N * K) + j[None, :, None] * K + k[None, None, :]
    x = tl.load(X + at)
    turned = tl.permute(x, (2, 0, 1))
    back = tl.trans(turned, 1, 2, 0)
    flat = tl.reshape(back, (M, N * K))
    row = tl.reshape(flat, (M * N * K,), can_reorder=True)
    tl.store(Y + tl.arange(0, M * N * K), row)
    mean = tl.sum(flat, axis=1)
    spread = tl.broadcast_to(tl.expand_dims(mean, 1), (M, N * K))
    left, right = tl.broadcast(mean[:, None], tl.sum(flat, axis=0)[None, :])
    out = i[:, None] * (N * K) + tl.arange(0, N * K)[None, :]
    tl.store(Y + out, tl.trans(tl.trans(flat - spread)) + left * right)


@kernel(
    args={"X": "*fp32", "Y": "*fp32"},
    constexprs={"N": 64},
    aligned="*",
)
@triton.jit
def swizzle(X, Y, N: tl.constexpr):
    """A block of one element to a scalar, program ids of all axes, swizzle2d."""
    pid_m, pid_n = tl.swizzle2d(
        tl.program_id(0),
        tl.program_id(1),
        tl.num_programs(0),
        tl.num_programs(1),
        4,
    )
    base = (pid_m * tl.num_programs(1) + pid_n) * N + tl.program_id(2)
    one = tl.reshape(tl.load(X + base + tl.arange(0, 1)), ())
    tl.store(Y + base + tl.arange(0, N), tl.full([N], 1.0, tl.float32) * one)
