# SPDX-License-Identifier: MIT
"""Convolutions and pooling: windows that hang over the edge."""

from __future__ import annotations

from typing import Any

from .launch import Launch, Tensors, covering, declare, normal, result


def conv1d(batch: int, n: int, channels: int, taps: int = 4) -> Launch:
    from collection.stencils import conv1d_causal

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        x = torch.nn.functional.pad(t.X.double(), (0, 0, taps - 1, 0))
        y = t.Bias.double() + sum(x[:, tap : tap + n] * t.W[tap].double() for tap in range(taps))
        return {"Y": torch.nn.functional.silu(y)}

    args = {"X": normal("fp16", batch, n, channels), "W": normal("fp16", taps, channels)}
    args |= {"Bias": normal("fp16", channels), "Y": result("fp16", batch, n, channels), "T": n, "C": channels}
    return Launch(
        conv1d_causal,
        args,
        lambda c: (*covering(BT=n, BC=channels)(c), batch),
        expected,
        2e-2,
        constexprs={"WIDTH": taps},
    )


def conv2d(batch: int, size: int, channels: int, filters: int, stride: int, taps: int = 3, pad: int = 1) -> Launch:
    from collection.stencils import conv2d

    out = (size + 2 * pad - taps) // stride + 1

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        image, weights = t.X[:2].float().permute(0, 3, 1, 2), t.W.float().permute(3, 2, 0, 1)
        windows = torch.nn.functional.unfold(image, taps, padding=pad, stride=stride).double()
        y = weights.reshape(filters, -1).double() @ windows
        return {"Y": y.reshape(-1, filters, out, out).permute(0, 2, 3, 1)}

    args = {"X": normal("fp16", batch, size, size, channels), "W": normal("fp16", taps, taps, channels, filters)}
    args |= {"Y": result("fp16", batch, out, out, filters), "batch": batch, "height": size, "width": size}
    args |= {
        "channels": channels,
        "filters": filters,
        "out_height": out,
        "out_width": out,
        "pad": pad,
        "stride": stride,
    }
    return Launch(
        conv2d,
        args,
        covering(BM=batch * out * out, BN=filters),
        expected,
        0.5,
        constexprs={"R": taps, "S": taps},
    )


def max_pool(planes: int, size: int, window: int, stride: int, pad: int) -> Launch:
    from collection.stencils import max_pool2d

    out = (size + 2 * pad - window) // stride + 1
    count = planes * out * out

    def expected(torch: Any, t: Tensors) -> dict[str, Any]:
        return {"Y": torch.nn.functional.max_pool2d(t.X[None].float(), window, stride, pad)[0]}

    args = {"X": normal("fp16", planes, size, size), "Y": result("fp16", planes, out, out), "count": count}
    args |= {"height": size, "width": size, "out_height": out, "out_width": out}
    args |= {"window": window, "stride": stride, "pad": pad}
    return Launch(max_pool2d, args, covering(BLOCK=count), expected, 0.0)


declare(
    "causal convolution batch={batch} T={n} C={channels}",
    conv1d,
    [{"BT": 32, "BC": 128, "num_warps": 4}],
    even={"batch": 4, "n": 4096, "channels": 2048},
    ragged={"batch": 3, "n": 3001, "channels": 1500},
    small=[{"batch": 2, "n": 50, "channels": 150}],
)
declare(
    "convolution 3x3 f16 N={batch} H=W={size} C={channels} K={filters} stride={stride}",
    conv2d,
    [{"BM": 128, "BN": 64, "BK": 32, "num_warps": 4, "num_stages": 3}],
    even={"batch": 32, "size": 64, "channels": 128, "filters": 128, "stride": 1},
    ragged={"batch": 9, "size": 55, "channels": 48, "filters": 100, "stride": 2},
    small=[{"batch": 1, "size": 9, "channels": 40, "filters": 70, "stride": 2}],
)
declare(
    "max pooling {window}x{window} f16 planes={planes} H=W={size}",
    max_pool,
    [{"BLOCK": 512, "num_warps": 4}],
    even={"planes": 2048, "size": 128, "window": 2, "stride": 2, "pad": 0},
    ragged={"planes": 999, "size": 111, "window": 3, "stride": 2, "pad": 1},
    small=[{"planes": 3, "size": 11, "window": 3, "stride": 2, "pad": 1}],
)
