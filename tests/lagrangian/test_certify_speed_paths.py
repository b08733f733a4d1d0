"""Words of 24 bits say the same as Python's integers, however large or small prices and amounts are."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.certificate import Price
from models.problem import FREE, Problem
from models.row import limit_row, pool_row, top_row
from optimizer import pipeline
from optimizer.lagrangian.priced import best_of_cells, price_options
from optimizer.lagrangian.wide import Accumulator, carried, split
from tests.zoo.problem import problem as named

NUMBERS = st.integers(-(2**140), 2**140) | st.integers(-(2**53), 2**53) | st.integers(-3, 3)
PRICES = st.builds(
    lambda digits, exponent: Fraction(digits) * Fraction(10) ** exponent,
    st.integers(1, 10**12 - 1),
    st.integers(-40, 25),
)
WEIGHTS = st.fractions(0, 1).map(lambda weight: Fraction(int(weight * 10**9), 10**9))

OPTIONS = """merchant,category,slot,option,cash,traffic,conversions
M0,tea,S1,A,30,1,3
M0,tea,S1,B,60,2,5.000001
M0,tea,S2,A,20,90071992547409,2.5
M1,tea,S1,A,40,0,4
M1,tea,S2,A,10,7,0.5
M1,toys,S2,A,10,7,9007199254.740992
M2,tea,S1,A,90071992547409.92,3,-1
M2,tea,S3,A,0.01,3,0.000001"""
RULES = """rule,kind,measure,where,by,sense,value,basis,of,k
a,limit,cash,,merchant,at_most,60,,,
b,limit,cash,,slot,at_least,1.25,,,
c,limit,traffic,slot=S1,,at_most,80%,total,,
d,limit,cash,,merchant;slot,at_most,12.5%,total,slot,
e,limit,cells,,slot,at_least,1,,,
f,limit,support,,category,at_most,5%,conversions,,
g,window,cash,,category,at_most,90,,,2
h,top,cash,,merchant,at_most,70,,,2
i,top,traffic,,slot,at_most,33.3%,total,,1"""
SETTINGS = """[objective]
maximise = {conversions = 1, cash = -0.001}
[measures]
support = {cash = 1, traffic = 0.02}
"""


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    """Every kind of row, overlapping sets, amounts up to 2^53 units, and pins."""
    tables = {
        "pools": "pool,amount,decimals / cash,900,2 / traffic,9000,0",
        "options": OPTIONS,
        "rules": RULES,
        "pins": "merchant,category,slot,option / M1,tea,S1,A / M0,tea,S2,none",
        "settings": SETTINGS,
    }
    folder: Path = named("wide", "", None, **tables).write(tmp_path_factory.mktemp("wide") / "instance")
    problem = pipeline.check(folder).problem
    assert problem is not None
    return problem


@settings(deadline=None)
@given(data=st.data(), is_bound=st.booleans())
def test_priced_values_are_exact(stated: Problem, data: st.DataObject, is_bound: bool) -> None:
    """Values, bests and sums at any prices are those of row by row arithmetic in Python's integers."""
    prices = _draw(stated, data)
    fast = price_options(stated, prices, is_bound=is_bound)
    plain, right = _plainly(stated, prices, is_bound)
    assert fast.right == right
    assert [Fraction(fast.values[i], fast.scale) for i in range(stated.num_options)] == plain
    best = best_of_cells(stated, fast.values)
    expected = _best(stated, plain)
    assert [Fraction(best[cell], fast.scale) for cell in range(stated.num_cells)] == expected
    assert Fraction(best.sum(), fast.scale) == sum(expected)


@settings(deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8), st.data())
def test_words_reckon_as_integers_do(pairs: list[tuple[int, int]], data: st.DataObject) -> None:
    """Splitting, multiplying, adding at indices, comparing and adding up are exact for any integers."""
    ones, others = ([pair[side] for pair in pairs] for side in (0, 1))
    assert [carried(split(ones))[i] for i in range(len(ones))] == ones
    total = Accumulator(len(ones))
    total.subtract_product(carried(split(ones)).words, carried(split(others)).words)
    where = data.draw(st.lists(st.integers(0, len(ones) - 1), min_size=len(ones), max_size=len(ones)))
    total.add_at(np.array(where, np.int64), split(others))
    expected = [-one * other for one, other in pairs]
    for index, other in zip(where, others, strict=True):
        expected[index] += other
    numbers = carried(total.words)
    assert [numbers[i] for i in range(len(numbers))] == expected
    assert numbers.whole().tolist() == expected
    assert numbers.sum() == sum(expected)
    starts = sorted({0, *data.draw(st.lists(st.integers(0, len(ones) - 1)))})
    largest = numbers.largest(np.array(starts, np.int64))
    ends = [*starts[1:], len(ones)]
    assert [largest[i] for i in range(len(starts))] == [
        max(expected[a:b]) for a, b in zip(starts, ends, strict=True)
    ]
    assert [largest.at_least_zero()[i] for i in range(len(starts))] == [
        max(0, *expected[a:b]) for a, b in zip(starts, ends, strict=True)
    ]


def test_sixty_four_bits_and_beyond() -> None:
    """Arrays of int64 and of Python integers are split alike, to the last of 64 bits."""
    numbers = [2**63 - 1, -(2**63) + 1, 0, -1, 2**24, 2**48 - 1]
    for array in (np.array(numbers, np.int64), np.array(numbers, object)):
        assert [carried(split(array))[i] for i in range(len(numbers))] == numbers


def _draw(problem: Problem, data: st.DataObject) -> list[Price]:
    limits = [(-1, pool) for pool in range(len(problem.pools))]
    limits += [(i, j) for i, limits in enumerate(problem.limits) for j in range(limits.count)]
    prices = []
    for index, limit in sorted(data.draw(st.lists(st.sampled_from(limits), unique=True))):
        weights: tuple[tuple[int, Fraction], ...] = ()
        if index >= 0 and problem.limits[index].rule.kind == "top":
            drawn = enumerate(data.draw(st.lists(WEIGHTS, min_size=1, max_size=2)))
            weights = tuple((group, weight) for group, weight in drawn if weight) or ((0, Fraction(1)),)
        prices.append(Price(index, limit, data.draw(PRICES), weights))
    return prices


def _plainly(problem: Problem, prices: list[Price], is_bound: bool) -> tuple[list[Fraction], Fraction]:
    unit = 10**problem.objective.digits
    values = [Fraction(int(c), unit) if is_bound else Fraction(0) for c in problem.objective.coefficients]
    right = Fraction(0)
    for price in prices:
        if price.limits < 0:
            row = pool_row(problem, price.limit)
        elif price.weights:
            row = top_row(problem, problem.limits[price.limits], price.weights)
        else:
            row = limit_row(problem, problem.limits[price.limits], price.limit)
        for option, coefficient in zip(row.options.tolist(), row.coefficients.tolist(), strict=True):
            values[option] -= price.price * Fraction(coefficient, row.scale)
        right += price.price * row.right
    return values, right


def _best(problem: Problem, values: list[Fraction]) -> list[Fraction]:
    best = []
    for cell, pin in enumerate(problem.pinned.tolist()):
        first, last = problem.option_start[cell : cell + 2].tolist()
        own = max(Fraction(0), *values[first:last])
        best.append(own if pin == FREE else values[pin] if pin >= 0 else Fraction(0))
    return best
