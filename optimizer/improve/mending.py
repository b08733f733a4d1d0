"""Mend broken rows: the move of least priced loss per unit first, then moves that break others a little."""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.improve.core import Core, State
from optimizer.improve.move import fits, make, use_of

_PATIENCE = 1.3


@compiled
def mend(core: Core, state: State, looks: int) -> int:
    """Mend broken rows one after the other without breaking any; return how many stay broken.

    Parameters
    ----------
    looks
        Items of a row that are looked at for each move.
    """
    num_broken = 0
    for row in range(len(core.price)):
        while _is_broken(core, state, row):
            item = _cheapest(core, state, row, looks)
            if item < 0:
                num_broken += 1
                break
            make(core, state, item)
    return num_broken


@compiled
def _is_broken(core: Core, state: State, row: int) -> bool:
    return bool(np.isinf(core.penalty[row]) and state.left[row] < core.hair[row])


@compiled
def _cheapest(core: Core, state: State, row: int, looks: int) -> int:
    """Return the move that fits and loses least for each unit by which it mends a row, else -1."""
    found, least = -1, np.inf
    over = core.hair[row] - state.left[row]
    for k in range(core.row_start[row], min(core.row_start[row + 1], core.row_start[row] + looks)):
        item = core.row_item[k]
        held = state.held[core.item_cell[item]]
        state.work[0] += 4
        if item == held:
            continue
        mended = min(over, use_of(core, held, row) - use_of(core, item, row))
        if mended <= 0:
            continue
        loss = core.loss[item] - core.loss[held]
        rate = loss / mended if loss > 0 else loss * mended
        if rate < least and fits(core, state, item):
            found, least = item, rate
    return found


@compiled
def eject(core: Core, state: State, most_moves: int, looks: int) -> bool:
    """Mend what is left by moves that may break other rows, which are mended in turn; say whether all hold.

    Rows that stay broken weigh more and more (Morris 1993, breakout), and a cell that has moved rests for
    some moves (Glover 1989).
    """
    weight = core.weight.copy()
    rests = np.zeros(len(state.held), np.int64)
    broken = np.empty(len(core.price), np.int64)
    for turn in range(1, most_moves + 1):
        num = 0
        for row in range(len(core.price)):
            if _is_broken(core, state, row):
                broken[num] = row
                weight[row] *= _PATIENCE
                num += 1
        if num == 0:
            return True
        row = broken[(turn * 7919) % num]
        item = _least_harm(core, state, row, (weight, rests, turn), looks)
        if item < 0:
            weight[row] *= _PATIENCE
            continue
        make(core, state, item)
        rests[core.item_cell[item]] = turn + 3 + (turn * 31) % 5
    return False


@compiled
def _least_harm(core: Core, state: State, row: int, memory: tuple[Floats, Int64, int], looks: int) -> int:
    """Return the move that mends a row and, weighed, breaks and loses least, else -1."""
    weight, rests, turn = memory
    found, least = -1, np.inf
    for k in range(core.row_start[row], min(core.row_start[row + 1], core.row_start[row] + looks)):
        item = core.row_item[k]
        cell = core.item_cell[item]
        held = state.held[cell]
        if item == held or rests[cell] >= turn:
            continue
        state.work[0] += 8
        if use_of(core, item, row) >= use_of(core, held, row):
            continue
        harm = core.loss[item] - core.loss[held]
        for own, sign in ((item, 1.0), (held, -1.0)):
            for use in range(core.use_start[own], core.use_start[own + 1]):
                harm += sign * weight[core.use_row[use]] * core.use[use] * 1e-3
        harm += _harm(core, state, (item, held), weight)
        if harm < least:
            found, least = item, harm
    return found


@compiled
def _harm(core: Core, state: State, move: tuple[int, int], weight: Floats) -> float:
    """Return by how much more a move breaks hard rows, weighted."""
    item, held = move
    harm = 0.0
    for use in range(core.use_start[item], core.use_start[item + 1]):
        row = core.use_row[use]
        if np.isinf(core.penalty[row]):
            over = core.hair[row] - state.left[row]
            more = core.use[use] - use_of(core, held, row)
            harm += weight[row] * (max(0.0, over + more) - max(0.0, over))
    for use in range(core.use_start[held], core.use_start[held + 1]):
        row = core.use_row[use]
        if np.isinf(core.penalty[row]) and use_of(core, item, row) == 0.0:
            over = core.hair[row] - state.left[row]
            harm += weight[row] * (max(0.0, over - core.use[use]) - max(0.0, over))
    return harm
