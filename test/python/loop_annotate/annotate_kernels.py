# SPDX-License-Identifier: MIT
"""Loops whose author may say what loop-annotate says: None and False say nothing."""

import triton
import triton.language as tl


@triton.jit
def scale(X, Y, n, BLOCK: tl.constexpr, STAGES: tl.constexpr, UNROLL: tl.constexpr):
    """Y[:n] = 2 X[:n], float32, n a multiple of BLOCK."""
    lanes = tl.arange(0, BLOCK)
    for start in tl.range(0, n, BLOCK, num_stages=STAGES, loop_unroll_factor=UNROLL):
        tl.store(Y + start + lanes, tl.load(X + start + lanes) * 2)


@triton.jit
def tiles(X, Y, rows, n, BLOCK: tl.constexpr, FLATTEN: tl.constexpr, STAGES: tl.constexpr):
    """Y[r] = the sum of X[r, :n], for every so manieth row."""
    lanes = tl.arange(0, BLOCK)
    for row in tl.range(tl.program_id(0), rows, 64, flatten=FLATTEN):
        total = tl.zeros([BLOCK], tl.float32)
        for start in tl.range(0, n, BLOCK, num_stages=STAGES):
            total += tl.load(X + row * n + start + lanes)
        tl.store(Y + row, tl.sum(total))


@triton.jit
def product(
    A, B, C, M, N, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr, SPECIALIZE: tl.constexpr, ONE: tl.constexpr
):
    """C[M, N] = A[M, K] B[K, N] in float16, tiles through descriptors."""
    a = tl.make_tensor_descriptor(A, [M, K], [K, 1], [BM, BK])
    b = tl.make_tensor_descriptor(B, [K, N], [N, 1], [BK, BN])
    c = tl.make_tensor_descriptor(C, [M, N], [N, 1], [BM, BN])
    row = tl.program_id(0) * BM
    column = tl.program_id(1) * BN
    acc = tl.zeros([BM, BN], tl.float32)
    for k in tl.range(0, K, BK, warp_specialize=SPECIALIZE, disallow_acc_multi_buffer=ONE):
        acc = tl.dot(a.load([row, k]), b.load([k, column]), acc)
    c.store([row, column], acc.to(tl.float16))
