"""Instance -> Problem: the planner's tables as arrays."""

from __future__ import annotations

import numpy as np

from models.instance import Instance, Int32, Int64
from models.problem import FREE, Problem
from optimizer.compile.limits import compile_limits
from optimizer.compile.measures import Measures
from optimizer.compile.pins import compile_pins
from optimizer.compile.rewards import compile_rewards, worth_of_cell

__all__ = ["compile_problem"]


def compile_problem(instance: Instance) -> Problem:
    """Compile an instance that was read without errors.

    Sums of every measure over all options are proven to fit 64 bits, or are held in Python integers.
    """
    option_start, cell_start, cell_keys = _cells(instance)
    measures = Measures(instance)
    return Problem(
        instance=instance,
        option_start=option_start,
        cell_start=cell_start,
        cell_keys=cell_keys,
        pools=tuple(measures.amounts(pool.name) for pool in instance.pools),
        objective=measures.objective(worth_of_cell(instance)),
        is_divisible=_divisible(instance, cell_keys),
        pinned=_pinned(instance, option_start, cell_keys),
        ladder=_ladder(instance, option_start),
        limits=compile_limits(instance, cell_start, cell_keys, measures),
        rewards=compile_rewards(instance, len(cell_keys), measures),
    )


def _pinned(instance: Instance, option_start: Int64, cell_keys: Int32) -> Int64:
    """Pins count for what can still change; what is held or frozen goes before them."""
    pinned = compile_pins(instance, instance.all_pins, option_start, cell_keys)
    if instance.campaign is None:
        return pinned
    fixed = instance.campaign.pinned
    return np.where(fixed == FREE, pinned, fixed)


def _cells(instance: Instance) -> tuple[Int64, Int64, Int32]:
    """Find where cells and merchants begin in the sorted options."""
    columns = [column.codes for column in instance.options.keys.values()]
    is_first = np.ones(len(columns[0]), bool)
    is_first[1:] = columns[0][1:] != columns[0][:-1]
    for codes in columns[1:]:
        is_first[1:] |= codes[1:] != codes[:-1]
    first = np.flatnonzero(is_first)
    cell_keys = np.empty((len(columns), len(first)), np.int32).T  # each key's column in one piece
    for position, codes in enumerate(columns):
        cell_keys[:, position] = codes[first]
    is_new_merchant = np.ones(len(cell_keys), bool)
    is_new_merchant[1:] = cell_keys[1:, 0] != cell_keys[:-1, 0]
    return (
        np.append(first, len(is_first)).astype(np.int64),
        np.append(np.flatnonzero(is_new_merchant), len(cell_keys)).astype(np.int64),
        cell_keys,
    )


def _divisible(instance: Instance, cell_keys: Int32) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    divisible = instance.settings.divisible
    if isinstance(divisible, bool):
        return np.full(len(cell_keys), divisible)
    position = list(instance.options.keys).index("category")
    texts = instance.options.keys["category"].texts
    is_named = np.array([text in set(divisible) for text in texts], bool)
    return is_named[cell_keys[:, position]]


def _ladder(instance: Instance, option_start: Int64) -> Int64:
    """Order the options of each cell by cost: pools in file order, then name; empty if none is divisible."""
    num_options = int(option_start[-1])
    if instance.settings.divisible is False:
        return np.empty(0, np.int64)
    cell = np.repeat(np.arange(len(option_start) - 1), np.diff(option_start))
    costs = [instance.options.costs[pool.name] for pool in reversed(instance.pools)]
    return np.lexsort([np.arange(num_options), *costs, cell]).astype(np.int64)
