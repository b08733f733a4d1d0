"""Choices near a choice: what single slots may change at little priced loss, within limits of their own.

A slot is a merchant whose own limits have to hold together, or one cell of a merchant that has none or is large:
then its own limits are rows like any other. The columns of a slot are changes of its cells against the choice
that all begins with; those that perturbed prices brought, and all changes of one or two cells.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.instance import Int32, Int64
from models.linear import Bools, Floats, Linear
from optimizer.lagrangian.losses import losses

MOST_CELLS = 100000
"""Cells of a merchant up to which it is one slot."""

MOST_COLUMNS = 4_000
"""Columns that a slot keeps."""

_MOST_CHANGES = 200
"""Changes of single cells from which pairs are made: those of least loss."""


class Changes(NamedTuple):
    """Changes of slots against a choice, none at all being the first of every slot.

    Attributes
    ----------
    start
        Changes of slot s are `start[s]:start[s + 1]`; slots without a second one are left out.
    cell_start, cell, option
        What change k takes (option or -1): entries `cell_start[k]:cell_start[k + 1]`.
    """

    start: Int64
    cell_start: Int64
    cell: Int64
    option: Int64


class Tables(NamedTuple):
    """Rows over sets, as compiled code reads them; `is_inside`: the rows that a slot keeps by itself."""

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
    is_inside: Bools


def tables(rows: Linear, is_inside: Bools) -> Tables:
    """Return the tables of some rows."""
    given = [getattr(rows, name) for name in Tables._fields if name != "is_inside"]
    return Tables(*given, is_inside)


def slots(rows: Linear, is_inside: Bools) -> tuple[Int64, Bools]:
    """Return where the cells of every slot begin (slots + 1,), and the rows that slots keep by themselves."""
    num_merchants = len(rows.cell_start) - 1
    has_own = np.zeros(num_merchants, bool)
    owners = rows.row_merchant[is_inside]
    has_own[owners[owners >= 0]] = True
    is_slot = has_own & (np.diff(rows.cell_start) <= MOST_CELLS)
    begins = np.ones(rows.num_cells, bool)
    begins[np.repeat(is_slot, np.diff(rows.cell_start))] = False
    begins[rows.cell_start[:-1]] = True
    kept = is_inside & (rows.row_merchant >= 0)
    kept[kept] = is_slot[rows.row_merchant[kept]]
    return np.append(np.flatnonzero(begins), rows.num_cells).astype(np.int64), kept


def nearby(
    rows: Linear, is_inside: Bools, prices: Floats, takens: NDArray[np.int32], most: float
) -> Changes:
    """Return the changes of slots that lose little against the first of some choices.

    Parameters
    ----------
    is_inside
        Rows that the choices keep to, and every change has to; shape (rows,).
    prices
        Per row unit, in units of the objective; shape (rows,).
    takens
        Choices of all cells (option or -1); shape (passes, cells).
    most
        Priced loss above which a change is left out, in units of the objective.
    """
    first_cell, own = slots(rows, is_inside)
    taken = takens[0].astype(np.int64)
    guide = losses(rows, prices)
    truth = losses(rows, np.where(own, 0.0, prices)) if own.any() else guide
    left = rows.right - use(rows, taken)
    made = tables(rows, own)
    counts, sizes, cells, options = _near(made, first_cell, takens, (guide, truth, left), most)
    is_open = counts > 0
    cell_start = np.append(0, np.cumsum(np.concatenate(_with_none(counts, sizes))))
    return Changes(np.append(0, np.cumsum(counts[is_open] + 1)), cell_start, cells, options)


def _with_none(counts: Int64, sizes: Int64) -> list[Int64]:
    """Return the number of cells of every change, none at all put before those of each slot."""
    is_open = counts > 0
    begins = np.cumsum(counts[is_open]) - counts[is_open]
    return [np.insert(sizes, begins, 0)]


def use(rows: Linear, taken: Int64) -> Floats:
    """Return what a choice uses of every row; shape (rows,)."""
    cell = np.repeat(np.arange(rows.num_cells), np.diff(rows.entry_start))
    is_funded = taken[cell] >= 0
    which, option = rows.entry_set[is_funded], taken[cell[is_funded]]
    used = np.bincount(which, rows.amounts[rows.set_measure[which], option], rows.num_sets)
    funded = taken[taken >= 0]
    for one in rows.everywhere.tolist():
        used[one] = rows.amounts[rows.set_measure[one], funded].sum()
    entry_set = np.repeat(np.arange(rows.num_sets), np.diff(rows.set_start))
    return np.bincount(rows.set_row, rows.set_factor * used[entry_set], rows.num_rows)


class _Kept(NamedTuple):
    """The best changes of one slot so far: marks that tell them apart, sizes, cells, options."""

    mark: NDArray[np.uint64]
    size: Int64
    cell: NDArray[np.int64]
    option: NDArray[np.int64]
    count: Int64


@njit(cache=True, nogil=True)
def _near(
    rows: Tables,
    first_cell: Int64,
    takens: NDArray[np.int32],
    about: tuple[Floats, Floats, Floats],
    most: float,
) -> tuple[Int64, Int64, Int64, Int64]:
    """Return how many changes each slot has, how many cells each change has, and the cells and options."""
    guide, truth, left = about
    num_slots = len(first_cell) - 1
    counts = np.zeros(num_slots, np.int64)
    widest = max(1, np.diff(first_cell).max())
    kept = _Kept(
        np.empty(MOST_COLUMNS, np.uint64),
        np.empty(MOST_COLUMNS, np.int64),
        np.empty((MOST_COLUMNS, widest), np.int64),
        np.empty((MOST_COLUMNS, widest), np.int64),
        np.zeros(1, np.int64),
    )
    tried = (np.empty(widest, np.int64), np.empty(widest, np.int64))
    listed = (np.empty(_MOST_CHANGES, np.int64), np.empty(_MOST_CHANGES, np.int64), np.empty(_MOST_CHANGES))
    sizes, cells, options = np.empty(1024, np.int64), np.empty(2048, np.int64), np.empty(2048, np.int64)
    num, filled = 0, 0
    for slot in range(num_slots):
        kept.count[0] = 0
        first, last = first_cell[slot], first_cell[slot + 1]
        for number in range(1, len(takens)):
            size = 0
            for cell in range(first, last):
                if takens[number, cell] != takens[0, cell]:
                    tried[0][size], tried[1][size] = cell, takens[number, cell]
                    size += 1
            if size > 2:
                _try(rows, kept, (takens[0], truth, left), tried, size, most)
        count = _singles(rows, (first, last), takens[0], guide, listed, 3.0 * most)
        for one in range(count):
            tried[0][0], tried[1][0] = listed[0][one], listed[1][one]
            _try(rows, kept, (takens[0], truth, left), tried, 1, most)
            for two in range(one):
                if listed[0][two] != listed[0][one]:
                    tried[0][1], tried[1][1] = listed[0][two], listed[1][two]
                    _try(rows, kept, (takens[0], truth, left), tried, 2, most)
        counts[slot] = kept.count[0]
        if num + kept.count[0] > len(sizes):
            sizes = _longer(sizes, num + kept.count[0])
        for index in range(kept.count[0]):
            size = kept.size[index]
            if filled + size > len(cells):
                cells, options = _longer(cells, filled + size), _longer(options, filled + size)
            cells[filled : filled + size] = kept.cell[index, :size]
            options[filled : filled + size] = kept.option[index, :size]
            sizes[num] = size
            num += 1
            filled += size
    return counts, sizes[:num], cells[:filled], options[:filled]


@njit(cache=True, nogil=True)
def _longer(array: Int64, least: int) -> Int64:
    longer = np.empty(2 * least, np.int64)
    longer[: len(array)] = array
    return longer


@njit(cache=True, nogil=True)
def _loss_of(rows: Tables, losses: Floats, cell: int, option: int) -> float:
    return losses[option] if option >= 0 else losses[len(rows.values) + cell]


@njit(cache=True, nogil=True)
def _singles(
    rows: Tables,
    cells: tuple[int, int],
    taken: NDArray[np.int32],
    guide: Floats,
    listed: tuple[Int64, Int64, Floats],
    most: float,
) -> int:
    """List the changes of one cell that lose little where own limits have their price too."""
    count = 0
    for cell in range(*cells):
        now = _loss_of(rows, guide, cell, taken[cell])
        first = rows.option_start[cell]
        for option in range(first - 1, rows.option_start[cell + 1]):
            own = option if option >= first else -1
            lost = _loss_of(rows, guide, cell, own) - now
            if own == taken[cell] or not lost <= most:
                continue
            place = count
            if count == len(listed[0]):
                place = np.argmax(listed[2])
                if lost >= listed[2][place]:
                    continue
            else:
                count += 1
            listed[0][place], listed[1][place], listed[2][place] = cell, own, lost
    return count


@njit(cache=True, nogil=True)
def _try(
    rows: Tables,
    kept: _Kept,
    about: tuple[NDArray[np.int32], Floats, Floats],
    tried: tuple[Int64, Int64],
    size: int,
    most: float,
) -> None:
    """Keep a change if it is among the slot's best, new, and within the slot's own limits."""
    taken, truth, left = about
    lost = 0.0
    mark = np.uint64(0)
    for index in range(size):
        cell, option = tried[0][index], tried[1][index]
        lost += _loss_of(rows, truth, cell, option) - _loss_of(rows, truth, cell, taken[cell])
        own = np.uint64(cell + 1) * np.uint64(11400714819323198485) + np.uint64(option + 2)
        own *= np.uint64(14029467366897019727)
        mark += own ^ (own >> np.uint64(31))
    count = kept.count[0]
    if not lost <= most or count == MOST_COLUMNS:
        return
    if size > 2:  # changes of one and two cells come up once each
        for index in range(count):
            if kept.mark[index] == mark:
                return
    if not _holds(rows, taken, left, tried, size):
        return
    kept.mark[count], kept.size[count] = mark, size
    kept.cell[count, :size] = tried[0][:size]
    kept.option[count, :size] = tried[1][:size]
    kept.count[0] += 1


@njit(cache=True, nogil=True)
def shift(rows: Tables, left: Floats, cell: int, option: int, sign: float) -> None:
    """Take an option's amounts off what is left of every row (or give them back: `sign` -1)."""
    first, last = rows.entry_start[cell], rows.entry_start[cell + 1]
    for entry in range(first - len(rows.everywhere), last):
        which = rows.everywhere[first - 1 - entry] if entry < first else rows.entry_set[entry]
        used = sign * rows.amounts[rows.set_measure[which], option]
        for at in range(rows.set_start[which], rows.set_start[which + 1]):
            left[rows.set_row[at]] -= rows.set_factor[at] * used


@njit(cache=True, nogil=True)
def _holds(
    rows: Tables, taken: NDArray[np.int32], left: Floats, tried: tuple[Int64, Int64], size: int
) -> bool:
    """Say whether a change keeps to the rows that a slot keeps by itself."""
    for index in range(size):
        cell, option = tried[0][index], tried[1][index]
        if taken[cell] >= 0:
            shift(rows, left, cell, taken[cell], -1.0)
        if option >= 0:
            shift(rows, left, cell, option, 1.0)
    holds = True
    for index in range(size):
        cell = tried[0][index]
        for entry in range(rows.entry_start[cell], rows.entry_start[cell + 1]):
            which = rows.entry_set[entry]
            for at in range(rows.set_start[which], rows.set_start[which + 1]):
                one = rows.set_row[at]
                if rows.is_inside[one] and left[one] < 0.0:
                    holds = False
    for index in range(size):
        cell, option = tried[0][index], tried[1][index]
        if taken[cell] >= 0:
            shift(rows, left, cell, taken[cell], 1.0)
        if option >= 0:
            shift(rows, left, cell, option, -1.0)
    return holds
