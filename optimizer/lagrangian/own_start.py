"""A first good choice of a merchant: the best at its prices, then one or two cells changed, compiled."""

from __future__ import annotations

import numpy as np

from models.instance import Int64
from optimizer.compiled import compiled
from optimizer.lagrangian.choices import NONE, Block, Scratch

_EXCHANGED, _EXCHANGES = 80, 20
"""Changes that are tried two at a time, and how often."""


@compiled
def first_choice(block: Block, work: Scratch) -> int:
    """Look for a first good choice: the best at the prices, then single cells changed while that pays.

    Returns its value; the choice is left in `work.taken`, its use of every limit in `work.low[:, 0]`.
    """
    num_cells, num_limits = len(block.start) - 1, len(block.bound)
    value = 0
    for limit in range(num_limits):
        work.low[limit, 0] = 0
    for cell in range(num_cells):
        value += block.value[work.taken[cell]]
        for limit in range(num_limits):
            work.low[limit, 0] += block.amount[limit, work.taken[cell]]
    for limit in range(num_limits):
        if work.low[limit, 0] > block.bound[limit]:
            return NONE
    for cell in range(num_cells):
        for choice in range(block.start[cell], block.start[cell + 1]):
            now = work.taken[cell]
            if block.value[choice] <= block.value[now]:
                continue
            fits = True
            for limit in range(num_limits):
                after = work.low[limit, 0] + block.amount[limit, choice] - block.amount[limit, now]
                fits = fits and after <= block.bound[limit]
            if fits:
                for limit in range(num_limits):
                    work.low[limit, 0] += block.amount[limit, choice] - block.amount[limit, now]
                value += block.value[choice] - block.value[now]
                work.taken[cell] = choice
    return value


@compiled
def exchanged(block: Block, work: Scratch, value: int, upper: float) -> int:
    """Improve a choice by changing two cells at once, among the changes that lose least; return its value."""
    cells, choices = np.empty(_EXCHANGED, np.int64), np.empty(_EXCHANGED, np.int64)
    for _ in range(_EXCHANGES):
        count = _least_lost(block, work, upper - value, cells, choices)
        gained, first, second = _best_pair(block, work, cells[:count], choices[:count])
        if gained == 0:
            break
        _change(block, work, cells[first], choices[first])
        if second != first:
            _change(block, work, cells[second], choices[second])
        value += gained
        if upper - value < 1.0:
            break
    return value


@compiled
def _best_pair(block: Block, work: Scratch, cells: Int64, choices: Int64) -> tuple[int, int, int]:
    """Return the gain of the best one or two changes that fit, and which they are (one alone: twice)."""
    gained, first, second = 0, -1, -1
    for one in range(len(cells)):
        gain = block.value[choices[one]] - block.value[work.taken[cells[one]]]
        if gain > gained and _fit(block, work, (cells[one], choices[one]), (-1, -1)):
            gained, first, second = gain, one, one
        for other in range(one + 1, len(cells)):
            if cells[other] == cells[one]:
                continue
            both = gain + block.value[choices[other]] - block.value[work.taken[cells[other]]]
            if both > gained and _fit(
                block, work, (cells[one], choices[one]), (cells[other], choices[other])
            ):
                gained, first, second = both, one, other
    return gained, first, second


@compiled
def _fit(block: Block, work: Scratch, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Say whether every limit holds after one change of (cell, choice), or two (-1: none)."""
    for limit in range(len(block.bound)):
        amounts = block.amount[limit]
        after = work.low[limit, 0] + amounts[one[1]] - amounts[work.taken[one[0]]]
        if other[0] >= 0:
            after += amounts[other[1]] - amounts[work.taken[other[0]]]
        if after > block.bound[limit]:
            return False
    return True


@compiled
def _change(block: Block, work: Scratch, cell: int, choice: int) -> None:
    for limit in range(len(block.bound)):
        work.low[limit, 0] += block.amount[limit, choice] - block.amount[limit, work.taken[cell]]
    work.taken[cell] = choice


@compiled
def _least_lost(block: Block, work: Scratch, most: float, cells: Int64, choices: Int64) -> int:
    """List the changes of single cells whose choice loses least, at most as much as is missing."""
    count = 0
    losses = np.empty(_EXCHANGED)
    for cell in range(len(block.start) - 1):
        for choice in range(block.start[cell], block.start[cell + 1]):
            loss = work.loss[choice]
            if choice == work.taken[cell] or loss > most or (count == _EXCHANGED and loss >= losses[-1]):
                continue
            at = min(count, _EXCHANGED - 1)
            while at > 0 and losses[at - 1] > loss:
                losses[at], cells[at], choices[at] = losses[at - 1], cells[at - 1], choices[at - 1]
                at -= 1
            losses[at], cells[at], choices[at] = loss, cell, choice
            count = min(count + 1, _EXCHANGED)
    return count
