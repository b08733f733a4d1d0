"""The part of a problem where changes may pay: few items of few cells, each with what it uses of every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.instance import Int32, Int64
from models.linear import Bools, Floats
from optimizer.improve.compiled import compiled
from optimizer.improve.sheet import Sheet, left_over, num_sets_of, set_of

_SAMPLED_CELLS = 100_000
_MOST_USES = 16_000_000
_LARGE_SET = 20_000


class Core(NamedTuple):
    """Items (options, and nothing) of some cells; cells and items are numbered anew.

    Attributes
    ----------
    item_start
        Items of cell c are `item_start[c]:item_start[c + 1]`; shape (cells + 1,).
    item_cell, option
        Cell of each item, and the option that it is in the problem (-1: nothing); shapes (items,).
    value, loss
        Worth of each item, and how far its priced worth is below the best of its cell; shapes (items,).
    use_start, use_row, use
        Item i uses `use[k]` of row `use_row[k]`, k in `use_start[i]:use_start[i + 1]`, rows ascending.
    row_start, row_item
        Items of the cells that use row r, by ascending loss.
    order
        All items by ascending loss; shape (items,).
    price, penalty, hair
        Per row, as in `Sheet`.
    weight
        What a broken unit counts while a search looks around; shape (rows,).
    """

    item_start: Int64
    item_cell: Int64
    option: Int64
    value: Floats
    loss: Floats
    use_start: Int64
    use_row: Int32
    use: Floats
    row_start: Int64
    row_item: Int64
    order: Int64
    price: Floats
    penalty: Floats
    hair: Floats
    weight: Floats


class State(NamedTuple):
    """Where a search stands, changed in place.

    Attributes
    ----------
    held
        The item that each cell of the core holds; shape (cells,).
    left
        What is left of every row; shape (rows,).
    work
        Uses looked at so far; shape (1,).
    """

    held: Int64
    left: Floats
    work: Int64


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
    losses, held_loss = _losses(rows, taken, rate, stride)
    most_items = _affordable(rows, most_items)
    kept, threshold = most_items // stride, np.inf
    if kept < len(losses):
        threshold = float(np.partition(losses, kept)[kept])
    cells, start, option, loss = _select(rows, taken, rate, _small(rows, wanted), (threshold, 4 * most_items))
    core = _assembled(rows, start, option, loss, cells)
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


def set_prices(rows: Sheet) -> Floats:
    """Return what a unit of every set's measure is charged in all its rows; shape (sets,)."""
    rate = np.zeros(len(rows.set_measure))
    sets = np.repeat(np.arange(len(rate)), np.diff(rows.set_start))
    np.add.at(rate, sets, rows.set_factor * rows.price[rows.set_row])
    return rate


@compiled
def worth_of(rows: Sheet, cell: int, rate: Floats, worth: Floats) -> float:
    """Write the priced worth of a cell's options (-inf: not allowed); return the best, nothing included."""
    first, last = rows.option_start[cell], rows.option_start[cell + 1]
    worth[: last - first] = rows.values[first:last]
    for index in range(num_sets_of(rows, cell)):
        one = set_of(rows, cell, index)
        if rate[one] != 0.0:
            for option in range(first, last):
                worth[option - first] -= rate[one] * rows.amounts[rows.set_measure[one], option]
    best = -np.inf if rows.must_fund[cell] else 0.0
    for option in range(first, last):
        if not rows.is_allowed[option]:
            worth[option - first] = -np.inf
        best = max(best, worth[option - first])
    return best


@compiled
def _losses(rows: Sheet, taken: Int64, rate: Floats, stride: int) -> tuple[Floats, float]:
    """Return the losses of all that every so-manieth cell may take, and those of all that is taken added up."""
    num_cells = len(taken)
    worth = np.empty(np.diff(rows.option_start).max())
    losses = np.empty(len(rows.values) + num_cells if stride == 1 else 1024)
    count, held = 0, 0.0
    for cell in range(num_cells):
        best = worth_of(rows, cell, rate, worth)
        first, last = rows.option_start[cell], rows.option_start[cell + 1]
        own = taken[cell]
        held += best - (worth[own - first] if own >= 0 else 0.0)
        if cell % stride == 0:
            if count + last - first + 1 > len(losses):
                longer = np.empty(2 * len(losses) + last - first)
                longer[:count] = losses[:count]
                losses = longer
            for index in range(last - first):
                if worth[index] > -np.inf:
                    losses[count] = best - worth[index]
                    count += 1
            if not rows.must_fund[cell]:
                losses[count] = best
                count += 1
    return losses[:count], held


@compiled
def _select(
    rows: Sheet, taken: Int64, rate: Floats, wanted: Bools, most: tuple[float, int]
) -> tuple[Int64, Int64, Int64, Floats]:
    """Return the cells with something else of a loss up to a threshold, and their items with losses."""
    threshold, most_items = most
    widest = np.diff(rows.option_start).max() + 1
    capacity = min(len(rows.values) + len(taken), most_items) + widest
    worth = np.empty(widest)
    cells, starts = np.empty(len(taken), np.int64), np.zeros(len(taken) + 1, np.int64)
    options, losses = np.empty(capacity, np.int64), np.empty(capacity)
    count, num = 0, 0
    for cell in range(len(taken)):
        if num + widest > capacity:
            break
        best = worth_of(rows, cell, rate, worth)
        limit = np.inf if _is_wanted(rows, cell, wanted) else threshold
        begin, first = num, rows.option_start[cell]
        for option in range(first - 1, rows.option_start[cell + 1]):
            own = option if option >= first else -1
            loss = best - (worth[own - first] if own >= 0 else 0.0)
            is_open = loss < np.inf and (own >= 0 or not rows.must_fund[cell])
            if own == taken[cell] or (is_open and loss <= limit):
                options[num], losses[num] = own, loss
                num += 1
        if num < begin + 2:
            num = begin
            continue
        cells[count], starts[count + 1] = cell, num
        count += 1
    return cells[:count], starts[: count + 1], options[:num], losses[:num]


