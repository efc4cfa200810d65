# SPDX-License-Identifier: MIT
"""Attention in float16: forward in every style, decoding, backward."""

from __future__ import annotations

import itertools
import math
from typing import Any

from .launch import Launch, Tensors, covering, declare, derived, given, normal, result

HEADS = 16
LOG2E = 1.44269504

ROWS_CHECKED = 2048
"""How many queries of the first head are held against PyTorch's; all of them take its memory."""

TILES = ((64, 32, 4), (64, 64, 4), (128, 32, 4), (128, 64, 4), (128, 64, 8), (128, 128, 8))
"""(BLOCK_M, BLOCK_N, num_warps), each with two and three stages."""


def tile(block_m: int, block_n: int, num_warps: int, num_stages: int) -> dict[str, int]:
    """A configuration of an attention kernel."""
    return {"BLOCK_M": block_m, "BLOCK_N": block_n, "num_warps": num_warps, "num_stages": num_stages}


CONFIGS = [tile(*each, stages) for each in TILES for stages in (2, 3)] + [tile(64, 64, 4, 4), tile(128, 64, 8, 4)]
TWO = [tile(64, 64, 4, 3), tile(128, 64, 8, 2)]


def attended(torch: Any, q: Any, k: Any, v: Any, seen: Any = None) -> tuple[Any, Any]:
    """(softmax of the scores that `seen` keeps times v; their log-sum-exp in base 2), in float64.

    q: [..., M, D]; k, v: [..., N, D]; seen: [M, N] or None. A row that sees nothing is 0.
    """
    q, k, v = q.double(), k.double(), v.double()
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if seen is not None:
        scores = scores.masked_fill(~seen, -math.inf)
    return scores.softmax(-1).nan_to_num() @ v, scores.logsumexp(-1) * LOG2E


def distance(torch: Any, m: int, n: int, device: Any) -> Any:
    """[m, n]: how far before a query a key is."""
    return torch.arange(m, device=device)[:, None] - torch.arange(n, device=device)[None, :]


def self_attention(
    kernel: Any, z: int, h: int, n: int, d: int, window: int | None, *, lse: bool, **more: Any
) -> Launch:
    """A forward kernel over Q, K, V: [z, h, n, d], causal; of the last `window` keys where it takes one.

    more: further compile-time parameters.
    """

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        m = min(n, ROWS_CHECKED)
        q, k, v = (x[:1, :1, :m] for x in (t.Q, t.K, t.V))
        far = distance(torch, m, m, q.device)
        out, peaks = attended(torch, q, k, v, (far >= 0) & (far < (window or n)))
        return {"Out": out, "Lse": peaks} if lse else {"Out": out}

    shape = (z, h, n, d)
    outputs = {"Out": result("fp16", *shape), **({"Lse": result("fp32", z, h, n)} if lse else {})}
    qkv = {name: normal("fp16", *shape) for name in ("Q", "K", "V")}
    strides = dict(zip(("stride_z", "stride_h", "stride_n"), qkv["Q"].strides, strict=True))
    numbers: dict[str, Any] = {"H": h, "N": n, "scale": LOG2E / math.sqrt(d)}
    if window is not None:
        numbers["window"] = window
    values = {**qkv, **outputs, **strides, **numbers}
    return Launch(
        kernel,
        {name: values[name] for name in kernel.arg_names if name in values},
        lambda c: (math.ceil(n / c["BLOCK_M"]), z * h),
        expected,
        tolerance=5e-3,
        constexprs={"D": d, **more},
    )


def causal(n: int, d: int, h: int = HEADS) -> Launch:
    from kernels.attention import causal_attention

    return self_attention(causal_attention, 1, h, n, d, None, lse=True)


def walking(n: int, d: int, h: int = HEADS) -> Launch:
    from kernels.attention import walking_attention

    return self_attention(walking_attention, 1, h, n, d, None, lse=True)


def windowed(n: int, window: int) -> Launch:
    from kernels.attention import windowed_attention

    return self_attention(windowed_attention, 2, 3, n, 64, window, lse=True)


def window_all(n: int, d: int, window: int, h: int = HEADS) -> Launch:
    from collection.attention import window_attention_all

    return self_attention(window_attention_all, 1, h, n, d, window, lse=False)


