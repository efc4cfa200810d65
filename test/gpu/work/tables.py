# SPDX-License-Identifier: MIT
"""Rows by number, fewer bits, counts, orders."""

from __future__ import annotations

import math
from typing import Any

from .launch import Array, Launch, Tensors, covering, declare, integers, normal, result, uniform, updated


def embedding(n: int, rows: int, dim: int) -> Launch:
    from collection.tables import embedding

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        known = t.Table[t.Ids.clamp(min=0).long()]
        return {"Out": torch.where(t.Ids[:, None] >= 0, known, torch.zeros_like(known))}

    args = {"Ids": integers("i32", -rows // 9, rows, n), "Table": normal("fp16", rows, dim)}
    args |= {"Out": result("fp16", n, dim), "n": n, "dim": dim}
    return Launch(embedding, args, covering(BLOCK_T=n), expected, 0.0)


def embedding_backward(n: int, rows: int, dim: int) -> Launch:
    """Of small integers, whose sums are exact in any order."""
    from collection.tables import embedding_backward

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        return {"Table": t.Table.double().index_add(0, t.Ids.long(), t.Grad.double())}

    args = {"Ids": integers("i32", 0, rows, n), "Grad": integers("fp32", -9, 10, n, dim)}
    args |= {"Table": updated(integers("fp32", -9, 10, rows, dim)), "dim": dim}
    return Launch(embedding_backward, args, lambda c: (n, math.ceil(dim / c["BLOCK"])), expected, 0.0)


def quantise_rows(m: int, n: int) -> Launch:
    from collection.tables import quantise_rows

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        scale = t.X.double().abs().amax(-1) / 127
        return {"Y": (t.X.double() / scale[:, None] + 0.5).floor(), "Scale": scale}

    # A quotient in the middle of two integers may be rounded to either.
    args = {"X": normal("fp16", m, n), "Y": result("i8", m, n), "Scale": result("fp32", m), "stride": n, "n": n}
    return Launch(quantise_rows, args, lambda c: (m,), expected, 1.0)


def quantise_fp8(m: int, groups: int, group: int = 128, whole: bool = False) -> Launch:
    """whole: of integers whose quotients are values of float8, whatever rounds them."""
    from collection.tables import quantise_fp8

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        x = t.X.double().reshape(m, groups, group)
        scale = x.abs().amax(-1) / 448
        y = (x / scale[:, :, None]).clamp(-448, 448).float().to(torch.float8_e4m3fn)
        return {"Y": y.double().reshape(m, groups * group), "Scale": scale}

    # What lies in the middle of two values of float8 may be rounded to either; they are 32 apart at most.
    x = integers("fp16", -7, 8, m, groups * group) if whole else normal("fp16", m, groups * group)
    args = {"X": x, "Y": result("fp8e4nv", m, groups * group)}
    args |= {"Scale": result("fp32", m, groups), "n": m, "groups": groups}
    return Launch(
        quantise_fp8, args, lambda c: (math.ceil(m / c["BLOCK_M"]), groups), expected, 32.0, constexprs={"GROUP": group}
    )


def dequantise(n: int, group: int = 64) -> Launch:
    from collection.tables import dequantise_int4

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        packed = t.Packed.int()
        halves = torch.stack([packed & 15, packed >> 4], -1).reshape(-1) - 8
        return {"Y": halves.double() * t.Scale.double().repeat_interleave(group)[: 2 * n]}

    args = {"Packed": integers("u8", 0, 256, n), "Scale": uniform("fp16", math.ceil(2 * n / group), low=0.1)}
    args |= {"Y": result("fp16", 2 * n), "n": n}
    return Launch(dequantise_int4, args, covering(BLOCK=n), expected, 1e-2, constexprs={"GROUP": group})


def histogram(n: int, bins: int, programs: int = 1056) -> Launch:
    from collection.tables import histogram_grid_stride

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        return {"Counts": t.Counts + t.X.bincount(minlength=bins)}

    args = {"X": integers("i32", 0, bins, n), "Counts": updated(integers("i32", 0, 9, bins)), "n": n}
    return Launch(histogram_grid_stride, args, lambda c: (programs,), expected, 0.0, constexprs={"BINS": bins})


def sort(m: int, n: int) -> Launch:
    from collection.tables import sort_rows

    args = {"X": normal("fp32", m, n), "Y": result("fp32", m, n), "stride": n, "n": n}
    return Launch(sort_rows, args, lambda c: (m,), lambda torch, t: {"Y": t.X.sort(-1)[0]}, 0.0)


def topk(tokens: int, count: int, top: int = 8) -> Launch:
    from collection.tables import topk_gate

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        values, experts = t.Logits.double().topk(top)
        weights = (values - values[:, :1]).exp()
        return {"Weights": weights, "Experts": experts, "Totals": weights.sum(-1)}

    def apart(torch: Any, a: Array, device: str, _: Any) -> Any:
        """Rows whose values all differ."""
        return 0.1 * torch.rand(a.shape, device=device).argsort(-1)

    args = {"Logits": Array("fp32", (tokens, count), apart), "Weights": result("fp32", tokens, top)}
    args |= {"Experts": result("i32", tokens, top), "Totals": result("fp32", tokens), "tokens": tokens, "count": count}
    return Launch(
        topk_gate,
        args,
        covering(BLOCK=tokens),
        expected,
        1e-5,
        constexprs={"TOP": top, "E": 1 << (count - 1).bit_length()},
    )


declare(
    "embedding f16 T={n} V={rows} D={dim}",
    embedding,
    [{"BLOCK_T": 16, "BLOCK_D": 128, "num_warps": 4}],
    even={"n": 16384, "rows": 32768, "dim": 4096},
    ragged={"n": 9001, "rows": 32001, "dim": 1500},
    small=[{"n": 21, "rows": 50, "dim": 300}],
)
declare(
    "embedding backward f32 T={n} V={rows} D={dim}",
    embedding_backward,
    [{"BLOCK": 512, "num_warps": 4}],
    even={"n": 8192, "rows": 32768, "dim": 1024},
    ragged={"n": 8001, "rows": 101, "dim": 999},
    small=[{"n": 21, "rows": 5, "dim": 600}],
)
declare(
    "quantise rows int8 M={m} N={n}",
    quantise_rows,
    [{"BLOCK": 2048, "num_warps": 4}],
    even={"m": 8192, "n": 8192},
    ragged={"m": 8192, "n": 5003},
    small=[{"m": 3, "n": 3001}],
)
declare(
    "quantise groups e4m3 M={m} groups={groups}",
    quantise_fp8,
    [{"BLOCK_M": 32, "num_warps": 4}],
    even={"m": 8192, "groups": 32},
    ragged={"m": 7001, "groups": 29},
    small=[{"m": 35, "groups": 3, "whole": True}],  # the interpreter loses a carry when it rounds to float8
    excluded={"sm_80": "e4m3 needs sm_89", "gfx942": "CDNA3 has its own float8 formats, not e4m3"},
)
declare(
    "dequantise int4 f16 n={n}",
    dequantise,
    [{"BLOCK": 1024, "num_warps": 4}],
    even={"n": 1 << 25},
    ragged={"n": 20_000_001},
    small=[{"n": 3001}],
)
declare(
    "histogram i32 n={n} bins={bins}",
    histogram,
    [{"BLOCK": 1024, "num_warps": 4}],
    even={"n": 1 << 25, "bins": 256},
    ragged={"n": 20_000_001, "bins": 64},
    small=[{"n": 5001, "bins": 64, "programs": 2}],
)
declare(
    "sort rows f32 M={m} N={n}",
    sort,
    [{"BLOCK": 512, "num_warps": 4}],
    even={"m": 16384, "n": 512},
    ragged={"m": 9001, "n": 300},
    small=[{"m": 2, "n": 300}],
)
declare(
    "largest 8 of {count} T={tokens}",
    topk,
    [{"BLOCK": 32, "num_warps": 4}],
    even={"tokens": 32768, "count": 128},
    ragged={"tokens": 9001, "count": 60},
    small=[{"tokens": 40, "count": 60}],
)
