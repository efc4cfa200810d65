# SPDX-License-Identifier: MIT
"""Loads and stores: cache hints, volatile, hints of alignment, descriptors."""

import triton
import triton.language as tl
from triton._C.libtriton import ir

from . import kernel

_NO_BLOCK_POINTER = "" if hasattr(ir.builder, "create_make_block_ptr") else "block pointers are gone from the language"
_NO_GATHER = {
    "sm_80": "descriptor gather and scatter need the tensor memory accelerator",
    "sm_90": "tiled gather and scatter came with sm_100",
    "gfx942": "descriptor gather and scatter are NVIDIA's",
}


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "B": "*i1", "n": "i32"},
    constexprs={"BLOCK": 256},
    aligned="*",
)
@triton.jit
def cache_hints(X, Y, B, n, BLOCK: tl.constexpr):
    """Every cache modifier and eviction policy, volatile, masks, a bool pointer."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = at < n
    x = tl.load(X + at, mask=mask, other=0.0, cache_modifier=".ca")
    x += tl.load(X + at + 1, mask=mask, other=1.0, cache_modifier=".cg")
    x += tl.load(X + at + 2, mask=mask, cache_modifier=".cv")
    x += tl.load(X + at, mask=mask, other=0.0, eviction_policy="evict_last")
    x += tl.load(X + at + 3, eviction_policy="evict_first")
    x += tl.load(X + at + 4, mask=mask, other=0.0, volatile=True)
    x += tl.load(X, volatile=True)
    x = tl.where(tl.load(B + at, mask=mask, other=False), x, -x)
    tl.store(Y + at, x, mask=mask, cache_modifier=".wb")
    tl.store(Y + at + n, x, mask=mask, cache_modifier=".cg")
    tl.store(Y + at + 2 * n, x, cache_modifier=".cs")
    tl.store(Y + at + 3 * n, x, mask=mask, cache_modifier=".wt")
    tl.store(Y + at + 4 * n, x, mask=mask, eviction_policy="evict_first")
    tl.store(Y + at + 5 * n, x, mask=mask, eviction_policy="evict_last")
    tl.store(B + at, x > 0, mask=mask)


@kernel(
    args={"X": "*fp16", "Y": "*fp16", "n": "i32", "k": "i32"},
    constexprs={"BLOCK": 512},
)
@triton.jit
def hints(X, Y, n, k, BLOCK: tl.constexpr):
    """assume, multiple_of, max_contiguous, max_constancy where nothing is known."""
    tl.assume(n > 0)
    tl.assume(k % 8 == 0)
    n = tl.multiple_of(n, 16)
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    at = tl.max_contiguous(tl.multiple_of(at % n, BLOCK), BLOCK)
    group = tl.max_constancy(at // 8 * k, 8)
    x = tl.load(tl.multiple_of(X, 16) + at)
    g = tl.load(X + group)
    tl.store(tl.multiple_of(Y, 16) + at, x * g)


@kernel(
    args={"X": "*fp16", "Y": "*fp16", "M": "i32", "N": "i32"},
    constexprs={"BM": 32, "BN": 64},
    aligned="* N",
)
@triton.jit
def descriptor_copy(X, Y, M, N, BM: tl.constexpr, BN: tl.constexpr):
    """Y = 2 X through descriptors made in the kernel, both spellings of access."""
    x = tl.make_tensor_descriptor(X, [M, N], [N, 1], [BM, BN])
    y = tl.make_tensor_descriptor(Y, [M, N], [N, 1], [BM, BN], padding_option="nan")
    row = tl.program_id(0) * BM
    for col in range(0, N, BN):
        block = x.load([row, col]) + tl.load_tensor_descriptor(y, [row, col])
        y.store([row, col], block)
        tl.store_tensor_descriptor(y, [row, col], block * 2)


@kernel(
    args={"U": "*u32", "F": "*fp32", "S": "*i32", "M": "i32", "N": "i32"},
    constexprs={"BM": 16, "BN": 32},
    aligned="* N",
)
@triton.jit
def descriptor_reduce(U, F, S, M, N, BM: tl.constexpr, BN: tl.constexpr):
    """Every reducing store of a descriptor."""
    u = tl.make_tensor_descriptor(U, [M, N], [N, 1], [BM, BN])
    s = tl.make_tensor_descriptor(S, [M, N], [N, 1], [BM, BN])
    f = tl.make_tensor_descriptor(F, [M, N], [N, 1], [BM, BN])
    at = [tl.program_id(0) * BM, tl.program_id(1) * BN]
    value = u.load(at)
    u.atomic_add(at, value)
    u.atomic_min(at, value)
    s.atomic_max(at, s.load(at))
    u.atomic_and(at, value)
    u.atomic_or(at, value)
    u.atomic_xor(at, value)
    f.atomic_add(at, value.to(tl.float32))


@kernel(
    args={"X": "*bf16", "Y": "*bf16", "Rows": "*i32", "M": "i32", "N": "i32"},
    constexprs={"ROWS": 32, "BN": 64},
    aligned="* N",
    excluded=_NO_GATHER,
)
@triton.jit
def descriptor_gather(X, Y, Rows, M, N, ROWS: tl.constexpr, BN: tl.constexpr):
    """Y[Rows] = X[Rows]: gather and scatter of rows through descriptors."""
    x = tl.make_tensor_descriptor(X, [M, N], [N, 1], [1, BN])
    y = tl.make_tensor_descriptor(Y, [M, N], [N, 1], [1, BN])
    rows = tl.load(Rows + tl.arange(0, ROWS))
    col = tl.program_id(0) * BN
    y.scatter(x.gather(rows, col), rows, col)


@kernel(
    args={
        "A": "tensordesc<fp16[64, 32]>",
        "B": "tensordesc<fp16[32, 64]>",
        "C": "tensordesc<fp16[64, 64]>",
        "K": "i32",
    },
    aligned="K",
)
@triton.jit
def descriptor_gemm(A, B, C, K):
    """C = A B with descriptors handed in by the host; tiles [64, 32] and [32, 64]."""
    row = tl.program_id(0) * 64
    col = tl.program_id(1) * 64
    acc = tl.zeros([64, 64], tl.float32)
    for k in range(0, K, 32):
        acc = tl.dot(A.load([row, k]), B.load([k, col]), acc)
    C.store([row, col], acc.to(tl.float16))


@kernel(
    args={"A": "*fp16", "B": "*fp16", "C": "*fp16", "M": "i32", "N": "i32", "K": "i32"},
    constexprs={"BM": 64, "BN": 64, "BK": 32},
    aligned="* M N K",
    missing=_NO_BLOCK_POINTER,
)
@triton.jit
def block_pointer_gemm(A, B, C, M, N, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """C[M, N] = A[M, K] B[K, N] through block pointers that advance."""
    row = tl.program_id(0) * BM
    col = tl.program_id(1) * BN
    a = tl.make_block_ptr(A, (M, K), (K, 1), (row, 0), (BM, BK), (1, 0))
    b = tl.make_block_ptr(B, (K, N), (N, 1), (0, col), (BK, BN), (1, 0))
    acc = tl.zeros([BM, BN], tl.float32)
    for _ in range(0, K, BK):
        x = tl.load(a, boundary_check=(0, 1), padding_option="zero")
        y = tl.load(b, boundary_check=(1,), padding_option="nan")
        acc = tl.dot(x, y, acc)
        a = tl.advance(a, (0, BK))
        b = tl.advance(b, (BK, 0))
    c = tl.make_block_ptr(C, (M, N), (N, 1), (row, col), (BM, BN), (1, 0))
    tl.store(c, acc.to(tl.float16), boundary_check=(0, 1), eviction_policy="evict_last")
