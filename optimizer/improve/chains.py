"""Fill what is left over, and chains of moves: one that breaks rows, then others that mend them and gain.

A chain is an ejection chain (Glover 1996) of a few moves over items of small priced loss; a pair has two.
Its start alone may break rows or lose; it is kept when in the end every row holds and the whole gains.
"""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from optimizer.compiled import compiled
from optimizer.improve.core import Core, State
from optimizer.improve.move import fits, make, use_of, weigh

_LEAST_GAIN = 1e-9


@compiled
def fill(core: Core, state: State) -> int:
    """Make single moves that gain and fit, those of least priced loss first, until none does; count them."""
    num_moves, has_moved = 0, True
    forgone = _soft(core)
    while has_moved:
        has_moved = False
        for item in core.order:
            held = state.held[core.item_cell[item]]
            state.work[0] += 1
            if item != held and core.value[item] > core.value[held] - forgone and fits(core, state, item):
                gain, _ = weigh(core, state, item)
                if gain > _LEAST_GAIN:
                    make(core, state, item)
                    num_moves, has_moved = num_moves + 1, True
    return num_moves


@compiled
def _soft(core: Core) -> float:
    """Return how much worth may be lost for penalties: without soft rows nothing."""
    return 0.0 if np.all(np.isinf(core.penalty)) else np.inf


@compiled
def chain(core: Core, state: State, start: int, limits: tuple[float, int], undo: Int64) -> float:
    """Try a chain that begins with a move; return its gain and leave it made, or return 0 with all undone.

    Parameters
    ----------
    limits
        The loss from which no item is worth a look, and how many items to weigh for each further move.
    undo
        Scratch for the items given up; its length is the chain's.
    """
    gain, _ = weigh(core, state, start)
    undo[0] = make(core, state, start)
    length = 1
    while True:
        row = _broken_row(core, state, undo, length)
        if row < 0 and gain > _LEAST_GAIN:
            return gain
        if row < 0:
            row = _released_row(core, state, undo, length)
        item, further = -1, 0.0
        if row >= 0 and length < len(undo):
            item, further = _best_in_row(core, state, row, limits, undo[:length])
        if item < 0:
            for step in range(length - 1, -1, -1):
                make(core, state, undo[step])
            return 0.0
        undo[length] = make(core, state, item)
        gain, length = gain + further, length + 1


@compiled
def _broken_row(core: Core, state: State, undo: Int64, length: int) -> int:
    """Return the most broken hard row that the cells of a chain touch, else -1."""
    found, most = -1, 0.0
    for step in range(length):
        for item in (undo[step], state.held[core.item_cell[undo[step]]]):
            state.work[0] += core.use_start[item + 1] - core.use_start[item]
            for k in range(core.use_start[item], core.use_start[item + 1]):
                row = core.use_row[k]
                over = core.hair[row] - state.left[row]
                if over > 0 and np.isinf(core.penalty[row]) and over * core.weight[row] > most:
                    found, most = row, over * core.weight[row]
    return found


@compiled
def _released_row(core: Core, state: State, undo: Int64, length: int) -> int:
    """Return the row that the last move of a chain gave back most to, by price, else -1."""
    found, most = -1, 0.0
    old = undo[length - 1]
    new = state.held[core.item_cell[old]]
    for k in range(core.use_start[old], core.use_start[old + 1]):
        row = core.use_row[k]
        given = core.weight[row] * (core.use[k] - use_of(core, new, row))
        if given > most:
            found, most = row, given
    return found


@compiled
def _best_in_row(
    core: Core, state: State, row: int, limits: tuple[float, int], undo: Int64
) -> tuple[int, float]:
    """Return the best next move among the items of a row (-1: none does any good), and its gain."""
    largest_loss, most_looks = limits
    found, of_found, best = -1, 0.0, 0.0
    looks = 0
    for k in range(core.row_start[row], core.row_start[row + 1]):
        item = core.row_item[k]
        if core.loss[item] > largest_loss or looks >= most_looks:
            break
        cell = core.item_cell[item]
        is_free = item != state.held[cell]
        for given_up in undo:
            is_free &= core.item_cell[given_up] != cell
        if not is_free:
            continue
        looks += 1
        gain, broken = weigh(core, state, item)
        if gain - broken > best:
            found, of_found, best = item, gain, gain - broken
    return found, of_found


@compiled
def chains(core: Core, state: State, starts: Int64, limits: tuple[float, int, int], most_work: int) -> float:
    """Try chains from the items of a list, ascending in loss, while work is left; return what they gain.

    Parameters
    ----------
    limits
        Loss from which no item is worth a look, items to weigh for each further move, moves of a chain.
    most_work
        The state's `work` at which to stop.
    """
    largest_loss, looks, longest = limits
    undo = np.empty(longest, np.int64)
    total = 0.0
    for start in starts:
        if state.work[0] > most_work or core.loss[start] > largest_loss:
            break
        if start != state.held[core.item_cell[start]]:
            total += chain(core, state, start, (largest_loss, looks), undo)
    return total