def causal_all(n: int, d: int, fill: float = -math.inf, h: int = HEADS) -> Launch:
    from collection.attention import causal_attention_all

    return self_attention(causal_attention_all, 1, h, n, d, None, lse=False, FILL=fill)


def full(m: int, n: int, d: int, h: int = HEADS) -> Launch:
    from collection.attention import full_attention

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        out, peaks = attended(torch, t.Q[:1, :1], t.K[:1, :1], t.V[:1, :1])
        return {"Out": out, "Lse": peaks}

    q, k = normal("fp16", 1, h, m, d), normal("fp16", 1, h, n, d)
    names = ("stride_qz", "stride_qh", "stride_qm", "stride_kz", "stride_kh", "stride_kn")
    args = {"Q": q, "K": k, "V": k, "Out": result("fp16", 1, h, m, d), "Lse": result("fp32", 1, h, m)}
    args |= dict(zip(names, (*q.strides, *k.strides), strict=True))
    return Launch(
        full_attention,
        args | {"H": h, "M": m, "N": n, "scale": LOG2E / math.sqrt(d)},
        lambda c: (math.ceil(m / c["BLOCK_M"]), h),
        expected,
        tolerance=5e-3,
        constexprs={"D": d},
    )


def varlen(lengths: tuple[int, ...], d: int, h: int = 8) -> Launch:
    from collection.attention import varlen_attention

    starts = [0, *itertools.accumulate(lengths)]
    tokens = normal("fp16", starts[-1], h, d)

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        parts = []
        for first, last in itertools.pairwise(starts):
            q, k, v = (x[first:last].transpose(0, 1) for x in (t.Q, t.K, t.V))
            seen = distance(torch, last - first, last - first, q.device) >= 0
            parts.append(attended(torch, q, k, v, seen)[0].transpose(0, 1))
        return {"Out": torch.cat(parts)}

    args = {"Q": tokens, "K": tokens, "V": tokens, "Out": result("fp16", *tokens.shape), "Starts": given("i32", starts)}
    return Launch(
        varlen_attention,
        args | dict(zip(("stride_t", "stride_h"), tokens.strides, strict=True)) | {"H": h, "scale": LOG2E / d**0.5},
        lambda c: (math.ceil(max(lengths) / c["BLOCK_M"]), len(lengths) * h),
        expected,
        tolerance=5e-3,
        constexprs={"D": d},
    )


def paged(lengths: tuple[int, ...], page: int, d: int = 128, heads: int = 8, group: int = 16) -> Launch:
    from collection.attention import paged_decode

    batch, most = len(lengths), math.ceil(max(lengths) / page)

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        rows = []
        for b, length in enumerate(lengths):
            at = t.Table[b].long()
            k, v = (x[at].reshape(most * page, heads, d)[:length].transpose(0, 1) for x in (t.Keys, t.Values))
            rows.append(attended(torch, t.Q[b].reshape(heads, group, d), k, v)[0].reshape(heads * group, d))
        return {"Out": torch.stack(rows)}

    def pages(torch: Any, t: Tensors) -> Any:
        return torch.randperm(batch * most, device=t.Q.device).reshape(batch, most)

    q, cache = normal("fp16", batch, heads * group, d), normal("fp16", batch * most, page, heads, d)
    args = {"Q": q, "Keys": cache, "Values": cache, "Table": derived("i32", batch, most, of=pages)}
    args |= {"Lengths": given("i32", lengths), "Out": result("fp16", *q.shape), "stride_qb": q.stride(0)}
    args |= dict(zip(("stride_page", "stride_slot", "stride_head"), cache.strides, strict=True))
    return Launch(
        paged_decode,
        args | {"stride_table": most, "scale": LOG2E / math.sqrt(d)},
        lambda c: (batch, heads),
        expected,
        tolerance=5e-3,
        constexprs={"GROUP": group, "D": d, "PAGE": page},
    )


def split(n: int, splits: int, d: int = 128, h: int = 32) -> Launch:
    from collection.attention import split_decode

    per_split = math.ceil(n / splits)

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        shares = []
        for at in range(0, splits * per_split, per_split):
            part = slice(min(at, n), min(at + per_split, n))
            shares.append(attended(torch, t.Q[:, None], t.K[:, part], t.V[:, part]))
        return {
            name: torch.cat(each, 1) for name, each in zip(("Partial", "Lse"), zip(*shares, strict=True), strict=True)
        }

    kv = normal("fp16", h, n, d)
    args = {"Q": normal("fp16", h, d), "K": kv, "V": kv}
    args |= {"Partial": result("fp32", h, splits, d), "Lse": result("fp32", h, splits)}
    args |= {"stride_h": kv.stride(0), "stride_n": kv.stride(1), "N": n, "per_split": per_split}
    return Launch(
        split_decode,
        args | {"scale": LOG2E / math.sqrt(d)},
        lambda c: (h, splits),
        expected,
        tolerance=1e-4,
        constexprs={"D": d},
    )


