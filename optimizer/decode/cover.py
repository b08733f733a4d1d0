"""What a broken row teaches: a cut that every plan satisfies and this choice does not, in exact integers.

The multiple-choice form of a minimal cover (Crowder, Johnson and Padberg 1983; Gu, Nemhauser and Savelsbergh
1998): if the cells K break a row even though every other cell does its best for it, not all of K may draw as
much again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.amount import FRACTION_UNIT
from models.instance import Int64
from models.plan import Plan
from models.problem import FREE, Integers, Problem
from models.row import Row, is_linear, limit_row, pool_row


@dataclass(frozen=True)
class Cover:
    """`sum coefficients x take[options] <= right`, valid for every plan."""

    options: tuple[int, ...]
    coefficients: tuple[float, ...]
    right: float


def covers(plan: Plan) -> list[Cover]:
    """Return one cover per broken row; none where a mix of options is involved (rounding mends those)."""
    if (plan.choice.fractions != FRACTION_UNIT).any():
        return []
    return [_cover(plan.problem, plan.choice.options, row) for row in broken_rows(plan)]


def broken_rows(plan: Plan) -> list[Row]:
    """Return the pools and hard linear limits that a plan breaks, as rows."""
    problem = plan.problem
    rows = [pool_row(problem, pool) for pool, over in enumerate(plan.overspent) if over > 0]
    for use in plan.uses:
        if use.limits.rule.enforcement == "hard":
            rows += [
                limit_row(problem, use.limits, limit)
                for limit in range(use.limits.count)
                if use.excess(limit) > 0 and is_linear(problem, use.limits, limit)
            ]
    return rows


def _cover(problem: Problem, chosen: Int64, row: Row) -> Cover:
    per_option: Integers = np.zeros(problem.num_options, object)
    per_option[row.options] = row.coefficients
    first = problem.option_start[:-1]
    pinned_amount = np.where(problem.pinned >= 0, per_option[np.maximum(problem.pinned, 0)], 0)
    least = np.where(
        problem.pinned != FREE, pinned_amount, np.minimum(np.minimum.reduceat(per_option, first), 0)
    )
    drawn: Integers = np.zeros(problem.num_cells, object)
    drawn[problem.cells_of(chosen)] = per_option[chosen]
    margin = drawn - least
    excess = int(drawn.sum()) * row.right.denominator - row.right.numerator * row.scale
    kept = []
    for cell in sorted(np.flatnonzero(margin > 0).tolist(), key=lambda cell: (margin[cell], cell)):
        if excess - int(margin[cell]) * row.right.denominator > 0:
            excess -= int(margin[cell]) * row.right.denominator
        else:
            kept.append(cell)
    return _as_row(problem, per_option, drawn, kept)


def _as_row(problem: Problem, per_option: Integers, drawn: Integers, kept: list[int]) -> Cover:
    """Write "not every kept cell may draw as much as now" over the options."""
    options: list[int] = []
    coefficients: list[float] = []
    right = len(kept) - 1
    for cell in kept:
        amount = int(drawn[cell])
        members = range(problem.option_start[cell], problem.option_start[cell + 1])
        if amount > 0:  # as much as now: an option that draws at least this
            options += [option for option in members if per_option[option] >= amount]
        else:  # as much as now: no option that draws less
            right -= 1
            options += [option for option in members if per_option[option] < amount]
        coefficients += [1.0 if amount > 0 else -1.0] * (len(options) - len(coefficients))
    return Cover(tuple(options), tuple(coefficients), float(right))
