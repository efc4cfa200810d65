# SPDX-License-Identifier: MIT
"""A matrix product whose tiles AMD loads through buffers: sizes known, arguments below 2 GiB."""

import triton
import triton.language as tl

from kernels import Kernel


@triton.jit
def product(A, B, C, N: tl.constexpr, K: tl.constexpr, S: tl.constexpr):
    """C[M, N] = A[M, K] B[K, N] in tiles of S x S; sizes are multiples of S."""
    rows = tl.program_id(1) * S + tl.arange(0, S)
    columns = tl.program_id(0) * S + tl.arange(0, S)
    acc = tl.zeros([S, S], tl.float32)
    for k in range(0, K, S):
        inner = k + tl.arange(0, S)
        a = tl.load(A + rows[:, None] * K + inner[None, :])
        b = tl.load(B + inner[:, None] * N + columns[None, :])
        acc = tl.dot(a, b, acc)
    tl.store(C + rows[:, None] * N + columns[None, :], acc.to(tl.float16))


_KNOWN = [["tt.divisibility", 16], ["tt.pointer_range", 32]]

PRODUCT = Kernel(
    name="tiled_product",
    fn=product,
    signature={"A": "*fp16", "B": "*fp16", "C": "*fp16", "N": "constexpr", "K": "constexpr", "S": "constexpr"},
    constexprs={"N": 1024, "K": 1024, "S": 64},
    attrs={(0,): _KNOWN, (1,): _KNOWN, (2,): _KNOWN},
    options={},
    excluded={},
    target_options={},
    missing="",
)