def merge(splits: int, d: int = 128, h: int = 4096) -> Launch:
    from collection.attention import split_decode_merge

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        weights = (t.Lse.double() / LOG2E).softmax(-1).nan_to_num()
        return {"Out": (weights[:, :, None] * t.Partial.double()).sum(1)}

    def some_empty(torch: Any, t: Tensors) -> Any:
        lse = 3 * torch.randn((h, splits), device=t.Partial.device)
        lse[torch.rand(lse.shape, device=lse.device) < 0.2] = -math.inf
        lse[0] = -math.inf
        return lse

    args = {"Partial": normal("fp32", h, splits, d), "Lse": derived("fp32", h, splits, of=some_empty)}
    args |= {"Out": result("fp16", h, d), "splits": splits}
    return Launch(split_decode_merge, args, lambda c: (h,), expected, tolerance=5e-3, constexprs={"D": d})


def delta(rows: int, d: int) -> Launch:
    from collection.attention import attention_delta

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        return {"Delta": (t.Out.double() * t.Grad.double()).sum(-1)}

    args = {"Out": normal("fp16", rows, d), "Grad": normal("fp16", rows, d), "Delta": result("fp32", rows)}
    return Launch(
        attention_delta, args | {"rows": rows}, covering(BLOCK_M=rows), expected, tolerance=1e-4, constexprs={"D": d}
    )


def backward(kernel: Any, n: int, d: int, h: int, results: tuple[str, ...], block: str) -> Launch:
    """A backward kernel of causal attention; `block`: the tile that its programs divide the sequence by."""

    def forward(torch: Any, t: Tensors) -> tuple[Any, Any]:
        """Output and log-sum-exp of every head, one at a time for the memory's sake."""
        seen = distance(torch, n, n, t.Q.device) >= 0
        heads = [attended(torch, t.Q[i], t.K[i], t.V[i], seen) for i in range(h)]
        return torch.stack([out for out, _ in heads]), torch.stack([lse for _, lse in heads])

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        seen = distance(torch, n, n, t.Q.device) >= 0
        leaves = {name: getattr(t, name)[0].double().requires_grad_() for name in "QKV"}
        attended(torch, *leaves.values(), seen)[0].backward(t.Grad[0].double())
        return {f"D{name}": leaf.grad[None] for name, leaf in leaves.items() if f"D{name}" in results}

    x = normal("fp16", h, n, d)
    args = {"Q": x, "K": x, "V": x, "Grad": x}
    args["Lse"] = derived("fp32", h, n, of=lambda torch, t: forward(torch, t)[1])
    args["Delta"] = derived("fp32", h, n, of=lambda torch, t: (forward(torch, t)[0] * t.Grad.double()).sum(-1))
    args |= {name: result("fp16", h, n, d) for name in results}
    args |= dict(zip(("stride_h", "stride_n"), x.strides, strict=True))
    return Launch(
        kernel,
        args | {"N": n, "scale": 1 / math.sqrt(d), "scale2": LOG2E / math.sqrt(d)},
        lambda c: (math.ceil(n / c[block]), h),
        expected,
        tolerance=3e-2,
        constexprs={"D": d},
    )


def dkv(n: int, d: int = 64, h: int = HEADS) -> Launch:
    from collection.attention import attention_dkv

    return backward(attention_dkv, n, d, h, ("DK", "DV"), "BLOCK_N")


def dq(n: int, d: int = 64, h: int = HEADS) -> Launch:
    from collection.attention import attention_dq

    return backward(attention_dq, n, d, h, ("DQ",), "BLOCK_M")


for _describe, _words in ((causal, ""), (walking, " walking pointers")):
    for _n, _d in ((4096, 64), (4096, 128), (16384, 64), (16384, 128)):
        declare(
            f"causal attention forward{_words} N={{n}} D={{d}} H={HEADS}",
            _describe,
            CONFIGS,
            even={"n": _n, "d": _d},
            small=[{"n": 256, "d": 32, "h": 2}],
        )

