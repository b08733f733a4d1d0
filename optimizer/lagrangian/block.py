"""The exact best of one merchant under limits of its own: depth-first branch and bound on losses, compiled.

Prices on the merchant's own limits (found by line searches, limit by limit) give every choice of a cell a
loss against the cell's best, and the merchant an upper bound. A choice of all cells is worth the bound less
its losses less the priced slack, so only losses smaller than bound - best known need looking at (the core of
Pisinger 1995, for any number of limits). Values and amounts are whole numbers; floats only order and prune,
with a margin far above their error, so what is returned as the best is exactly that.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from models.instance import Int64
from models.linear import Floats
from optimizer.lagrangian.dynamic import best_states

NONE = -(2**62)
"""A value below every choice's: nothing is known, or nothing is possible."""

DONE, RELAXED = 1, 2
"""How a search ended: proven, or out of its counted budget (then only the upper bound is proven)."""

_ROUNDS = 4
_DIVE = 2_000
"""Nodes of the depth-first search under one limit; what it leaves open goes to lists of states."""

_HALVINGS = 26
_EXCHANGED, _EXCHANGES = 80, 20
_MARGIN = 4e-12
"""Share of the magnitudes added up by which floats may err; a thousand times what they do err by."""


class Block(NamedTuple):
    """One merchant as choices: those of cell i are `start[i]:start[i + 1]`, nothing among them if allowed.

    Attributes
    ----------
    value, amount
        Whole numbers; shapes (choices,), (limits, choices).
    bound
        Each limit reads `sum of amount <= bound`; shape (limits,).
    """

    start: Int64
    value: Int64
    amount: Int64
    bound: Int64


class Scratch(NamedTuple):
    """Working space for one thread, large enough for the largest merchant; see `scratch`."""

    price: Floats
    used: Floats
    loss: Floats
    taken: Int64
    best: Int64
    order: Int64
    kept_start: Int64
    kept: Int64
    low: Int64
    high: Int64
    partial: Int64
    partial_loss: Floats
    partial_value: Int64
    pointer: Int64


def scratch(num_cells: int, num_choices: int, num_limits: int) -> Scratch:
    """Return working space for merchants of up to so many cells, choices and limits."""
    cells, choices, limits = num_cells + 1, num_choices + 1, num_limits + 1
    return Scratch(
        price=np.zeros(limits),
        used=np.zeros(limits),
        loss=np.zeros(choices),
        taken=np.zeros(cells, np.int64),
        best=np.zeros(cells, np.int64),
        order=np.zeros(cells, np.int64),
        kept_start=np.zeros(cells + 1, np.int64),
        kept=np.zeros(choices, np.int64),
        low=np.zeros((limits, cells + 1), np.int64),
        high=np.zeros((limits, cells + 1), np.int64),
        partial=np.zeros((limits, cells + 1), np.int64),
        partial_loss=np.zeros(cells + 1),
        partial_value=np.zeros(cells + 1, np.int64),
        pointer=np.zeros(cells + 1, np.int64),
    )


@njit(cache=True, nogil=True)
def search(block: Block, work: Scratch, lower: int, budget: int) -> tuple[int, int, int, int]:
    """Find the best choice of a merchant that is worth more than `lower`.

    Parameters
    ----------
    lower
        Value to beat; NONE: any.
    budget
        Nodes that may be looked at.

    Returns
    -------
    How it ended, the value found (`lower` if nothing better), an upper bound on every choice's value, and the
    nodes looked at. The choice found stands in `work.best`, the limits' prices in `work.price`.
    """
    num_cells, num_limits = len(block.start) - 1, len(block.bound)
    if not _can_be_met(block):
        return DONE, lower, NONE, 0
    _find_prices(block, work)
    upper, margin = _losses(block, work)
    value = _first(block, work, lower)
    if value != NONE and upper - value >= 1.0:
        value = _exchange(block, work, value, upper)
    if value > lower:
        lower = value
        work.best[:num_cells] = work.taken[:num_cells]
    if lower != NONE and upper - lower < 1.0 - margin and upper < 2.0**52:
        return DONE, lower, lower, 0
    most = upper - lower + margin if lower != NONE else np.inf
    num_open = _keep(block, work, most)
    dive = min(budget, _DIVE) if num_limits == 1 else budget
    ended, value, left, nodes = _dive(
        block, work, (num_cells, num_limits, num_open), (lower, dive, upper, margin)
    )
    if ended == DONE or num_limits != 1 or budget <= _DIVE or value == NONE:
        return ended, value, left, nodes
    num_open = _keep(block, work, upper - value + margin)
    return _list_states(block, work, (value, upper, margin), budget - nodes)


