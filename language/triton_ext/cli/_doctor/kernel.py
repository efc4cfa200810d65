# SPDX-License-Identifier: MIT
"""The kernel that the doctor compiles. Importing this imports Triton."""

import triton
import triton.language as tl


@triton.jit
def doctor(x, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(x + i, tl.load(x + i, mask=i < n) + 1.0, mask=i < n)


SIGNATURE = {"x": "*fp32", "n": "i32", "BLOCK": "constexpr"}
CONSTEXPRS = {"BLOCK": 64}