for _shape, _n, _window in (
    ("even", 1024, 256),
    ("ragged", 1000, 200),
    ("ragged", 1000, 1),
    ("ragged", 777, 4096),
    ("ragged", 63, 5),
):
    declare(
        "windowed attention forward N={n} W={window} D=64 H=3",
        windowed,
        [tile(64, 64, 4, 3)],
        **{_shape: {"n": _n, "window": _window}},
        small=[{"n": 100, "window": 20}],
        timed=False,
    )

declare(
    "sliding window attention over all blocks N={n} D={d} W={window} H=16",
    window_all,
    [tile(64, 64, 4, 3), tile(128, 64, 8, 3), tile(128, 64, 4, 3), tile(128, 128, 8, 2)],
    even={"n": 16384, "d": 64, "window": 1024},
    ragged={"n": 4000, "d": 64, "window": 700},
    small=[{"n": 200, "d": 32, "window": 50, "h": 2}, {"n": 130, "d": 16, "window": 1, "h": 1}],
)
declare(
    "causal attention over all blocks N={n} D={d} H=16",
    causal_all,
    TWO,
    even={"n": 4096, "d": 128},
    ragged={"n": 2000, "d": 64},
    small=[{"n": 200, "d": 32, "h": 2}],
)
declare(
    "causal attention over all blocks, keys behind filled with -1e6 N={n} D={d} H=16",
    causal_all,
    TWO,
    even={"n": 4096, "d": 64, "fill": -1e6},
    ragged={"n": 2000, "d": 128, "fill": -1e6},
    small=[{"n": 200, "d": 32, "h": 2, "fill": -1e6}],
)
declare(
    "attention of all keys M={m} N={n} D={d} H=16",
    full,
    TWO,
    even={"m": 4096, "n": 4096, "d": 64},
    ragged={"m": 1000, "n": 3001, "d": 128},
    small=[{"m": 70, "n": 131, "d": 32, "h": 2}],
)
declare(
    "packed causal attention up to N={lengths[2]} D={d} H=8",
    varlen,
    TWO,
    even={"lengths": (2048, 1024, 4096, 512), "d": 64},
    ragged={"lengths": (1999, 1, 3001, 65, 700), "d": 128},
    small=[{"lengths": (65, 1, 130), "d": 32, "h": 2}],
)
declare(
    "paged decoding up to N={lengths[2]} D=128 page={page}",
    paged,
    [{"num_warps": 4, "num_stages": 3}, {"num_warps": 2, "num_stages": 2}],
    even={"lengths": (4096, 2048, 8192, 1024), "page": 32},
    ragged={"lengths": (4001, 1, 8000, 0, 777), "page": 16},
    small=[{"lengths": (70, 0, 1), "page": 16, "d": 32, "heads": 2}],
)
declare(
    "split decoding N={n} D=128 H=32 splits={splits}",
    split,
    [{"BLOCK_N": 64, "num_warps": 4, "num_stages": 2}],
    even={"n": 32768, "splits": 32},
    ragged={"n": 10001, "splits": 30},
    small=[{"n": 301, "splits": 4, "d": 32, "h": 2}, {"n": 5, "splits": 4, "d": 32, "h": 1}],
)
declare(
    "merge of split decoding D=128 H=4096 splits={splits}",
    merge,
    [{"num_warps": 4}],
    even={"splits": 32},
    ragged={"splits": 7},
    small=[{"splits": 5, "d": 32, "h": 3}],
)
declare(
    "attention backward row sums M={rows} D={d}",
    delta,
    [{"BLOCK_M": 64, "num_warps": 4}],
    even={"rows": 65536, "d": 128},
    ragged={"rows": 60001, "d": 64},
    small=[{"rows": 100, "d": 32}],
)
for _describe, _words, _configs in (
    (dkv, "keys and values", [tile(64, 64, 4, 2), tile(64, 128, 8, 2)]),
    (dq, "queries", [tile(64, 64, 4, 2), tile(128, 64, 8, 2)]),
):
    declare(
        f"causal attention backward {_words} N={{n}} D={{d}} H=16",
        _describe,
        _configs,
        even={"n": 4096, "d": 64},
        ragged={"n": 2001, "d": 128},
        small=[{"n": 130, "d": 32, "h": 2}],
    )
