"""What every merchant chooses from, gathered: blocks of near-optimal choices, as columns over rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.instance import Int32, Int64
from models.linear import Bools, Floats, Linear
from optimizer.compiled import compiled
from optimizer.lagrangian.dual import Dual, Priced
from optimizer.lagrangian.nearby import Asked, Near, choices_near, losses_near
from optimizer.lagrangian.tables import Prices

_SAMPLED_CELLS = 20_000
_TRIES, _LEAST_LESS, _MOST_LESS = 20, 0.05, 0.7
"""How often, and by what factors, what may be lost is made less, until there are not too many choices."""
_MOST_NODES = 20_000
"""Looks that one merchant's choices may take."""


class Wanted(NamedTuple):
    """How many choices are to be gathered.

    Attributes
    ----------
    choices
        About so many, beside what is taken.
    each
        Most of one merchant at a limit of its own.
    is_swinging
        Whether half of them are those that lose least for what they move, which meets limits cheaply, and not
        only those that lose least, which fill limits up.
    """

    choices: int
    each: int
    is_swinging: bool = False


class Columns(NamedTuple):
    """Choices of blocks of cells, as columns over rows.

    Attributes
    ----------
    start
        Columns of slot s are `start[s]:start[s + 1]`, what was taken first; shape (slots + 1,).
    value
        Units of the objective; shape (columns,).
    row_start, row, amount
        What a column adds to the rows.
    """

    start: Int64
    value: Floats
    row_start: Int64
    row: Int32
    amount: Floats

    @property
    def num_slots(self) -> int:
        """How many slots there are."""
        return len(self.start) - 1


def gather(dual: Dual, priced: Priced, known: Int64 | None, wanted: Wanted) -> Near:
    """Return choices of blocks of cells that lose little.

    Parameters
    ----------
    priced
        Prices, and the choices at them, from which losses are reckoned.
    known
        A choice of all cells that is to be among them; option or -1; shape (cells,); None: none.
    """
    charges, rewards = dual.charged(priced.prices)
    prices = Prices(charges, rewards, dual.market.scale, 0)
    taken = priced.passed.outcome.taken
    asked = Asked(taken, taken if known is None else known, 0.0, 0.0, wanted.each, _MOST_NODES)
    every = max(1, len(taken) // _SAMPLED_CELLS)
    loss, moved = _losses(dual, prices, asked, every)
    few = max(wanted.choices // every // (2 if wanted.is_swinging else 1), 1)
    asked = asked._replace(loss=_smallest(loss, few) if len(loss) else abs(priced.bound) / len(taken))
    if wanted.is_swinging:
        asked = asked._replace(ratio=_smallest(loss / np.maximum(moved, 1.0), few))
    near: list[Near] = []
    for _ in range(_TRIES):
        near = _near(dual, prices, asked, every)
        found = every * sum(int(part.counts[1] - part.counts[0]) for part in near)
        if found <= wanted.choices:
            break
        less = min(max(wanted.choices / found, _LEAST_LESS), _MOST_LESS)
        asked = asked._replace(loss=less * asked.loss, ratio=less * asked.ratio)
    return _joined(near if every == 1 else _near(dual, prices, asked, 1))


def _losses(dual: Dual, prices: Prices, asked: Asked, every: int) -> Floats:
    """Return what options of every so manieth merchant lose, and what they move; shape (2, options)."""
    tables = dual.market.tables
    found = dual.pricer.each(lambda s, work: losses_near(tables, prices, asked, (*s[:2], every), work))
    return np.concatenate(found).T


def _near(dual: Dual, prices: Prices, asked: Asked, every: int) -> list[Near]:
    """Return what every so manieth merchant chooses from, by part."""
    tables = dual.market.tables
    return dual.pricer.each(lambda s, work: choices_near(tables, prices, asked, (*s[:2], every), work))


def _smallest(numbers: Floats, count: int) -> float:
    """Return the largest of so many of the smallest numbers."""
    if len(numbers) > count:
        return float(np.partition(numbers, count)[count])
    return float(numbers.max(initial=0.0))


def _joined(parts: list[Near]) -> Near:
    columns = np.cumsum([0, *(part.counts[1] for part in parts)])
    filled = np.cumsum([0, *(len(part.options) for part in parts)])
    blocks = [
        part.blocks + np.array([0, 0, first])
        for part, first in zip(parts, columns[:-1].tolist(), strict=True)
    ]
    starts = [part.start[:-1] + first for part, first in zip(parts, filled[:-1].tolist(), strict=True)]
    return Near(
        np.concatenate(blocks),
        np.append(np.concatenate(starts), filled[-1]),
        np.concatenate([part.options for part in parts]),
        np.sum([part.counts for part in parts], axis=0),
    )


def collect(rows: Linear, is_inside: Bools, near: Near) -> Columns:
    """Return choices as columns, rows that they keep by themselves left out."""
    num_columns = int(near.counts[1])
    start = np.append(near.blocks[:, 2], num_columns)
    value = np.empty(num_columns)
    row_start = np.zeros(num_columns + 1, np.int64)
    row, amount = _fill(_rows_of(rows, is_inside), near, start[1:], (value, row_start))
    return Columns(start, value, row_start, row, amount)


def use(rows: Linear, taken: Int64) -> Floats:
    """Return what a choice uses of every row."""
    of_set = _use_of_sets(_rows_of(rows, np.zeros(rows.num_rows, bool)), taken)
    entry_set = np.repeat(np.arange(rows.num_sets), np.diff(rows.set_start))
    return np.bincount(rows.set_row, rows.set_factor * of_set[entry_set], rows.num_rows).astype(np.float64)


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


@compiled
def _use_of_sets(rows: _Rows, taken: Int64) -> Floats:
    """Return what a choice uses of every set."""
    found = np.zeros(len(rows.set_measure))
    for cell in range(len(taken)):
        if taken[cell] >= 0:
            for which in rows.everywhere:
                found[which] += rows.amounts[rows.set_measure[which], taken[cell]]
            for entry in range(rows.entry_start[cell], rows.entry_start[cell + 1]):
                which = rows.entry_set[entry]
                found[which] += rows.amounts[rows.set_measure[which], taken[cell]]
    return found


@compiled
def _fill(rows: _Rows, near: Near, ends: Int64, out: tuple[Floats, Int64]) -> tuple[Int32, Floats]:
    """Write every column's value and where its rows begin; return the rows, and its amounts of them."""
    value, row_start = out
    row, amount = np.empty(1024, np.int32), np.empty(1024)
    use = np.zeros(len(rows.is_inside))
    is_touched = np.zeros(len(rows.is_inside), np.bool_)
    touched = np.empty(len(rows.is_inside), np.int64)
    filled = 0
    for slot in range(len(near.blocks)):
        for column in range(near.blocks[slot, 2], ends[slot]):
            count, worth = 0, 0.0
            place = near.start[column] - near.blocks[slot, 0]
            for cell in range(near.blocks[slot, 0], near.blocks[slot, 1]):
                option = near.options[place + cell]
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
