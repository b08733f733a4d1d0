"""A `Linear` as compiled functions take it, rows of single cells folded into what the cell may take."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.instance import Int32, Int64
from models.linear import Bools, Floats, Linear
from optimizer.compiled import compiled

NONE, MANY = -1, -2

_EXACT = float(2**53)
_HAIR = 1e-9


class Sheet(NamedTuple):
    """The arrays of a `Linear`, with what single cells may take worked out.

    Attributes
    ----------
    is_allowed
        Whether pins and all hard rows of the cell alone allow an option; shape (options,).
    must_fund
        Whether a pin or a hard row of the cell alone forbids nothing; shape (cells,).
    price
        Of every row, 0 where it is folded; shape (rows,).
    is_folded
        Hard rows that see one cell: `is_allowed` and `must_fund` say all of them; shape (rows,).
    hair
        What has to be left over in a row for a move that uses more of it: 0 where its numbers are whole and
        add up exactly; shape (rows,).
    """

    option_start: Int64
    values: Floats
    amounts: Floats
    is_allowed: Bools
    must_fund: Bools
    entry_start: Int64
    entry_set: Int32
    set_measure: Int32
    everywhere: Int32
    set_start: Int64
    set_row: Int32
    set_factor: Floats
    right: Floats
    penalty: Floats
    price: Floats
    is_folded: Bools
    hair: Floats


def sheet(linear: Linear, prices: Floats) -> Sheet:
    """Fold rows of single cells and find out which rows add up exactly.

    Parameters
    ----------
    prices
        Per row, zero or more; shape (rows,). Any prices are valid, good ones say where to look.
    """
    is_folded = np.zeros(linear.num_rows, np.bool_)
    found = Sheet(
        linear.option_start,
        linear.values,
        linear.amounts,
        linear.is_allowed.copy(),
        linear.must_fund.copy(),
        linear.entry_start,
        linear.entry_set,
        linear.set_measure,
        linear.everywhere,
        linear.set_start,
        linear.set_row,
        linear.set_factor,
        linear.right,
        linear.penalty,
        np.maximum(prices, 0.0),
        is_folded,
        _hairs(linear),
    )
    _mark_folded(found)
    if is_folded.any():
        _fold(found)
        found.price[is_folded] = 0.0
    return found


def left_over(rows: Sheet, taken: Int64) -> Floats:
    """Return what a choice leaves of every row (negative where it is broken); shape (rows,)."""
    use = _uses_of_sets(rows, taken)
    row_use = np.zeros(len(rows.right))
    sets = np.repeat(np.arange(len(rows.set_measure)), np.diff(rows.set_start))
    np.add.at(row_use, rows.set_row, rows.set_factor * use[sets])
    left: Floats = rows.right - row_use
    return left


def is_broken(rows: Sheet, left: Floats) -> Bools:
    """Return the hard rows that are broken, a hair's breadth not counted; shape (rows,)."""
    broken: Bools = (left < -rows.hair) & np.isinf(rows.penalty) & ~rows.is_folded
    return broken


def _hairs(linear: Linear) -> Floats:
    """Return 0 for rows in which every sum is a whole number below 2^53, else a hair of their size."""
    most = np.zeros(len(linear.amounts))
    whole = np.zeros(len(linear.amounts), np.bool_)
    for index, amounts in enumerate(linear.amounts):
        most[index], whole[index] = _largest_sum(linear.option_start, amounts)
    measure = np.repeat(linear.set_measure, np.diff(linear.set_start))
    reach, is_whole = np.abs(linear.right), linear.right == np.floor(linear.right)
    np.add.at(reach, linear.set_row, np.abs(linear.set_factor) * most[measure])
    np.logical_and.at(
        is_whole, linear.set_row, whole[measure] & (np.floor(linear.set_factor) == linear.set_factor)
    )
    return np.where(is_whole & (reach < _EXACT), 0.0, _HAIR * np.maximum(np.abs(linear.right), 1.0))


