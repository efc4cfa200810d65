# SPDX-License-Identifier: MIT
"""One program a row, in loops over its blocks: softmax, norms and losses, forward and backward."""

import triton
import triton.language as tl


@triton.jit
def softmax_online(X, Y, stride_x, stride_y, n, BLOCK: tl.constexpr):
    """Y[r] = softmax(X[r]): maximum and sum in one loop, the row read again in a second."""
    row = tl.program_id(0).to(tl.int64)
    X += row * stride_x
    Y += row * stride_y
    peak = -float("inf")
    total = 0.0
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        x = tl.load(X + cols, mask=cols < n, other=-float("inf")).to(tl.float32)
        new_peak = tl.maximum(peak, tl.max(x, axis=0))
        total = total * tl.exp(peak - new_peak) + tl.sum(tl.exp(x - new_peak), axis=0)
        peak = new_peak
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        x = tl.load(X + cols, mask=cols < n, other=-float("inf")).to(tl.float32)
        tl.store(Y + cols, (tl.exp(x - peak) / total).to(Y.dtype.element_ty), mask=cols < n)


@triton.jit
def softmax_backward(Y, DY, DX, stride, n, BLOCK: tl.constexpr):
    """DX[r] = Y[r] * (DY[r] - sum(Y[r] * DY[r])), both inputs read twice."""
    row = tl.program_id(0)
    offset = row * stride
    dot = tl.zeros([BLOCK], tl.float32)
    for block in range(0, tl.cdiv(n, BLOCK)):
        cols = block * BLOCK + tl.arange(0, BLOCK)
        mask = cols < n
        y = tl.load(Y + offset + cols, mask=mask, other=0.0).to(tl.float32)
        dy = tl.load(DY + offset + cols, mask=mask, other=0.0).to(tl.float32)
        dot += y * dy
    mean = tl.sum(dot, axis=0)
    for block in range(0, tl.cdiv(n, BLOCK)):
        cols = block * BLOCK + tl.arange(0, BLOCK)
        mask = cols < n
        y = tl.load(Y + offset + cols, mask=mask, other=0.0).to(tl.float32)
        dy = tl.load(DY + offset + cols, mask=mask, other=0.0).to(tl.float32)
        tl.store(DX + offset + cols, (y * (dy - mean)).to(DX.dtype.element_ty), mask=mask)


@triton.jit
def rms_norm(X, Residual, W, Y, Sum, stride, n, eps, BLOCK: tl.constexpr):
    """Sum[r] = X[r] + Residual[r]; Y[r] = Sum[r] / sqrt(mean(Sum[r]^2) + eps) * W."""
    row = tl.program_id(0)
    at = row * stride + tl.arange(0, BLOCK)
    square = tl.zeros([BLOCK], tl.float32)
    for start in range(0, n, BLOCK):
        mask = start + tl.arange(0, BLOCK) < n
        x = tl.load(X + at + start, mask=mask, other=0.0).to(tl.float32)
        x += tl.load(Residual + at + start, mask=mask, other=0.0).to(tl.float32)
        square += x * x
    scale = tl.rsqrt(tl.sum(square, axis=0) / n + eps)
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        mask = cols < n
        x = tl.load(X + at + start, mask=mask, other=0.0).to(tl.float32)
        x += tl.load(Residual + at + start, mask=mask, other=0.0).to(tl.float32)
        w = tl.load(W + cols, mask=mask, other=0.0).to(tl.float32)
        tl.store(Sum + at + start, x.to(Sum.dtype.element_ty), mask=mask)
        tl.store(Y + at + start, (x * scale * w).to(Y.dtype.element_ty), mask=mask)


@triton.jit
def layer_norm_dx(X, DY, W, Mean, Rstd, DX, stride, n, BLOCK: tl.constexpr):
    """Gradient of layer norm's input, from the statistics that the forward pass kept."""
    row = tl.program_id(0)
    X += row * stride
    DY += row * stride
    DX += row * stride
    mean = tl.load(Mean + row)
    rstd = tl.load(Rstd + row)
    first = tl.zeros([BLOCK], tl.float32)
    second = tl.zeros([BLOCK], tl.float32)
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        mask = cols < n
        x = tl.load(X + cols, mask=mask, other=0.0).to(tl.float32)
        wdy = tl.load(W + cols, mask=mask, other=0.0).to(tl.float32)
        wdy *= tl.load(DY + cols, mask=mask, other=0.0).to(tl.float32)
        xhat = tl.where(mask, (x - mean) * rstd, 0.0)
        first += xhat * wdy
        second += wdy
    c1 = tl.sum(first, axis=0) / n
    c2 = tl.sum(second, axis=0) / n
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        mask = cols < n
        x = tl.load(X + cols, mask=mask, other=0.0).to(tl.float32)
        wdy = tl.load(W + cols, mask=mask, other=0.0).to(tl.float32)
        wdy *= tl.load(DY + cols, mask=mask, other=0.0).to(tl.float32)
        xhat = (x - mean) * rstd
        tl.store(DX + cols, ((wdy - (xhat * c1 + c2)) * rstd).to(DX.dtype.element_ty), mask=mask)


