# SPDX-License-Identifier: MIT
"""Two kernels in one process, each with an edited pipeline of its own, from one text."""

import re

import triton
import triton.language as tl

import triton_ext
from targets import ir_of


@triton.jit
def head_sum(x, out, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    total = tl.zeros((B,), tl.float32)
    for k in range(n):
        total += tl.where(k < 2, tl.load(x + k * B + lanes), 0.0)
    tl.store(out + lanes, total)


@triton.jit
def matmul(a, b, out, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    tile = lanes[:, None] * B + lanes[None, :]
    total = tl.zeros((B, B), tl.float32)
    for k in range(n):
        total = tl.dot(tl.load(a + tile + k * B * B), tl.load(b + tile + k * B * B), total)
    tl.store(out + tile, total)


PIPELINES = "head_*: loop-split@before=ttir.loop_unroll; matmul: ttgpuir.assign_latencies{num-stages=4}"


def compiled():
    """TTIR of the one, TTGIR of the other."""
    head = ir_of(head_sum, {"x": "*fp32", "out": "*fp32", "n": "i32"}, B=128)["ttir"]
    product = ir_of(matmul, {"a": "*fp16", "b": "*fp16", "out": "*fp32", "n": "i32"}, B=64)["ttgir"]
    return head, product


def show(title, head, product):
    tiles = re.search(r"memdesc<(\d)x64x64xf16", product)[1]
    print(f"{title}: head_sum has {head.count('scf.for')} loops, matmul keeps {tiles} tiles of each operand")


show("stock ", *compiled())
with triton_ext.passes(PIPELINES):
    show("edited", *compiled())