@njit(cache=True, nogil=True)
def _list_states(
    block: Block, work: Scratch, known: tuple[int, float, float], budget: int
) -> tuple[int, int, int, int]:
    """Finish a search under one limit by dynamic programming over the choices kept."""
    lower, upper, margin = known
    num_cells = len(block.start) - 1
    start = work.kept_start[: num_cells + 1]
    kept = work.kept[: start[num_cells]]
    for cell in range(num_cells):
        if start[cell] == start[cell + 1]:
            return DONE, lower, lower, 0  # every choice of this cell loses too much
    is_done, value, looked, chosen = best_states(
        (start, kept), block.value, block.amount[0], (block.bound[0], lower, work.price[0], margin), budget
    )
    if not is_done:
        return RELAXED, lower, np.int64(np.ceil(upper + margin)), looked
    if value > lower:
        for place in range(num_cells):
            work.best[work.order[place]] = chosen[place]
    return DONE, value, value, looked


@njit(cache=True, nogil=True)
def _can_be_met(block: Block) -> bool:
    """Say whether each limit by itself can be met, and every cell has a choice."""
    for limit in range(len(block.bound)):
        least = 0
        for cell in range(len(block.start) - 1):
            smallest = np.int64(2**62)
            for choice in range(block.start[cell], block.start[cell + 1]):
                smallest = min(smallest, block.amount[limit, choice])
            least += smallest
        if least > block.bound[limit]:
            return False
    for cell in range(len(block.start) - 1):
        if block.start[cell] == block.start[cell + 1]:
            return False
    return True


@njit(cache=True, nogil=True)
def _use(block: Block, price: Floats, limit: int, taken: Int64) -> int:
    """Take the best choice of every cell at some prices; return the use of one limit."""
    used = 0
    num_limits = len(block.bound)
    for cell in range(len(block.start) - 1):
        best, largest = block.start[cell], -np.inf
        for choice in range(block.start[cell], block.start[cell + 1]):
            worth = float(block.value[choice])
            for other in range(num_limits):
                worth -= price[other] * block.amount[other, choice]
            # Of equals the one that uses less comes first, so that a limit is met as soon as it can be.
            if worth > largest or (
                worth == largest and block.amount[limit, choice] < block.amount[limit, best]
            ):
                best, largest = choice, worth
        taken[cell] = best
        used += block.amount[limit, best]
    return used


@njit(cache=True, nogil=True)
def _find_prices(block: Block, work: Scratch) -> None:
    """Lower the priced bound limit by limit: each price is where its limit just holds."""
    num_limits = len(block.bound)
    price = work.price
    for limit in range(num_limits):
        price[limit] = 0.0
    for _ in range(_ROUNDS if num_limits > 1 else 1):
        is_moved = False
        for limit in range(num_limits):
            before = price[limit]
            used = _use(block, price, limit, work.taken)
            if used > block.bound[limit]:
                low, high = _bracket(block, work, limit, used)
            elif before > 0.0:
                price[limit] = 0.0
                if _use(block, price, limit, work.taken) <= block.bound[limit]:
                    is_moved = True
                    continue
                low, high = 0.0, before
            else:
                continue
            for _halving in range(_HALVINGS):
                middle = 0.5 * (low + high)
                price[limit] = middle
                if _use(block, price, limit, work.taken) > block.bound[limit]:
                    low = middle
                else:
                    high = middle
            price[limit] = high
            is_moved = is_moved or abs(high - before) > 1e-6 * high
        if not is_moved:
            break


@njit(cache=True, nogil=True)
def _bracket(block: Block, work: Scratch, limit: int, used: int) -> tuple[float, float]:
    """Return two prices of a limit, the second within a factor of four (or zero) of the first that meets it."""
    price, bound = work.price, block.bound[limit]
    before, worth = price[limit], 1.0
    for cell in range(len(block.start) - 1):
        worth += abs(block.value[work.taken[cell]])
    low, high = before, max(2.0 * before, worth / (abs(float(used)) + abs(float(bound)) + 1.0))
    price[limit] = high
    while _use(block, price, limit, work.taken) > bound and high < 1e60:
        low, high = high, 4.0 * high
        price[limit] = high
    for _ in range(_HALVINGS):
        price[limit] = before + 0.25 * (high - before)
        if price[limit] <= before or _use(block, price, limit, work.taken) > bound:
            return price[limit], high
        high = price[limit]
    return low, high


