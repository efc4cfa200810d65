# SPDX-License-Identifier: MIT
"""Matrix products: orders of programs, float32, batches, several problems, experts, split sums, packed weights."""

import triton
import triton.language as tl


@triton.jit
def gemm_grouped_order(
    A,
    B,
    C,
    M,
    N,
    K,
    stride_am,
    stride_ak,
    stride_bk,
    stride_bn,
    stride_cm,
    stride_cn,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
    GROUP: tl.constexpr,
):
    """C[M, N] = A[M, K] B[K, N] in groups of GROUP rows of tiles.

    Rows and columns wrap around at the edge, so that only K needs a mask.
    """
    pid = tl.program_id(axis=0)
    tiles_m = tl.cdiv(M, BM)
    tiles_n = tl.cdiv(N, BN)
    in_group = GROUP * tiles_n
    first_m = pid // in_group * GROUP
    rows = min(tiles_m - first_m, GROUP)
    pid_m = first_m + (pid % in_group) % rows
    pid_n = (pid % in_group) // rows
    offs_am = (pid_m * BM + tl.arange(0, BM)) % M
    offs_bn = (pid_n * BN + tl.arange(0, BN)) % N
    offs_k = tl.arange(0, BK)
    a_ptrs = A + (offs_am[:, None] * stride_am + offs_k[None, :] * stride_ak)
    b_ptrs = B + (offs_k[:, None] * stride_bk + offs_bn[None, :] * stride_bn)
    acc = tl.zeros((BM, BN), dtype=tl.float32)
    for k in range(0, tl.cdiv(K, BK)):
        a = tl.load(a_ptrs, mask=offs_k[None, :] < K - k * BK, other=0.0)
        b = tl.load(b_ptrs, mask=offs_k[:, None] < K - k * BK, other=0.0)
        acc = tl.dot(a, b, acc)
        a_ptrs += BK * stride_ak
        b_ptrs += BK * stride_bk
    offs_cm = pid_m * BM + tl.arange(0, BM)
    offs_cn = pid_n * BN + tl.arange(0, BN)
    c_ptrs = C + stride_cm * offs_cm[:, None] + stride_cn * offs_cn[None, :]
    tl.store(c_ptrs, acc.to(C.dtype.element_ty), mask=(offs_cm[:, None] < M) & (offs_cn[None, :] < N))


@triton.jit
def gemm_grid2d(
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
    """C[M, N] = A[M, K] B[K, N] on a grid of two axes, in the order of the hardware."""
    offs_m = tl.program_id(0) * BM + tl.arange(0, BM)
    offs_n = tl.program_id(1) * BN + tl.arange(0, BN)
    offs_k = tl.arange(0, BK)
    a_ptrs = A + offs_m[:, None] * stride_am + offs_k[None, :]
    b_ptrs = B + offs_k[:, None] * stride_bk + offs_n[None, :]
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, K, BK):
        k_left = K - k
        a = tl.load(a_ptrs, mask=(offs_m[:, None] < M) & (offs_k[None, :] < k_left), other=0.0)
        b = tl.load(b_ptrs, mask=(offs_k[:, None] < k_left) & (offs_n[None, :] < N), other=0.0)
        acc += tl.dot(a, b)
        a_ptrs += BK
        b_ptrs += BK * stride_bk
    mask = (offs_m[:, None] < M) & (offs_n[None, :] < N)
    tl.store(C + offs_m[:, None] * stride_cm + offs_n[None, :], acc.to(C.dtype.element_ty), mask=mask)


