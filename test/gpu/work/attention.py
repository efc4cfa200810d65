# SPDX-License-Identifier: MIT
"""Attention forward in float16: causal, its mask in every iteration, and windowed."""

from __future__ import annotations

import functools
import math
from typing import Any

from . import Call, Config, Problem, largest_error, normal, work

BATCH, HEADS = 1, 16

ROWS_CHECKED = 2048
"""How many rows of the first head are held against PyTorch's; all of them take its memory."""

TILES = ((64, 32, 4), (64, 64, 4), (128, 32, 4), (128, 64, 4), (128, 64, 8), (128, 128, 8))
"""(BLOCK_M, BLOCK_N, num_warps), each with two and three stages."""


def _config(block_m: int, block_n: int, num_warps: int, num_stages: int) -> dict[str, int]:
    return {"BLOCK_M": block_m, "BLOCK_N": block_n, "num_warps": num_warps, "num_stages": num_stages}


CONFIGS = [_config(*tile, stages) for tile in TILES for stages in (2, 3)] + [
    _config(64, 64, 4, 4),
    _config(128, 64, 8, 4),
]


class Attention(Problem):
    """Q, K, V: [Z, H, N, D] float16."""

    tolerance = 5e-3

    def __init__(self, device: str, kernel: str, n: int, d: int, z: int = BATCH, h: int = HEADS) -> None:
        import torch

        from kernels import attention

        torch.manual_seed(0)
        self.kernel, self.shape = getattr(attention, kernel), (z, h, n, d)
        self.q, self.k, self.v = (normal(self.shape, device) for _ in range(3))
        self.scale = 1.44269504 / math.sqrt(d)

    def outputs(self, config: Config) -> dict[str, Any]:
        import torch

        z, h, n, _ = self.shape
        return {
            "out": torch.zeros_like(self.q),
            "lse": torch.zeros((z, h, n), device=self.q.device, dtype=torch.float32),
        }

    def arguments(self, outputs: dict[str, Any]) -> tuple:
        """What every kernel of this module takes first."""
        q, (_, h, n, _) = self.q, self.shape
        return (q, self.k, self.v, outputs["out"], outputs["lse"], *q.stride()[:3], h, n, self.scale)

    def call(self, config: Config, outputs: dict[str, Any]) -> Call:
        z, h, n, d = self.shape
        grid = (n // config["BLOCK_M"], z * h)
        return Call(self.kernel, grid, self.arguments(outputs), {"D": d, **config})

    def attended(self) -> Any:
        """What PyTorch calls the keys that a query sees."""
        return {"is_causal": True}

    def error(self, config: Config, outputs: dict[str, Any]) -> float:
        import torch

        q, k, v = (x[:1, :1, :ROWS_CHECKED].float() for x in (self.q, self.k, self.v))
        expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, **self.attended())
        return largest_error(outputs["out"][:1, :1, :ROWS_CHECKED], expected)


class Windowed(Attention):
    """The last `window` keys of each query; N may be ragged."""

    def __init__(self, device: str, n: int, window: int) -> None:
        super().__init__(device, "windowed_attention", n, 64, 2, 3)
        self.window = window

    def call(self, config: Config, outputs: dict[str, Any]) -> Call:
        z, h, n, d = self.shape
        options = {"D": d, "BLOCK_M": 64, "BLOCK_N": 64}
        return Call(self.kernel, (math.ceil(n / 64), z * h), (*self.arguments(outputs), self.window), options)

    def attended(self) -> Any:
        import torch

        at = torch.arange(min(self.shape[2], ROWS_CHECKED), device=self.q.device)
        distance = at[:, None] - at[None, :]
        return {"attn_mask": (distance >= 0) & (distance < self.window)}


class WindowedShapes(Problem):
    """Windowed attention at the sizes that its configurations name."""

    tolerance = Attention.tolerance

    def __init__(self, device: str) -> None:
        self.of = functools.cache(lambda n, window: Windowed(device, n, window))

    def _at(self, config: Config) -> Windowed:
        return self.of(config["N"], config["WINDOW"])

    def outputs(self, config: Config) -> dict[str, Any]:
        return self._at(config).outputs(config)

    def call(self, config: Config, outputs: dict[str, Any]) -> Call:
        return self._at(config).call(config, outputs)

    def error(self, config: Config, outputs: dict[str, Any]) -> float:
        return self._at(config).error(config, outputs)


for _kernel, _words in (("causal_attention", ""), ("walking_attention", " walking pointers")):
    for _n, _d in ((4096, 64), (4096, 128), (16384, 64), (16384, 128)):
        work(
            f"causal attention forward{_words} N={_n} D={_d} H={HEADS}",
            functools.partial(Attention, kernel=_kernel, n=_n, d=_d),
            CONFIGS,
        )

work(
    "windowed attention forward D=64 H=3",
    WindowedShapes,
    [{"N": n, "WINDOW": window} for n, window in ((1024, 256), (1000, 200), (1000, 1), (777, 4096), (63, 5))],
    timed=False,
)