@njit(cache=True, nogil=True)
def _losses(block: Block, work: Scratch) -> tuple[float, float]:
    """Find every choice's loss against its cell's best; return the bound, and what floats may be wrong by."""
    upper, size = 0.0, 0.0
    for limit in range(len(block.bound)):
        upper += work.price[limit] * block.bound[limit]
        size += abs(work.price[limit] * block.bound[limit])
    for cell in range(len(block.start) - 1):
        best, largest, most = block.start[cell], -np.inf, 0.0
        for choice in range(block.start[cell], block.start[cell + 1]):
            worth = float(block.value[choice])
            magnitude = abs(worth)
            for limit in range(len(block.bound)):
                worth -= work.price[limit] * block.amount[limit, choice]
                magnitude += abs(work.price[limit] * block.amount[limit, choice])
            work.loss[choice] = worth
            most = max(most, magnitude)
            if worth > largest:
                best, largest = choice, worth
        for choice in range(block.start[cell], block.start[cell + 1]):
            work.loss[choice] = largest - work.loss[choice]
        work.taken[cell] = best
        upper += largest
        size += most
    return upper, _MARGIN * size + 1e-6


@njit(cache=True, nogil=True)
def _first(block: Block, work: Scratch, lower: int) -> int:
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


@njit(cache=True, nogil=True)
def _exchange(block: Block, work: Scratch, value: int, upper: float) -> int:
    """Improve a choice by changing two cells at once, among the changes that lose least; return its value."""
    num_limits = len(block.bound)
    cells, choices = np.empty(_EXCHANGED, np.int64), np.empty(_EXCHANGED, np.int64)
    for _ in range(_EXCHANGES):
        count = _least_lost(block, work, upper - value, cells, choices)
        gained, first, second = np.int64(0), -1, -1
        for one in range(count):
            before = work.taken[cells[one]]
            gain = block.value[choices[one]] - block.value[before]
            for other in range(one, count):
                both = gain
                if other > one:
                    if cells[other] == cells[one]:
                        continue
                    both += block.value[choices[other]] - block.value[work.taken[cells[other]]]
                if both <= gained:
                    continue
                fits = True
                for limit in range(num_limits):
                    after = (
                        work.low[limit, 0] + block.amount[limit, choices[one]] - block.amount[limit, before]
                    )
                    if other > one:
                        after += block.amount[limit, choices[other]]
                        after -= block.amount[limit, work.taken[cells[other]]]
                    fits = fits and after <= block.bound[limit]
                if fits:
                    gained, first, second = both, one, other
        if gained == 0:
            break
        for one in (first, second) if second > first else (first, first):
            before = work.taken[cells[one]]
            for limit in range(num_limits):
                work.low[limit, 0] += block.amount[limit, choices[one]] - block.amount[limit, before]
            work.taken[cells[one]] = choices[one]
        value += gained
        if upper - value < 1.0:
            break
    return value


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _keep(block: Block, work: Scratch, most: float) -> int:
    """Keep the choices whose loss is not too large; return in how many cells more than one is left.

    Cells with one choice left come first in `work.order`; the others follow, those that move the limits most
    first. The kept choices of place i are `work.kept[kept_start[i]:kept_start[i + 1]]`, least loss first.
    """
    num_cells, num_limits = len(block.start) - 1, len(block.bound)
    span = np.zeros(num_cells)
    num_open = 0
    for cell in range(num_cells):
        count = 0
        for choice in range(block.start[cell], block.start[cell + 1]):
            if work.loss[choice] <= most:
                count += 1
        if count > 1:
            num_open += 1
            for limit in range(num_limits):
                least, largest = np.inf, -np.inf
                for choice in range(block.start[cell], block.start[cell + 1]):
                    if work.loss[choice] <= most:
                        least = min(least, float(block.amount[limit, choice]))
                        largest = max(largest, float(block.amount[limit, choice]))
                span[cell] += work.price[limit] * (largest - least)
            span[cell] += 1e-300
    order = np.argsort(-span, kind="mergesort")
    filled = 0
    for place in range(num_cells):
        # The open cells are the first of `order`; they go behind the others.
        cell = order[(place + num_open) % num_cells]
        work.order[place] = cell
        work.kept_start[place] = filled
        for choice in range(block.start[cell], block.start[cell + 1]):
            if work.loss[choice] <= most:
                at = filled
                while at > work.kept_start[place] and work.loss[work.kept[at - 1]] > work.loss[choice]:
                    work.kept[at] = work.kept[at - 1]
                    at -= 1
                work.kept[at] = choice
                filled += 1
    work.kept_start[num_cells] = filled
    return num_open


