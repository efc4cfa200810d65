# SPDX-License-Identifier: MIT
"""Elementwise arithmetic: integer, float, casts, library calls, inline assembly."""

import triton
import triton.language as tl
from triton._C.libtriton import ir
from triton.language.extra import libdevice

from . import CUDA, kernel

_NO_APPROX = "" if hasattr(ir.builder, "create_approx_divf") else "the language has no approximate division"
_NO_MAP = "" if hasattr(tl, "map_elementwise") else "the language has no map_elementwise"
_PTX = {"gfx942": "the assembly is PTX"}


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "Out": "*fp32", "n": "i32"},
    constexprs={"BLOCK": 256},
    aligned="*",
)
@triton.jit
def float_math(X, Y, Out, n, BLOCK: tl.constexpr):
    """The float functions: precise root and quotient, clamp, fma, minima, waves."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = at < n
    x = tl.load(X + at, mask=mask, other=1.0)
    y = tl.load(Y + at, mask=mask, other=2.0)
    z = tl.sqrt_rn(tl.abs(x)) + tl.div_rn(x, y) + tl.fdiv(x, y)
    z += tl.clamp(x, -1.0, 1.0)
    z += tl.clamp(x, y, 4.0, propagate_nan=tl.PropagateNan.ALL)
    z += tl.fma(x, y, z)
    z += tl.minimum(x, y) - tl.maximum(x, y)
    z += tl.minimum(x, y, propagate_nan=tl.PropagateNan.ALL)
    z -= tl.maximum(x, y, propagate_nan=tl.PropagateNan.ALL)
    z += tl.exp(x) + tl.exp2(y) + tl.log(x) + tl.log2(y)
    z += tl.sin(x) * tl.cos(y) + tl.rsqrt(x) + tl.sqrt(y)
    z += tl.erf(x) + tl.floor(y) + tl.ceil(x) + tl.sigmoid(y)
    z += (x % y) * (x / 3.0)
    z = tl.where((x == y) | (x != x) | (x <= 0.5) | ~(y > x), -z, z)
    tl.store(Out + at, z, mask=mask)


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "Out": "*fp32"},
    constexprs={"BLOCK": 128},
    aligned="*",
    missing=_NO_APPROX,
)
@triton.jit
def approximate_division(X, Y, Out, BLOCK: tl.constexpr):
    """The quotient that may be off by two units in the last place."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(X + at)
    y = tl.load(Y + at)
    tl.store(Out + at, tl.math.fdiv(x, y, approx=True))


@kernel(
    args={"I": "*i32", "U": "*u32", "L": "*i64", "Out": "*i64", "n": "i32"},
    constexprs={"BLOCK": 256},
    aligned="*",
)
@triton.jit
def integer_math(I, U, L, Out, n, BLOCK: tl.constexpr):
    """Integer arithmetic, signed and not, 32 and 64 bits, high products, shifts."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = at < n
    i = tl.load(I + at, mask=mask, other=1)
    u = tl.load(U + at, mask=mask, other=1)
    w = tl.load(L + at, mask=mask, other=1)
    high = tl.umulhi(u, u + 7)
    r = i // 3 + i % 5 + (i << 2) + (i >> 1) + (i & 15) + (i | 1) + (i ^ at)
    s = u // 3 + u % 5 + (u >> 3)
    r += tl.abs(i) + tl.minimum(i, at) + tl.maximum(i, 7) - (-i) + ~i
    s += tl.minimum(u, 9) + tl.maximum(u, high)
    w = w * 3 + tl.umulhi(w, w) + r.to(tl.int64) + s.to(tl.int64)
    w = tl.where((i < at) & (u >= 5) | (i > 100) & (u < 3), w, -w)
    w = tl.where((i <= 2) | (i == 77) & (i != 3) & (u > 2) & (u <= 8), w, w + n)
    tl.store(Out + at, w + tl.cdiv(n, BLOCK), mask=mask)


@kernel(
    args={
        "X": "*fp32",
        "H": "*fp16",
        "B": "*bf16",
        "F8": "*fp8e5",
        "I": "*i32",
        "I8": "*i8",
        "D": "*fp64",
        "P": "*i64",
    },
    constexprs={"BLOCK": 256},
    aligned="*",
)
@triton.jit
def casts(X, H, B, F8, I, I8, D, P, BLOCK: tl.constexpr):
    """Casts between floats of 8 to 64 bits, with rounding modes, integers, pointers."""
    at = tl.arange(0, BLOCK)
    x = tl.load(X + at)
    tl.store(H + at, x.to(tl.float16, fp_downcast_rounding="rtz"))
    tl.store(H + BLOCK + at, x.to(tl.float16, fp_downcast_rounding="rtne"))
    tl.store(B + at, x.to(tl.bfloat16))
    tl.store(F8 + at, x.to(tl.float16).to(tl.float8e5, fp_downcast_rounding="rtne"))
    h = tl.load(F8 + at).to(tl.float16)
    tl.store(F8 + BLOCK + at, (h + 1).to(tl.float32).to(tl.float8e5))
    tl.store(I + at, x.to(tl.int32, bitcast=True))
    tl.store(I + BLOCK + at, x.to(tl.int32) + x.to(tl.uint32).to(tl.int32))
    i8 = tl.load(I8 + at)
    tl.store(X + at, i8.to(tl.float32) + i8.to(tl.uint8).to(tl.float32))
    tl.store(I8 + at, tl.load(I + at).to(tl.int8))
    d = x.to(tl.float64) + tl.load(D + at)
    tl.store(D + at, d + d.to(tl.int64).to(tl.float64))
    address = (X + at).to(tl.int64)
    tl.store(P + at, address)
    again = address.to(tl.pointer_type(tl.float32))
    tl.store(again, tl.load(again) + 1)
    narrow = tl.load(X + at).to(tl.int1)
    tl.store(I8 + BLOCK + at, narrow.to(tl.int8))
    words = (H + at * 2).to(tl.pointer_type(tl.int32), bitcast=True)
    tl.store(words, at)


@kernel(
    args={"X": "*fp32", "F8": "*fp8e4nv", "H": "*fp16"},
    constexprs={"BLOCK": 256},
    aligned="*",
    excluded={
        "sm_80": "fp8e4nv needs sm_89",
        "gfx942": "CDNA3 has its own float8 formats, not fp8e4nv",
    },
)
@triton.jit
def casts_fp8e4nv(X, F8, H, BLOCK: tl.constexpr):
    """The four-bit-exponent float8 to and from float32 and float16."""
    at = tl.arange(0, BLOCK)
    x = tl.load(X + at)
    tl.store(F8 + at, x.to(tl.float8e4nv))
    tl.store(H + at, tl.load(F8 + BLOCK + at).to(tl.float16))


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "Out": "*fp32"},
    constexprs={"BLOCK": 256},
    aligned="*",
)
@triton.jit
def library_calls(X, Y, Out, BLOCK: tl.constexpr):
    """Functions of the vendor's library, of one and of two arguments."""
    at = tl.arange(0, BLOCK)
    x = tl.load(X + at)
    y = tl.load(Y + at)
    z = libdevice.tanh(x) + libdevice.pow(x, y) + libdevice.atan2(x, y)
    tl.store(Out + at, z)


