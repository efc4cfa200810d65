# SPDX-License-Identifier: MIT
"""Matrix products: even, ragged, float32, int8, float8, scaled, batched, split."""

import triton
import triton.language as tl

from . import kernel

_GEMM = {
    "A": "*fp16",
    "B": "*fp16",
    "C": "*fp16",
    "M": "i32",
    "N": "i32",
    "K": "i32",
    "stride_am": "i32",
    "stride_bk": "i32",
    "stride_cm": "i32",
}
_STRIDES = "* M N K stride_am stride_bk stride_cm"


@kernel(
    args=_GEMM,
    constexprs={"BM": 64, "BN": 64, "BK": 32, "GROUP": 8},
    aligned=_STRIDES,
)
@triton.jit
def gemm_even(
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
    """C[M, N] = A[M, K] B[K, N]; every size a multiple of its tile; grouped order."""
    pid = tl.program_id(0)
    tiles_m = tl.cdiv(M, BM)
    tiles_n = tl.cdiv(N, BN)
    per_group = GROUP * tiles_n
    first_m = (pid // per_group) * GROUP
    size_m = min(tiles_m - first_m, GROUP)
    pid_m = first_m + (pid % per_group) % size_m
    pid_n = (pid % per_group) // size_m
    offs_m = pid_m * BM + tl.arange(0, BM)
    offs_n = pid_n * BN + tl.arange(0, BN)
    offs_k = tl.arange(0, BK)
    a = A + offs_m[:, None] * stride_am + offs_k[None, :]
    b = B + offs_k[:, None] * stride_bk + offs_n[None, :]
    acc = tl.zeros([BM, BN], tl.float32)
    for _ in range(0, K, BK):
        acc = tl.dot(tl.load(a), tl.load(b), acc)
        a += BK
        b += BK * stride_bk
    tl.store(C + offs_m[:, None] * stride_cm + offs_n[None, :], acc.to(tl.float16))


@kernel(
    "gemm_ragged",
    args=_GEMM,
    constexprs={"BM": 64, "BN": 32, "BK": 32, "PRECISION": None},
)
@kernel(
    "gemm_f32_ieee",
    args={**_GEMM, "A": "*fp32", "B": "*fp32", "C": "*fp32"},
    constexprs={"BM": 32, "BN": 32, "BK": 16, "PRECISION": "ieee"},
    aligned="*",
)
@kernel(
    "gemm_f32_tf32x3",
    args={**_GEMM, "A": "*fp32", "B": "*fp32", "C": "*fp32"},
    constexprs={"BM": 64, "BN": 32, "BK": 16, "PRECISION": "tf32x3"},
    aligned="*",
    excluded={"gfx942": "AMD takes ieee, tf32 and the bf16 splits only"},
)
@kernel(
    "gemm_bf16",
    args={**_GEMM, "A": "*bf16", "B": "*bf16", "C": "*bf16"},
    constexprs={"BM": 64, "BN": 64, "BK": 32, "PRECISION": None},
    aligned=_STRIDES,
)
@triton.jit
def gemm_masked(
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
    PRECISION: tl.constexpr,
):
    """C[M, N] = A[M, K] B[K, N] with masks on every edge."""
    offs_m = tl.program_id(0) * BM + tl.arange(0, BM)
    offs_n = tl.program_id(1) * BN + tl.arange(0, BN)
    offs_k = tl.arange(0, BK)
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, tl.cdiv(K, BK)):
        rest = K - k * BK
        a = tl.load(
            A + offs_m[:, None] * stride_am + (k * BK + offs_k)[None, :],
            mask=(offs_m[:, None] < M) & (offs_k[None, :] < rest),
            other=0.0,
        )
        b = tl.load(
            B + (k * BK + offs_k)[:, None] * stride_bk + offs_n[None, :],
            mask=(offs_k[:, None] < rest) & (offs_n[None, :] < N),
            other=0.0,
        )
        acc += tl.dot(a, b, input_precision=PRECISION)
    tl.store(
        C + offs_m[:, None] * stride_cm + offs_n[None, :],
        acc.to(C.dtype.element_ty),
        mask=(offs_m[:, None] < M) & (offs_n[None, :] < N),
    )


@kernel(
    args={"A": "*i8", "B": "*i8", "C": "*i32", "K": "i32"},
    constexprs={"BM": 32, "BN": 32, "BK": 64},
    aligned="* K",
)
@triton.jit
def gemm_int8(A, B, C, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """C[BM, BN] = A[BM, K] B[BN, K]^T in int32, one program."""
    rows = tl.arange(0, BM)
    cols = tl.arange(0, BN)
    inner = tl.arange(0, BK)
    acc = tl.zeros([BM, BN], tl.int32)
    for k in tl.range(0, K, BK, num_stages=2):
        a = tl.load(A + rows[:, None] * K + k + inner[None, :])
        b = tl.load(B + cols[:, None] * K + k + inner[None, :])
        acc = tl.dot(a, tl.trans(b), acc, out_dtype=tl.int32)
    tl.store(C + rows[:, None] * BN + cols[None, :], acc)


@kernel(
    args={"A": "*fp8e5", "B": "*fp8e5", "C": "*fp32", "K": "i32"},
    constexprs={"BM": 64, "BN": 64, "BK": 64},
    aligned="* K",
    excluded={"gfx942": "CDNA3 has its own float8 formats, not fp8e5"},
)
@triton.jit
def gemm_fp8(A, B, C, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """C[BM, BN] = A[BM, K] B[K, BN] from float8, partial sums kept precise."""
    rows = tl.arange(0, BM)
    cols = tl.arange(0, BN)
    inner = tl.arange(0, BK)
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, K, BK):
        a = tl.load(A + rows[:, None] * K + k + inner[None, :])
        b = tl.load(B + (k + inner)[:, None] * BN + cols[None, :])
        acc = tl.dot(a, b, acc, max_num_imprecise_acc=32)
    tl.store(C + rows[:, None] * BN + cols[None, :], acc)


_NO_CDNA3 = {"gfx942": "3.6 and 3.7 lower no product of two scaled operands for CDNA3"}
_SCALED = {
    "A": "*u8",
    "SA": "*u8",
    "B": "*u8",
    "SB": "*u8",
    "C": "*fp32",
    "K": "i32",
}


@kernel(
    "gemm_scaled_e4m3",
    args=_SCALED,
    constexprs={"BM": 128, "BN": 64, "BK": 128, "FORMAT": "e4m3", "PACK": 1},
    aligned="* K",
    excluded={"sm_80": "e4m3 needs sm_89", **_NO_CDNA3},
)
@kernel(
    "gemm_scaled_e5m2",
    args=_SCALED,
    constexprs={"BM": 64, "BN": 64, "BK": 64, "FORMAT": "e5m2", "PACK": 1},
    aligned="* K",
    excluded=_NO_CDNA3,
)
@kernel(
    "gemm_scaled_e2m1",
    args=_SCALED,
    constexprs={"BM": 128, "BN": 64, "BK": 128, "FORMAT": "e2m1", "PACK": 2},
    aligned="* K",
    excluded=_NO_CDNA3,
)
@triton.jit
def gemm_scaled(
    A,
    SA,
    B,
    SB,
    C,
    K,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
    FORMAT: tl.constexpr,
    PACK: tl.constexpr,
):
    """C[BM, BN] = A B with one e8m0 scale for 32 elements along K.

    A: [BM, K / PACK], B: [K / PACK, BN] bytes; SA: [BM, K / 32], SB: [BN, K / 32].
    """
    rows = tl.arange(0, BM)
    cols = tl.arange(0, BN)
    inner = tl.arange(0, BK // PACK)
    groups = tl.arange(0, BK // 32)
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, tl.cdiv(K, BK)):
        a = tl.load(A + rows[:, None] * K + k * (BK // PACK) + inner[None, :])
        b = tl.load(B + (k * (BK // PACK) + inner)[:, None] * BN + cols[None, :])
        sa = tl.load(SA + rows[:, None] * K + k * (BK // 32) + groups[None, :])
        sb = tl.load(SB + cols[:, None] * K + k * (BK // 32) + groups[None, :])
        acc = tl.dot_scaled(a, sa, FORMAT, b, sb, FORMAT, acc)
    tl.store(C + rows[:, None] * BN + cols[None, :], acc)


@kernel(
    args={**_SCALED, "B": "*bf16"},
    constexprs={"BM": 64, "BN": 64, "BK": 64},
    aligned="* K",
)
@triton.jit
def gemm_scaled_one_side(A, SA, B, C, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """gemm_scaled with a packed e2m1 A; B is plain bfloat16, [K, BN]."""
    rows = tl.arange(0, BM)
    cols = tl.arange(0, BN)
    half = tl.arange(0, BK // 2)
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, tl.cdiv(K, BK)):
        a = tl.load(A + rows[:, None] * K + k * (BK // 2) + half[None, :])
        b = tl.load(B + (k * BK + tl.arange(0, BK))[:, None] * BN + cols[None, :])
        groups = k * (BK // 32) + tl.arange(0, BK // 32)
        sa = tl.load(SA + rows[:, None] * K + groups[None, :])
        acc = tl.dot_scaled(a, sa, "e2m1", b, None, "bf16", acc, fast_math=True)
    tl.store(C + rows[:, None] * BN + cols[None, :], acc)


@kernel(
    args={"A": "*fp16", "B": "*fp16", "C": "*fp32"},
    constexprs={"Z": 4, "S": 32},
    aligned="*",
)
@triton.jit
def gemm_batched(A, B, C, Z: tl.constexpr, S: tl.constexpr):
    """C[z] = A[z] B[z]^T for [Z, S, S] blocks: a product of three-dimensional blocks."""
    z = tl.arange(0, Z)[:, None, None] * (S * S)
    at = z + tl.arange(0, S)[None, :, None] * S + tl.arange(0, S)[None, None, :]
    a = tl.load(A + at)
    b = tl.load(B + at)
    tl.store(C + at, tl.dot(a, tl.permute(b, (0, 2, 1))))


@kernel(
    args=_GEMM,
    constexprs={"BM": 64, "BN": 64, "BK": 32, "PROGRAMS": 108},
    aligned=_STRIDES,
)
@triton.jit
def gemm_persistent(
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
    PROGRAMS: tl.constexpr,
):
    """gemm_even by a fixed number of programs, the two loops flattened."""
    tiles_n = tl.cdiv(N, BN)
    tiles = tl.cdiv(M, BM) * tiles_n
    for tile in tl.range(tl.program_id(0), tiles, PROGRAMS, flatten=True):
        offs_m = tile // tiles_n * BM + tl.arange(0, BM)
        offs_n = tile % tiles_n * BN + tl.arange(0, BN)
        acc = tl.zeros([BM, BN], tl.float32)
        for k in tl.range(0, K, BK, disallow_acc_multi_buffer=True):
            inner = k + tl.arange(0, BK)
            a = tl.load(A + offs_m[:, None] * stride_am + inner[None, :])
            b = tl.load(B + inner[:, None] * stride_bk + offs_n[None, :])
            acc = tl.dot(a, b, acc)
        tl.store(C + offs_m[:, None] * stride_cm + offs_n[None, :], acc.to(tl.float16))


@kernel(
    args={**_GEMM, "C": "*fp32"},
    constexprs={"BM": 32, "BN": 32, "BK": 32},
    aligned="*",
)
@triton.jit
def gemm_split_k(
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
    """C[M, N] += A[M, K] B[K, N]: programs along axis 2 share K and add atomically."""
    offs_m = tl.program_id(0) * BM + tl.arange(0, BM)
    offs_n = tl.program_id(1) * BN + tl.arange(0, BN)
    step = tl.num_programs(2) * BK
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(tl.program_id(2) * BK, K, step):
        inner = k + tl.arange(0, BK)
        ok = inner < K
        a = tl.load(A + offs_m[:, None] * stride_am + inner[None, :], mask=ok[None, :], other=0)
        b = tl.load(B + inner[:, None] * stride_bk + offs_n[None, :], mask=ok[:, None], other=0)
        acc = tl.dot(a, b, acc)
    tl.atomic_add(
        C + offs_m[:, None] * stride_cm + offs_n[None, :],
        acc,
        mask=(offs_m[:, None] < M) & (offs_n[None, :] < N),
        sem="relaxed",
    )
