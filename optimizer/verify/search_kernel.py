"""The exact best of merchants whose cells interact, compiled: list dynamic programming in two-word integers.

For one merchant, every price p >= 0 on its own limits `w.y <= b` gives value = U - loss - p.(b - w.y), where
U = p.b + the best of every cell less priced use, and a choice's loss is what it lacks to that best. A choice
or a partial plan whose loss reaches U less the best plan known cannot beat it (Pisinger 1995 for the core
that is left). What remains is searched cell by cell, partial plans that another matches at no more use and no
less value dropped (Nemhauser and Ullmann 1969). Narrow passes look for a good plan first; a pass that drops
nothing but what cannot win proves its result. Floats only choose p and what a narrow pass keeps: any will do.

Numbers are pairs (high, low) that stand for high x 2^bits + low, 0 <= low < 2^bits. That nothing overflows is
proven by who calls (`words.width_of`, `meters.Meters`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from optimizer.verify.linear_kernel import (
    Array,
    Linear,
    binding,
    extremes,
    fitting,
    is_less,
    kept,
    prices_of,
    rows_of,
    times,
)

_WIDTHS = (24, 256, 2048)
_MOST_LAYER = 400_000
_MOST_COMPARED = 48
_NUM_HALVINGS = 48


class Found(NamedTuple):
    """The best plan known, and the work so far: `best` is (is there one, high, low), `work` (steps, most)."""

    best: Array
    work: Array
    bits: int


class _States(NamedTuple):
    """Partial plans by falling value: (high, low, loss high, loss low) each, and weights."""

    numbers: Array
    weights: Array


class _Depths(NamedTuple):
    """Cells in the order of the search; after each number of them what the others add at least."""

    order: Array
    least: Array


_compiled = njit(nogil=True)  # kept on disk by `compiled` alone


@_compiled
def solve_linear(linear: Linear, found: Found) -> bool:
    """Raise `found.best` to the best of a merchant if that is better; False if the work did not suffice."""
    linear = fitting(linear)
    if linear.starts[0] < 0:
        return True
    linear = binding(linear)
    prices = prices_of(linear, found.bits)
    for width in (*_WIDTHS, _MOST_LAYER):
        linear, losses, is_open = _reduced(linear, prices, found)
        if not is_open:
            return True
        end = _pass(linear, losses, found, width)
        if end == 0:
            return True
        if end == 2:
            return False
    return False


@_compiled
def _reduced(linear: Linear, prices: Array, found: Found) -> tuple[Linear, Array, bool]:
    """Return what may still beat the best plan known: its choices, their losses, and last the gap's own."""
    bits = found.bits
    mask = (1 << bits) - 1
    num_choices = len(linear.values)
    losses = np.zeros((num_choices + 1, 2), np.int64)
    keep = np.ones(num_choices, np.bool_)
    gap = np.zeros(2, np.int64)
    for limit in range(len(linear.bounds)):
        high, low = times(prices[limit, 0], prices[limit, 1], linear.bounds[limit], bits)
        gap[0], gap[1] = gap[0] + high, gap[1] + low
    for cell in range(len(linear.starts) - 1):
        first, last = linear.starts[cell], linear.starts[cell + 1]
        at = first
        for choice in range(first, last):
            value_high, value_low = linear.values[choice]
            for limit in range(len(linear.bounds)):
                weight = linear.weights[choice, limit]
                high, low = times(prices[limit, 0], prices[limit, 1], weight, bits)
                value_high, value_low = value_high - high, value_low - low
            losses[choice, 0], losses[choice, 1] = value_high + (value_low >> bits), value_low & mask
            if is_less(losses[at, 0], losses[at, 1], losses[choice, 0], losses[choice, 1]):
                at = choice
        best_high, best_low = losses[at, 0], losses[at, 1]
        gap[0], gap[1] = gap[0] + best_high, gap[1] + best_low
        for choice in range(first, last):
            low = best_low - losses[choice, 1]
            losses[choice, 0], losses[choice, 1] = best_high - losses[choice, 0] + (low >> bits), low & mask
    if found.best[0]:
        gap[0], gap[1] = gap[0] - found.best[1], gap[1] - found.best[2]
        gap[0], gap[1] = gap[0] + (gap[1] >> bits), gap[1] & mask
        for choice in range(num_choices):
            keep[choice] = is_less(losses[choice, 0], losses[choice, 1], gap[0], gap[1])
    else:
        gap[0], gap[1] = np.iinfo(np.int64).max, 0
    left = kept(linear, keep)
    if left.starts[0] < 0 or not is_less(0, 0, gap[0], gap[1]):
        return left, losses, False
    losses[num_choices, 0], losses[num_choices, 1] = gap
    every = np.ones(num_choices + 1, np.bool_)
    every[:num_choices] = keep
    return left, rows_of(losses, every), True