@kernel(
    args={"X": "*fp32", "B": "*u8", "Out": "*fp32", "OutI": "*i32"},
    constexprs={"BLOCK": 512},
    aligned="*",
    excluded=_PTX,
)
@triton.jit
def inline_assembly(X, B, Out, OutI, BLOCK: tl.constexpr):
    """Inline PTX: pure, impure, packed, of two results, and of a scalar."""
    at = tl.arange(0, BLOCK)
    x = tl.load(X + at)
    b = tl.load(B + at)
    doubled = tl.inline_asm_elementwise("mul.rn.f32 $0, $1, 0f40000000;", "=f,f", [x], tl.float32, is_pure=True, pack=1)
    clock = tl.inline_asm_elementwise(
        "mov.u32 $0, %clock; // $1",
        "=r,r",
        [at],
        tl.int32,
        is_pure=False,
        pack=1,
    )
    low, high = tl.inline_asm_elementwise(
        """
        and.b32 $0, $2, 0x0f0f0f0f;
        shr.b32 $1, $2, 4;
        and.b32 $1, $1, 0x0f0f0f0f;
        """,
        "=r,=r,r",
        [b],
        (tl.uint8, tl.uint8),
        is_pure=True,
        pack=4,
    )
    lane = tl.inline_asm_elementwise("mov.u32 $0, %laneid;", "=r", [], tl.int32, is_pure=False, pack=1)
    tl.store(Out + at, doubled + low.to(tl.float32) * high.to(tl.float32))
    tl.store(OutI + at, clock + lane)


@kernel(
    args={"X": "*fp32", "Out": "*fp32"},
    constexprs={"BLOCK": 256},
    aligned="*",
    excluded={name: "the assembly is AMD's" for name in CUDA},
)
@triton.jit
def inline_assembly_amd(X, Out, BLOCK: tl.constexpr):
    """Inline AMD assembly, pure."""
    at = tl.arange(0, BLOCK)
    x = tl.load(X + at)
    y = tl.inline_asm_elementwise("v_mul_f32 $0, $1, $1", "=v,v", [x], tl.float32, is_pure=True, pack=1)
    tl.store(Out + at, y)


@triton.jit
def _selu(x, alpha):
    if x > 0:
        y = x
    else:
        y = alpha * (tl.exp(x) - 1)
    return y


@triton.jit
def _order(a, b):
    if a < b:
        low = a
        high = b
    else:
        low = b
        high = a
    return low, high


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "Out": "*fp32", "alpha": "fp32"},
    constexprs={"BLOCK": 256},
    aligned="*",
    missing=_NO_MAP,
)
@triton.jit
def map_scalar(X, Y, Out, alpha, BLOCK: tl.constexpr):
    """A scalar function with a branch over a block; one with two results."""
    at = tl.arange(0, BLOCK)
    x = tl.load(X + at)
    y = tl.load(Y + at)
    x = tl.map_elementwise(_selu, x, tl.full([BLOCK], 1.0, tl.float32) * alpha)
    low, high = tl.map_elementwise(_order, x, y)
    tl.store(Out + at, low - high)


@kernel(
    args={"Out": "*fp32", "OutI": "*i32", "seed": "i32", "n": "i32", "p": "fp32"},
    constexprs={"BLOCK": 256},
    aligned="*",
)
@triton.jit
def random_numbers(Out, OutI, seed, n, p, BLOCK: tl.constexpr):
    """Philox: uniform, normal, four integers at once; a dropout mask."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = at < n
    u = tl.rand(seed, at)
    tl.store(Out + at, tl.where(u > p, u / (1 - p), tl.randn(seed, at + n)), mask=mask)
    a, b, c, d = tl.randint4x(seed, at)
    tl.store(OutI + at, (a ^ b ^ c ^ d).to(tl.int32), mask=mask)
