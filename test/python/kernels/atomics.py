# SPDX-License-Identifier: MIT
"""Atomic operations: every kind, type, memory order and scope; a lock; a poll."""

import triton
import triton.language as tl

from . import kernel

_HAS_ATOMIC_LOAD = hasattr(tl, "atomic_load") and hasattr(tl, "atomic_store")
_HAS_ATOMIC_POLL = hasattr(tl, "atomic_poll")


@kernel(
    args={"I": "*i32", "U": "*u32", "L": "*i64", "F": "*fp32", "H": "*fp16", "n": "i32"},
    constexprs={"BLOCK": 128},
    aligned="*",
)
@triton.jit
def atomic_kinds(I, U, L, F, H, n, BLOCK: tl.constexpr):
    """Each read-modify-write kind once or more, results used and unused."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = at < n
    i = tl.atomic_add(I + at, 1, mask=mask)
    i = tl.atomic_and(I + at, i, mask=mask, sem="acquire")
    i = tl.atomic_or(I + at, i, mask=mask, sem="release")
    i = tl.atomic_xor(I + at, i, mask=mask, sem="relaxed", scope="cta")
    i = tl.atomic_xchg(I + at, i, mask=mask, scope="sys")
    i = tl.atomic_max(I + at, i, mask=mask)
    tl.atomic_min(I + at, i, mask=mask)
    u = tl.atomic_max(U + at, i.to(tl.uint32), mask=mask)
    tl.atomic_min(U + at, u + 3)
    tl.atomic_add(L + at, i.to(tl.int64), mask=mask, sem="relaxed")
    f = tl.atomic_add(F + at, i.to(tl.float32), mask=mask)
    f = tl.atomic_max(F + at, f, mask=mask)
    tl.atomic_min(F + at, f * 0.5, mask=mask)
    tl.atomic_add(H + at, f.to(tl.float16), mask=mask, sem="relaxed")


@kernel(
    args={"Lock": "*i32", "Count": "*i32", "X": "*fp32", "Out": "*fp32"},
    constexprs={"BLOCK": 128},
    aligned="*",
)
@triton.jit
def atomic_lock(Lock, Count, X, Out, BLOCK: tl.constexpr):
    """Programs take turns behind a spin lock to add their block to Out."""
    at = tl.arange(0, BLOCK)
    x = tl.load(X + tl.program_id(0) * BLOCK + at)
    while tl.atomic_cas(Lock, 0, 1) == 1:
        pass
    count = tl.load(Count)
    if count == 0:
        tl.atomic_xchg(Count, 1)
    else:
        x += tl.load(Out + at)
    tl.store(Out + at, x)
    tl.debug_barrier()
    tl.atomic_xchg(Lock, 0)


@kernel(
    args={"X": "*i64", "Old": "*i64"},
    constexprs={"BLOCK": 64},
    aligned="*",
)
@triton.jit
def atomic_cas_block(X, Old, BLOCK: tl.constexpr):
    """Compare and swap on a block of 64-bit words."""
    at = tl.arange(0, BLOCK)
    expected = tl.load(Old + at)
    seen = tl.atomic_cas(X + at, expected, expected + 1, sem="acq_rel", scope="gpu")
    tl.store(Old + at, seen)


@kernel(
    args={"X": "*i32", "F": "*fp32", "Out": "*i32", "n": "i32"},
    constexprs={"BLOCK": 128},
    aligned="*",
    missing="" if _HAS_ATOMIC_LOAD else "the language has no atomic_load, atomic_store",
)
@triton.jit
def atomic_load_store(X, F, Out, n, BLOCK: tl.constexpr):
    """Atomic loads and stores, scalar and block, of both memory orders."""
    at = tl.arange(0, BLOCK)
    flag = tl.atomic_load(X, sem="acquire", scope="sys")
    x = tl.atomic_load(X + at, mask=at < n, sem="relaxed")
    tl.atomic_store(Out + at, x + flag, mask=at < n, sem="relaxed", scope="cta")
    tl.atomic_store(F, flag.to(tl.float32), sem="release")


@kernel(
    args={"Flag": "*i32", "Flags": "*i64", "Out": "*i32"},
    constexprs={"BLOCK": 32},
    aligned="*",
    missing="" if _HAS_ATOMIC_POLL else "the language has no atomic_poll",
)
@triton.jit
def atomic_poll(Flag, Flags, Out, BLOCK: tl.constexpr):
    """Waits for a word, and for a block of words with a time limit."""
    at = tl.arange(0, BLOCK)
    first = tl.atomic_poll(Flag, 1)
    all_of = tl.atomic_poll(Flags + at, at.to(tl.int64), sem="relaxed", scope="sys", timeout_ns=1000)
    tl.store(Out + at, all_of.to(tl.int32) + first.to(tl.int32))