@_compiled
def _depths(linear: Linear, losses: Array) -> _Depths:
    """Order the cells: those without a choice first, then by the loss of the second best, largest first."""
    num_cells = len(linear.starts) - 1
    order, rank = np.arange(num_cells), np.full(num_cells, np.inf)
    for cell in range(num_cells):
        first, best, second = linear.starts[cell], np.inf, np.inf
        for choice in range(first, linear.starts[cell + 1]):
            loss = losses[choice, 0] + losses[choice, 1] / 2.0**31
            if loss < best:
                best, second = loss, best
            elif loss < second:
                second = loss
        rank[cell] = second
    _sort(order, rank)
    least = np.zeros((num_cells + 1, len(linear.bounds)), np.int64)
    for place in range(num_cells - 1, -1, -1):
        for limit in range(len(linear.bounds)):
            least[place, limit] = least[place + 1, limit] + extremes(linear, order[place], limit)[0]
    return _Depths(order, least)


@_compiled
def _sort(order: Array, rank: Array) -> None:
    """Sort cells by falling rank (Shell 1959): compiled sooner than numpy's sorts."""
    gap = 1
    while gap < len(order) // 3:
        gap = 3 * gap + 1
    while gap:
        for begin in range(gap, len(order)):
            cell, place = order[begin], begin
            while place >= gap and rank[order[place - gap]] < rank[cell]:
                order[place] = order[place - gap]
                place -= gap
            order[place] = cell
        gap //= 3


@_compiled
def _pass(linear: Linear, losses: Array, found: Found, width: int) -> int:
    """Go through the cells once: 0 nothing that could win was dropped, 1 something was, 2 too much work."""
    depths = _depths(linear, losses)
    states = _States(np.zeros((1, 4), np.int64), np.zeros((1, len(linear.bounds)), np.int64))
    end = 0
    for place in range(len(depths.order)):
        cell = depths.order[place]
        choices = linear.starts[cell + 1] - linear.starts[cell]
        found.work[0] += len(states.numbers) * choices
        if found.work[0] > found.work[1]:
            return 2
        if choices == 1:
            states = _shifted(states, linear, losses, linear.starts[cell], found.bits)
        else:
            states = _merged(states, linear, losses, (cell, found.bits), depths.least[place + 1])
        if len(states.numbers) > width:
            states = _narrowed(states, width)
            end = 1
        if not len(states.numbers):
            return end
    for limit in range(len(linear.bounds)):
        if states.weights[0, limit] > linear.bounds[limit]:  # where no cell had a choice, none was merged
            return end
    high, low = states.numbers[0, 0], states.numbers[0, 1]
    if not found.best[0] or is_less(found.best[1], found.best[2], high, low):
        found.best[0], found.best[1], found.best[2] = 1, high, low
    return end


