# SPDX-License-Identifier: MIT
"""The parts that bf16x3 and bf16x6 make of an f32, and what is summed; standard library only.

Floats are Python's: every f32 and bf16 is one, and every product of two bf16. Sums
are taken in double precision, so that what is left is the error of the splitting.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def rounded(value: float, bits: int) -> float:
    """To the nearest value of `bits` significant bits and f32's exponents, ties to even.

    24: f32; 8: bf16; 11: tf32. Beyond the largest one, infinity; denormals are kept.
    """
    if math.isnan(value) or math.isinf(value) or value == 0:
        return value
    exponent = max(math.frexp(value)[1], -125)  # the smallest normal value is 2^-126
    unit = math.ldexp(1.0, exponent - bits)
    result = round(value / unit) * unit
    largest = math.ldexp(2.0 - 2.0 ** (1 - bits), 127)
    return math.copysign(math.inf, value) if abs(result) > largest else math.copysign(result, value)


def parts_of(value: float, count: int) -> list[float]:
    """`count` times the bf16 nearest to what is left; the differences are f32's."""
    parts = []
    for _ in range(count):
        parts.append(rounded(value, 8))
        value = rounded(value - parts[-1], 24)
    return parts


PAIRS = {2: [(1, 0), (0, 1)], 3: [(1, 1), (2, 0), (0, 2), (1, 0), (0, 1)]}
"""Which parts are multiplied before the first ones, by how many parts there are."""


def dot(xs: Sequence[float], ys: Sequence[float], parts: int) -> float:
    """The sum of the products of parts: bf16x3 of two parts of each, bf16x6 of three.

    Where the small products have no sum (infinity less infinity), they do not count.
    """
    a = [parts_of(x, parts) for x in xs]
    b = [parts_of(y, parts) for y in ys]
    small = 0.0
    for i, j in PAIRS[parts]:
        small += sum(x[i] * y[j] for x, y in zip(a, b, strict=True))
    if math.isnan(small):
        small = 0.0
    return small + sum(x[0] * y[0] for x, y in zip(a, b, strict=True))
