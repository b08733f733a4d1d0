"""The exact best of merchants whose cells interact, compiled: list dynamic programming in two-word integers.

For one merchant, every price p >= 0 on its own limits `w.y <= b` gives value = U - loss - p.(b - w.y), where
U = p.b + the best of every cell less priced use, and a choice's loss is what it lacks to that best. A choice
or a partial plan whose loss reaches U less the best plan known cannot beat it (Pisinger 1995 for the core
that is left). What remains is searched cell by cell, partial plans that another matches at no more use and no
less value dropped (Nemhauser and Ullmann 1969). Narrow passes look for a good plan first; a pass that drops
nothing but what cannot win proves its result. Floats only choose p and what a narrow pass keeps: any will do.

Numbers are pairs (high, low) that stand for high x 2^bits + low, 0 <= low < 2^bits. That nothing overflows is
proven by who calls (`priced.Words`, `meters.Meters`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

Array = Any

_WIDTHS = (24, 256, 2048)
_MOST_LAYER = 400_000
_MOST_COMPARED = 48
_NUM_HALVINGS = 48
_NUM_ROUNDS = 4


class Linear(NamedTuple):
    """One merchant under linear limits.

    Attributes
    ----------
    starts
        First choice of every cell, and one past the last at the end.
    high, low
        Value of every choice.
    weights
        Choice x limit.
    bounds
        The most that every limit lets the weights add up to.
    """

    starts: Array
    high: Array
    low: Array
    weights: Array
    bounds: Array


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


_compiled = njit(cache=True, nogil=True)


@_compiled
def _is_less(high: int, low: int, other_high: int, other_low: int) -> bool:
    return high < other_high or (high == other_high and low < other_low)


@_compiled
def times(high: int, low: int, factor: int, bits: int) -> tuple[int, int]:
    """Multiply a number by a whole one; at most 31 bits, and the product must fit."""
    upper = factor >> bits
    lower = low * (factor - (upper << bits))
    return high * factor + low * upper + (lower >> bits), lower & ((1 << bits) - 1)


@_compiled
def solve_linear(linear: Linear, found: Found) -> bool:
    """Raise `found.best` to the best of a merchant if that is better; False if the work did not suffice."""
    linear = _fitting(linear)
    if linear.starts[0] < 0:
        return True
    linear = _binding(linear)
    prices = _prices(linear, found.bits)
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
def _kept(linear: Linear, keep: Array) -> Linear:
    """Return the merchant with some of its choices; `starts` begins below 0 if a cell has none left."""
    starts = np.zeros_like(linear.starts)
    for cell in range(len(starts) - 1):
        count = 0
        for choice in range(linear.starts[cell], linear.starts[cell + 1]):
            count += keep[choice]
        starts[cell + 1] = starts[cell] + count
        if not count:
            starts[0] = -1
            return Linear(starts, linear.high, linear.low, linear.weights, linear.bounds)
    return Linear(starts, linear.high[keep], linear.low[keep], linear.weights[keep], linear.bounds)


@_compiled
def _fitting(linear: Linear) -> Linear:
    """Leave out choices that break a limit whatever the other cells do."""
    num_cells = len(linear.starts) - 1
    keep = np.ones(len(linear.high), np.bool_)
    for limit in range(len(linear.bounds)):
        least = np.zeros(num_cells, np.int64)
        total = 0
        for cell in range(num_cells):
            first, last = linear.starts[cell], linear.starts[cell + 1]
            least[cell] = linear.weights[first:last, limit].min()
            total += least[cell]
        room = linear.bounds[limit] - total
        for cell in range(num_cells):
            for choice in range(linear.starts[cell], linear.starts[cell + 1]):
                keep[choice] &= linear.weights[choice, limit] - least[cell] <= room
    return _kept(linear, keep)


@_compiled
def _binding(linear: Linear) -> Linear:
    """Leave out limits that no plan can break."""
    num_cells = len(linear.starts) - 1
    is_binding = np.zeros(len(linear.bounds), np.bool_)
    for limit in range(len(linear.bounds)):
        most = 0
        for cell in range(num_cells):
            most += linear.weights[linear.starts[cell] : linear.starts[cell + 1], limit].max()
        is_binding[limit] = most > linear.bounds[limit]
    weights = np.ascontiguousarray(linear.weights[:, is_binding])
    return Linear(linear.starts, linear.high, linear.low, weights, linear.bounds[is_binding])


@_compiled
def _prices(linear: Linear, bits: int) -> Array:
    """Return a price per limit, (high, low) each, that makes U small: coordinate descent by halving."""
    num_limits = len(linear.bounds)
    prices = np.zeros(num_limits)
    reduced = linear.high * 2.0**bits + linear.low
    span = 1.0 + reduced.max() - reduced.min()
    for _ in range(_NUM_ROUNDS if num_limits > 1 else min(1, num_limits)):
        for limit in range(num_limits):
            weight = linear.weights[:, limit].astype(np.float64)
            reduced += prices[limit] * weight
            bound = float(linear.bounds[limit])
            below, above = 0.0, 0.0
            if _use(linear.starts, reduced, weight) > bound:
                above = span / (1.0 + np.abs(weight).max())
                for _ in range(64):
                    if _use(linear.starts, reduced - above * weight, weight) <= bound:
                        break
                    below, above = above, above * 2.0
                for _ in range(_NUM_HALVINGS):
                    middle = (below + above) / 2.0
                    if _use(linear.starts, reduced - middle * weight, weight) > bound:
                        below = middle
                    else:
                        above = middle
            prices[limit] = above
            reduced -= above * weight
    result = np.zeros((num_limits, 2), np.int64)
    for limit in range(num_limits):
        # So bounded, priced uses of all limits and cells add up to less than 2^57 in the high word.
        largest = max(1, np.abs(linear.weights[:, limit]).max(), abs(linear.bounds[limit]))
        most = 2.0 ** (56 + bits) / (float(largest) * num_limits * (len(linear.starts) + 1))
        price = min(prices[limit], most)
        result[limit, 0] = np.int64(np.floor(price / 2.0**bits))
        result[limit, 1] = np.int64(price - result[limit, 0] * 2.0**bits) & ((1 << bits) - 1)
    return result


@_compiled
def _use(starts: Array, reduced: Array, weight: Array) -> float:
    """Return the weight of the cells' best choices, the lightest of equals."""
    total = 0.0
    for cell in range(len(starts) - 1):
        at = starts[cell]
        for choice in range(at + 1, starts[cell + 1]):
            if reduced[choice] > reduced[at] or (
                reduced[choice] == reduced[at] and weight[choice] < weight[at]
            ):
                at = choice
        total += weight[at]
    return total