@triton.jit
def gemm_f32(
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
    GROUP: tl.constexpr,
):
    """C[M, N] = A[M, K] B[K, N] in float32, every product and sum rounded as IEEE 754 says."""
    pid = tl.program_id(0)
    tiles_n = tl.cdiv(N, BN)
    per_group = GROUP * tiles_n
    first_m = pid // per_group * GROUP
    size_m = tl.minimum(tl.cdiv(M, BM) - first_m, GROUP)
    offs_m = (first_m + pid % per_group % size_m) * BM + tl.arange(0, BM)
    offs_n = pid % per_group // size_m * BN + tl.arange(0, BN)
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, K, BK):
        offs_k = k + tl.arange(0, BK)
        a = tl.load(
            A + offs_m[:, None] * stride_am + offs_k[None, :],
            mask=(offs_m[:, None] < M) & (offs_k[None, :] < K),
            other=0.0,
        )
        b = tl.load(
            B + offs_k[:, None] * stride_bk + offs_n[None, :],
            mask=(offs_k[:, None] < K) & (offs_n[None, :] < N),
            other=0.0,
        )
        acc = tl.dot(a, b, acc, input_precision="ieee")
    tl.store(C + offs_m[:, None] * stride_cm + offs_n[None, :], acc, mask=(offs_m[:, None] < M) & (offs_n[None, :] < N))


@triton.jit
def gemm_batched(
    A,
    B,
    C,
    M,
    N,
    K,
    stride_ab,
    stride_am,
    stride_bb,
    stride_bk,
    stride_cb,
    stride_cm,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
):
    """C[b] = A[b] B[b], a batch along the last axis of the grid; A: [b, M, K], B: [b, K, N]."""
    batch = tl.program_id(2).to(tl.int64)
    offs_m = tl.program_id(0) * BM + tl.arange(0, BM)
    offs_n = tl.program_id(1) * BN + tl.arange(0, BN)
    offs_k = tl.arange(0, BK)
    a_ptrs = A + batch * stride_ab + offs_m[:, None] * stride_am + offs_k[None, :]
    b_ptrs = B + batch * stride_bb + offs_k[:, None] * stride_bk + offs_n[None, :]
    row_mask = offs_m[:, None] < M
    col_mask = offs_n[None, :] < N
    acc = tl.zeros([BM, BN], tl.float32)
    for k in tl.range(0, tl.cdiv(K, BK), num_stages=3):
        k_mask = k * BK + offs_k < K
        a = tl.load(a_ptrs, mask=row_mask & k_mask[None, :], other=0.0)
        b = tl.load(b_ptrs, mask=k_mask[:, None] & col_mask, other=0.0)
        acc = tl.dot(a, b, acc)
        a_ptrs += BK
        b_ptrs += BK * stride_bk
    c_ptrs = C + batch * stride_cb + offs_m[:, None] * stride_cm + offs_n[None, :]
    tl.store(c_ptrs, acc.to(C.dtype.element_ty), mask=row_mask & col_mask)


@triton.jit
def gemm_several(
    A,
    B,
    C,
    Starts,
    groups,
    N,
    K,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
    PROGRAMS: tl.constexpr,
):
    """Several products by a fixed number of programs: rows Starts[g] to Starts[g + 1] of A times B[g].

    A: [rows, K], B: [groups, K, N], C: [rows, N].
    """
    tile = tl.program_id(0)
    done = 0
    tiles_n = tl.cdiv(N, BN)
    offs_k = tl.arange(0, BK)
    for group in range(groups):
        first = tl.load(Starts + group)
        last = tl.load(Starts + group + 1)
        tiles = tl.cdiv(last - first, BM) * tiles_n
        while tile >= done and tile < done + tiles:
            offs_m = first + (tile - done) // tiles_n * BM + tl.arange(0, BM)
            offs_n = (tile - done) % tiles_n * BN + tl.arange(0, BN)
            a_ptrs = A + offs_m[:, None] * K + offs_k[None, :]
            b_ptrs = B + group * K * N + offs_k[:, None] * N + offs_n[None, :]
            acc = tl.zeros([BM, BN], tl.float32)
            for k in range(0, K, BK):
                a = tl.load(a_ptrs, mask=(offs_m[:, None] < last) & (offs_k[None, :] < K - k), other=0.0)
                b = tl.load(b_ptrs, mask=(offs_k[:, None] < K - k) & (offs_n[None, :] < N), other=0.0)
                acc = tl.dot(a, b, acc)
                a_ptrs += BK
                b_ptrs += BK * N
            mask = (offs_m[:, None] < last) & (offs_n[None, :] < N)
            tl.store(C + offs_m[:, None] * N + offs_n[None, :], acc.to(C.dtype.element_ty), mask=mask)
            tile += PROGRAMS
        done += tiles


