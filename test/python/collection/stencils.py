# SPDX-License-Identifier: MIT
"""Convolutions and pooling: windows that hang over the edge."""

import triton
import triton.language as tl


@triton.jit
def conv1d_causal(X, W, Bias, Y, T, C, WIDTH: tl.constexpr, BT: tl.constexpr, BC: tl.constexpr):
    """Y[b, t, c] = silu(Bias[c] + sum over w of W[w, c] X[b, t - WIDTH + 1 + w, c]); zeros before the start."""
    batch = tl.program_id(2)
    t = tl.program_id(0) * BT + tl.arange(0, BT)
    c = tl.program_id(1) * BC + tl.arange(0, BC)
    c_mask = c < C
    acc = tl.zeros([BT, BC], tl.float32)
    acc += tl.load(Bias + c, mask=c_mask, other=0.0).to(tl.float32)[None, :]
    for tap in range(0, WIDTH):
        source = t - (WIDTH - 1) + tap
        mask = (source[:, None] >= 0) & (source[:, None] < T) & c_mask[None, :]
        x = tl.load(X + (batch * T + source[:, None]) * C + c[None, :], mask=mask, other=0.0).to(tl.float32)
        w = tl.load(W + tap * C + c, mask=c_mask, other=0.0).to(tl.float32)
        acc += x * w[None, :]
    y = acc * tl.sigmoid(acc)
    at = (batch * T + t[:, None]) * C + c[None, :]
    tl.store(Y + at, y.to(Y.dtype.element_ty), mask=(t[:, None] < T) & c_mask[None, :])


@triton.jit
def conv2d(
    X,
    W,
    Y,
    batch,
    height,
    width,
    channels,
    filters,
    out_height,
    out_width,
    pad,
    stride,
    R: tl.constexpr,
    S: tl.constexpr,
    BM: tl.constexpr,
    BN: tl.constexpr,
    BK: tl.constexpr,
):
    """A convolution as a matrix product that is never laid out.

    X: [batch, height, width, channels]; W: [R, S, channels, filters]; Y: [batch,
    out_height, out_width, filters]. One loop over taps and blocks of channels.
    """
    pixel = tl.program_id(0) * BM + tl.arange(0, BM)
    k = tl.program_id(1) * BN + tl.arange(0, BN)
    image = pixel // (out_height * out_width)
    p = pixel // out_width % out_height
    q = pixel % out_width
    blocks = tl.cdiv(channels, BK)
    acc = tl.zeros([BM, BN], tl.float32)
    for turn in range(0, R * S * blocks):
        tap = turn // blocks
        c = turn % blocks * BK + tl.arange(0, BK)
        h = p * stride - pad + tap // S
        w = q * stride - pad + tap % S
        inside = (image < batch) & (h >= 0) & (h < height) & (w >= 0) & (w < width)
        x = tl.load(
            X + ((image * height + h) * width + w)[:, None] * channels + c[None, :],
            mask=inside[:, None] & (c[None, :] < channels),
            other=0.0,
        )
        weights = tl.load(
            W + (tap * channels + c[:, None]) * filters + k[None, :],
            mask=(c[:, None] < channels) & (k[None, :] < filters),
            other=0.0,
        )
        acc = tl.dot(x, weights, acc)
    out = (image < batch)[:, None] & (k < filters)[None, :]
    tl.store(Y + pixel[:, None] * filters + k[None, :], acc.to(Y.dtype.element_ty), mask=out)


@triton.jit
def max_pool2d(X, Y, count, height, width, out_height, out_width, window, stride, pad, BLOCK: tl.constexpr):
    """The largest of each window of images X[planes, height, width]; what hangs over counts as -inf.

    count: the elements of Y[planes, out_height, out_width].
    """
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    plane = at // (out_height * out_width)
    top = at // out_width % out_height * stride - pad
    left = at % out_width * stride - pad
    best = tl.full([BLOCK], float("-inf"), tl.float32)
    for r in range(0, window):
        for s in range(0, window):
            h = top + r
            w = left + s
            inside = (at < count) & (h >= 0) & (h < height) & (w >= 0) & (w < width)
            x = tl.load(X + (plane * height + h) * width + w, mask=inside, other=float("-inf"))
            best = tl.maximum(best, x.to(tl.float32))
    tl.store(Y + at, best.to(Y.dtype.element_ty), mask=at < count)
