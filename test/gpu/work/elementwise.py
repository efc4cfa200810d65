# SPDX-License-Identifier: MIT
"""Streams: copies, activations, rotary positions, dropout, an optimizer's step, a transpose, sums in two passes."""

from __future__ import annotations

from typing import Any

from . import grid_of
from .launch import Launch, Tensors, covering, declare, normal, result, uniform, updated
from .rows import blocks

ONE_BLOCK = 2048
"""What a program of a sum's first pass adds at once; its partial sums depend on it."""


def copy(n: int, programs: int = 1056) -> Launch:
    from collection.elementwise import copy_grid_stride

    args = {"X": normal("fp32", n), "Y": result("fp32", n), "n": n}
    return Launch(copy_grid_stride, args, lambda c: (programs,), lambda torch, t: {"Y": t.X}, 0.0)


def swiglu(m: int, n: int) -> Launch:
    from collection.elementwise import swiglu

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        return {"Out": torch.nn.functional.silu(t.Gate.double()) * t.Up.double()}

    x = normal("fp16", m, n)
    args = {"Gate": x, "Up": x, "Out": result("fp16", m, n), "stride": n, "n": n}
    return Launch(swiglu, args, lambda c: (m, *covering(BLOCK=n)(c)), expected, 5e-2)


def gelu_backward(n: int) -> Launch:
    from collection.elementwise import gelu_backward

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        x = t.X.double().requires_grad_()
        torch.nn.functional.gelu(x, approximate="tanh").backward(t.DY.double())
        return {"DX": x.grad}

    args = {"X": normal("fp16", n), "DY": normal("fp16", n), "DX": result("fp16", n), "n": n}
    return Launch(gelu_backward, args, covering(BLOCK=n), expected, 1e-2)


