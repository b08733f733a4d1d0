"""What every option loses against the best of its cell, at prices that merchants' own limits bear too."""

from __future__ import annotations

import numpy as np

from models.linear import Floats, Linear


def losses(rows: Linear, prices: Floats) -> Floats:
    """Return the priced loss of every option, then of giving nothing in every cell.

    Parameters
    ----------
    prices
        Of every row, in units of the objective per row unit; shape (rows,).

    Returns
    -------
    Zero or more, infinite where a pin excludes it; shape (options + cells,).
    """
    entry_set = np.repeat(np.arange(rows.num_sets), np.diff(rows.set_start))
    charge = np.bincount(entry_set, rows.set_factor * prices[rows.set_row], rows.num_sets)
    cell = np.repeat(np.arange(rows.num_cells), np.diff(rows.entry_start))
    counts = np.diff(rows.option_start)
    worth = rows.values.copy()
    for measure, amounts in enumerate(rows.amounts):
        own = rows.set_measure[rows.entry_set] == measure
        by_cell = np.zeros(rows.num_cells)  # bincount of nothing counts in whole numbers
        by_cell += np.bincount(cell[own], charge[rows.entry_set[own]], rows.num_cells)
        everywhere = [which for which in rows.everywhere.tolist() if rows.set_measure[which] == measure]
        by_cell = by_cell + charge[everywhere].sum()  # bincount of nothing is whole, weights or not
        worth -= amounts * np.repeat(by_cell, counts)
    worth[~rows.is_allowed] = -np.inf
    nothing = np.where(rows.must_fund, -np.inf, 0.0)
    best = np.maximum(np.maximum.reduceat(worth, rows.option_start[:-1]), nothing)
    return np.concatenate([np.repeat(best, counts) - worth, best - nothing])
