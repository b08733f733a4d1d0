"""Passes -> the different choices of every merchant, as columns over rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.instance import Int32, Int64
from models.linear import Bools, Floats, Linear
from optimizer.compiled import compiled


class Columns(NamedTuple):
    """Choices of merchants, as columns over rows.

    Attributes
    ----------
    merchant
        The merchant of each slot; slots are the merchants with two columns or more; shape (slots,).
    start
        Columns of slot s are `start[s]:start[s + 1]`.
    passed
        The pass that a column comes from; shape (columns,).
    value
        Units of the objective; shape (columns,).
    row_start, row, amount
        What a column adds to the rows.
    """

    merchant: Int64
    start: Int64
    passed: Int64
    value: Floats
    row_start: Int64
    row: Int32
    amount: Floats


def collect(rows: Linear, is_inside: Bools, takens: NDArray[np.int32]) -> Columns:
    """Return the different choices of merchants as columns, rows that they keep by themselves left out."""
    merchant, start, passed = distinct(rows.cell_start, takens)
    value = np.empty(len(passed))
    row_start = np.zeros(len(passed) + 1, np.int64)
    row, amount = _fill(_rows_of(rows, is_inside), takens, (merchant, start, passed), (value, row_start))
    return Columns(merchant, start, passed, value, row_start, row, amount)


def use(rows: Linear, taken: Int64) -> Floats:
    """Return what a choice uses of every row."""
    cell = np.repeat(np.arange(rows.num_cells), np.diff(rows.entry_start))
    is_funded = taken[cell] >= 0
    which, option = rows.entry_set[is_funded], taken[cell[is_funded]]
    use = np.bincount(which, rows.amounts[rows.set_measure[which], option], rows.num_sets)
    funded = taken[taken >= 0]
    for one in rows.everywhere.tolist():
        use[one] = rows.amounts[rows.set_measure[one], funded].sum()
    entry_set = np.repeat(np.arange(rows.num_sets), np.diff(rows.set_start))
    return np.bincount(rows.set_row, rows.set_factor * use[entry_set], rows.num_rows).astype(np.float64)


class _Rows(NamedTuple):
    cell_start: Int64
    values: Floats
    amounts: Floats
    entry_start: Int64
    entry_set: Int32
    set_measure: Int32
    everywhere: Int32
    set_start: Int64
    set_row: Int32
    set_factor: Floats
    is_inside: Bools


def _rows_of(rows: Linear, is_inside: Bools) -> _Rows:
    return _Rows(
        rows.cell_start,
        rows.values,
        rows.amounts,
        rows.entry_start,
        rows.entry_set,
        rows.set_measure,
        rows.everywhere,
        rows.set_start,
        rows.set_row,
        rows.set_factor,
        is_inside,
    )


def distinct(cell_start: Int64, takens: NDArray[np.int32]) -> tuple[Int64, Int64, Int64]:
    """Return merchants with two different choices or more, where their columns start, and each one's pass."""
    hashes = _hashes(cell_start, takens)
    order = np.argsort(hashes, axis=0, kind="stable")
    ordered = np.take_along_axis(hashes, order, axis=0)
    is_new = np.ones(hashes.shape, bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    is_first = np.empty(hashes.shape, bool)
    np.put_along_axis(is_first, order, is_new, axis=0)
    counts = is_first.sum(axis=0)
    is_open = counts > 1
    _, passed = np.nonzero(is_first.T & is_open[:, None])
    start = np.append(0, np.cumsum(counts[is_open]))
    return np.flatnonzero(is_open), start.astype(np.int64), passed.astype(np.int64)


@compiled
def _hashes(cell_start: Int64, takens: NDArray[np.int32]) -> NDArray[np.uint64]:
    found = np.zeros((len(takens), len(cell_start) - 1), np.uint64)
    for number in range(len(takens)):
        for merchant in range(len(cell_start) - 1):
            value = np.uint64(1469598103934665603)
            for cell in range(cell_start[merchant], cell_start[merchant + 1]):
                value = (value ^ np.uint64(takens[number, cell] + 1)) * np.uint64(1099511628211)
                value ^= value >> np.uint64(29)
            found[number, merchant] = value
    return found


@compiled
def _fill(
    rows: _Rows,
    takens: NDArray[np.int32],
    listed: tuple[Int64, Int64, Int64],
    out: tuple[Floats, Int64],
) -> tuple[Int32, Floats]:
    """Write every column's value and where its rows begin; return the rows, and its amounts of them."""
    merchant, start, passed = listed
    value, row_start = out
    row, amount = np.empty(1024, np.int32), np.empty(1024)
    use = np.zeros(len(rows.is_inside))
    is_touched = np.zeros(len(rows.is_inside), np.bool_)
    touched = np.empty(len(rows.is_inside), np.int64)
    filled = 0
    for slot in range(len(merchant)):
        for column in range(start[slot], start[slot + 1]):
            count, worth = 0, 0.0
            for cell in range(rows.cell_start[merchant[slot]], rows.cell_start[merchant[slot] + 1]):
                option = takens[passed[column], cell]
                if option < 0:
                    continue
                worth += rows.values[option]
                first, last = rows.entry_start[cell], rows.entry_start[cell + 1]
                for entry in range(first - len(rows.everywhere), last):
                    which = rows.everywhere[first - 1 - entry] if entry < first else rows.entry_set[entry]
                    used = rows.amounts[rows.set_measure[which], option]
                    for at in range(rows.set_start[which], rows.set_start[which + 1]):
                        one = rows.set_row[at]
                        if rows.is_inside[one]:
                            continue
                        if not is_touched[one]:
                            is_touched[one] = True
                            touched[count] = one
                            count += 1
                        use[one] += rows.set_factor[at] * used
            value[column] = worth
            if filled + count > len(row):
                longer, further = np.empty(2 * (filled + count), np.int32), np.empty(2 * (filled + count))
                longer[:filled], further[:filled] = row[:filled], amount[:filled]
                row, amount = longer, further
            for place in range(count):
                one = touched[place]
                if use[one] != 0.0:
                    row[filled], amount[filled] = one, use[one]
                    filled += 1
                use[one] = 0.0
                is_touched[one] = False
            row_start[column + 1] = filled
    return row[:filled], amount[:filled]
