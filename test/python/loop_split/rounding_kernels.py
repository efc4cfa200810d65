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


DECIDED_BY_STOCK = (
    "both_products",
    "branch_both_products",
    "common_factor",
    "constant_trips",
    "bounded_trips",
    "first_iteration",
    "first_of_symbolic",
    "late_constants",
    "left_over",
    "branch_of_two",
    "same_scalar_again",
    "sum_masked_again",
    "negated_mask",
    "uniform_branch_inside",
    "other_use_goes",
    "scaled_negation",
    "scaled_maximum",
    "reciprocal",
)
"""Shapes where stock's compiler contracts through what the pass would remove, or contracts otherwise afterwards."""


@triton.jit
def decided(X, Y, Out, scale, n, start, m, SHAPE: tl.constexpr, BLOCK: tl.constexpr):
    """Accumulates over n blocks: Out, [2, BLOCK] float32."""
    lanes = tl.arange(0, BLOCK)
    low = tl.load(Y + lanes)
    acc = tl.zeros([BLOCK], tl.float32)
    top = tl.zeros([BLOCK], tl.float32)
    FIRST: tl.constexpr = 0
    LAST = n
    if SHAPE == "constant_trips":
        LAST = 100
    elif SHAPE == "bounded_trips":
        LAST = tl.program_id(0) % 8
    elif SHAPE == "late_constants":
        LAST = 1000
    for t in range(start if SHAPE == "first_of_symbolic" else FIRST, LAST):
        i = t * BLOCK + lanes
        mask = i < m
        x = tl.load(X + i)
        y = tl.load(Y + i)
        if SHAPE == "both_products":
            acc += tl.where(mask, x * scale, y * scale) - low
        elif SHAPE == "branch_both_products":
            if t < start:
                p = x * scale
            else:
                p = x * y
            acc += p - low
        elif SHAPE == "common_factor":
            acc += tl.where(mask, x * scale, x * low) - low
        elif SHAPE == "constant_trips":
            acc += tl.where(t < 90, x * scale, -1.0) - low
        elif SHAPE == "bounded_trips":
            acc += tl.where(t < 4, x * scale, -1.0) - low
        elif SHAPE == "first_iteration":
            acc += tl.where(t == 0, -1.0, x * scale) - low
        elif SHAPE == "first_of_symbolic":
            acc += tl.where(t == start, -1.0, x * scale) - low
        elif SHAPE == "late_constants":
            y = tl.load(Y + i, mask=t + lanes * 0 < 995, other=0.0)
            acc += tl.where(t < 998, 0.5, x * scale) - low + y
        elif SHAPE == "left_over":
            if t < start:
                tl.store(Out + i, y)
            acc += tl.math.exp2(tl.where(t < start, x * scale, 0.0) + 1.0)
        elif SHAPE == "branch_of_two":
            p = low
            q = low
            if t < start:
                p = x * scale
                q = y
            acc += tl.math.exp2(p - q)
        elif SHAPE == "same_scalar_again":
            p = y
            if t < start:
                p = x * scale
            acc += tl.where(t < start, p + low, p)
        elif SHAPE == "sum_masked_again":
            acc += tl.where(mask, tl.where(mask, x * scale, 0.0) - low, 0.0)
        elif SHAPE == "negated_mask":
            acc += tl.where(mask, x * scale, 0.0) - tl.where(i >= m, 0.0, y)
        elif SHAPE == "uniform_branch_inside":
            p = x * scale
            if t < start:
                if m > 3:
                    p = y
            acc += p - low
        elif SHAPE == "other_use_goes":
            p = y * scale
            top = tl.maximum(top, tl.where(i >= start, x, p))
            acc += p
        elif SHAPE == "scaled_negation":
            acc += -tl.where(mask, x, -1.0) * 0.7 - low
        elif SHAPE == "scaled_maximum":
            acc += tl.maximum(tl.where(mask, x, -3.0), 0.0) * 0.7 - low
        elif SHAPE == "reciprocal":
            acc += tl.where(mask, x / 8.0, -1.0) - low
    tl.store(Out + lanes, acc)
    tl.store(Out + BLOCK + lanes, top)
