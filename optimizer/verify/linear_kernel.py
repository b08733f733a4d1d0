"""One merchant under linear limits, compiled: what can be left out, and prices that make its bound small."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

Array = Any

_NUM_HALVINGS = 48
_NUM_ROUNDS = 4


class Linear(NamedTuple):
    """One merchant under linear limits.

    Attributes
    ----------
    starts
        First choice of every cell, and one past the last at the end.
    values
        Choice x (high, low).
    weights
        Choice x limit.
    bounds
        The most that every limit lets the weights add up to.
    """

    starts: Array
    values: Array
    weights: Array
    bounds: Array


_compiled = njit(nogil=True)  # kept on disk by `compiled` alone


@_compiled
def is_less(high: int, low: int, other_high: int, other_low: int) -> bool:
    """Whether a number is less than another."""
    return high < other_high or (high == other_high and low < other_low)


@_compiled
def times(high: int, low: int, factor: int, bits: int) -> tuple[int, int]:
    """Multiply a number by a whole one; at most 31 bits, and the product must fit."""
    upper = factor >> bits
    lower = low * (factor - (upper << bits))
    return high * factor + low * upper + (lower >> bits), lower & ((1 << bits) - 1)


@_compiled
def kept(linear: Linear, keep: Array) -> Linear:
    """Return the merchant with some of its choices; `starts` begins below 0 if a cell has none left."""
    starts = np.zeros(len(linear.starts), np.int64)
    for cell in range(len(starts) - 1):
        count = 0
        for choice in range(linear.starts[cell], linear.starts[cell + 1]):
            count += keep[choice]
        starts[cell + 1] = starts[cell] + count
        if not count:
            starts[0] = -1
            return Linear(starts, linear.values, linear.weights, linear.bounds)
    return Linear(starts, rows_of(linear.values, keep), rows_of(linear.weights, keep), linear.bounds)


@_compiled
def rows_of(table: Array, keep: Array) -> Array:
    """Return some rows of a table."""
    count = 0
    for row in range(len(keep)):
        count += keep[row]
    result = np.empty((count, table.shape[1]), np.int64)
    count = 0
    for row in range(len(keep)):
        if keep[row]:
            for column in range(table.shape[1]):
                result[count, column] = table[row, column]
            count += 1
    return result


@_compiled
def extremes(linear: Linear, cell: int, limit: int) -> tuple[int, int]:
    """Return the least and the most that a cell can add to a limit."""
    first = linear.starts[cell]
    least, most = linear.weights[first, limit], linear.weights[first, limit]
    for choice in range(first + 1, linear.starts[cell + 1]):
        least = min(least, linear.weights[choice, limit])
        most = max(most, linear.weights[choice, limit])
    return least, most


@_compiled
def fitting(linear: Linear) -> Linear:
    """Leave out choices that break a limit whatever the other cells do."""
    num_cells = len(linear.starts) - 1
    keep = np.ones(len(linear.values), np.bool_)
    for limit in range(len(linear.bounds)):
        least = np.zeros(num_cells, np.int64)
        total = 0
        for cell in range(num_cells):
            least[cell], _ = extremes(linear, cell, limit)
            total += least[cell]
        room = linear.bounds[limit] - total
        for cell in range(num_cells):
            for choice in range(linear.starts[cell], linear.starts[cell + 1]):
                keep[choice] &= linear.weights[choice, limit] - least[cell] <= room
    return kept(linear, keep)


@_compiled
def binding(linear: Linear) -> Linear:
    """Leave out limits that no plan can break."""
    num_cells, count = len(linear.starts) - 1, 0
    weights = np.empty(linear.weights.shape, np.int64)
    bounds = np.empty(len(linear.bounds), np.int64)
    for limit in range(len(linear.bounds)):
        total = 0
        for cell in range(num_cells):
            total += extremes(linear, cell, limit)[1]
        if total > linear.bounds[limit]:
            bounds[count] = linear.bounds[limit]
            for choice in range(len(weights)):
                weights[choice, count] = linear.weights[choice, limit]
            count += 1
    kept = np.empty((len(weights), count), np.int64)
    for choice in range(len(weights)):
        for limit in range(count):
            kept[choice, limit] = weights[choice, limit]
    return Linear(linear.starts, linear.values, kept, bounds[:count])


@_compiled
def prices_of(linear: Linear, bits: int) -> Array:
    """Return a price per limit, (high, low) each, that makes U small: coordinate descent by halving."""
    num_limits, num_choices = len(linear.bounds), len(linear.values)
    prices = np.zeros(num_limits)
    reduced = np.empty(num_choices)
    span = 1.0
    for choice in range(num_choices):
        reduced[choice] = linear.values[choice, 0] * 2.0**bits + linear.values[choice, 1]
        span = max(span, 2.0 * abs(reduced[choice]))
    for _ in range(_NUM_ROUNDS if num_limits > 1 else min(1, num_limits)):
        for limit in range(num_limits):
            for choice in range(num_choices):
                reduced[choice] += prices[limit] * linear.weights[choice, limit]
            prices[limit] = _price(linear, reduced, limit, span)
            for choice in range(num_choices):
                reduced[choice] -= prices[limit] * linear.weights[choice, limit]
    result = np.zeros((num_limits, 2), np.int64)
    for limit in range(num_limits):
        # So bounded, priced uses of all limits and cells add up to less than 2^57 in the high word.
        largest = max(1, abs(linear.bounds[limit]), _heaviest(linear.weights, limit))
        most = 2.0 ** (56 + bits) / (float(largest) * num_limits * (len(linear.starts) + 1))
        price = min(prices[limit], most)
        result[limit, 0] = np.int64(np.floor(price / 2.0**bits))
        result[limit, 1] = np.int64(price - result[limit, 0] * 2.0**bits) & ((1 << bits) - 1)
    return result


@_compiled
def _heaviest(weights: Array, limit: int) -> int:
    largest = 0
    for choice in range(len(weights)):
        largest = max(largest, abs(weights[choice, limit]))
    return largest


@_compiled
def _price(linear: Linear, reduced: Array, limit: int, span: float) -> float:
    """Return the least price, nearly, at which the cells' bests meet a limit."""
    bound = float(linear.bounds[limit])
    if _use(linear, reduced, limit, 0.0) <= bound:
        return 0.0
    below, above = 0.0, span / (1.0 + _heaviest(linear.weights, limit))
    for _ in range(64):
        if _use(linear, reduced, limit, above) <= bound:
            break
        below, above = above, above * 2.0
    for _ in range(_NUM_HALVINGS):
        middle = (below + above) / 2.0
        if _use(linear, reduced, limit, middle) > bound:
            below = middle
        else:
            above = middle
    return above


@_compiled
def _use(linear: Linear, reduced: Array, limit: int, price: float) -> float:
    """Return the weight of the cells' best choices at a price, the lightest of equals."""
    total = 0.0
    for cell in range(len(linear.starts) - 1):
        best, lightest = -np.inf, 0.0
        for choice in range(linear.starts[cell], linear.starts[cell + 1]):
            weight = float(linear.weights[choice, limit])
            value = reduced[choice] - price * weight
            if value > best or (value == best and weight < lightest):
                best, lightest = value, weight
        total += lightest
    return total