@triton.jit
def gemm_experts(
    A,
    B,
    C,
    Rows,
    Experts,
    Weights,
    N,
    K,
    valid,
    stride_am,
    stride_be,
    stride_bn,
    stride_cm,
    TOP: tl.constexpr,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
):
    """C[i] = Weights[i] * A[i // TOP] B[expert]^T for the pairs i of token and expert, sorted by expert.

    Rows: the pairs, each expert's padded to a multiple of BM with numbers from
    `valid` on; Experts: one a tile, -1 for none. A: [tokens, K], B: [experts, N, K],
    C: [pairs, N].
    """
    pid_m = tl.program_id(0)
    pid_n = tl.program_id(1)
    expert = tl.load(Experts + pid_m).to(tl.int64)
    if expert == -1:
        return
    pairs = tl.load(Rows + pid_m * BM + tl.arange(0, BM))
    token_mask = pairs < valid
    offs_n = (pid_n * BN + tl.arange(0, BN)) % N
    offs_k = tl.arange(0, BK)
    a_ptrs = A + (pairs[:, None] // TOP) * stride_am + offs_k[None, :]
    b_ptrs = B + expert * stride_be + offs_k[:, None] + offs_n[None, :] * stride_bn
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, tl.cdiv(K, BK)):
        a = tl.load(a_ptrs, mask=token_mask[:, None] & (offs_k[None, :] < K - k * BK), other=0.0)
        b = tl.load(b_ptrs, mask=offs_k[:, None] < K - k * BK, other=0.0)
        acc += tl.dot(a, b)
        a_ptrs += BK
        b_ptrs += BK
    weights = tl.load(Weights + pairs, mask=token_mask, other=0)
    acc = acc * weights[:, None]
    cols = pid_n * BN + tl.arange(0, BN)
    mask = token_mask[:, None] & (cols[None, :] < N)
    tl.store(C + stride_cm * pairs[:, None] + cols[None, :], acc.to(C.dtype.element_ty), mask=mask)


@triton.jit
def gemm_split_sums(
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
    SPLITS: tl.constexpr,
):
    """C[M, N] += A[M, K] B[K, N], K divided among SPLITS programs that add atomically."""
    pid = tl.program_id(0)
    split = tl.program_id(1)
    tiles_n = tl.cdiv(N, BN)
    offs_m = pid // tiles_n * BM + tl.arange(0, BM)
    offs_n = pid % tiles_n * BN + tl.arange(0, BN)
    offs_k = split * BK + tl.arange(0, BK)
    a_ptrs = A + offs_m[:, None] * stride_am + offs_k[None, :]
    b_ptrs = B + offs_k[:, None] * stride_bk + offs_n[None, :]
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, tl.cdiv(K, BK * SPLITS)):
        left = K - k * (BK * SPLITS)
        a = tl.load(a_ptrs, mask=(offs_m[:, None] < M) & (offs_k[None, :] < left), other=0.0)
        b = tl.load(b_ptrs, mask=(offs_k[:, None] < left) & (offs_n[None, :] < N), other=0.0)
        acc = tl.dot(a, b, acc)
        a_ptrs += BK * SPLITS
        b_ptrs += BK * SPLITS * stride_bk
    mask = (offs_m[:, None] < M) & (offs_n[None, :] < N)
    tl.atomic_add(C + offs_m[:, None] * stride_cm + offs_n[None, :], acc, mask=mask, sem="relaxed")


