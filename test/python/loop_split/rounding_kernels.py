# SPDX-License-Identifier: MIT
"""One loop with a tail mask, and what can stand between the mask and a sum."""

import triton
import triton.language as tl

EXACT = (
    "product",
    "product_exp",
    "scaled_after",
    "scaled_after_by_constant",
    "product_scaled_by_constant",
    "scaled_apart_by_constant",
    "additive",
    "accumulated",
    "branch",
    "probability",
    "no_product",
    "load",
)
"""Shapes that lose their mask and keep stock's rounding."""

DECLINED = (
    "plus_constant",
    "same_mask",
    "reduced",
    "product_used_twice",
    "divided_by_constant",
)
"""Shapes where stock's compiler contracts, or might, through the select."""


@triton.jit
def rounding(X, Y, Out, scale, n, start, SHAPE: tl.constexpr, BLOCK: tl.constexpr):
    """Accumulates over [0, n) in blocks: Out, [2, BLOCK] float32."""
    lanes = tl.arange(0, BLOCK)
    low = tl.load(Y + lanes)
    acc = tl.zeros([BLOCK], tl.float32)
    top = tl.zeros([BLOCK], tl.float32)
    for s in range(0, n, BLOCK):
        i = s + lanes
        mask = i < n
        x = tl.load(X + i)
        if SHAPE == "product":
            x = tl.where(mask, x * scale, -float("inf"))
            top = tl.maximum(top, x)
            acc += tl.math.exp2(x - low)
        elif SHAPE == "product_exp":
            x = tl.where(mask, x * scale, -float("inf"))
            top = tl.maximum(top, x)
            acc += tl.exp(x - low)
        elif SHAPE == "scaled_after":
            x = tl.where(mask, x, -float("inf")) * scale
            top = tl.maximum(top, x)
            acc += tl.math.exp2(x - low)
        elif SHAPE == "scaled_after_by_constant":
            x = tl.where(mask, x, -float("inf")) * 0.1803
            top = tl.maximum(top, x)
            acc += tl.math.exp2(x - low)
        elif SHAPE == "product_scaled_by_constant":
            x = tl.where(mask, x * scale, -float("inf")) * 0.7
            acc += tl.math.exp2(x - low)
        elif SHAPE == "scaled_apart_by_constant":
            x = tl.where(mask, x, -float("inf"))
            top = tl.maximum(top, x)
            acc += tl.math.exp2(x * 0.1803 - low)
        elif SHAPE == "additive":
            x = x * scale + tl.where(mask, 0.0, -1.0e6)
            top = tl.maximum(top, x)
            acc += tl.math.exp2(x - low)
        elif SHAPE == "accumulated":
            acc += tl.where(mask, x * tl.load(Y + i), 0.0)
        elif SHAPE == "branch":
            x = x * scale
            if s + BLOCK > start:
                x = tl.where(mask, x, -float("inf"))
            top = tl.maximum(top, x)
            acc += tl.math.exp2(x - low)
        elif SHAPE == "probability":
            p = tl.where(mask, tl.math.exp2(x * scale - low), 0.0)
            acc += p
            top += p * tl.load(Y + i)
        elif SHAPE == "no_product":
            x = tl.where(mask, x, -float("inf"))
            top = tl.maximum(top, x)
            acc += tl.math.exp2(x - low)
        elif SHAPE == "load":
            acc += tl.load(Y + i, mask=mask, other=0.0) * x
        elif SHAPE == "plus_constant":
            acc += tl.math.exp2(tl.where(mask, x * scale, 0.0) + 1.0)
        elif SHAPE == "same_mask":
            acc += tl.math.exp2(tl.where(mask, x * scale, 0.0) - tl.where(mask, tl.load(Y + i), 0.0))
        elif SHAPE == "reduced":
            acc += tl.sum(tl.where(mask, x * tl.load(Y + i), 0.0), 0)
        elif SHAPE == "product_used_twice":
            x = x * scale
            acc += tl.math.exp2(tl.where(mask, x, -float("inf")) - low)
            top = x - top
        elif SHAPE == "divided_by_constant":
            acc += tl.math.exp2(tl.where(mask, x, 0.0) / 8.0 - low)
    tl.store(Out + lanes, acc)
    tl.store(Out + BLOCK + lanes, top)
