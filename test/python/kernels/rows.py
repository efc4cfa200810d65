# SPDX-License-Identifier: MIT
"""One program a row: softmax, the norms, cross entropy."""

import triton
import triton.language as tl

from . import kernel


@kernel(
    args={"X": "*fp32", "Y": "*fp32", "stride": "i32", "n": "i32"},
    constexprs={"BLOCK": 1024},
    aligned="* stride",
)
@triton.jit
def softmax(X, Y, stride, n, BLOCK: tl.constexpr):
    """Y[r, :n] = softmax(X[r, :n]), n at most BLOCK."""
    row = tl.program_id(0)
    cols = tl.arange(0, BLOCK)
    mask = cols < n
    x = tl.load(X + row * stride + cols, mask=mask, other=-float("inf"))
    x = tl.exp(x - tl.max(x, axis=0))
    tl.store(Y + row * stride + cols, x / tl.sum(x, axis=0), mask=mask)


@kernel(
    args={"X": "*fp16", "Y": "*fp16"},
    constexprs={"BLOCK": 512},
    aligned="*",
)
@triton.jit
def softmax_library(X, Y, BLOCK: tl.constexpr):
    """Softmax of BLOCK float16 by the language's own function."""
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(X + at).to(tl.float32)
    tl.store(Y + at, tl.softmax(x).to(tl.float16))


@kernel(
    args={
        "X": "*fp16",
        "Y": "*fp16",
        "W": "*fp16",
        "B": "*fp16",
        "Mean": "*fp32",
        "Rstd": "*fp32",
        "stride": "i32",
        "n": "i32",
        "eps": "fp32",
    },
    constexprs={"BLOCK": 512},
    aligned="* stride",
)
@triton.jit
def layer_norm(X, Y, W, B, Mean, Rstd, stride, n, eps, BLOCK: tl.constexpr):
    """Y[r] = (X[r] - mean) * rstd * W + B for rows of any length n, in three loops."""
    row = tl.program_id(0)
    X += row * stride
    Y += row * stride
    total = tl.zeros([BLOCK], tl.float32)
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        total += tl.load(X + cols, mask=cols < n, other=0.0).to(tl.float32)
    mean = tl.sum(total, axis=0) / n
    square = tl.zeros([BLOCK], tl.float32)
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        x = tl.load(X + cols, mask=cols < n, other=0.0).to(tl.float32)
        x = tl.where(cols < n, x - mean, 0.0)
        square += x * x
    rstd = 1 / tl.sqrt(tl.sum(square, axis=0) / n + eps)
    tl.store(Mean + row, mean)
    tl.store(Rstd + row, rstd)
    for start in range(0, n, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        mask = cols < n
        w = tl.load(W + cols, mask=mask).to(tl.float32)
        b = tl.load(B + cols, mask=mask).to(tl.float32)
        x = tl.load(X + cols, mask=mask, other=0.0).to(tl.float32)
        tl.store(Y + cols, ((x - mean) * rstd * w + b).to(tl.float16), mask=mask)


@kernel(
    args={"X": "*bf16", "Y": "*bf16", "W": "*bf16", "n": "i32", "eps": "fp32"},
    constexprs={"BLOCK": 1024},
    aligned="* n",
    options={"num_warps": 8},
)
@triton.jit
def rms_norm(X, Y, W, n, eps, BLOCK: tl.constexpr):
    """Y[r] = X[r] / sqrt(mean(X[r]^2) + eps) * W, n at most BLOCK."""
    row = tl.program_id(0)
    cols = tl.arange(0, BLOCK)
    mask = cols < n
    x = tl.load(X + row * n + cols, mask=mask, other=0.0).to(tl.float32)
    scale = tl.rsqrt(tl.sum(x * x, axis=0) / n + eps)
    w = tl.load(W + cols, mask=mask, other=0.0).to(tl.float32)
    tl.store(Y + row * n + cols, (x * scale * w).to(tl.bfloat16), mask=mask)


@kernel(
    args={
        "Logits": "*fp32",
        "Labels": "*i64",
        "Loss": "*fp32",
        "stride": "i32",
        "classes": "i32",
        "ignored": "i32",
    },
    constexprs={"BLOCK": 1024},
    aligned="* stride",
)
@triton.jit
def cross_entropy(Logits, Labels, Loss, stride, classes, ignored, BLOCK: tl.constexpr):
    """Loss[r] = logsumexp(Logits[r]) - Logits[r, Labels[r]]; 0 for an ignored label."""
    row = tl.program_id(0).to(tl.int64)
    label = tl.load(Labels + row)
    if label == ignored:
        tl.store(Loss + row, 0.0)
        return
    largest = float("-inf")
    total = 0.0
    for start in range(0, classes, BLOCK):
        cols = start + tl.arange(0, BLOCK)
        x = tl.load(Logits + row * stride + cols, mask=cols < classes, other=-float("inf"))
        new = tl.maximum(largest, tl.max(x, axis=0))
        total = total * tl.exp(largest - new) + tl.sum(tl.exp(x - new), axis=0)
        largest = new
    picked = tl.load(Logits + row * stride + label)
    tl.store(Loss + row, tl.log(total) + largest - picked)
