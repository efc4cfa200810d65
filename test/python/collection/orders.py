# SPDX-License-Identifier: MIT
"""A matrix product whose programs go over tiles row by row."""

import triton
import triton.language as tl


@triton.jit
def gemm_row_major(
    A,
    B,
    C,
    M,
    N,
    K,
    stride_am,
    stride_bk,
    stride_cm,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
):
    """C[M, N] = A[M, K] B[K, N]; one id, divided by the number of columns of tiles."""
    pid = tl.program_id(0)
    tiles_n = tl.cdiv(N, BN)
    offs_m = pid // tiles_n * BM + tl.arange(0, BM)
    offs_n = pid % tiles_n * BN + tl.arange(0, BN)
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, K, BK):
        offs_k = k + tl.arange(0, BK)
        a = tl.load(
            A + offs_m[:, None] * stride_am + offs_k[None, :],
            mask=(offs_m < M)[:, None] & (offs_k < K)[None, :],
            other=0.0,
        )
        b = tl.load(
            B + offs_k[:, None] * stride_bk + offs_n[None, :],
            mask=(offs_k < K)[:, None] & (offs_n < N)[None, :],
            other=0.0,
        )
        acc = tl.dot(a, b, acc)
    mask = (offs_m < M)[:, None] & (offs_n < N)[None, :]
    tl.store(C + offs_m[:, None] * stride_cm + offs_n[None, :], acc.to(C.dtype.element_ty), mask=mask)