@_compiled
def _reduced(linear: Linear, prices: Array, found: Found) -> tuple[Linear, Array, bool]:
    """Return what may still beat the best plan known: its choices, their losses, and last the gap's own."""
    bits = found.bits
    mask = (1 << bits) - 1
    num_choices = len(linear.high)
    losses = np.zeros((num_choices + 1, 2), np.int64)
    keep = np.ones(num_choices, np.bool_)
    gap = np.zeros(2, np.int64)
    for limit in range(len(linear.bounds)):
        high, low = times(prices[limit, 0], prices[limit, 1], linear.bounds[limit], bits)
        gap += np.array([high, low])
    for cell in range(len(linear.starts) - 1):
        first, last = linear.starts[cell], linear.starts[cell + 1]
        at = first
        for choice in range(first, last):
            value_high, value_low = linear.high[choice], linear.low[choice]
            for limit in range(len(linear.bounds)):
                weight = linear.weights[choice, limit]
                high, low = times(prices[limit, 0], prices[limit, 1], weight, bits)
                value_high, value_low = value_high - high, value_low - low
            losses[choice, 0], losses[choice, 1] = value_high + (value_low >> bits), value_low & mask
            if _is_less(losses[at, 0], losses[at, 1], losses[choice, 0], losses[choice, 1]):
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
            keep[choice] = _is_less(losses[choice, 0], losses[choice, 1], gap[0], gap[1])
    else:
        gap[0], gap[1] = np.iinfo(np.int64).max, 0
    left = _kept(linear, keep)
    if left.starts[0] < 0 or not _is_less(0, 0, gap[0], gap[1]):
        return left, losses, False
    result = np.empty((len(left.high) + 1, 2), np.int64)
    result[:-1] = losses[:-1][keep]
    result[-1] = gap
    return left, result, True


@_compiled
def _depths(linear: Linear, losses: Array) -> _Depths:
    """Order the cells: those without a choice first, then by the loss of the second best, largest first."""
    num_cells = len(linear.starts) - 1
    second = np.zeros(num_cells)
    for cell in range(num_cells):
        first, last = linear.starts[cell], linear.starts[cell + 1]
        second[cell] = -np.inf
        if last - first > 1:
            values = np.sort(losses[first:last, 0] + losses[first:last, 1] / 2.0**31)
            second[cell] = -values[1]
    order = np.argsort(second, kind="mergesort")
    least = np.zeros((num_cells + 1, len(linear.bounds)), np.int64)
    for place in range(num_cells - 1, -1, -1):
        first, last = linear.starts[order[place]], linear.starts[order[place] + 1]
        for limit in range(len(linear.bounds)):
            least[place, limit] = least[place + 1, limit] + linear.weights[first:last, limit].min()
    return _Depths(order, least)


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
    high, low = states.numbers[0, 0], states.numbers[0, 1]
    if not found.best[0] or _is_less(found.best[1], found.best[2], high, low):
        found.best[0], found.best[1], found.best[2] = 1, high, low
    return end


@_compiled
def _shifted(states: _States, linear: Linear, losses: Array, choice: int, bits: int) -> _States:
    """Give every partial plan the one choice of a cell."""
    mask = (1 << bits) - 1
    for place in range(len(states.numbers)):
        number = states.numbers[place]
        low = number[1] + linear.low[choice]
        number[0], number[1] = number[0] + linear.high[choice] + (low >> bits), low & mask
        low = number[3] + losses[choice, 1]
        number[2], number[3] = number[2] + losses[choice, 0] + (low >> bits), low & mask
        states.weights[place] += linear.weights[choice]
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
                more = states.numbers[heads[option], 1] + linear.low[first + option]
                up = states.numbers[heads[option], 0] + linear.high[first + option] + (more >> bits)
                if chosen < 0 or _is_less(high, low, up, more & mask):
                    chosen, high, low = option, up, more & mask
        parent, choice = heads[chosen], first + chosen
        heads[chosen] += 1
        lost = states.numbers[parent, 3] + losses[choice, 1]
        lost_high, lost_low = states.numbers[parent, 2] + losses[choice, 0] + (lost >> bits), lost & mask
        if not _is_less(lost_high, lost_low, losses[-1, 0], losses[-1, 1]):
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
    losses = states.numbers[:, 2] + states.numbers[:, 3] / 2.0**31
    most = np.partition(losses, width - 1)[width - 1]
    keep = losses <= most
    return _States(states.numbers[keep], states.weights[keep])
