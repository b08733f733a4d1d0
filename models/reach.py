"""How little and how much a measure can come to in a set of cells, by options and pins alone."""

from __future__ import annotations

import numpy as np

from models.problem import FORBIDDEN, FREE, Amounts, Cells, Integers, Merchants, Problem, Total


def cell_reach(problem: Problem, measure: Amounts | Cells) -> tuple[Integers, Integers]:
    """Return the least and the largest amount of each cell; shapes (cells,), units of the measure.

    Mixes of options lie between nothing and the options, so they need no case of their own.
    """
    if isinstance(measure, Cells):
        least = np.where(problem.pinned >= 0, 1, 0)
        return least, np.where(problem.pinned == FORBIDDEN, 0, 1)
    first = problem.option_start[:-1]
    least = np.minimum(np.minimum.reduceat(measure.coefficients, first), 0)
    largest = np.maximum(np.maximum.reduceat(measure.coefficients, first), 0)
    is_pinned = problem.pinned != FREE
    forced = np.where(problem.pinned >= 0, measure.coefficients[np.maximum(problem.pinned, 0)], 0)
    return np.where(is_pinned, forced, least), np.where(is_pinned, forced, largest)


def least_of_nothing(problem: Problem, measure: Amounts | Cells) -> bool:
    """Say whether the least amount of every cell is plainly nothing: no pin forces any, none is negative."""
    if (problem.pinned >= 0).any():
        return False
    return isinstance(measure, Cells) or int(measure.coefficients.min(initial=0)) >= 0


def reach(problem: Problem, total: Total) -> tuple[Integers, Integers]:
    """Return the least and the largest amount of each set; shapes (sets,), units of the measure."""
    if isinstance(total.measure, Merchants):
        least, largest = _merchants_reach(problem, total, total.measure)
    else:
        of_cells = cell_reach(problem, total.measure)
        least, largest = (sum_by_set(amounts[total.cells], total) for amounts in of_cells)
    return (least, largest) if total.held is None else (least + total.held, largest + total.held)


def steps(problem: Problem, total: Total) -> Integers:
    """Return of what every amount of a set is a multiple, one or more; shape (sets,), units of the measure.

    A mix of options may come to any amount.
    """
    found = np.zeros(total.num_sets, np.int64)
    if isinstance(total.measure, Amounts):
        by_cell = np.gcd.reduceat(total.measure.coefficients, problem.option_start[:-1])
        found = found.astype(by_cell.dtype)
        np.gcd.at(found, total.sets, np.where(problem.is_divisible, 1, by_cell)[total.cells])
    return np.maximum(found, 1)


def sum_by_set(amounts: Integers, total: Total) -> Integers:
    """Add up one amount per membership by set, exactly; shape (sets,)."""
    sums = np.zeros(total.num_sets, amounts.dtype)
    np.add.at(sums, total.sets, amounts)
    return sums


def merchant_pairs(problem: Problem, total: Total) -> tuple[Total, Integers]:
    """Split each set by merchant.

    Returns
    -------
    A total whose sets are the (set, merchant) pairs, and the pairs; shape (pairs, 2).
    """
    keys = total.sets.astype(np.int64) * problem.num_merchants + problem.merchant_of_cell[total.cells]
    pairs, pair_of = np.unique(keys, return_inverse=True)
    by_pair = Total(total.measure, total.cells, pair_of.astype(np.int32), len(pairs))
    return by_pair, np.stack(np.divmod(pairs, problem.num_merchants), axis=1)


def _merchants_reach(problem: Problem, total: Total, measure: Merchants) -> tuple[Integers, Integers]:
    by_pair, pairs = merchant_pairs(problem, total)
    inner = measure.reaches or Cells()
    least, largest = reach(problem, Total(inner, by_pair.cells, by_pair.sets, by_pair.num_sets))
    needed = np.array(
        [measure.thresholds[m] for m in pairs[:, 1].tolist()] if measure.reaches else [1] * len(pairs), object
    )
    always, ever = np.zeros((2, total.num_sets), np.int64)
    np.add.at(always, pairs[:, 0], (least >= needed).astype(np.int64))
    np.add.at(ever, pairs[:, 0], (largest >= needed).astype(np.int64))
    return always, ever