@triton.jit
def layer_norm_dwdb(X, DY, Mean, Rstd, DW, DB, stride, m, n, BM: tl.constexpr, BN: tl.constexpr):
    """Gradients of layer norm's weight and bias: a program takes BN columns through all m rows."""
    cols = tl.program_id(0) * BN + tl.arange(0, BN)
    dw = tl.zeros([BM, BN], tl.float32)
    db = tl.zeros([BM, BN], tl.float32)
    for start in range(0, m, BM):
        rows = start + tl.arange(0, BM)
        mask = (rows[:, None] < m) & (cols[None, :] < n)
        at = rows[:, None] * stride + cols[None, :]
        x = tl.load(X + at, mask=mask, other=0.0).to(tl.float32)
        dy = tl.load(DY + at, mask=mask, other=0.0).to(tl.float32)
        mean = tl.load(Mean + rows, mask=rows < m, other=0.0)
        rstd = tl.load(Rstd + rows, mask=rows < m, other=0.0)
        dw += dy * (x - mean[:, None]) * rstd[:, None]
        db += dy
    tl.store(DW + cols, tl.sum(dw, axis=0), mask=cols < n)
    tl.store(DB + cols, tl.sum(db, axis=0), mask=cols < n)


@triton.jit
def cross_entropy_grad(X, Labels, Loss, stride, n, ignored, inverse_count, BLOCK: tl.constexpr):
    """The loss of each row, and in place of the row its gradient; both 0 for an ignored label."""
    row = tl.program_id(0).to(tl.int64)
    X += row * stride
    label = tl.load(Labels + row)
    if label == ignored:
        for start in range(0, n, BLOCK):
            cols = start + tl.arange(0, BLOCK)
            tl.store(X + cols, 0.0, mask=cols < n)
        tl.store(Loss + row, 0.0)
        return
    picked = tl.load(X + label).to(tl.float32)
    peak = float("-inf")
    total = 0.0
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        x = tl.load(X + cols, mask=cols < n, other=float("-inf")).to(tl.float32)
        new_peak = tl.maximum(peak, tl.max(x))
        total = total * tl.exp(peak - new_peak) + tl.sum(tl.exp(x - new_peak))
        peak = new_peak
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        x = tl.load(X + cols, mask=cols < n, other=float("-inf")).to(tl.float32)
        grad = tl.exp(x - peak) / total - tl.where(cols == label, 1.0, 0.0)
        tl.store(X + cols, (grad * inverse_count).to(X.dtype.element_ty), mask=cols < n)
    tl.store(Loss + row, peak + tl.log(total) - picked)


@triton.jit
def argmax_rows(X, Value, Index, stride, n, BLOCK: tl.constexpr):
    """The largest value of each row and where it is first."""
    row = tl.program_id(0).to(tl.int64)
    best = float("-inf")
    where = 0
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        x = tl.load(X + row * stride + cols, mask=cols < n, other=float("-inf"))
        value, index = tl.max(x, axis=0, return_indices=True)
        where = tl.where(value > best, start + index, where)
        best = tl.maximum(best, value)
    tl.store(Value + row, best)
    tl.store(Index + row, where)


@triton.jit
def cumsum_rows(X, Y, stride, n, BLOCK: tl.constexpr):
    """Y[r, i] = X[r, 0] + ... + X[r, i], block after block."""
    row = tl.program_id(0)
    carry = 0.0
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        x = tl.load(X + row * stride + cols, mask=cols < n, other=0.0).to(tl.float32)
        tl.store(Y + row * stride + cols, carry + tl.cumsum(x, axis=0), mask=cols < n)
        carry += tl.sum(x, axis=0)
