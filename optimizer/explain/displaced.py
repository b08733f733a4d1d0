"""What other merchants hold in another plan, cell by cell and added up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.plan import Plan
from models.rationals import Integers
from models.why import Moved

Rows = tuple[tuple[int, int], ...]


def moved_cells(before: Plan, after: Plan, merchant: int) -> tuple[Moved, ...]:
    """Return the cells of every other merchant that hold something else; both plans have the same options."""
    problem = before.problem
    first, end = problem.cell_start[merchant : merchant + 2].tolist()
    old, new = dict(_rows(before)), dict(_rows(after))
    cells = sorted(cell for cell in old.keys() | new.keys() if not first <= cell < end)
    return tuple(
        Moved(cell, old.get(cell, ()), new.get(cell, ())) for cell in cells if old.get(cell) != new.get(cell)
    )


def changes_by_merchant(before: Plan, after: Plan) -> dict[int, tuple[int, tuple[int, ...], int]]:
    """Return merchant -> funded cells, amounts by pool, conversions that it gets more, where any differ."""
    num_merchants = before.problem.num_merchants
    old, new = _totals(before), _totals(after)
    changes = [late.astype(object) - early.astype(object) for early, late in zip(old, new, strict=True)]
    is_changed = np.zeros(num_merchants, np.bool_)
    for change in changes:
        is_changed |= change != 0
    return {
        merchant: (
            int(changes[0][merchant]),
            tuple(int(change[merchant]) for change in changes[1:-1]),
            int(changes[-1][merchant]),
        )
        for merchant in np.flatnonzero(is_changed).tolist()
    }


def _rows(plan: Plan) -> Iterator[tuple[int, Rows]]:
    """Yield each funded cell with its options and their fractions."""
    cells = plan.cells
    options, fractions = plan.choice.options.tolist(), plan.choice.fractions.tolist()
    start = 0
    for end in [*(np.flatnonzero(np.diff(cells)) + 1).tolist(), len(cells)]:
        if end > start:
            yield int(cells[start]), tuple(zip(options[start:end], fractions[start:end], strict=True))
        start = end


def _totals(plan: Plan) -> list[Integers]:
    """Return by merchant: funded cells, amounts of every pool, conversions."""
    problem = plan.problem
    cells = plan.cells
    merchants = problem.merchant_of_cell[cells]
    funded = np.bincount(problem.merchant_of_cell[np.unique(cells)], minlength=problem.num_merchants)
    sums: list[Integers] = [funded]
    for amounts in (*plan.costs, plan.values["conversions"]):
        total: Integers = np.zeros(problem.num_merchants, amounts.dtype)
        np.add.at(total, merchants, amounts)
        sums.append(total)
    return sums
