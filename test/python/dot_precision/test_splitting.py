# SPDX-License-Identifier: MIT
"""What docs/dot-precision.md says of the splitting: its bounds, its range, Inf and NaN."""

import math
import random
from fractions import Fraction

import pytest
from splitting import dot, parts_of, rounded

BOUNDS = {2: 3.02 * 2.0**-16, 3: 2.02 * 2.0**-24}
"""Largest error of a product over the product, by the number of parts."""

OVERFLOWS = math.ldexp(2.0 - 2.0**-8, 127)
"""The least value whose nearest bf16 is infinite."""


def some_f32(random_numbers, least=-20, most=20):
    """A value with 24 random bits, its exponent in a range."""
    bits = random_numbers.getrandbits(23) | 1 << 23
    return random_numbers.choice((-1, 1)) * math.ldexp(bits, random_numbers.randint(least, most) - 23)


def test_three_parts_are_all_of_a_value():
    numbers = random.Random(1)
    for _ in range(20000):
        value = some_f32(numbers, -100, 126)
        assert sum(map(Fraction, parts_of(value, 3))) == Fraction(value)


def test_two_parts_are_sixteen_bits():
    numbers = random.Random(2)
    errors = []
    for _ in range(20000):
        value = some_f32(numbers)
        errors.append(abs(sum(map(Fraction, parts_of(value, 2))) - Fraction(value)) / abs(Fraction(value)))
    assert Fraction(1, 2**18) < max(errors) <= Fraction(1, 2**16)


@pytest.mark.parametrize("parts", BOUNDS)
def test_error_of_a_product(parts):
    numbers = random.Random(3)
    worst = 0.0
    for _ in range(20000):
        x, y = some_f32(numbers), some_f32(numbers)
        exact = Fraction(x) * Fraction(y)
        worst = max(worst, float(abs(Fraction(dot([x], [y], parts)) - exact) / abs(exact)))
    assert BOUNDS[parts] / 16 < worst <= BOUNDS[parts]


@pytest.mark.parametrize("parts", BOUNDS)
def test_error_of_a_sum_is_that_of_its_terms_also_where_they_cancel(parts):
    numbers = random.Random(4)
    for _ in range(200):
        xs = [some_f32(numbers) for _ in range(32)]
        ys = [some_f32(numbers) for _ in range(32)]
        # The second half takes the first one away, but for one bit of one value.
        xs, ys = xs + xs, ys + [-y for y in ys]
        xs[0] += math.ulp(xs[0]) * 2**29
        terms = [Fraction(x) * Fraction(y) for x, y in zip(xs, ys, strict=True)]
        error = abs(Fraction(dot(xs, ys, parts)) - sum(terms))
        assert error <= Fraction(BOUNDS[parts]) * sum(map(abs, terms))


def test_small_values_lose_their_last_parts():
    # All of it as long as the last part is no less than bf16's least denormal.
    assert sum(parts_of(math.ldexp(1 + 2**-23, -110), 3)) == math.ldexp(1 + 2**-23, -110)
    value = math.ldexp(1 + 2**-23, -120)
    assert sum(parts_of(value, 3)) == math.ldexp(1, -120)
    # The least denormal of bf16 is 2^-133; less than half of it is nothing.
    assert parts_of(math.ldexp(1, -133), 3)[0] == math.ldexp(1, -133)
    assert parts_of(math.ldexp(1, -135), 3) == [0, 0, 0]


@pytest.mark.parametrize("parts", BOUNDS)
def test_infinity_and_nan(parts):
    assert dot([math.inf, 1.0], [2.5, 3.5], parts) == math.inf
    assert dot([math.inf, 1.0], [-2.5, 3.5], parts) == -math.inf
    assert math.isnan(dot([math.inf], [0.0], parts))
    assert math.isnan(dot([math.inf, -math.inf], [1.0, 1.0], parts))
    assert math.isnan(dot([math.nan, 1.0], [1.0, 1.0], parts))
    # Too small for a bf16: infinity times nothing.
    assert math.isnan(dot([math.inf], [math.ldexp(1, -140)], parts))


@pytest.mark.parametrize("parts", BOUNDS)
def test_the_largest_values_overflow(parts):
    below = rounded(OVERFLOWS * (1 - 2**-24), 24)
    assert below < OVERFLOWS and abs(dot([below], [1.0], parts) / below - 1) < BOUNDS[parts]
    assert dot([OVERFLOWS], [1.0], parts) == math.inf
    assert not math.isfinite(dot([OVERFLOWS], [1.1], parts))


def test_two_parts_of_the_largest_values_may_be_no_number():
    """The second part is -inf; with the other's negative one both small products are."""
    y = 1.5 - 2.0**-12
    assert parts_of(y, 2)[1] < 0
    assert math.isnan(dot([OVERFLOWS], [y], 2))
    assert dot([OVERFLOWS], [y], 3) == math.inf
