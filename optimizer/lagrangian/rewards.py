"""What the objective pays for merchants that count, merchant by merchant: exact where that is little work.

To count a merchant by a threshold takes a search over its cells. Where that would be long, and where a mix or
an amount below zero makes it another problem, its reward is taken as if it came for free, which bounds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.problem import Amounts, Cells, Integers, Merchants, Problem, Reward, Total
from models.reach import merchant_pairs, reach
from optimizer.lagrangian.counts import Count, counts_of

MOST_WORK = 50_000
"""States x choices of a merchant up to which its thresholds are searched; docs/files.md defines them."""

Bools = NDArray[np.bool_]


def worth_of_cells(problem: Problem) -> Fraction:
    """Return what the objective pays for any funded cell beside its options' value."""
    cells = (reward.weight for reward in problem.rewards if isinstance(reward.total.measure, Cells))
    return sum(cells, Fraction(0))


def counts_of_rewards(problem: Problem, scale: int) -> tuple[dict[int, list[Count]], int]:
    """Return merchant -> counts to search, and the sum of the rewards that are taken as if for free.

    Parameters
    ----------
    scale
        Units of an objective unit; every weight is a whole number of them.
    """
    rewards = [reward for reward in problem.rewards if isinstance(reward.total.measure, Merchants)]
    searched = _searched(problem, rewards)
    counts: dict[int, list[Count]] = {}
    free = 0
    for reward, is_searched in zip(rewards, searched, strict=True):
        units = int(reward.weight * scale)
        found = counts_of(problem, reward.total, 0, units)
        for merchant in np.flatnonzero(is_searched).tolist():
            counts.setdefault(merchant, []).append(found[merchant])
        if not is_searched.all():
            can_miss, can_count = _possible(problem, reward)
            is_counted = can_count if units > 0 else ~can_miss
            free += units * int((is_counted & ~is_searched).sum())
    return counts, free


def _possible(problem: Problem, reward: Reward) -> tuple[Bools, Bools]:
    """Return which merchants may not count, and which may, by options and pins; shapes (merchants,)."""
    measure = reward.total.measure
    assert isinstance(measure, Merchants)
    by_pair, _pairs = merchant_pairs(problem, reward.total)
    inner = Total(measure.reaches or Cells(), by_pair.cells, by_pair.sets, by_pair.num_sets)
    least, largest = reach(problem, inner)
    needed: Integers = np.array(measure.thresholds or (1,) * problem.num_merchants, object)
    return np.asarray(least < needed, np.bool_), np.asarray(largest >= needed, np.bool_)


def _searched(problem: Problem, rewards: Sequence[Reward]) -> list[Bools]:
    """Return, reward by reward, the merchants whose counts are part of their search."""
    counted = [one.total.measure for one in rewards if isinstance(one.total.measure, Merchants)]
    may_be = [_may_be_searched(problem, measure) for measure in counted]
    if all(measure.reaches is None for measure in counted):
        return may_be
    options = (np.diff(problem.option_start) + 1).tolist()
    states = [_states(problem, measure) for measure in counted]
    is_little = np.ones(problem.num_merchants, np.bool_)
    for merchant, (first, last) in enumerate(pairwise(problem.cell_start.tolist())):
        own = options[first:last]
        factors = [of[merchant] for of, which in zip(states, may_be, strict=True) if which[merchant]]
        is_little[merchant] = min(_product(own), _product(factors)) * sum(own) <= MOST_WORK
    return [
        which & is_little if measure.reaches else which
        for which, measure in zip(may_be, counted, strict=True)
    ]


def _may_be_searched(problem: Problem, measure: Merchants) -> Bools:
    """Return the merchants without mixes or amounts below zero, where these matter."""
    if not isinstance(measure.reaches, Amounts):
        return np.ones(problem.num_merchants, np.bool_)
    first = problem.cell_start[:-1]
    least = np.minimum.reduceat(measure.reaches.coefficients, problem.option_start[first])
    has_mix = np.logical_or.reduceat(problem.is_divisible, first)
    return np.asarray(least >= 0, np.bool_) & ~has_mix


def _states(problem: Problem, measure: Merchants) -> list[int]:
    """Return how many stages each merchant's progress to its threshold has, none included."""
    if measure.reaches is None:
        return [2] * problem.num_merchants
    needed = [max(threshold, 0) for threshold in measure.thresholds]
    if isinstance(measure.reaches, Cells):
        cells = np.diff(problem.cell_start).tolist()
        return [min(most, count) + 1 for most, count in zip(needed, cells, strict=True)]
    starts = problem.option_start[problem.cell_start[:-1]]
    steps = np.gcd.reduceat(measure.reaches.coefficients, starts).tolist()
    return [-(-most // step) + 1 if step else 1 for most, step in zip(needed, steps, strict=True)]


def _product(factors: Sequence[int]) -> int:
    """Multiply factors of one or more; a product far beyond what is asked for is not finished."""
    result = 1
    for factor in factors:
        result *= factor
        if result > MOST_WORK:
            break
    return result
