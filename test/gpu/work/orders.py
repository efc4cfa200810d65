# SPDX-License-Identifier: MIT
"""Matrix products whose programs go over tiles row by row."""

from __future__ import annotations

from .launch import Launch, declare
from .matmul import in_a_row, plain, tile


def row_major(m: int, n: int, k: int) -> Launch:
    from collection.orders import gemm_row_major

    return plain(gemm_row_major, "fp16", m, n, k, 0.5, grid=in_a_row(m, n))


declare(
    "matrix product f16 row by row M={m} N={n} K={k}",
    row_major,
    [tile(128, 128, 64, 8, 3), tile(128, 256, 64, 8, 3), tile(128, 128, 64, 4, 4)],
    even={"m": 8192, "n": 8192, "k": 8192},
    ragged={"m": 3000, "n": 2999, "k": 1001},
    small=[{"m": 70, "n": 90, "k": 50}],
)
