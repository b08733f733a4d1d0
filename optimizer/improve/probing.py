"""Probes: parts of a problem of few rows, drawn by chance and searched exactly for something better.

Most cells are set to what prices like best, a few at a time, clear cases rather than others, and the prices
of the rest are found anew each time; when few enough choices of the open cells could still be better than the
best known, all are searched (`splitting.py`). As prices follow what is set, that loses next to nothing; what
is hard is that whole items fill up several rows at once, and for that a dozen or two of cells suffice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.instance import Int64
from models.linear import Floats
from optimizer.compiled import compiled
from optimizer.improve.counting import affordable, counts
from optimizer.improve.dense import Dense, Part
from optimizer.improve.relaxing import find_losses, relax
from optimizer.improve.wander import below

MANY_CHOICES = 1e9
"""So many choices of a part, at most, may be better than the best known."""

WHOLE_CHOICES = 2e10
"""With so many choices or fewer, counted at the first prices, the whole is searched."""

_LOOKS = 60
_LEAST_CELLS, _FURTHER_CELLS = 12, 9
"""At least so many cells are left open, and up to so many more, drawn by chance."""

_HAIR = 1e-12


@compiled
def draw(dense: Dense, whole: Part, held: Int64, random: NDArray[np.uint64], work: Int64) -> Part:
    """Return a part in which the whole's target may be reached; no cells: not with what was drawn.

    Parameters
    ----------
    held
        The items that the other cells are set to are written; shape (cells,).
    random
        State of the generator, changed; shape (1,).
    work
        Uses looked at, which are added; shape (1,).

    Notes
    -----
    While the best known is far from the bound the part's target is above the whole's: as far as counted
    choices allow. All cells are drawn where their choices are few or their bound is below the target, which
    then is the whole's.
    """
    cells, left, prices = whole.cells.copy(), whole.left.copy(), whole.prices.copy()
    value, loss = 0.0, np.zeros(len(dense.value))
    least = _LEAST_CELLS + below(random, _FURTHER_CELLS)
    while True:
        bound = value + relax(dense, Part(cells, left, prices, -np.inf), _LOOKS, work)
        most = bound + _HAIR * abs(bound) - whole.target
        if most < 0:
            is_whole = len(cells) == len(whole.cells)
            return Part(cells if is_whole else cells[:0], left, prices, whole.target - value)
        find_losses(dense, Part(cells, left, prices, 0.0), loss)
        counted = counts(dense.start, cells, loss, most)
        many = WHOLE_CHOICES if len(cells) == len(whole.cells) else MANY_CHOICES
        if counted[-1] <= many or len(cells) <= least:
            break
        num = int(np.log(min(counted[-1], 1e300) / MANY_CHOICES) / 2)
        num = max(1, min((len(cells) - least) // 3, num))
        cells = _clearest_first(dense, loss, cells, random)
        for cell in cells[:num]:
            item = _best_of(dense, loss, cell)
            held[cell] = item
            value += dense.value[item]
            left -= dense.use[item]
        cells = cells[num:].copy()
    if counted[-1] > many:
        most = affordable(counted, most, MANY_CHOICES)
        units = np.floor((bound - most - whole.target) / dense.unit)
        return Part(cells, left, prices, whole.target + max(units, 0.0) * dense.unit - value)
    return Part(cells, left, prices, whole.target - value)


@compiled
def _clearest_first(dense: Dense, loss: Floats, cells: Int64, random: NDArray[np.uint64]) -> Int64:
    """Return the cells by the least loss of a second choice, times an exponential chance, largest first."""
    keys = np.empty(len(cells))
    for index in range(len(cells)):
        best, second = np.inf, np.inf
        for item in range(dense.start[cells[index]], dense.start[cells[index] + 1]):
            second = min(second, max(best, loss[item]))
            best = min(best, loss[item])
        keys[index] = second * np.log((1 + below(random, 1_000_000)) / 1_000_000)
    return cells[np.argsort(keys, kind="mergesort")]


@compiled
def _best_of(dense: Dense, loss: Floats, cell: int) -> int:
    """Return the item of least loss."""
    found = dense.start[cell]
    for item in range(dense.start[cell], dense.start[cell + 1]):
        if loss[item] < loss[found]:
            found = item
    return int(found)