@_compiled
def _shifted(states: _States, linear: Linear, losses: Array, choice: int, bits: int) -> _States:
    """Give every partial plan the one choice of a cell."""
    mask = (1 << bits) - 1
    for place in range(len(states.numbers)):
        number = states.numbers[place]
        low = number[1] + linear.values[choice, 1]
        number[0], number[1] = number[0] + linear.values[choice, 0] + (low >> bits), low & mask
        low = number[3] + losses[choice, 1]
        number[2], number[3] = number[2] + losses[choice, 0] + (low >> bits), low & mask
        for limit in range(len(linear.bounds)):
            states.weights[place, limit] += linear.weights[choice, limit]
    return states


@_compiled
def _merged(states: _States, linear: Linear, losses: Array, at: tuple[int, int], least: Array) -> _States:
    """Give every partial plan each choice of a cell: lists by falling value, merged; losers dropped."""
    cell, bits = at
    mask = (1 << bits) - 1
    first = linear.starts[cell]
    num_choices = linear.starts[cell + 1] - first
    size, num_limits = len(states.numbers), len(linear.bounds)
    numbers = np.empty((size * num_choices, 4), np.int64)
    weights = np.empty((size * num_choices, num_limits), np.int64)
    heads = np.zeros(num_choices, np.int64)
    room = linear.bounds - least
    lightest = np.iinfo(np.int64).max
    count = 0
    for _ in range(size * num_choices):
        chosen, high, low = -1, 0, 0
        for option in range(num_choices):
            if heads[option] < size:
                more = states.numbers[heads[option], 1] + linear.values[first + option, 1]
                up = states.numbers[heads[option], 0] + linear.values[first + option, 0] + (more >> bits)
                if chosen < 0 or is_less(high, low, up, more & mask):
                    chosen, high, low = option, up, more & mask
        parent, choice = heads[chosen], first + chosen
        heads[chosen] += 1
        lost = states.numbers[parent, 3] + losses[choice, 1]
        lost_high, lost_low = states.numbers[parent, 2] + losses[choice, 0] + (lost >> bits), lost & mask
        if not is_less(lost_high, lost_low, losses[-1, 0], losses[-1, 1]):
            continue
        is_fitting = True
        for limit in range(num_limits):
            weights[count, limit] = states.weights[parent, limit] + linear.weights[choice, limit]
            is_fitting &= weights[count, limit] <= room[limit]
        if not is_fitting or (num_limits == 1 and weights[count, 0] >= lightest):
            continue
        if num_limits == 1:
            lightest = weights[count, 0]
        elif _is_matched(weights, count):
            continue
        numbers[count, 0], numbers[count, 1], numbers[count, 2], numbers[count, 3] = (
            high,
            low,
            lost_high,
            lost_low,
        )
        count += 1
    return _States(numbers[:count].copy(), weights[:count].copy())


@_compiled
def _is_matched(weights: Array, at: int) -> bool:
    """Whether one of the last partial plans, of no less value, uses no more of anything."""
    for other in range(at - 1, max(-1, at - 1 - _MOST_COMPARED), -1):
        is_matched = True
        for limit in range(weights.shape[1]):
            if weights[other, limit] > weights[at, limit]:
                is_matched = False
                break
        if is_matched:
            return True
    return False


@_compiled
def _narrowed(states: _States, width: int) -> _States:
    """Keep the partial plans of the smallest loss, in their order."""
    size = len(states.numbers)
    losses = np.empty(size)
    below, above = np.inf, -np.inf
    for place in range(size):
        losses[place] = states.numbers[place, 2] + states.numbers[place, 3] / 2.0**31
        below, above = min(below, losses[place]), max(above, losses[place])
    for _ in range(_NUM_HALVINGS):
        middle = (below + above) / 2.0
        count = 0
        for place in range(size):
            count += losses[place] <= middle
        if count > width:
            above = middle
        else:
            below = middle
    keep = np.zeros(size, np.bool_)
    count = 0
    for place in range(size):
        keep[place] = losses[place] <= below and count < width
        count += keep[place]
    return _States(rows_of(states.numbers, keep), rows_of(states.weights, keep))
