# SPDX-License-Identifier: MIT
"""One program a row, rows of a length that is no multiple of the block."""

from __future__ import annotations

import functools
from typing import Any

from . import Call, Config, Problem, grid_of, largest_error, normal, work


class Softmax(Problem):
    """Y[r] = softmax(X[r]), float32, a row in one block."""

    tolerance = 1e-6

    def __init__(self, device: str, m: int, n: int) -> None:
        import torch

        from kernels.rows import softmax

        torch.manual_seed(0)
        self.kernel, self.x = softmax, normal((m, n), device, torch.float32)

    def outputs(self, config: Config) -> dict[str, Any]:
        import torch

        return {"y": torch.zeros_like(self.x)}

    def call(self, config: Config, outputs: dict[str, Any]) -> Call:
        m, n = self.x.shape
        return Call(self.kernel, (m,), (self.x, outputs["y"], self.x.stride(0), n), config)

    def error(self, config: Config, outputs: dict[str, Any]) -> float:
        return largest_error(outputs["y"], self.x.softmax(-1))


class LayerNorm(Problem):
    """Y[r] = (X[r] - mean) / deviation * W + B, float16, each row in three masked loops."""

    tolerance = 2e-2
    eps = 1e-5

    def __init__(self, device: str, m: int, n: int) -> None:
        import torch

        from kernels.rows import layer_norm

        torch.manual_seed(0)
        self.kernel, self.x = layer_norm, normal((m, n), device)
        self.w, self.b = normal((n,), device), normal((n,), device)

    def outputs(self, config: Config) -> dict[str, Any]:
        import torch

        rows = {"device": self.x.device, "dtype": torch.float32}
        return {
            "y": torch.zeros_like(self.x),
            "mean": torch.zeros(self.x.shape[0], **rows),
            "rstd": torch.zeros(self.x.shape[0], **rows),
        }

    def call(self, config: Config, outputs: dict[str, Any]) -> Call:
        m, n = self.x.shape
        args = (self.x, outputs["y"], self.w, self.b, outputs["mean"], outputs["rstd"], self.x.stride(0), n, self.eps)
        return Call(self.kernel, (m,), args, config)

    def error(self, config: Config, outputs: dict[str, Any]) -> float:
        import torch

        x, w, b = (t.float() for t in (self.x, self.w, self.b))
        return largest_error(outputs["y"], torch.nn.functional.layer_norm(x, (x.shape[1],), w, b, self.eps))


class CrossEntropy(Problem):
    """Loss[r] = logsumexp(X[r]) - X[r, label], float32, a row in one masked loop."""

    tolerance = 1e-4

    def __init__(self, device: str, m: int, n: int) -> None:
        import torch

        from kernels.rows import cross_entropy

        torch.manual_seed(0)
        self.kernel, self.x = cross_entropy, normal((m, n), device, torch.float32)
        self.labels = torch.randint(n, (m,), device=device)

    def outputs(self, config: Config) -> dict[str, Any]:
        import torch

        return {"loss": torch.zeros(self.x.shape[0], device=self.x.device, dtype=torch.float32)}

    def call(self, config: Config, outputs: dict[str, Any]) -> Call:
        m, n = self.x.shape
        return Call(self.kernel, (m,), (self.x, self.labels, outputs["loss"], self.x.stride(0), n, -1), config)

    def error(self, config: Config, outputs: dict[str, Any]) -> float:
        import torch

        return largest_error(outputs["loss"], torch.nn.functional.cross_entropy(self.x, self.labels, reduction="none"))


work(
    "softmax rows f32 M=8192 N=3000",
    functools.partial(Softmax, m=8192, n=3000),
    grid_of(BLOCK=(4096,), num_warps=(4, 8, 16)),
)
work(
    "layer norm f16 M=8192 N=5000",
    functools.partial(LayerNorm, m=8192, n=5000),
    grid_of(BLOCK=(512, 1024, 2048, 8192), num_warps=(4, 8)),
)
work(
    "cross entropy f32 M=4096 N=32000",
    functools.partial(CrossEntropy, m=4096, n=32000),
    grid_of(BLOCK=(1024, 2048, 4096), num_warps=(4, 8)),
)
