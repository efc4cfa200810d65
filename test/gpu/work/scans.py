# SPDX-License-Identifier: MIT
"""Recurrences along time: linear attention and state spaces in chunks, a selective scan step by step."""

from __future__ import annotations

import math
from typing import Any

from .launch import Launch, Tensors, declare, derived, normal, result, uniform

ROWS_CHECKED = 2048
"""How many time steps of linear attention are held against PyTorch's matrix of all pairs."""


def linear_attention(h: int, n: int, dk: int, dv: int) -> Launch:
    from collection.scans import linear_attention_chunk

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        m = min(n, ROWS_CHECKED)
        q, k, v = (x[:, :m].double() for x in (t.Q, t.K, t.V))
        at = torch.arange(m, device=q.device)
        apart = at[:, None] - at[None, :]
        rows = []
        for head in range(h):
            decay = torch.where(apart >= 0, torch.exp2(apart * t.Decay[head].double()), 0.0)
            rows.append(t.scale * ((q[head] @ k[head].T) * decay) @ v[head])
        return {"Out": torch.stack(rows)}

    q, v = normal("fp16", h, n, dk), normal("fp16", h, n, dv)
    args = {"Q": q, "K": q, "V": v, "Decay": uniform("fp32", h, low=-0.1, high=-0.01), "Out": result("fp16", h, n, dv)}
    args |= {"stride_h": q.stride(0), "stride_t": dk, "stride_vh": v.stride(0), "stride_vt": dv, "T": n}
    return Launch(
        linear_attention_chunk,
        args | {"scale": dk**-0.5},
        lambda c: (dv // c["BV"], h),
        expected,
        1e-1,
        constexprs={"DK": dk},
    )


def state_space(n: int, h: int, chunk: int = 256, p: int = 64, state: int = 128) -> Launch:
    from collection.scans import state_space_chunk

    chunks = math.ceil(n / chunk)

    def cumulative(torch: Any, t: Tensors) -> Any:
        rate = -torch.rand((h, 1), device=t.Step.device) - 0.1
        steps = torch.nn.functional.pad(t.Step * rate, (0, chunks * chunk - n)).reshape(h, chunks, chunk)
        return steps.cumsum(-1).reshape(h, chunks * chunk)[:, :n]

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        found = []
        for first in range(0, n, chunk):
            part = slice(first, min(first + chunk, n))
            total = t.Cumulative[:, part].double()
            weight = (total[:, -1:] - total).exp() * t.Step[:, part].double()
            found.append(torch.einsum("hl,lhp,ln->hpn", weight, t.X[part].double(), t.B[part].double()))
        return {"States": torch.stack(found)}

    args = {"X": normal("fp16", n, h, p), "B": normal("fp16", n, state), "Step": uniform("fp32", h, n, high=0.2)}
    args |= {"Cumulative": derived("fp32", h, n, of=cumulative), "States": result("fp32", chunks, h, p, state)}
    return Launch(
        state_space_chunk,
        args | {"T": n, "H": h},
        lambda c: (chunks, h),
        expected,
        2e-2,
        constexprs={"P": p, "N": state, "CHUNK": chunk},
    )


def selective(batch: int, n: int, dim: int, state: int = 16) -> Launch:
    from collection.scans import selective_scan

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        x, step, a, b, c = (each.double() for each in (t.X, t.Step, t.A, t.B, t.C))
        carried = torch.zeros((batch, dim, state), device=x.device, dtype=torch.float64)
        rows = []
        for at in range(n):
            grown = (step[:, at] * x[:, at])[:, :, None] * b[:, at, None, :]
            carried = (step[:, at, :, None] * a).exp() * carried + grown
            rows.append((carried * c[:, at, None, :]).sum(-1) + t.Skip.double() * x[:, at])
        return {"Y": torch.stack(rows, 1)}

    args = {"X": normal("fp32", batch, n, dim), "Step": uniform("fp32", batch, n, dim, high=0.2)}
    args |= {"A": uniform("fp32", dim, state, low=-2.0, high=-0.1), "B": normal("fp32", batch, n, state)}
    args |= {"C": normal("fp32", batch, n, state), "Skip": normal("fp32", dim), "Y": result("fp32", batch, n, dim)}
    return Launch(
        selective_scan,
        args | {"T": n, "dim": dim},
        lambda c: (math.ceil(dim / c["BLOCK"]), batch),
        expected,
        1e-4,
        constexprs={"N": state},
    )


declare(
    "linear attention in chunks H={h} N={n} DK={dk} DV={dv}",
    linear_attention,
    [{"CHUNK": 64, "BV": 64, "num_warps": 4, "num_stages": 2}],
    even={"h": 64, "n": 8192, "dk": 64, "dv": 128},
    ragged={"h": 60, "n": 5001, "dk": 128, "dv": 64},
    small=[{"h": 2, "n": 150, "dk": 32, "dv": 64}],
)
declare(
    "state space chunks T={n} H={h} P=64 N=128",
    state_space,
    [{"BK": 64, "num_warps": 4, "num_stages": 3}],
    even={"n": 16384, "h": 32},
    ragged={"n": 9001, "h": 24},
    small=[{"n": 100, "h": 2, "chunk": 64, "p": 16, "state": 32}],
)
declare(
    "selective scan batch={batch} T={n} D={dim} N=16",
    selective,
    [{"BLOCK": 32, "num_warps": 1}],
    even={"batch": 4, "n": 2048, "dim": 4096},
    ragged={"batch": 3, "n": 1001, "dim": 3001},
    small=[{"batch": 2, "n": 7, "dim": 50}],
)
