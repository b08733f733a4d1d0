"""Cutting a core out of a problem: the items of least priced loss, and whole cells where rows want them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.instance import Int64
from models.linear import Bools
from optimizer.compiled import compiled
from optimizer.improve.core import Core, State, assembled
from optimizer.improve.pricing import losses_of, select, set_prices
from optimizer.improve.sheet import Sheet, left_over

_SAMPLED_CELLS = 100_000
_MOST_USES = 16_000_000
_LARGE_SET = 20_000


@dataclass(frozen=True, eq=False)
class Cut:
    """A core cut out of a problem, and where a choice stands in it.

    Attributes
    ----------
    cells
        Cells of the problem that are in the core; shape (core cells,).
    gap
        By how much the priced bound is above the choice's worth: no change gains more.
    is_whole
        Whether every allowed option is in the core.
    """

    core: Core
    state: State
    cells: Int64
    gap: float
    is_whole: bool


def cut(rows: Sheet, taken: Int64, most_items: int, wanted: Bools) -> Cut:
    """Cut out the items of least priced loss, and whole cells in the small ones of some sets.

    Parameters
    ----------
    taken
        Index of the option of each cell, or -1; shape (cells,).
    most_items
        About how many items to keep.
    wanted
        Sets whose cells are wanted whole; shape (sets,).
    """
    left = left_over(rows, taken)
    rate = set_prices(rows)
    stride = 1 + (len(taken) - 1) // _SAMPLED_CELLS
    losses, held_loss = losses_of(rows, taken, rate, stride)
    most_items = _affordable(rows, most_items)
    kept, threshold = most_items // stride, np.inf
    if kept < len(losses):
        threshold = float(np.partition(losses, kept)[kept])
    cells, start, option, loss = select(rows, taken, rate, _small(rows, wanted), (threshold, 4 * most_items))
    core = assembled(rows, start, option, loss, cells)
    state = State(_held(core, taken, cells), left, np.zeros(1, np.int64))
    gap = held_loss + float((rows.price * left).sum())
    return Cut(core, state, cells, gap, bool(np.isinf(threshold)))


def written(found: Cut, taken: Int64) -> Int64:
    """Return a choice with what the cells of the core hold now; shape (cells,)."""
    changed = taken.copy()
    changed[found.cells] = found.core.option[found.state.held]
    return changed


def _affordable(rows: Sheet, most_items: int) -> int:
    """Return how many items keep the list of uses small enough; rows of shares have every cell in them."""
    rows_of_set = np.diff(rows.set_start)
    per_cell = int(rows_of_set[rows.everywhere].sum()) + 1
    if len(rows.entry_set):
        sample = rows.entry_set[:: 1 + len(rows.entry_set) // _SAMPLED_CELLS]
        mean = float(rows_of_set[sample].mean())
        per_cell += int(mean * len(rows.entry_set) / (len(rows.option_start) - 1))
    return max(1, min(most_items, _MOST_USES // per_cell))


def _small(rows: Sheet, wanted: Bools) -> Bools:
    """Return the wanted sets that are small."""
    if not wanted.any():
        return wanted
    return wanted & (np.bincount(rows.entry_set, minlength=len(wanted)) <= _LARGE_SET)


@compiled
def _held(core: Core, taken: Int64, cells: Int64) -> Int64:
    """Return the item of each cell that stands for what it takes."""
    held = np.empty(len(cells), np.int64)
    for cell in range(len(cells)):
        for item in range(core.item_start[cell], core.item_start[cell + 1]):
            if core.option[item] == taken[cells[cell]]:
                held[cell] = item
    return held
