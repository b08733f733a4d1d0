"""Simulated annealing of a mix (Kirkpatrick, Gelatt and Vecchi 1983), and its descent to whole rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.lagrangian.collecting import Columns

_SWEEPS = 20


class Chosen(NamedTuple):
    """A mix in the making: the column of each slot, and what is left of every row."""

    column: Int64
    left: Floats


class Terms(NamedTuple):
    """What a mix is to make large: columns' worth at prices, less what rows are broken by and what is left.

    Attributes
    ----------
    worth
        Of every column; shape (columns,).
    below, above
        What a unit by which a row is broken counts, and one that is left of it; shape (rows,).
    """

    worth: Floats
    below: Floats
    above: Floats


@compiled
def shift(columns: Columns, chosen: Chosen, column: int, sign: float) -> None:
    """Take a column's amounts off what is left of the rows (or give them back: `sign` -1)."""
    for at in range(columns.row_start[column], columns.row_start[column + 1]):
        chosen.left[columns.row[at]] -= sign * columns.amount[at]


@compiled
def gain_of(columns: Columns, left: Floats, column: int, terms: Terms) -> float:
    """Return what a column is worth where its slot is empty, less what it breaks and wastes more."""
    gain: float = terms.worth[column]
    for at in range(columns.row_start[column], columns.row_start[column + 1]):
        which, before = columns.row[at], left[columns.row[at]]
        after = before - columns.amount[at]
        gain += terms.below[which] * (min(after, 0.0) - min(before, 0.0))
        gain -= terms.above[which] * (max(after, 0.0) - max(before, 0.0))
    return gain


@compiled
def _priced(columns: Columns, column: int, prices: Floats) -> float:
    worth: float = columns.value[column]
    for at in range(columns.row_start[column], columns.row_start[column + 1]):
        worth -= prices[columns.row[at]] * columns.amount[at]
    return worth


@compiled
def priced_worth(columns: Columns, prices: Floats) -> Floats:
    """Return the value of every column less what it uses, at prices."""
    worth = np.empty(len(columns.value))
    for column in range(len(columns.value)):
        worth[column] = _priced(columns, column, prices)
    return worth


def spread_of(columns: Columns, worth: Floats) -> float:
    """Return by how much the columns of a slot differ in priced worth, typically."""
    best = np.maximum.reduceat(worth, columns.start[:-1])
    losses = np.repeat(best, np.diff(columns.start)) - worth
    return float(np.median(losses[losses > 0])) if (losses > 0).any() else 1.0


@compiled
def anneal(columns: Columns, chosen: Chosen, terms: Terms, schedule: tuple[float, float, int]) -> None:
    """Change one slot at a time while it cools, in counted steps."""
    hot, cold, steps = schedule
    state = np.uint64(88172645463325252)
    num_slots = len(columns.start) - 1
    cooling = (cold / hot) ** (1.0 / max(steps, 1))
    heat = hot
    for _ in range(steps):
        heat *= cooling
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        slot = int((state >> np.uint64(33)) % np.uint64(num_slots))
        size = columns.start[slot + 1] - columns.start[slot]
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        column = columns.start[slot] + int((state >> np.uint64(33)) % np.uint64(size))
        now = chosen.column[slot]
        if column == now:
            continue
        uniform = float(state >> np.uint64(11)) / 9007199254740992.0
        least = heat * np.log(max(uniform, 1e-300))
        shift(columns, chosen, now, -1.0)
        gain = gain_of(columns, chosen.left, column, terms) - gain_of(columns, chosen.left, now, terms)
        if gain >= least:
            chosen.column[slot] = column
            shift(columns, chosen, column, 1.0)
        else:
            shift(columns, chosen, now, 1.0)


@compiled
def descend(columns: Columns, chosen: Chosen, terms: Terms, effort: int, work: Int64) -> None:
    """Take the best column of every slot in turn until nothing changes."""
    for _ in range(_SWEEPS):
        num_changed = 0
        for slot in range(len(columns.start) - 1):
            now = chosen.column[slot]
            shift(columns, chosen, now, -1.0)
            best, largest = now, gain_of(columns, chosen.left, now, terms)
            for column in range(columns.start[slot], columns.start[slot + 1]):
                if column != now:
                    work[0] += 1
                    gain = gain_of(columns, chosen.left, column, terms)
                    if gain > largest + 1e-9 * abs(largest) + 1e-9:
                        best, largest = column, gain
            shift(columns, chosen, best, 1.0)
            if best != now:
                chosen.column[slot] = best
                num_changed += 1
        if num_changed == 0 or work[0] > effort:
            break