@compiled
def _largest_sum(option_start: Int64, amounts: Floats) -> tuple[float, bool]:
    """Return the sum over cells of the largest magnitude, and whether all amounts are whole."""
    total, is_whole = 0.0, True
    for cell in range(len(option_start) - 1):
        most = 0.0
        for option in range(option_start[cell], option_start[cell + 1]):
            most = max(most, abs(amounts[option]))
            is_whole &= amounts[option] == np.floor(amounts[option])
        total += most
    return total, is_whole


@compiled
def _mark_folded(rows: Sheet) -> None:
    """Mark the hard rows that see exactly one cell."""
    num_cells = len(rows.option_start) - 1
    cell_of_set = np.full(len(rows.set_measure), NONE, np.int64)
    cell_of_set[rows.everywhere] = 0 if num_cells == 1 else MANY
    for cell in range(num_cells):
        for entry in range(rows.entry_start[cell], rows.entry_start[cell + 1]):
            one = rows.entry_set[entry]
            if cell_of_set[one] == NONE:
                cell_of_set[one] = cell
            elif cell_of_set[one] != cell:
                cell_of_set[one] = MANY
    cell_of_row = np.full(len(rows.right), NONE, np.int64)
    for one in range(len(rows.set_measure)):
        for k in range(rows.set_start[one], rows.set_start[one + 1]):
            row = rows.set_row[k]
            if cell_of_row[row] == NONE:
                cell_of_row[row] = cell_of_set[one]
            elif cell_of_set[one] not in (NONE, cell_of_row[row]):
                cell_of_row[row] = MANY
    for row in range(len(rows.right)):
        rows.is_folded[row] = cell_of_row[row] >= 0 and np.isinf(rows.penalty[row])


@compiled
def num_sets_of(rows: Sheet, cell: int) -> int:
    """Return how many sets a cell is in."""
    return int(len(rows.everywhere) + rows.entry_start[cell + 1] - rows.entry_start[cell])


@compiled
def set_of(rows: Sheet, cell: int, index: int) -> int:
    """Return one of the sets that a cell is in."""
    if index < len(rows.everywhere):
        return int(rows.everywhere[index])
    return int(rows.entry_set[rows.entry_start[cell] + index - len(rows.everywhere)])


@compiled
def _fold(rows: Sheet) -> None:
    """Forbid what breaks a row of its cell alone."""
    left = rows.right.copy()
    for cell in range(len(rows.option_start) - 1):
        has_row = False
        for index in range(num_sets_of(rows, cell)):
            one = set_of(rows, cell, index)
            for k in range(rows.set_start[one], rows.set_start[one + 1]):
                if rows.is_folded[rows.set_row[k]]:
                    has_row = True
                    rows.must_fund[cell] |= rows.right[rows.set_row[k]] < 0
        if has_row:
            for option in range(rows.option_start[cell], rows.option_start[cell + 1]):
                rows.is_allowed[option] &= _holds_alone(rows, cell, option, left)


@compiled
def _holds_alone(rows: Sheet, cell: int, option: int, left: Floats) -> bool:
    """Say whether an option meets the rows of its cell alone; `left` is `right`, before and after."""
    holds = True
    for turn in range(3):
        for index in range(num_sets_of(rows, cell)):
            one = set_of(rows, cell, index)
            for k in range(rows.set_start[one], rows.set_start[one + 1]):
                row = rows.set_row[k]
                if not rows.is_folded[row]:
                    continue
                if turn == 0:
                    left[row] -= rows.set_factor[k] * rows.amounts[rows.set_measure[one], option]
                elif turn == 1:
                    holds &= left[row] >= rows.hair[row]
                else:
                    left[row] = rows.right[row]
    return bool(holds)


@compiled
def _uses_of_sets(rows: Sheet, taken: Int64) -> Floats:
    """Return the amount of every set's measure in its cells."""
    use = np.zeros(len(rows.set_measure))
    for cell in range(len(taken)):
        if taken[cell] >= 0:
            for index in range(num_sets_of(rows, cell)):
                one = set_of(rows, cell, index)
                use[one] += rows.amounts[rows.set_measure[one], taken[cell]]
    return use
