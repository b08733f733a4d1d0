"""Exchanges in a mix that breaks no row: one merchant's column, or two at once."""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.lagrangian.annealing import Chosen, priced_worth, shift
from optimizer.lagrangian.collecting import Columns

_NEAR = 400
"""Columns of other merchants, those of least loss, that are tried to make room for one column."""


@compiled
def exchange(
    columns: Columns, chosen: Chosen, penalty: Floats, prices: Floats, effort: int, work: Int64
) -> None:
    """Change one slot, or two at once, while the value rises and every hard row holds."""
    num_slots = len(columns.start) - 1
    worth = priced_worth(columns, prices)
    # Pairs are looked for among the changes of least priced loss.
    moves = np.empty(len(columns.value), np.int64)
    losses = np.empty(len(columns.value))
    slot_of = np.empty(len(columns.value), np.int64)
    for slot in range(num_slots):
        slot_of[columns.start[slot] : columns.start[slot + 1]] = slot
    while work[0] < effort:
        is_changed = False
        count = 0
        for slot in range(num_slots):
            now = chosen.column[slot]
            for column in range(columns.start[slot], columns.start[slot + 1]):
                if column != now:
                    moves[count], losses[count] = column, worth[now] - worth[column]
                    count += 1
        order = np.argsort(losses[:count])
        for place in range(count):
            one = moves[order[place]]
            slot = slot_of[one]
            before = chosen.column[slot]
            if one == before:
                continue
            shift(columns, chosen, before, -1.0)
            gain = _soft(columns, chosen.left, one, penalty) - _soft(columns, chosen.left, before, penalty)
            shift(columns, chosen, one, 1.0)
            if gain > 1e-9 and _holds(columns, chosen.left, (before, one, one), penalty):
                chosen.column[slot] = one
                is_changed = True
                work[0] += 1
                continue
            partner = _partner(
                columns, chosen, (moves, order, place, count), (slot_of, penalty), (gain, before), work
            )
            if partner >= 0:
                other = slot_of[partner]
                shift(columns, chosen, chosen.column[other], -1.0)
                shift(columns, chosen, partner, 1.0)
                chosen.column[slot] = one
                chosen.column[other] = partner
                is_changed = True
            else:
                shift(columns, chosen, one, -1.0)
                shift(columns, chosen, before, 1.0)
            if work[0] > effort:
                break
        if not is_changed:
            break


@compiled
def _soft(columns: Columns, left: Floats, column: int, penalty: Floats) -> float:
    """Return the column's value less the penalties that it brings."""
    worth: float = columns.value[column]
    for at in range(columns.row_start[column], columns.row_start[column + 1]):
        which = columns.row[at]
        if penalty[which] != np.inf:
            worth += penalty[which] * (min(left[which] - columns.amount[at], 0.0) - min(left[which], 0.0))
    return worth


@compiled
def _partner(
    columns: Columns,
    chosen: Chosen,
    listed: tuple[Int64, Int64, int, int],
    about: tuple[Int64, Floats],
    first: tuple[float, int],
    work: Int64,
) -> int:
    """Find a change of another slot that mends what a first change broke and leaves a gain; -1: none."""
    moves, order, place, count = listed
    slot_of, penalty = about
    gain, before = first
    own = slot_of[moves[order[place]]]
    best, largest = -1, 1e-9
    for near in range(min(count, _NEAR)):
        column = moves[order[near]]
        slot = slot_of[column]
        now = chosen.column[slot]
        if slot == own or column == now:
            continue
        if gain + columns.value[column] - columns.value[now] <= largest:
            continue
        work[0] += 1
        shift(columns, chosen, now, -1.0)
        total = (
            gain + _soft(columns, chosen.left, column, penalty) - _soft(columns, chosen.left, now, penalty)
        )
        if total > largest:
            shift(columns, chosen, column, 1.0)
            if _holds(columns, chosen.left, (now, column, moves[order[place]]), penalty) and _holds(
                columns, chosen.left, (before, before, before), penalty
            ):
                best, largest = column, total
            shift(columns, chosen, column, -1.0)
        shift(columns, chosen, now, 1.0)
    return best


@compiled
def _holds(columns: Columns, left: Floats, changed: tuple[int, int, int], penalty: Floats) -> bool:
    """Say whether the rows of some columns hold."""
    for column in changed:
        for at in range(columns.row_start[column], columns.row_start[column + 1]):
            which = columns.row[at]
            if penalty[which] == np.inf and left[which] < -1e-9 * (1.0 + abs(columns.amount[at])):
                return False
    return True
