"""How far a plan moves from the one in force, pool by pool, and an instance in which none moves further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from models.amount import VALUE_DIGITS
from models.incumbent import Incumbent, per_cell
from models.instance import Instance, Int64
from models.plan import Plan
from models.problem import Problem
from models.rule import Measure, Rule
from optimizer.operate.held import Flags

_LEAST = Fraction(1, 10**VALUE_DIGITS)


@dataclass(frozen=True)
class Change:
    """How far one pool's amounts in open cells move; all in smallest units.

    Attributes
    ----------
    before
        What the plan in force gives to the open cells that there still are.
    more, less
        The sum of increases and the sum of decreases, cell by cell.
    """

    pool: str
    before: int
    more: int
    less: int

    @property
    def share(self) -> Fraction:
        """The larger of both as a share of `before`; of nothing, any change is infinite: 1 stands for it."""
        larger = max(self.more, self.less)
        return Fraction(larger, self.before) if self.before else Fraction(min(larger, 1))


def changes_of(plan: Plan, incumbent: Incumbent, is_open: Flags) -> tuple[Change, ...]:
    """Return how far a plan moves from the one in force, one change per pool.

    Parameters
    ----------
    is_open
        Cells that may change; shape (cells,).
    """
    problem = plan.problem
    cell = problem.cells_of(plan.choice.options)
    result = []
    for place, pool in enumerate(problem.instance.pools):
        before = promised(problem, incumbent, place, is_open)
        after = np.where(is_open, per_cell(problem, cell, plan.costs[place].astype(np.int64)), 0)
        moved = after - before
        more, less = int(moved[moved > 0].sum()), -int(moved[moved < 0].sum())
        result.append(Change(pool.name, int(before.sum()), more, less))
    return tuple(result)


def promised(problem: Problem, incumbent: Incumbent, pool: int, is_open: Flags) -> Int64:
    """Return what the plan in force gives to each open cell, as written; shape (cells,)."""
    rows = incumbent.promised
    return np.where(is_open, per_cell(problem, rows.cells, rows.costs[pool]), 0).astype(np.int64)


def within(
    problem: Problem, incumbent: Incumbent, is_open: Flags, share: Fraction, spare: Sequence[int]
) -> Instance:
    """Return the instance with two rules more a pool: increases, and decreases, are at most a share.

    An option adds to the increases what it draws beyond what its cell has. Of a decrease only what is left
    of the cell's amount is linear: the smaller of both, summed over the cells, is at least the rest of the
    whole. Of a mix both say no less than is true, as they are convex. The columns are for a search alone: in
    a plan they would be columns that nobody knows.

    Parameters
    ----------
    spare
        What each pool's change is to stay below the share, in smallest units: rounding a mix may add to it.
    """
    instance = problem.instance
    values, rules = dict(instance.options.values), list(instance.rules)
    cells = problem.cell_of_option
    for place, pool in enumerate(instance.pools):
        before = promised(problem, incumbent, place, is_open)
        own, draws = before[cells], instance.options.costs[pool.name]
        total = int(before.sum())
        up, kept = f"+{pool.name}", f"-{pool.name}"
        values[up] = np.where(is_open[cells], np.maximum(draws - own, 0), 0).astype(np.int64)
        values[kept] = np.where(is_open[cells], np.minimum(draws, own), 0).astype(np.int64)
        most = max(0, share * total // 1 - spare[place])
        rules.append(_rule(up, "at_most", most))
        rules.append(_rule(kept, "at_least", total - most))
    return replace(instance, options=replace(instance.options, values=values), rules=tuple(rules))


def _rule(name: str, sense: str, units: int) -> Rule:
    measure = Measure(kind="amount", name=name, text=name)
    return Rule.model_validate(
        {"rule": f"max-change:{name}", "measure": measure, "sense": sense, "value": units * _LEAST}
    )
