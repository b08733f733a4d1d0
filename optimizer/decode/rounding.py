"""A solver's fractions -> the options taken."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from models.amount import FRACTION_UNIT
from models.instance import Int64
from models.plan import Choice
from models.problem import Problem

_NEGLIGIBLE = 1e-7
"""Fractions nearer than this to nothing or to the whole are the solver's tolerance, not its answer."""

_UNIT_TOLERANCE = 1e-3
"""A draw within this of a whole unit is meant to be that unit."""


_ALL_OF_IT = FRACTION_UNIT // 10**6
"""A fraction within this of what the drawn units buy is meant to be all of it."""


def forced(problem: Problem) -> Choice:
    """Return the choice that gives nothing but what pins force."""
    return whole(problem.pinned[problem.pinned >= 0])


def whole(options: Int64) -> Choice:
    """Return the choice of some options, each taken whole; at most one a cell, in any order."""
    return Choice(np.sort(options), np.full(len(options), FRACTION_UNIT, np.int64))


def rounded(problem: Problem, take: NDArray[np.float64], *, is_up: bool = False) -> Choice:
    """Round a solver's answer: whole options to the nearest, mixes of divisible cells to 1e-9.

    Parameters
    ----------
    take
        Fraction of each option, shape (options,); at most one above one half per cell that is not divisible.
    is_up
        Let every mix draw the whole units of the first pool that it takes, rounded up; else it draws no more
        than it is meant to, and is nothing where that is less than a unit.

    Notes
    -----
    Nothing is checked against pools and limits: `evaluate` does that.
    """
    is_whole = ~problem.is_divisible[problem.cell_of_option]
    options = np.flatnonzero(is_whole & (take > 0.5))
    fractions = np.full(len(options), FRACTION_UNIT, np.int64)
    mixed = [_mix(problem, take, cell, is_up) for cell in np.flatnonzero(problem.is_divisible).tolist()]
    parts = [part for mix in mixed for part in mix]
    options = np.append(options, [option for option, _ in parts]).astype(np.int64)
    fractions = np.append(fractions, [fraction for _, fraction in parts]).astype(np.int64)
    order = np.argsort(options)
    return Choice(options[order], fractions[order])


def _mix(problem: Problem, take: NDArray[np.float64], cell: int, is_up: bool) -> list[tuple[int, int]]:
    """Return the (option, fraction in 1e-9) parts of a divisible cell: at most two, side by side."""
    ladder = problem.ladder[problem.option_start[cell] : problem.option_start[cell + 1]]
    shares = take[ladder]
    used = np.flatnonzero(shares > _NEGLIGIBLE)
    if not len(used):
        return []
    high = int(used[-1])
    share = 1.0 if shares[high] > 1 - _NEGLIGIBLE else float(shares[high])
    costs = problem.pools[0].coefficients[ladder]
    lower = int(costs[high - 1]) if high else 0
    part = _whole_units(share, int(costs[high]), lower, is_up)
    parts = [(int(ladder[high]), part)] if part else []
    if high > 0 and part < FRACTION_UNIT:
        # Above its first segment a cell stands between two options, and their fractions sum to the whole.
        parts.append((int(ladder[high - 1]), FRACTION_UNIT - part))
    return parts


def _whole_units(share: float, cost: int, lower: int, is_up: bool) -> int:
    """Return the fraction in 1e-9 of the dearer option at which the mix draws no more units than meant.

    Each part's draw is rounded up, so a fraction as the solver gives it can overdraw the first pool by two.
    """
    part = int(share * FRACTION_UNIT)
    if cost == lower:
        return part
    asked = share * cost + (1.0 - share) * lower
    meant = ceil(asked - _UNIT_TOLERANCE) if is_up else int(asked + _UNIT_TOLERANCE)
    bought = min((meant - lower) * FRACTION_UNIT // (cost - lower), FRACTION_UNIT)
    if is_up:
        return bought if bought - part <= _ALL_OF_IT else part
    part = min(part, bought)
    drawn = -(-part * cost // FRACTION_UNIT) - (-(FRACTION_UNIT - part) * lower // FRACTION_UNIT)
    return max(part - -(-max(drawn - meant, 0) * FRACTION_UNIT // (cost - lower)), 0)
