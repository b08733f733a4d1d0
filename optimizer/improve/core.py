"""The part of a problem where changes may pay: some items of some cells, and what each uses of every row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.instance import Int32, Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.improve.sheet import Sheet, num_sets_of, set_of


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


def assembled(rows: Sheet, start: Int64, option: Int64, loss: Floats, cells: Int64) -> Core:
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