@compiled
def _is_wanted(rows: Sheet, cell: int, wanted: Bools) -> bool:
    for entry in range(rows.entry_start[cell], rows.entry_start[cell + 1]):
        if wanted[rows.entry_set[entry]]:
            return True
    return False


def _assembled(rows: Sheet, start: Int64, option: Int64, loss: Floats, cells: Int64) -> Core:
    """List the uses of every item, and the items of every row."""
    item_cell = np.repeat(np.arange(len(cells)), np.diff(start))
    order = np.argsort(loss, kind="stable")
    cell_row_start, cell_row = _rows_of_cells(rows, cells)
    use_start, use_row, use = _uses(rows, option, item_cell, (cell_row_start, cell_row, cells))
    row_start, row_item = _items_of_rows(len(rows.right), item_cell, order, (cell_row_start, cell_row))
    value = np.where(option >= 0, rows.values[np.maximum(option, 0)], 0.0)
    total = np.bincount(use_row, np.abs(use), minlength=len(rows.right))
    worth = np.bincount(use_row, np.abs(np.repeat(value, np.diff(use_start))), minlength=len(rows.right))
    weight = 2 * rows.price + 0.1 * worth / np.maximum(total, 1e-300)
    return Core(
        start, item_cell, option, value, loss, use_start, use_row, use, row_start, row_item, order,
        rows.price, rows.penalty, rows.hair, weight,
    )  # fmt: skip


@compiled
def _rows_of_cells(rows: Sheet, cells: Int64) -> tuple[Int64, Int32]:
    """Return the rows that each cell of the core is in, ascending and each once; folded ones are left out."""
    start = np.zeros(len(cells) + 1, np.int64)
    found = np.empty(16, np.int32)
    num = 0
    for index in range(len(cells)):
        begin = num
        for which in range(num_sets_of(rows, cells[index])):
            one = set_of(rows, cells[index], which)
            for k in range(rows.set_start[one], rows.set_start[one + 1]):
                if rows.is_folded[rows.set_row[k]]:
                    continue
                if num == len(found):
                    longer = np.empty(2 * num, np.int32)
                    longer[:num] = found
                    found = longer
                found[num] = rows.set_row[k]
                num += 1
        own = np.unique(found[begin:num])
        num = begin + len(own)
        found[begin:num] = own
        start[index + 1] = num
    return start, found[:num]


@compiled
def _uses(
    rows: Sheet, option: Int64, item_cell: Int64, of_cell: tuple[Int64, Int32, Int64]
) -> tuple[Int64, Int32, Floats]:
    """Return what each item uses of each row, zeros left out."""
    cell_row_start, cell_row, cells = of_cell
    capacity = 0
    for item in range(len(option)):
        if option[item] >= 0:
            capacity += cell_row_start[item_cell[item] + 1] - cell_row_start[item_cell[item]]
    start, used_row, used = (
        np.zeros(len(option) + 1, np.int64),
        np.empty(capacity, np.int32),
        np.empty(capacity),
    )
    amount = np.zeros(len(rows.right))
    num = 0
    for item in range(len(option)):
        cell = item_cell[item]
        if option[item] >= 0:
            for which in range(num_sets_of(rows, cells[cell])):
                one = set_of(rows, cells[cell], which)
                own = rows.amounts[rows.set_measure[one], option[item]]
                for k in range(rows.set_start[one], rows.set_start[one + 1]):
                    amount[rows.set_row[k]] += rows.set_factor[k] * own
            for k in range(cell_row_start[cell], cell_row_start[cell + 1]):
                if amount[cell_row[k]] != 0.0:
                    used_row[num], used[num] = cell_row[k], amount[cell_row[k]]
                    num += 1
            for which in range(num_sets_of(rows, cells[cell])):
                one = set_of(rows, cells[cell], which)
                amount[rows.set_row[rows.set_start[one] : rows.set_start[one + 1]]] = 0.0
        start[item + 1] = num
    return start, used_row[:num], used[:num]


@compiled
def _items_of_rows(
    num_rows: int, item_cell: Int64, order: Int64, of_cell: tuple[Int64, Int32]
) -> tuple[Int64, Int64]:
    """Return, row by row, the items of the cells that are in it, in the order given."""
    cell_row_start, cell_row = of_cell
    start = np.zeros(num_rows + 1, np.int64)
    for item in range(len(item_cell)):
        for k in range(cell_row_start[item_cell[item]], cell_row_start[item_cell[item] + 1]):
            start[cell_row[k] + 1] += 1
    start = np.cumsum(start)
    filled = start[:-1].copy()
    items = np.empty(start[-1], np.int64)
    for item in order:
        for k in range(cell_row_start[item_cell[item]], cell_row_start[item_cell[item] + 1]):
            items[filled[cell_row[k]]] = item
            filled[cell_row[k]] += 1
    return start, items


@compiled
def _held(core: Core, taken: Int64, cells: Int64) -> Int64:
    """Return the item of each cell that stands for what it takes."""
    held = np.empty(len(cells), np.int64)
    for cell in range(len(cells)):
        for item in range(core.item_start[cell], core.item_start[cell + 1]):
            if core.option[item] == taken[cells[cell]]:
                held[cell] = item
    return held
