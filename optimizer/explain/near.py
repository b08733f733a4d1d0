"""A large instance with all but a few cells held as a plan has them: small enough to be solved exactly.

Left open are the cells whose choice is nearest to a tie at the prices: they are the first to give way.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.headers import NO_OPTION
from models.instance import Instance, Int64, Pin
from models.linear import Bools, Floats
from models.plan import Plan
from models.problem import FREE, Problem

NUM_OPEN = 40
MOST_CELLS = 200_000


def can_hold(problem: Problem) -> bool:
    """Say whether cells can be held by pins: not those with a mix, nor millions of them."""
    return problem.num_cells <= MOST_CELLS and not problem.is_divisible.any()


def held_but_near(plan: Plan, worths: Floats, merchant: int) -> Instance:
    """Return the instance with every cell held but a merchant's own and the `NUM_OPEN` nearest to a tie.

    Parameters
    ----------
    worths
        Value less priced cost of every option, rounded; shape (options,).
    """
    problem = plan.problem
    taken = np.full(problem.num_cells, -1, np.int64)
    taken[plan.cells] = plan.choice.options
    first, end = problem.cell_start[merchant : merchant + 2].tolist()
    is_open = np.zeros(problem.num_cells, np.bool_)
    is_open[first:end] = True
    distance = np.where(is_open | (problem.pinned != FREE), np.inf, _distances(problem, worths, taken))
    is_open[np.argsort(distance, kind="stable")[:NUM_OPEN]] = True
    return _held(problem, taken, ~is_open & (problem.pinned == FREE))


def _distances(problem: Problem, worths: Floats, taken: Int64) -> Floats:
    """Return how much the worth of each cell's choice differs from that of its best other choice."""
    is_taken = taken >= 0
    now = np.where(is_taken, worths[np.maximum(taken, 0)], 0.0)
    others = worths.copy()
    others[taken[is_taken]] = -np.inf
    best = np.maximum.reduceat(others, problem.option_start[:-1])
    return np.asarray(np.abs(now - np.maximum(best, np.where(is_taken, 0.0, -np.inf))))


def _held(problem: Problem, taken: Int64, is_held: Bools) -> Instance:
    instance = problem.instance
    columns, option = list(instance.options.keys.values()), instance.options.option
    pins = []
    for cell in np.flatnonzero(is_held).tolist():
        codes = problem.cell_keys[cell].tolist()
        keys = tuple(column.texts[code] for column, code in zip(columns, codes, strict=True))
        name = option.texts[option.codes[taken[cell]]] if taken[cell] >= 0 else NO_OPTION
        pins.append(Pin(keys, name, 0))
    return replace(instance, pins=(*instance.pins, *pins))
