"""One merchant as choices under limits of its own, and the working space of its search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.instance import Int64
from models.linear import Floats

NONE = -(2**62)
"""A value below every choice's: nothing is known, or nothing is possible."""

DONE, RELAXED = 1, 2
"""How a search ended: proven, or out of its counted budget (then only the upper bound is proven)."""


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
