# SPDX-License-Identifier: MIT
"""One program a row: softmax, norms and losses, forward and backward."""

from __future__ import annotations

from typing import Any

from . import Config, grid_of
from .launch import Array, Launch, Tensors, covering, declare, derived, integers, normal, result, updated

EPS = 1e-5


def softmax(m: int, n: int) -> Launch:
    from kernels.rows import softmax

    args = {"X": normal("fp32", m, n), "Y": result("fp32", m, n), "stride": n, "n": n}
    return Launch(softmax, args, lambda c: (m,), lambda torch, t: {"Y": t.X.double().softmax(-1)}, 1e-6)


def softmax_online(m: int, n: int) -> Launch:
    from collection.rows import softmax_online

    args = {"X": normal("fp16", m, n), "Y": result("fp16", m, n), "stride_x": n, "stride_y": n, "n": n}
    return Launch(softmax_online, args, lambda c: (m,), lambda torch, t: {"Y": t.X.double().softmax(-1)}, 1e-3)


def softmax_backward(m: int, n: int) -> Launch:
    from collection.rows import softmax_backward

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        y, dy = t.Y.double(), t.DY.double()
        return {"DX": y * (dy - (y * dy).sum(-1, keepdim=True))}

    rows = Array("fp16", (m, n), lambda torch, a, device, _: torch.randn(a.shape, device=device).softmax(-1))
    args = {"Y": rows, "DY": normal("fp16", m, n), "DX": result("fp16", m, n), "stride": n, "n": n}
    return Launch(softmax_backward, args, lambda c: (m,), expected, 1e-3)


def layer_norm(m: int, n: int) -> Launch:
    from kernels.rows import layer_norm

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        x, w, b = t.X.double(), t.W.double(), t.B.double()
        rstd = (x.var(-1, correction=0) + EPS).rsqrt()
        return {"Y": torch.nn.functional.layer_norm(x, (n,), w, b, EPS), "Mean": x.mean(-1), "Rstd": rstd}

    args = {"X": normal("fp16", m, n), "Y": result("fp16", m, n), "W": normal("fp16", n), "B": normal("fp16", n)}
    args |= {"Mean": result("fp32", m), "Rstd": result("fp32", m), "stride": n, "n": n, "eps": EPS}
    return Launch(layer_norm, args, lambda c: (m,), expected, 2e-2)


def rms_norm(m: int, n: int) -> Launch:
    from collection.rows import rms_norm

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        x = t.X.double() + t.Residual.double()
        scale = (x.square().mean(-1, keepdim=True) + EPS).rsqrt()
        return {"Sum": x, "Y": x * scale * t.W.double()}

    x, y = normal("fp16", m, n), result("fp16", m, n)
    args = {"X": x, "Residual": x, "W": normal("fp16", n), "Y": y, "Sum": y, "stride": n, "n": n, "eps": EPS}
    return Launch(rms_norm, args, lambda c: (m,), expected, 2e-2)


def statistics(m: int, n: int) -> dict[str, Array]:
    """Mean and Rstd of X's rows, as layer norm's forward pass keeps them."""

    def rstd(torch: Any, t: Tensors) -> Any:
        return (t.X.double().var(-1, correction=0) + EPS).rsqrt()

    mean = derived("fp32", m, of=lambda torch, t: t.X.double().mean(-1))
    return {"Mean": mean, "Rstd": derived("fp32", m, of=rstd)}


def layer_norm_dx(m: int, n: int) -> Launch:
    from collection.rows import layer_norm_dx

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        x = t.X.double().requires_grad_()
        y = torch.nn.functional.layer_norm(x, (n,), t.W.double(), None, EPS)
        y.backward(t.DY.double())
        return {"DX": x.grad}

    x = normal("fp16", m, n)
    args = {"X": x, "DY": x, "W": normal("fp16", n), **statistics(m, n), "DX": result("fp16", m, n)}
    return Launch(layer_norm_dx, args | {"stride": n, "n": n}, lambda c: (m,), expected, 2e-2)


def layer_norm_dwdb(m: int, n: int) -> Launch:
    from collection.rows import layer_norm_dwdb

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        x, dy = t.X.double(), t.DY.double()
        hat = (x - t.Mean.double()[:, None]) * t.Rstd.double()[:, None]
        return {"DW": (dy * hat).sum(0), "DB": dy.sum(0)}

    x = normal("fp16", m, n)
    args = {"X": x, "DY": x, **statistics(m, n), "DW": result("fp32", n), "DB": result("fp32", n)}
    return Launch(layer_norm_dwdb, args | {"stride": n, "m": m, "n": n}, covering(BN=n), expected, 1e-2)


def cross_entropy(m: int, n: int) -> Launch:
    from kernels.rows import cross_entropy

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        return {"Loss": torch.nn.functional.cross_entropy(t.Logits.double(), t.Labels, reduction="none")}

    args = {"Logits": normal("fp32", m, n), "Labels": integers("i64", 0, n, m), "Loss": result("fp32", m)}
    return Launch(cross_entropy, args | {"stride": n, "classes": n, "ignored": -1}, lambda c: (m,), expected, 1e-4)


