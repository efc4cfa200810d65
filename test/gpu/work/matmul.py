# SPDX-License-Identifier: MIT
"""Matrix products whose sizes are no multiples of the tiles."""

from __future__ import annotations

import functools
import math
from typing import Any

from . import Call, Config, Problem, grid_of, largest_error, normal, work


class MatrixProduct(Problem):
    """C[M, N] = A[M, K] B[K, N] in float16, masks on every edge."""

    # Entries have variance K; float16 keeps 11 bits of them.
    tolerance = 0.5

    def __init__(self, device: str, m: int, n: int, k: int) -> None:
        import torch

        from kernels.matmul import gemm_masked

        torch.manual_seed(0)
        self.kernel = gemm_masked
        self.a, self.b = normal((m, k), device), normal((k, n), device)

    def outputs(self, config: Config) -> dict[str, Any]:
        import torch

        (m, _), (_, n) = self.a.shape, self.b.shape
        return {"c": torch.zeros((m, n), device=self.a.device, dtype=self.a.dtype)}

    def call(self, config: Config, outputs: dict[str, Any]) -> Call:
        (m, k), (_, n), c = self.a.shape, self.b.shape, outputs["c"]
        grid = (math.ceil(m / config["BM"]), math.ceil(n / config["BN"]))
        args = (self.a, self.b, c, m, n, k, self.a.stride(0), self.b.stride(0), c.stride(0))
        return Call(self.kernel, grid, args, {"PRECISION": None, **config})

    def error(self, config: Config, outputs: dict[str, Any]) -> float:
        return largest_error(outputs["c"], self.a @ self.b)


for _size in (1000, 4000):
    work(
        f"matrix product f16 masked edges M={_size} N={_size} K={_size}",
        functools.partial(MatrixProduct, m=_size, n=_size, k=_size),
        [
            {"BM": bm, "BN": bn, "BK": bk, "num_warps": warps, **stages}
            for bm, bn, bk, warps in ((64, 64, 32, 4), (64, 128, 32, 4), (128, 128, 32, 4), (128, 128, 64, 8))
            for stages in grid_of(num_stages=(2, 3, 4))
        ],
    )