@njit(cache=True, nogil=True)
def _dive(
    block: Block, work: Scratch, counts: tuple[int, int, int], known: tuple[int, int, float, float]
) -> tuple[int, int, int, int]:
    num_cells, num_limits, num_open = counts
    lower, budget, upper, margin = known
    first = num_cells - num_open
    _reaches(block, work, num_cells, num_limits)
    depth = first
    work.partial_loss[first], work.partial_value[first] = 0.0, 0
    for limit in range(num_limits):
        work.partial[limit, first] = 0
    for place in range(first):
        if work.kept_start[place] == work.kept_start[place + 1]:
            return DONE, lower, lower, 0
        choice = work.kept[work.kept_start[place]]
        work.pointer[place] = work.kept_start[place]
        work.partial_value[first] += block.value[choice]
        work.partial_loss[first] += work.loss[choice]
        for limit in range(num_limits):
            work.partial[limit, first] += block.amount[limit, choice]
    most = upper - lower - 1.0 + margin if lower != NONE else np.inf
    nodes = 0
    work.pointer[depth] = work.kept_start[depth]
    if not _may_pay(block, work, depth, most):
        return DONE, lower, lower, 0
    while depth >= first:
        if depth == num_cells:
            if work.partial_value[depth] > lower:
                lower = work.partial_value[depth]
                most = upper - lower - 1.0 + margin
                for place in range(num_cells):
                    at = work.pointer[place] - (1 if place >= first else 0)
                    work.best[work.order[place]] = work.kept[at]
            depth -= 1
            continue
        at = work.pointer[depth]
        if at == work.kept_start[depth + 1]:
            depth -= 1
            continue
        work.pointer[depth] = at + 1
        choice = work.kept[at]
        loss = work.partial_loss[depth] + work.loss[choice]
        if loss > most:
            depth -= 1  # the others lose more
            continue
        nodes += 1
        if nodes > budget:
            return RELAXED, lower, np.int64(np.ceil(upper + margin)), nodes
        work.partial_loss[depth + 1] = loss
        work.partial_value[depth + 1] = work.partial_value[depth] + block.value[choice]
        for limit in range(num_limits):
            work.partial[limit, depth + 1] = work.partial[limit, depth] + block.amount[limit, choice]
        if _may_pay(block, work, depth + 1, most):
            depth += 1
            if depth < num_cells:
                work.pointer[depth] = work.kept_start[depth]
    return DONE, lower, lower, nodes


@njit(cache=True, nogil=True)
def _may_pay(block: Block, work: Scratch, depth: int, most: float) -> bool:
    """Say whether the cells from `depth` on can still meet every limit and waste little enough of it."""
    lost = work.partial_loss[depth]
    for limit in range(len(block.bound)):
        so_far = work.partial[limit, depth]
        if so_far + work.low[limit, depth] > block.bound[limit]:
            return False
        left_over = block.bound[limit] - so_far - work.high[limit, depth]
        if left_over > 0:
            lost += work.price[limit] * left_over
    return lost <= most


@njit(cache=True, nogil=True)
def _reaches(block: Block, work: Scratch, num_cells: int, num_limits: int) -> None:
    """Find the least and the most that the kept choices from each place on can use of every limit."""
    for limit in range(num_limits):
        work.low[limit, num_cells] = 0
        work.high[limit, num_cells] = 0
        for place in range(num_cells - 1, -1, -1):
            least, largest = np.int64(2**62), np.int64(-(2**62))
            for at in range(work.kept_start[place], work.kept_start[place + 1]):
                amount = block.amount[limit, work.kept[at]]
                least, largest = min(least, amount), max(largest, amount)
            work.low[limit, place] = work.low[limit, place + 1] + least
            work.high[limit, place] = work.high[limit, place + 1] + largest
