"""Knapsacks: one limit over many cells, others on single cells; the best plan by dynamic programming.

What hard ones (Pisinger 1995) take from a solver in hours, lists of states take in moments. That the plan is
the best is then a claim of this program, as it is where a solver says so: its states are no certificate.
"""

from __future__ import annotations

import numpy as np

from models.linear import Bools, Linear, linear
from models.plan import Plan
from models.problem import Problem
from optimizer.decode import evaluate, whole

MOST_OPTIONS, LEAST_OPTIONS = 50_000, 300
_WORK = 300_000_000
"""Steps that may be taken; beyond them the search is another's."""


def best_of_knapsack(problem: Problem) -> Plan | None:
    """Return the best plan of a knapsack; None where a problem is no knapsack, or too much work."""
    if not LEAST_OPTIONS <= problem.num_options <= MOST_OPTIONS or problem.rewards:
        return None
    rows = linear(problem)
    limits = np.flatnonzero(np.bincount(rows.set_row, _cells_of_sets(rows)[_sets(rows)], rows.num_rows) > 1)
    is_fit = rows.is_complete and bool(np.isinf(rows.penalty).all()) and len(limits) == 1
    if not is_fit or float(np.abs(rows.amounts).sum()) >= 2.0**52:
        return None
    return _searched(problem, rows, int(limits[0]))


def _sets(rows: Linear) -> np.ndarray:
    return np.repeat(np.arange(rows.num_sets), np.diff(rows.set_start))


def _cells_of_sets(rows: Linear) -> np.ndarray:
    counts = np.bincount(rows.entry_set, minlength=rows.num_sets)
    counts[rows.everywhere] = rows.num_cells
    return counts


def _use_of_options(rows: Linear, row: int) -> np.ndarray:
    """Return what every option uses of a row; shape (options,)."""
    use = np.zeros(len(rows.values))
    cell = np.repeat(np.arange(rows.num_cells), np.diff(rows.option_start))
    entry_cell = np.repeat(np.arange(rows.num_cells), np.diff(rows.entry_start))
    for place in np.flatnonzero(rows.set_row == row).tolist():
        which = int(_sets(rows)[place])
        is_in = np.zeros(rows.num_cells, bool)
        is_in[entry_cell[rows.entry_set == which]] = True
        is_in |= which in rows.everywhere
        use += rows.set_factor[place] * rows.amounts[rows.set_measure[which]] * is_in[cell]
    return use


def _allowed(rows: Linear, limit: int) -> tuple[Bools, Bools]:
    """Return which options, and which cells' giving nothing, keep to the limits on single cells."""
    is_allowed, may_skip = rows.is_allowed.copy(), ~rows.must_fund
    cell = np.repeat(np.arange(rows.num_cells), np.diff(rows.option_start))
    entry_cell = np.repeat(np.arange(rows.num_cells), np.diff(rows.entry_start))
    cell_of_set = np.zeros(rows.num_sets, np.int64)
    cell_of_set[rows.entry_set] = entry_cell
    use = np.zeros((2, len(rows.values)))
    sets, of_row = _sets(rows), np.arange(len(rows.set_row))
    for place in of_row[rows.set_row != limit].tolist():
        which, row = int(sets[place]), int(rows.set_row[place])
        own = slice(*rows.option_start[cell_of_set[which] : cell_of_set[which] + 2].tolist())
        alone = bool((rows.set_row[sets != which] != row).all())
        use[0, own] = rows.set_factor[place] * rows.amounts[rows.set_measure[which], own]
        if not alone:  # a basis in the plan: of the same cell
            others = (rows.set_row == row) & (sets != which)
            for other in of_row[others].tolist():
                use[0, own] += rows.set_factor[other] * rows.amounts[rows.set_measure[sets[other]], own]
        is_allowed[own] &= use[0, own] <= rows.right[row]
        may_skip[cell_of_set[which]] &= rows.right[row] >= 0
    return is_allowed & (cell >= 0), may_skip


def _searched(problem: Problem, rows: Linear, limit: int) -> Plan | None:
    from optimizer.lagrangian.block import DONE, NONE, Block, scratch, search

    is_allowed, may_skip = _allowed(rows, limit)
    use, starts, options = _use_of_options(rows, limit), [0], list[int]()
    for cell in range(rows.num_cells):
        own = range(int(rows.option_start[cell]), int(rows.option_start[cell + 1]))
        options += [-1] * bool(may_skip[cell]) + [option for option in own if is_allowed[option]]
        starts.append(len(options))
    chosen = np.array(options, np.int64)
    taken = np.maximum(chosen, 0)
    block = Block(
        np.array(starts, np.int64),
        np.where(chosen >= 0, rows.values[taken], 0).astype(np.int64),
        np.where(chosen >= 0, use[taken], 0).astype(np.int64).reshape(1, -1),
        np.array([int(rows.right[limit])], np.int64),
    )
    work = scratch(rows.num_cells, len(chosen), 1)
    ended, value, _, _ = search(block, work, NONE, _WORK)
    if ended != DONE or value == NONE:
        return None
    best = chosen[work.best[: rows.num_cells]]
    plan = evaluate(problem, whole(best[best >= 0]))
    return plan if plan.is_feasible else None