def cross_entropy_grad(m: int, n: int) -> Launch:
    from collection.rows import cross_entropy_grad

    def some_ignored(torch: Any, t: Tensors) -> Any:
        labels = torch.randint(n, (m,), device=t.X.device)
        labels[::7] = -100
        return labels

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        x = t.X.double().requires_grad_()
        loss = torch.nn.functional.cross_entropy(x, t.Labels, reduction="none", ignore_index=-100)
        (loss.sum() / m).backward()
        return {"X": x.grad, "Loss": loss.detach()}

    args = {"X": updated(normal("fp16", m, n)), "Labels": derived("i64", m, of=some_ignored), "Loss": result("fp32", m)}
    args |= {"stride": n, "n": n, "ignored": -100, "inverse_count": 1 / m}
    return Launch(cross_entropy_grad, args, lambda c: (m,), expected, 1e-3)


def argmax_rows(m: int, n: int) -> Launch:
    from collection.rows import argmax_rows

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        first = (t.X == t.X.amax(-1, keepdim=True)).int().argmax(-1)
        return {"Value": t.X.amax(-1), "Index": first}

    args = {"X": integers("fp32", -999, 999, m, n), "Value": result("fp32", m), "Index": result("i32", m)}
    return Launch(argmax_rows, args | {"stride": n, "n": n}, lambda c: (m,), expected, 0.0)


def cumsum_rows(m: int, n: int) -> Launch:
    from collection.rows import cumsum_rows

    args = {"X": normal("fp16", m, n), "Y": result("fp32", m, n), "stride": n, "n": n}
    return Launch(cumsum_rows, args, lambda c: (m,), lambda torch, t: {"Y": t.X.double().cumsum(-1)}, 1e-3)


def blocks(*sizes: int, warps: tuple[int, ...] = (4,)) -> list[Config]:
    """Configurations of a kernel that takes one BLOCK."""
    return grid_of(BLOCK=sizes, num_warps=warps)


SMALL = [{"m": 5, "n": 3000}, {"m": 2, "n": 7}]

declare(
    "softmax rows f32 M={m} N={n}",
    softmax,
    blocks(4096, warps=(4, 8, 16)),
    even={"m": 8192, "n": 4096},
    ragged={"m": 8192, "n": 3000},
    small=SMALL,
)
declare(
    "softmax of long rows f16 M={m} N={n}",
    softmax_online,
    blocks(1024, 4096, warps=(4, 8)),
    even={"m": 4096, "n": 32768},
    ragged={"m": 4096, "n": 20011},
    small=SMALL,
)
declare(
    "softmax backward f16 M={m} N={n}",
    softmax_backward,
    blocks(1024, 4096, warps=(4, 8)),
    even={"m": 8192, "n": 8192},
    ragged={"m": 4096, "n": 5003},
    small=SMALL,
)
declare(
    "layer norm f16 M={m} N={n}",
    layer_norm,
    blocks(512, 1024, 2048, 8192, warps=(4, 8)),
    even={"m": 8192, "n": 8192},
    ragged={"m": 8192, "n": 5000},
    small=SMALL,
)
declare(
    "rms norm with residual f16 M={m} N={n}",
    rms_norm,
    blocks(1024, 2048, warps=(4, 8)),
    even={"m": 8192, "n": 8192},
    ragged={"m": 8192, "n": 5000},
    small=SMALL,
)
declare(
    "layer norm backward input f16 M={m} N={n}",
    layer_norm_dx,
    blocks(1024, 2048, warps=(4, 8)),
    even={"m": 8192, "n": 8192},
    ragged={"m": 4096, "n": 5000},
    small=SMALL,
)
declare(
    "layer norm backward weights f16 M={m} N={n}",
    layer_norm_dwdb,
    grid_of(BM=(32,), BN=(64,), num_warps=(4, 8)),
    even={"m": 8192, "n": 8192},
    ragged={"m": 4001, "n": 5000},
    small=[{"m": 70, "n": 130}],
)
declare(
    "cross entropy f32 M={m} N={n}",
    cross_entropy,
    blocks(1024, 2048, 4096, warps=(4, 8)),
    even={"m": 4096, "n": 32768},
    ragged={"m": 4096, "n": 32000},
    small=SMALL,
)
declare(
    "cross entropy and its gradient f16 M={m} N={n}",
    cross_entropy_grad,
    blocks(4096, 8192, warps=(8,)),
    even={"m": 2048, "n": 32768},
    ragged={"m": 2048, "n": 32001},
    small=[{"m": 9, "n": 9000}],
)
declare(
    "argmax of rows f32 M={m} N={n}",
    argmax_rows,
    blocks(2048),
    even={"m": 4096, "n": 32768},
    ragged={"m": 4096, "n": 10001},
    small=SMALL,
)
declare(
    "running sum of rows f16 M={m} N={n}",
    cumsum_rows,
    blocks(1024),
    even={"m": 4096, "n": 8192},
    ragged={"m": 4096, "n": 5001},
    small=SMALL,
)
