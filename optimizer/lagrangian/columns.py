"""Near-optimal choices, mixed into a plan.

At prices near the best ones a merchant has a few choices that are nearly worth the same, all of them within
its own limits. A plan takes one of each merchant's, so that the limits that couple merchants hold: a
multiple-choice problem over far fewer and better candidates than single options (the restricted master of
Dantzig and Wolfe 1960), solved here by local search in counted work.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.instance import Int64
from models.linear import Bools, Floats, Linear
from optimizer.compiled import compiled
from optimizer.lagrangian.annealing import Chosen, Terms, anneal, descend, priced_worth, shift, spread_of
from optimizer.lagrangian.collecting import Columns, collect, use
from optimizer.lagrangian.exchanging import exchange
from optimizer.lagrangian.nearby import Near

_STEEP, _HARDER = 1e-3, 2.0
"""Share of its price by which a broken row is dearer at first, and of what is left that is worth using; by
what factor it grows while that stays so: only what loses least for each unit is let through."""
_MOST_ANNEALED = 3_000
"""Slots up to which annealing pays: with more, little has to change, and heat would change much."""
_STEEP_ANNEALED = 0.5
_COLD, _STEPS_A_SLOT, _LOOKS_A_COLUMN = 1e-3, 2_000, 200
_LEAST_PRICE = 1e-3
"""What breaking a row that has no price is charged, in shares of the usual price."""
_ROUNDS = 60


@dataclass(frozen=True, eq=False)
class Mixable:
    """What there is to choose from.

    Attributes
    ----------
    taken
        The choice of all cells whose columns come first in their slots; shape (cells,).
    left
        What that choice leaves of every row; infinite where columns keep to a row by themselves.
    """

    rows: Linear
    near: Near
    columns: Columns
    taken: Int64
    left: Floats

    @property
    def first(self) -> Int64:
        """The first column of every slot; shape (slots,)."""
        return self.columns.start[:-1]

    def written(self, chosen: Int64) -> Int64:
        """Return the choice of all cells that takes one column in each slot."""
        return _written(self.near, chosen, self.taken)

    def begun(self, start: Int64) -> Chosen:
        """Return the mix that is nearest to a choice of all cells."""
        chosen = Chosen(self.found(start), self.left.copy())
        _settle(self.columns, chosen)
        return chosen

    def found(self, taken: Int64) -> Int64:
        """Return the column of every slot that is a choice of all cells (the first where there is none)."""
        return _found(self.near, self.columns.start, taken)


def mixable(rows: Linear, is_inside: Bools, near: Near, taken: Int64) -> Mixable:
    """Return choices ready for mixing.

    Parameters
    ----------
    is_inside
        Rows that the choices of merchants keep to by themselves; shape (rows,).
    taken
        What `near` was gathered from; shape (cells,).
    """
    left = rows.right - use(rows, taken)
    left[is_inside] = np.inf
    return Mixable(rows, near, collect(rows, is_inside, near), taken, left)


def mix(open_: Mixable, prices: Floats, start: Int64, aim: tuple[float, int]) -> tuple[Int64, bool]:
    """Choose a column in every slot so that the rows hold and little is lost.

    Parameters
    ----------
    prices
        Per row unit, in units of the objective; shape (rows,).
    start
        The choice of all cells to begin with; shape (cells,).
    aim
        Units of the objective that are enough, and looks at a column that may be taken, in annealing and in
        exchanges each.

    Returns
    -------
    The choice of all cells, and whether it keeps to all rows.
    """
    return _Mix(open_, prices, aim).run(start)


class _Mix:
    """One mix: first as little as possible is changed, then more is tried while it is not enough."""

    def __init__(self, open_: Mixable, prices: Floats, aim: tuple[float, int]) -> None:
        self.open, self.columns, self.prices = open_, open_.columns, prices
        self.goal, self.effort = aim
        rows = open_.rows
        self.penalty, self.hard = rows.penalty, np.isinf(rows.penalty)
        self.tolerance = 1e-9 * np.maximum(np.abs(rows.right), 1.0)
        usual = np.median(prices[prices > 0]) if (prices > 0).any() else 1.0
        self.floor = np.maximum(prices, _LEAST_PRICE * usual)
        self.worth = priced_worth(self.columns, prices)
        self.looks = max(self.effort, _LOOKS_A_COLUMN * len(self.worth))

    def run(self, start: Int64) -> tuple[Int64, bool]:
        best = self._descended(self.open.begun(start), _STEEP, _STEEP)
        if 0 < self.columns.num_slots <= _MOST_ANNEALED and not self._is_enough(best):
            warm = self._descended(self._annealed(start), _STEEP_ANNEALED, 1.0)
            if self._is_kept(warm) and not (self._is_kept(best) and self._value(best) >= self._value(warm)):
                best = warm
        if self._is_kept(best) and not self._is_enough(best):
            work = np.zeros(1, np.int64)
            exchange(self.columns, best, self.penalty, self.prices, self.effort, work)
        return self.open.written(best.column), self._is_kept(best)

    def _terms(self, steep: Floats, keen: Floats) -> Terms:
        below = np.where(self.hard, self.floor * steep, self.penalty - self.prices)
        return Terms(self.worth, below, self.prices * keen)

    def _annealed(self, start: Int64) -> Chosen:
        chosen, size = self.open.begun(start), len(self.prices)
        spread = spread_of(self.columns, self.worth)
        steps = min(self.effort, _STEPS_A_SLOT * self.columns.num_slots)
        terms = self._terms(np.full(size, _STEEP_ANNEALED), np.ones(size))
        anneal(self.columns, chosen, terms, (spread, spread * _COLD, steps))
        return chosen

    def _descended(self, chosen: Chosen, steep: float, keen: float) -> Chosen:
        """Mend broken rows, and use what is left of others, at no more loss for each unit than it takes."""
        steeps, keens, work = (
            np.full(len(self.prices), steep),
            np.full(len(self.prices), keen),
            np.zeros(1, np.int64),
        )
        for _ in range(_ROUNDS):
            descend(self.columns, chosen, self._terms(steeps, keens), self.looks, work)
            is_broken = self.hard & (chosen.left < -self.tolerance)
            is_left = (chosen.left > self.tolerance) & np.isfinite(chosen.left)
            is_left &= (keens < 1.0) & (self.prices > 0)
            if not (is_broken.any() or is_left.any()) or work[0] > self.looks:
                break
            steeps[is_broken] *= _HARDER
            keens[is_left] = np.minimum(_HARDER * keens[is_left], 1.0)
        return chosen

    def _is_kept(self, chosen: Chosen) -> bool:
        return bool((chosen.left >= -self.tolerance)[self.hard].all())

    def _value(self, chosen: Chosen) -> float:
        """Return what a mix is worth, in units of the objective, penalties taken off."""
        taken, columns = self.open.taken, self.columns
        value = float(self.open.rows.values[taken[taken >= 0]].sum())
        value += float((columns.value[chosen.column] - columns.value[self.open.first]).sum())
        soft = ~self.hard
        return value + float((self.penalty[soft] * np.minimum(chosen.left[soft], 0.0)).sum())

    def _is_enough(self, chosen: Chosen) -> bool:
        return self._is_kept(chosen) and self._value(chosen) >= self.goal


@compiled
def _settle(columns: Columns, chosen: Chosen) -> None:
    """Count what the chosen columns leave of the rows, where so far the first ones were counted."""
    for slot in range(len(chosen.column)):
        if chosen.column[slot] != columns.start[slot]:
            shift(columns, chosen, columns.start[slot], -1.0)
            shift(columns, chosen, chosen.column[slot], 1.0)


@compiled
def _written(near: Near, chosen: Int64, taken: Int64) -> Int64:
    found = taken.copy()
    for slot in range(len(chosen)):
        start = near.start[chosen[slot]] - near.blocks[slot, 0]
        for cell in range(near.blocks[slot, 0], near.blocks[slot, 1]):
            found[cell] = near.options[start + cell]
    return found


@compiled
def _found(near: Near, starts: Int64, taken: Int64) -> Int64:
    found = starts[:-1].copy()
    for slot in range(len(found)):
        first, last = near.blocks[slot, 0], near.blocks[slot, 1]
        for column in range(starts[slot], starts[slot + 1]):
            is_same = True
            for cell in range(first, last):
                is_same &= near.options[near.start[column] + cell - first] == taken[cell]
            if is_same:
                found[slot] = column
                break
    return found
