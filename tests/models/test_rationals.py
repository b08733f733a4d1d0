"""Fractions as arrays must say exactly what fractions one by one say."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bounds import Bounds
from models.rationals import Rationals, exact_sum, narrowed, product

_LARGE = 10**21
FRACTIONS = st.lists(
    st.fractions(min_value=-_LARGE, max_value=_LARGE, max_denominator=10**9)
    | st.integers(-9, 9).map(Fraction),
    max_size=8,
)
INTEGERS = st.lists(st.integers(-(2**61), 2**61) | st.integers(-(2**90), 2**90), max_size=9)


@given(FRACTIONS)
def test_a_sequence_of_the_same_fractions(fractions):
    """Items, parts, length and sum must be those of the fractions put in."""
    rationals = Rationals.of(fractions)
    assert list(rationals) == fractions
    assert [rationals[i] for i in range(len(rationals))] == fractions
    assert list(rationals[1:3]) == fractions[1:3]
    assert rationals.total() == sum(fractions, Fraction(0))


@given(FRACTIONS, st.fractions(max_denominator=10**6))
def test_products_and_differences(fractions, factor):
    """Times a factor and less another sequence must be exact, whatever the digits."""
    rationals = Rationals.of(fractions)
    assert list(rationals.times(factor)) == [one * factor for one in fractions]
    others = Rationals.equal(factor, len(fractions))
    assert list(rationals.over(others)) == [one - factor for one in fractions]


@given(INTEGERS, st.integers(-(2**70), 2**70))
def test_integers_of_any_size(numbers, factor):
    """Sums and products must be exact on both sides of 64 bits."""
    array = narrowed(np.array(numbers, object))
    assert (array.dtype == object) == any(abs(number) >= 2**62 for number in numbers)
    assert exact_sum(array) == sum(numbers)
    assert product(array, factor).tolist() == [number * factor for number in numbers]


def test_sums_beyond_64_bits():
    """Numbers that fit and whose sum does not must add up all the same."""
    assert exact_sum(np.full(1000, 2**61)) == 1000 * 2**61
    assert exact_sum(np.full(1000, -(2**61) + 1)) == 1000 * (-(2**61) + 1)


def test_a_bound_that_does_not_apply_is_none():
    """Where a limit does not apply there must be nothing to hold a plan to."""
    bounds = Bounds(Rationals.of([Fraction(1, 3), Fraction(2)]), np.array([True, False]))
    assert list(bounds) == [Fraction(1, 3), None]
    assert list(bounds[1:]) == [None]
    assert len(bounds) == 2


def test_no_index_beyond_the_end():
    """An index beyond the end must be an error: loops over a sequence end by it."""
    with pytest.raises(IndexError):
        Rationals.of([1])[1]
    with pytest.raises(IndexError):
        Bounds.everywhere(Rationals.of([1]))[1]
