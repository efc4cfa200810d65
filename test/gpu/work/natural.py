# SPDX-License-Identifier: MIT
"""Attention forward with natural exponentials: the scale an argument, or compiled in."""

from __future__ import annotations

import functools
import math
from typing import Any

from .attention import CONFIGS, HEADS, ROWS_CHECKED, attended, distance
from .launch import Launch, Tensors, declare, derived, normal, result


def forward(n: int, d: int, h: int = HEADS, *, is_causal: bool, compiled: bool) -> Launch:
    """Q, K, V: [1, h, n, d] float16."""
    from collection.natural import natural_attention

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        m = min(n, ROWS_CHECKED)
        q, k, v = t.Q[:1, :1, :m], t.K[:1, :1], t.V[:1, :1]
        out, peaks = attended(torch, q, k, v, distance(torch, m, n, q.device) >= 0 if is_causal else None)
        return {"Out": out, "Lse": peaks * math.log(2)}

    shape = (1, h, n, d)
    args: dict[str, Any] = {name: normal("fp16", *shape) for name in ("Q", "K", "V")}
    strides = args["Q"].strides
    args |= {"Out": result("fp16", *shape), "Lse": result("fp32", 1, h, n)}
    args |= dict(zip(("stride_z", "stride_h", "stride_n"), strides, strict=True))
    return Launch(
        natural_attention,
        args | {"H": h, "N": n, "scale": 1 / math.sqrt(d)},
        lambda c: (math.ceil(n / c["BLOCK_M"]), h),
        expected,
        tolerance=5e-3,
        constexprs={"D": d, "SCALE": 1 / math.sqrt(d) if compiled else None, "CAUSAL": is_causal},
    )


def weights(m: int, n: int) -> Launch:
    """P = exp(QK / 8 - logsumexp(QK / 8)), as precise as the exponential is."""
    from collection.natural import natural_weights

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        return {"P": (t.QK.double() / 8 - t.Lse.double()[:, None]).exp()}

    return Launch(
        natural_weights,
        {
            "QK": normal("fp32", m, n, scale=64.0),
            "Lse": derived("fp32", m, of=lambda torch, t: (t.QK.double() / 8).logsumexp(-1)),
            "P": result("fp32", m, n),
            "N": n,
            "scale": 0.125,
        },
        lambda c: (m // c["BLOCK_M"],),
        expected,
        tolerance=2e-5,
    )


for _causal, _words in ((False, "attention of all keys"), (True, "causal attention")):
    for _compiled, _how in ((False, ""), (True, " constant scale")):
        _describe = functools.partial(forward, is_causal=_causal, compiled=_compiled)
        declare(
            f"{_words} natural exponentials{_how} N={{n}} D={{d}} H={HEADS}",
            _describe,
            CONFIGS,
            even={"n": 4096, "d": 64},
            ragged={"n": 3001, "d": 128},
            small=[{"n": 131, "d": 32, "h": 2}],
        )
    declare(
        f"{_words} natural exponentials N={{n}} D={{d}} H={HEADS}",
        functools.partial(forward, is_causal=_causal, compiled=False),
        CONFIGS,
        even={"n": 16384, "d": 128},
    )
declare(
    "attention weights again M={m} N={n}",
    weights,
    [{"BLOCK_M": 16, "BLOCK_N": 256, "num_warps": 4}],
    even={"m": 4096, "n": 4096},
    ragged={"m": 4096, "n": 3001},
    small=[{"m": 32, "n": 131}],
)
