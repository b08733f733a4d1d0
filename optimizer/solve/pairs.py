"""What the rows of a `ratio` cost, shared out among pairs of groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from models.problem import Problem
from optimizer.solve.answer import Floats

Sides = list[tuple[int, float]]


def pairs_of(
    problem: Problem, between: Mapping[int, tuple[int, int, bool]], prices: Floats
) -> dict[int, tuple[tuple[int, int, float], ...]]:
    """Return the prices of every `ratio` rule's pairs of groups, by index of its limits.

    Parameters
    ----------
    between
        Row -> (index of the limits, group, whether the row keeps the group below `high`).
    prices
        Of the rows, zero or more.

    Notes
    -----
    `high` costs as much as it is worth to the groups below it, `low` times the rule's value likewise: the two
    are shared out as in a transport problem, from one corner on.
    """
    highs: dict[int, Sides] = {}
    lows: dict[int, Sides] = {}
    for row, (limits, group, is_high) in between.items():
        if prices[row] > 0:
            value = 1.0 if is_high else float(problem.limits[limits].rule.value)
            side = highs if is_high else lows
            side.setdefault(limits, []).append((group, float(prices[row]) / value))
    return {limits: tuple(_shared_out(own, lows[limits])) for limits, own in highs.items() if limits in lows}


def _shared_out(high: Sides, low: Sides) -> Iterator[tuple[int, int, float]]:
    """Pair groups in order, leaving out pairs of a group with itself: their row says nothing."""
    while high and low:
        shared = min(high[-1][1], low[-1][1])
        if high[-1][0] != low[-1][0]:
            yield high[-1][0], low[-1][0], shared
        for side in (high, low):
            group, left = side.pop()
            if left > shared:
                side.append((group, left - shared))
