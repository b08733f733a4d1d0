"""A core of few rows as a full table of uses, and the parts of it that an exact search may take on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.instance import Int64
from models.linear import Floats
from optimizer.improve.core import Core, State

_LIGHTEST = 0.2
"""Least scale of a row's price, as a share of what prices are elsewhere."""


class Dense(NamedTuple):
    """What every item is worth and uses of every row, all rows hard.

    Attributes
    ----------
    start
        Items of cell c are `start[c]:start[c + 1]`; shape (cells + 1,).
    value
        Shape (items,).
    use
        Shape (items, rows).
    scale
        By how much a row's price may well change, in units of value per unit of the row; shape (rows,).
    unit
        Values of choices differ by multiples of this.
    """

    start: Int64
    value: Floats
    use: Floats
    scale: Floats
    unit: float


class Part(NamedTuple):
    """Some cells that are still open, and what the others leave them.

    Attributes
    ----------
    cells
        Shape (open cells,).
    left
        Of every row, a hair's breadth taken off; shape (rows,).
    prices
        Where to begin, zero or more; shape (rows,).
    target
        Value that the open cells have to reach.
    """

    cells: Int64
    left: Floats
    prices: Floats
    target: float


def dense(core: Core, state: State) -> tuple[Dense, Floats, Floats]:
    """Return the table, what all rows leave if no cell takes anything, and the prices of these rows."""
    items = np.repeat(np.arange(len(core.option)), np.diff(core.use_start))
    rows, which = np.unique(core.use_row, return_inverse=True)
    use = np.zeros((len(core.option), len(rows)))
    use[items, which] = core.use
    left = state.left[rows] - core.hair[rows] + use[state.held].sum(axis=0)
    prices = core.price[rows]
    rate = np.abs(core.value).sum() / np.maximum(np.abs(use).sum(axis=0), 1e-300)
    is_priced = prices > 0
    usual = float(np.median(prices[is_priced] / rate[is_priced])) if is_priced.any() else 1.0
    scale = np.maximum(prices, _LIGHTEST * usual * rate)
    return Dense(core.item_start, core.value, use, scale, _unit(core)), left, prices


def _unit(core: Core) -> float:
    """Return the common divisor of all differences within a cell; values are whole."""
    first = np.repeat(core.value[core.item_start[:-1]], np.diff(core.item_start))
    return float(max(int(np.gcd.reduce(np.abs(core.value - first).astype(np.int64))), 1))
