"""A move: one cell takes another item. What it gains, what it breaks, and doing it."""

from __future__ import annotations

import numpy as np

from optimizer.compiled import compiled
from optimizer.improve.core import Core, State


@compiled
def fits(core: Core, state: State, item: int) -> bool:
    """Say whether a move leaves no hard row more broken than it is."""
    held = state.held[core.item_cell[item]]
    i, i_end = core.use_start[held], core.use_start[held + 1]
    for k in range(core.use_start[item], core.use_start[item + 1]):
        row = core.use_row[k]
        while i < i_end and core.use_row[i] < row:
            if core.use[i] < 0 and _refuses(core, state, core.use_row[i], -core.use[i]):
                return False
            i += 1
        more = core.use[k]
        if i < i_end and core.use_row[i] == row:
            more -= core.use[i]
            i += 1
        if more > 0 and _refuses(core, state, row, more):
            return False
    while i < i_end:
        if core.use[i] < 0 and _refuses(core, state, core.use_row[i], -core.use[i]):
            return False
        i += 1
    return True


@compiled
def _refuses(core: Core, state: State, row: int, more: float) -> bool:
    return bool(np.isinf(core.penalty[row]) and state.left[row] - more < core.hair[row])


@compiled
def weigh(core: Core, state: State, item: int) -> tuple[float, float]:
    """Return what a move gains, soft penalties counted, and by how much it breaks hard rows, weighted."""
    held = state.held[core.item_cell[item]]
    gain, broken = core.value[item] - core.value[held], 0.0
    i, i_end = core.use_start[held], core.use_start[held + 1]
    k, k_end = core.use_start[item], core.use_start[item + 1]
    state.work[0] += i_end - i + k_end - k
    while i < i_end or k < k_end:
        of_held = core.use_row[i] if i < i_end else len(core.price)
        of_item = core.use_row[k] if k < k_end else len(core.price)
        row = min(of_held, of_item)
        more = 0.0
        if of_held == row:
            more -= core.use[i]
            i += 1
        if of_item == row:
            more += core.use[k]
            k += 1
        if more == 0.0:
            continue
        over = core.hair[row] - state.left[row]
        worse = max(0.0, over + more) - max(0.0, over)
        if np.isinf(core.penalty[row]):
            broken += core.weight[row] * worse
        else:
            gain -= core.penalty[row] * worse
    return gain, broken


@compiled
def make(core: Core, state: State, item: int) -> int:
    """Make a move; return the item that was held."""
    cell = core.item_cell[item]
    held = state.held[cell]
    state.work[0] += 4
    for k in range(core.use_start[held], core.use_start[held + 1]):
        state.left[core.use_row[k]] += core.use[k]
    for k in range(core.use_start[item], core.use_start[item + 1]):
        state.left[core.use_row[k]] -= core.use[k]
    state.held[cell] = item
    return int(held)


@compiled
def use_of(core: Core, item: int, row: int) -> float:
    """Return what an item uses of a row."""
    low, high = core.use_start[item], core.use_start[item + 1]
    while low < high:
        middle = (low + high) // 2
        if core.use_row[middle] < row:
            low = middle + 1
        else:
            high = middle
    if low < core.use_start[item + 1] and core.use_row[low] == row:
        return float(core.use[low])
    return 0.0
