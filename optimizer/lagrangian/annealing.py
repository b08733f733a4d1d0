"""Simulated annealing of a mix of columns (Kirkpatrick, Gelatt and Vecchi 1983), in counted steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.instance import Int32, Int64
from models.linear import Bools, Floats

_SEED = 88172645463325252
_AROUND = 4
"""Companions about the best match that are tried."""


class Columns(NamedTuple):
    """Changes of slots as columns over rows, the first of every slot being none at all.

    Attributes
    ----------
    start
        Columns of slot s are `start[s]:start[s + 1]`.
    value
        Units of the objective against the choice that all begins with; shape (columns,).
    row_start, row, amount
        What a column adds to the rows, against that choice.
    """

    start: Int64
    value: Floats
    row_start: Int64
    row: Int32
    amount: Floats


class Chosen(NamedTuple):
    """A mix in the making: the column of each slot, and what is left of every row."""

    column: Int64
    left: Floats


class Schedule(NamedTuple):
    """Temperatures of the first and last step, steps between two looks at the penalties, and looks."""

    hot: float
    cold: float
    steps: int
    looks: int
    room: float
    least_room: float


@njit(cache=True, nogil=True)
def shift(columns: Columns, left: Floats, column: int, sign: float) -> None:
    """Take a column's amounts off what is left of the rows (or give them back: `sign` -1)."""
    for at in range(columns.row_start[column], columns.row_start[column + 1]):
        left[columns.row[at]] -= sign * columns.amount[at]


@njit(cache=True, nogil=True)
def cost(left: float, price: float, penalty: float, room: float) -> float:
    """Return what is lost where so much of a row is left, or (below zero) lacks, smoothed over some room."""
    lost = price * left if left >= 0.0 else -penalty * left
    return lost * lost / (lost + room) if lost > 0.0 else 0.0


@njit(cache=True, nogil=True)
def worth(columns: Columns, left: Floats, column: int, about: tuple[Floats, Floats, Floats, float]) -> float:
    """Return what a column is worth where its slot is empty: priced value less what it costs more."""
    priced, prices, penalties, room = about
    found = priced[column]
    for at in range(columns.row_start[column], columns.row_start[column + 1]):
        which = columns.row[at]
        price, penalty, now = prices[which], penalties[which], left[which]
        found -= cost(now - columns.amount[at], price, penalty, room) - cost(now, price, penalty, room)
    return found


class Partners(NamedTuple):
    """Columns that touch the same rows, in order of what they cost there.

    Attributes
    ----------
    slot
        Slot of every column; shape (columns,).
    charge
        What a column's amounts cost at the prices; shape (columns,).
    begin, end
        The column's companions are `order[begin:end]`, by charge; shape (columns,).
    sorted
        `charge[order]`.
    """

    slot: Int64
    charge: Floats
    begin: Int64
    end: Int64
    order: Int64
    sorted: Floats


def partners(columns: Columns, prices: Floats) -> Partners:
    """Group columns by the priced rows that they touch."""
    num_columns = len(columns.value)
    column = np.repeat(np.arange(num_columns), np.diff(columns.row_start))
    cost = prices[columns.row] * columns.amount
    charge = np.bincount(column, cost, num_columns)
    marks = np.random.default_rng(0).integers(1, 2**40, len(prices)).astype(np.float64)
    mark = np.bincount(column, np.where(cost != 0.0, marks[columns.row], 0.0), num_columns)
    order = np.lexsort([charge, mark])
    is_new = np.append(True, mark[order][1:] != mark[order][:-1])
    begins = np.flatnonzero(is_new)
    ends = np.append(begins[1:], num_columns)
    group = np.empty(num_columns, np.int64)
    group[order] = np.cumsum(is_new) - 1
    slot = np.repeat(np.arange(len(columns.start) - 1), np.diff(columns.start))
    return Partners(slot, charge, begins[group], ends[group], order, charge[order])


