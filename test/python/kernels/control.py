# SPDX-License-Identifier: MIT
"""Control flow: loops of every kind, branches, calls, early return, debugging."""

import triton
import triton.language as tl

from . import kernel


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "n": "i32", "limit": "fp32"},
    constexprs={"BLOCK": 128},
    aligned="*",
)
@triton.jit
def while_loops(X, Y, n, limit, BLOCK: tl.constexpr):
    """while with carried values, a while in a for, a condition of two parts."""
    at = tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.float32)
    largest = 0.0
    i = 0
    while (i < n) & (largest < limit):
        x = tl.load(X + i * BLOCK + at)
        total += x
        largest = tl.maximum(largest, tl.max(x, axis=0))
        i += 1
    for j in range(i, n, 3):
        k = j
        while k > 1:
            total = total * 0.5
            k = k // 2
    tl.store(Y + at, total + largest)


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "n": "i32", "m": "i32", "long": "i64"},
    constexprs={"BLOCK": 64, "DEPTH": 3},
    aligned="*",
)
@triton.jit
def for_loops(X, Y, n, m, long, BLOCK: tl.constexpr, DEPTH: tl.constexpr):
    """Nested, unrolled, static, descending, 64-bit, pipelined and tuned loops."""
    at = tl.arange(0, BLOCK)
    acc = tl.zeros([BLOCK], tl.float32)
    for i in range(0, n):
        for j in tl.range(i, m, 2, num_stages=3):
            acc += tl.load(X + (i * m + j) * BLOCK + at)
        for d in tl.static_range(DEPTH):
            acc = acc * (d + 1)
    for i in tl.range(0, m, loop_unroll_factor=2):
        acc += tl.load(X + i * BLOCK + at, mask=at > i, other=0.0)
    for i in range(n, 0, -1):
        acc = acc - i
    for i in tl.range(0, long):
        acc += tl.load(X + i * BLOCK + at)
    tl.store(Y + at, acc)


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "n": "i32", "kind": "i32"},
    constexprs={"BLOCK": 128, "RELU": True},
    aligned="*",
)
@triton.jit
def branches(X, Y, n, kind, BLOCK: tl.constexpr, RELU: tl.constexpr):
    """Early return, chains of if, if with results, in a loop, on a constant."""
    start = tl.program_id(0) * BLOCK
    if start >= n:
        return
    at = start + tl.arange(0, BLOCK)
    x = tl.load(X + at, mask=at < n, other=0.0)
    if kind == 0:
        y = x
        scale = 1.0
    elif kind == 1:
        y = -x
        scale = 2.0
    else:
        y = x * x
        scale = 4.0
    for i in range(0, n, BLOCK):
        if i == start:
            y += 1.0
        elif i > start:
            scale = scale * 0.5
    if RELU:
        y = tl.maximum(y, 0.0)
    z = y if kind > 3 else y * scale
    tl.store(Y + at, z, mask=at < n)


@triton.jit(noinline=True)
def _scaled(x, factor):
    return x * factor + 1.0


@triton.jit(noinline=True)
def _store_sum(pointer, value):
    tl.store(pointer, value)


@triton.jit
def _inlined(x, y):
    if x is None:
        return y
    return x - y


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "factor": "fp32"},
    constexprs={"BLOCK": 128},
    aligned="*",
)
@triton.jit
def calls(X, Y, factor, BLOCK: tl.constexpr):
    """Calls that stay calls, with and without a result, and one that is inlined."""
    pid = tl.program_id(0)
    at = pid * BLOCK + tl.arange(0, BLOCK)
    x = _inlined(tl.load(X + at), 0.5)
    total = _scaled(tl.sum(x, axis=0), factor)
    _store_sum(Y + pid, _scaled(total, 2.0))


@kernel(
    args={"X": "*fp32", "I": "*i32", "n": "i32"},
    constexprs={"BLOCK": 128},
    aligned="*",
    options={"debug": True},
)
@triton.jit
def debugging(X, I, n, BLOCK: tl.constexpr):
    """Prints of scalars and blocks, assertions with and without a mask, a barrier."""
    at = tl.arange(0, BLOCK)
    x = tl.load(X + at)
    i = tl.load(I + at)
    tl.static_assert(BLOCK % 32 == 0)
    tl.device_print("n", n)
    tl.device_print("x, i: ", x, i)
    tl.device_print("hex", i, hex=True)
    tl.device_print("no operand")
    tl.device_assert(n > 0, "n must be positive")
    tl.device_assert(x == x, "not a number", mask=at < n)
    tl.debug_barrier()
    assert n < 1000, "too many"
    tl.store(X + at, x + 1)


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "n": "i32"},
    constexprs={"BLOCK": 256},
    aligned="*",
    options={"launch_pdl": True},
    excluded={
        "sm_80": "programmatic dependent launch came with sm_90",
        "gfx942": "programmatic dependent launch is NVIDIA's",
    },
)
@triton.jit
def dependent_launch(X, Y, n, BLOCK: tl.constexpr):
    """Waits for the launch before, and lets the one after begin."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.extra.cuda.gdc_wait()
    x = tl.load(X + at, mask=at < n, other=0.0)
    tl.extra.cuda.gdc_launch_dependents()
    tl.store(Y + at, x * 2, mask=at < n)
