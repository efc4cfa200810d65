# SPDX-License-Identifier: MIT
"""Products of f32 tiles: of f32 values, and of what was read as 16 bits."""

import triton
import triton.language as tl


@triton.jit
def product(A, B, C, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, PRECISION: tl.constexpr):
    """C[BM, BN] = A[BM, K] B[K, BN], float32; K a multiple of BK."""
    rows = tl.arange(0, BM)
    cols = tl.arange(0, BN)
    inner = tl.arange(0, BK)
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, K, BK):
        a = tl.load(A + rows[:, None] * K + k + inner[None, :])
        b = tl.load(B + (k + inner)[:, None] * BN + cols[None, :])
        acc = tl.dot(a, b, acc, input_precision=PRECISION)
    tl.store(C + rows[:, None] * BN + cols[None, :], acc)


@triton.jit
def extended(A, B, C, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, WIDE: tl.constexpr):
    """The same of float16, B transposed: the product of float32 tiles where WIDE."""
    rows = tl.arange(0, BM)
    cols = tl.arange(0, BN)
    inner = tl.arange(0, BK)
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, K, BK):
        a = tl.load(A + rows[:, None] * K + k + inner[None, :])
        b = tl.load(B + cols[:, None] * K + k + inner[None, :])
        if WIDE:
            a = a.to(tl.float32)
            b = b.to(tl.float32)
        acc = tl.dot(a, tl.trans(b), acc, input_precision="ieee")
    tl.store(C + rows[:, None] * BN + cols[None, :], acc)


@triton.jit
def two_products(A, B, C, S: tl.constexpr):
    """C = A (A B) of [S, S] float32 tiles; the inner product stands on the line of FIRST."""
    at = tl.arange(0, S)[:, None] * S + tl.arange(0, S)[None, :]
    a = tl.load(A + at)
    b = tl.load(B + at)
    c = tl.dot(a, b, input_precision="ieee")
    d = tl.dot(a, c, input_precision="ieee")
    tl.store(C + at, d)