@njit(cache=True, nogil=True)
def _next(state: NDArray[np.uint64]) -> np.uint64:
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return x >> np.uint64(11)


@njit(cache=True, nogil=True)
def _partner(near: Partners, chosen: Chosen, start: Int64, first: tuple[int, float], state: NDArray[np.uint64]) -> int:
    """Return a column of another slot that about undoes what a first change uses; -1: none came up."""
    column, charge = first
    begin, end = near.begin[column], near.end[column]
    is_undoing = _next(state) & np.uint64(1)
    wanted = charge if is_undoing else -charge
    place = begin + np.searchsorted(near.sorted[begin:end], wanted)
    place += np.int64(_next(state) % np.uint64(2 * _AROUND)) - _AROUND
    if place < begin or place >= end:
        return -1
    other = near.order[place]
    slot = near.slot[other]
    if slot == near.slot[column]:
        return -1
    if chosen.column[slot] == other:
        return start[slot]
    return -1 if is_undoing else other


@njit(cache=True, nogil=True)
def anneal(
    columns: Columns, chosen: Chosen, about: tuple[Floats, Floats, Floats, Bools, Partners], schedule: Schedule, seed: int
) -> None:
    """Change a slot, or two that use the same rows, at a time.

    Hard rows that are still broken at a look grow dearer, others cheaper.
    """
    priced, prices, penalties, is_hard, near = about
    room = schedule.room
    narrowing = (schedule.least_room / schedule.room) ** (1.0 / max(schedule.looks - 1, 1))
    state = np.array([_SEED + seed * 7919], np.uint64)
    num_columns = np.uint64(len(columns.value))
    least_penalties = penalties.copy()
    cooling = (schedule.cold / schedule.hot) ** (1.0 / max(schedule.steps * schedule.looks - 1, 1))
    heat = schedule.hot
    for _look in range(schedule.looks):
        for _ in range(schedule.steps):
            heat *= cooling
            one = np.int64(_next(state) % num_columns)
            now = chosen.column[near.slot[one]]
            if one == now:
                one = columns.start[near.slot[one]]
                if one == now:
                    continue
            two, before = -1, -1
            if _next(state) % np.uint64(4):
                key = one if near.end[one] - near.begin[one] and one != columns.start[near.slot[one]] else now
                two = _partner(near, chosen, columns.start, (key, near.charge[one] - near.charge[now]), state)
                if two >= 0:
                    before = chosen.column[near.slot[two]]
                    if before == two or near.slot[two] == near.slot[one]:
                        continue
            least = heat * np.log(max(float(_next(state)) / 9007199254740992.0, 1e-300))
            gain = _changed(columns, chosen.left, (now, one), (priced, prices, penalties, room))
            if two >= 0:
                gain += _changed(columns, chosen.left, (before, two), (priced, prices, penalties, room))
            if gain >= least:
                chosen.column[near.slot[one]] = one
                if two >= 0:
                    chosen.column[near.slot[two]] = two
            else:
                shift(columns, chosen.left, one, -1.0)
                shift(columns, chosen.left, now, 1.0)
                if two >= 0:
                    shift(columns, chosen.left, two, -1.0)
                    shift(columns, chosen.left, before, 1.0)
        room *= narrowing
        for row in range(len(penalties)):
            if is_hard[row]:
                if chosen.left[row] < 0.0:
                    penalties[row] *= 1.3
                else:
                    penalties[row] = max(penalties[row] / 1.1, least_penalties[row])


@njit(cache=True, nogil=True)
def _changed(columns: Columns, left: Floats, pair: tuple[int, int], about: tuple[Floats, Floats, Floats, float]) -> float:
    """Put a column in place of another, and return what that gains."""
    old, new = pair
    shift(columns, left, old, -1.0)
    gain = worth(columns, left, new, about) - worth(columns, left, old, about)
    shift(columns, left, new, 1.0)
    return gain