def rope(tokens: int, h: int, d: int) -> Launch:
    from collection.elementwise import rope

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        first, second = t.X.double().chunk(2, -1)
        cos, sin = t.Cos.double()[:, None], t.Sin.double()[:, None]
        return {"Y": torch.cat([first * cos - second * sin, second * cos + first * sin], -1)}

    angles = uniform("fp32", tokens, d // 2, low=-1.0)
    args = {"X": normal("fp16", tokens, h, d), "Cos": angles, "Sin": angles, "Y": result("fp16", tokens, h, d)}
    args |= {"stride_t": h * d, "stride_h": d, "H": h, "D": d}
    half = 1 << (d // 2 - 1).bit_length()
    return Launch(rope, args, lambda c: (tokens, *covering(BLOCK_H=h)(c)), expected, 1e-2, constexprs={"HALF": half})


def philox(torch: Any, seed: int, offset: Any) -> Any:
    """The first of four words that ten rounds of Philox 4x32 make of a counter (Salmon and others, 2011)."""
    word = 0xFFFFFFFF
    c0, c1, c2, c3 = offset.long(), 0, torch.zeros_like(offset, dtype=torch.int64), 0
    k0, k1 = seed & word, seed >> 32
    for _ in range(10):
        high = [
            (factor * (c >> 16) + (factor * (c & 0xFFFF) >> 16)) >> 16
            for factor, c in ((0xCD9E8D57, c2), (0xD2511F53, c0))
        ]
        low = [
            factor * (c & 0xFFFF) + ((factor * (c >> 16) & 0xFFFF) << 16) & word
            for factor, c in ((0xCD9E8D57, c2), (0xD2511F53, c0))
        ]
        c0, c1, c2, c3 = high[0] ^ c1 ^ k0, low[0], high[1] ^ c3 ^ k1, low[1]
        k0, k1 = k0 + 0x9E3779B9 & word, k1 + 0xBB67AE85 & word
    return c0


def dropout(n: int) -> Launch:
    from collection.elementwise import dropout

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        random = philox(torch, t.seed, torch.arange(n, device=t.X.device))
        random = torch.where(random >= 2**31, 2**32 - 1 - random, random).float() * 4.6566127342e-10
        return {"Y": torch.where(random > t.p, t.X.double() / (1 - t.p), 0.0)}

    args = {"X": normal("fp32", n), "Y": result("fp32", n), "n": n, "p": 0.25, "seed": 20201}
    return Launch(dropout, args, covering(BLOCK=n), expected, 1e-5)


def adamw(n: int) -> Launch:
    from collection.elementwise import adamw

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        param, grad, first, second = (x.double() for x in (t.Param, t.Grad, t.First, t.Second))
        first = first * t.beta1 + grad * (1 - t.beta1)
        second = second * t.beta2 + grad.square() * (1 - t.beta2)
        step = first / t.correction1 / ((second / t.correction2).sqrt() + t.eps)
        return {"Param": param - t.rate * (step + t.decay * param), "First": first, "Second": second}

    args = {"Param": updated(normal("fp32", n)), "Grad": normal("fp16", n)}
    args |= {"First": updated(normal("fp32", n)), "Second": updated(uniform("fp32", n, low=0.1)), "n": n}
    args |= {"rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "decay": 0.01}
    args |= {"correction1": 1 - 0.9**10, "correction2": 1 - 0.999**10}
    return Launch(adamw, args, covering(BLOCK=n), expected, 1e-4)


def transpose(m: int, n: int) -> Launch:
    from collection.elementwise import transpose

    args = {"X": normal("fp16", m, n), "Y": result("fp16", n, m), "M": m, "N": n, "stride_x": n, "stride_y": m}
    return Launch(transpose, args, covering(BM=m, BN=n), lambda torch, t: {"Y": t.X.T}, 0.0)


def sum_partial(n: int, programs: int = 1024) -> Launch:
    from collection.elementwise import sum_partial

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        block, found = ONE_BLOCK, torch.zeros(programs, device=t.X.device, dtype=torch.float64)
        blocks = torch.nn.functional.pad(t.X.double(), (0, -n % block)).reshape(-1, block).sum(-1)
        return {"Partial": found.index_add(0, torch.arange(len(blocks), device=found.device) % programs, blocks)}

    args = {"X": normal("fp32", n), "Partial": result("fp32", programs), "n": n}
    return Launch(sum_partial, args, lambda c: (programs,), expected, 1e-2, constexprs={"BLOCK": ONE_BLOCK})


def sum_final(m: int, count: int) -> Launch:
    from collection.elementwise import sum_final

    args = {"Partial": normal("fp32", m, count), "Out": result("fp32", m), "count": count}
    return Launch(sum_final, args, lambda c: (m,), lambda torch, t: {"Out": t.Partial.double().sum(-1)}, 1e-3)


def column_mean(m: int, n: int) -> Launch:
    from collection.elementwise import column_mean

    args = {"X": normal("fp16", m, n), "Out": result("fp32", n), "stride": n, "m": m, "n": n}
    return Launch(column_mean, args, covering(BN=n), lambda torch, t: {"Out": t.X.double().mean(0)}, 1e-5)


declare(
    "copy in rounds f32 n={n}",
    copy,
    blocks(1024, 2048),
    even={"n": 1 << 26},
    ragged={"n": 50_000_001},
    small=[{"n": 5001, "programs": 3}, {"n": 7, "programs": 2}],
)
declare(
    "swiglu f16 M={m} N={n}",
    swiglu,
    blocks(1024, 2048),
    even={"m": 8192, "n": 8192},
    ragged={"m": 5001, "n": 5003},
    small=[{"m": 3, "n": 3000}],
)
declare(
    "gelu backward f16 n={n}",
    gelu_backward,
    blocks(1024),
    even={"n": 1 << 25},
    ragged={"n": 30_000_001},
    small=[{"n": 3001}],
)
declare(
    "rotary positions f16 T={tokens} H={h} D={d}",
    rope,
    [{"BLOCK_H": 8, "num_warps": 4}],
    even={"tokens": 8192, "h": 32, "d": 128},
    ragged={"tokens": 8001, "h": 25, "d": 96},
    small=[{"tokens": 5, "h": 9, "d": 24}],
)
declare(
    "dropout f32 n={n}",
    dropout,
    blocks(1024),
    even={"n": 1 << 25},
    ragged={"n": 30_000_001},
    small=[{"n": 3001}],
)
declare(
    "adamw step f32 n={n}",
    adamw,
    blocks(1024),
    even={"n": 1 << 25},
    ragged={"n": 30_000_001},
    small=[{"n": 3001}],
)
declare(
    "transpose f16 M={m} N={n}",
    transpose,
    [{"BM": 64, "BN": 64, "num_warps": 4}],
    even={"m": 8192, "n": 8192},
    ragged={"m": 5001, "n": 4003},
    small=[{"m": 70, "n": 130}],
)
declare(
    "sum first pass f32 n={n}",
    sum_partial,
    grid_of(num_warps=(4, 8)),
    even={"n": 1 << 26},
    ragged={"n": 50_000_001},
    small=[{"n": 9001, "programs": 3}],
)
declare(
    "sum second pass f32 M={m} N={count}",
    sum_final,
    blocks(1024),
    even={"m": 256, "count": 65536},
    ragged={"m": 251, "count": 50001},
    small=[{"m": 3, "count": 3001}],
)
declare(
    "mean of columns f16 M={m} N={n}",
    column_mean,
    [{"BM": 64, "BN": 64, "num_warps": 4}],
    even={"m": 16384, "n": 8192},
    ragged={"m": 9001, "n": 5003},
    small=[{"m": 130, "n": 70}],
)