@triton.jit
def gemm_int4(
    A,
    B,
    Scales,
    Zeros,
    C,
    M,
    N,
    K,
    stride_am,
    stride_bk,
    stride_sg,
    stride_cm,
    GROUP_K: tl.constexpr,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
):
    """C[M, N] = A[M, K] W[K, N] with W in four bits: eight of them along K in one int32.

    W = (bits - Zeros) * Scales, both [K / GROUP_K, N]; GROUP_K a multiple of BK; B: [K / 8, N].
    """
    offs_m = tl.program_id(0) * BM + tl.arange(0, BM)
    offs_n = tl.program_id(1) * BN + tl.arange(0, BN)
    offs_k = tl.arange(0, BK)
    row_mask = offs_m[:, None] < M
    col_mask = offs_n[None, :] < N
    a_ptrs = A + offs_m[:, None] * stride_am + offs_k[None, :]
    b_ptrs = B + (offs_k[:, None] // 8) * stride_bk + offs_n[None, :]
    shift = offs_k[:, None] % 8 * 4
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, tl.cdiv(K, BK)):
        group = k * BK // GROUP_K * stride_sg
        scales = tl.load(Scales + group + offs_n[None, :], mask=col_mask, other=0.0)
        zeros = tl.load(Zeros + group + offs_n[None, :], mask=col_mask, other=0.0)
        a = tl.load(a_ptrs, mask=row_mask, other=0.0)
        packed = tl.load(b_ptrs, mask=col_mask, other=0)
        w = (((packed >> shift) & 15).to(tl.float16) - zeros) * scales
        acc = tl.dot(a, w, acc)
        a_ptrs += BK
        b_ptrs += BK // 8 * stride_bk
    tl.store(C + offs_m[:, None] * stride_cm + offs_n[None, :], acc.to(C.dtype.element_ty), mask=row_mask & col_mask)


@triton.jit
def linear_gelu(
    X,
    W,
    Bias,
    Y,
    M,
    N,
    K,
    stride_xm,
    stride_wn,
    stride_ym,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
):
    """Y[M, N] = gelu(X[M, K] W[N, K]^T + Bias), by the error function, bfloat16."""
    pid_n = tl.program_id(0)
    pid_m = tl.program_id(1)
    offs_m = pid_m * BM + tl.arange(0, BM)
    offs_n = pid_n * BN + tl.arange(0, BN)
    acc = tl.zeros([BM, BN], tl.float32)
    for start_k in range(0, K, BK):
        offs_k = start_k + tl.arange(0, BK)
        x_mask = (offs_m < M)[:, None] & (offs_k < K)[None, :]
        w_mask = (offs_n < N)[:, None] & (offs_k < K)[None, :]
        x = tl.load(X + offs_m[:, None] * stride_xm + offs_k[None, :], mask=x_mask, other=0.0)
        w = tl.load(W + offs_n[:, None] * stride_wn + offs_k[None, :], mask=w_mask, other=0.0)
        acc = tl.dot(x, tl.trans(w), acc)
    acc += tl.load(Bias + offs_n, mask=offs_n < N, other=0.0).to(tl.float32)[None, :]
    y = 0.5 * acc * (1.0 + tl.erf(acc * 0.7071067811865476))
    mask = (offs_m < M)[:, None] & (offs_n < N)[None, :]
    tl.store(Y + offs_m[:, None] * stride_ym + offs_n[None, :], y.to(Y.dtype.element_ty), mask=mask)


@triton.jit
def gemm_descriptors(
    A,
    B,
    C,
    M,
    N,
    K,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
):
    """C[M, N] = A[M, K] B[K, N] through descriptors that each program makes, on a grid of two axes.

    Rows of all three are multiples of 16 bytes; the edges need no masks.
    """
    a_tiles = tl.make_tensor_descriptor(A, shape=[M, K], strides=[K, 1], block_shape=[BM, BK])
    b_tiles = tl.make_tensor_descriptor(B, shape=[K, N], strides=[N, 1], block_shape=[BK, BN])
    c_tiles = tl.make_tensor_descriptor(C, shape=[M, N], strides=[N, 1], block_shape=[BM, BN])
    row = tl.program_id(0) * BM
    col = tl.program_id(1) * BN
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, K, BK):
        acc = tl.dot(a_tiles.load([row, k]), b_tiles.load([k, col]), acc)
    c_tiles.store([row, col], acc.to(tl.float16))
