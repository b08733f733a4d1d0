"""The dual's last digits: cutting planes by parts of the merchants, within a box around the best prices.

Every pass bounds what each part of the merchants can add from below, for all prices, by a plane (Kelley 1960;
one plane a part, not one for all, is what makes it quick). The linear program over the planes proposes the
next prices, no further from the best ones than a box that grows where the planes foretell well and shrinks
where they do not (Marsten, Hogan and Blankenship 1975).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from models.linear import Floats
from optimizer.lagrangian.dual import Dual, Priced

MOST_PRICES = 4_000
"""With more prices than these the planes would not fit."""

_WIDTH, _WIDEST = 0.05, 8.0
_LEAST = 2e-3
"""Half the box's width at first, as a share of each price, or of what `_LEAST` of all value would be."""
_MOST_PARTS = 96
"""Parts of the merchants that have planes of their own."""
_IDLE = 8
"""Solves after which a plane that was not needed is dropped."""


class Minimum(Protocol):
    """See `optimizer.solve.master`."""

    @property
    def values(self) -> Floats:
        """Where the minimum is."""

    @property
    def multipliers(self) -> Floats:
        """Of the rows."""

    @property
    def value(self) -> float:
        """The minimum."""


class Program(Protocol):
    """A linear program that grows; see `optimizer.solve.master.Master`."""

    def add_rows(self, rows: Floats, right: Floats) -> None:
        """Add rows `rows x >= right`."""

    def drop_rows(self, rows: np.ndarray) -> None:
        """Drop rows by number."""

    def minimum(self, low: Floats, high: Floats) -> Minimum | None:
        """Return the minimum within bounds."""


class Pace(NamedTuple):
    """How many passes there may be, and how far the best prices may be at first, as a share of each."""

    passes: int
    width: float = _WIDTH


def tighten(
    dual: Dual,
    start: Priced,
    program: Callable[[Floats], Program],
    *,
    pace: Pace,
    budget: int,
    is_enough: Callable[[Priced, float], bool],
) -> Priced:
    """Lower the bound from some prices on; return the best that was seen.

    Parameters
    ----------
    program
        Makes a linear program from its costs.
    pace
        Most passes, and how far the best prices may be.
    is_enough
        Asked after every pass, with the best prices and with what no prices can go below (as far as the
        planes tell); ends the descent.
    """
    return _Bundle(dual, start, program).run(pace, budget, is_enough)


class _Bundle:
    """Variables are the prices (scaled), one price for each `top` rule, and what each part adds."""

    def __init__(self, dual: Dual, start: Priced, program: Callable[[Floats], Program]) -> None:
        self.dual, self.best = dual, start
        self.value = max(abs(start.bound), 1.0)
        self.sizes = dual.sizes()
        self.num_prices = dual.num_prices
        parts = len(start.passed.values)
        self.first_part = np.unique(np.arange(_MOST_PARTS) * parts // _MOST_PARTS)
        self.num_parts = len(self.first_part)
        self.num_tops = len(dual.market.tops)
        self.program = program(self._costs())
        self.idle = np.empty(0, np.int64)
        self._add_tops()
        self._add_planes(start)

    def run(self, pace: Pace, budget: int, is_enough: Callable[[Priced, float], bool]) -> Priced:
        (passes, width), num_failed = pace, 0
        for _ in range(passes):
            center = self.best.prices * self.sizes / self.value
            reach = width * np.maximum(center, _LEAST)
            low = np.maximum(center - reach, 0.0)
            high = np.minimum(center + reach, self.dual.market.most * self.sizes / self.value)
            found = self.program.minimum(*self._box(low, high))
            if found is None:
                break
            self._drop_idle(found.multipliers)
            proposed = found.values[: self.num_prices]
            priced = self.dual.at(proposed / self.sizes * self.value, budget)
            foretold = self.best.bound - found.value * self.value
            gained = self.best.bound - priced.bound
            is_inside = bool(((proposed > low + 1e-15) | (low <= 0.0)).all() and (proposed < high).all())
            self._add_planes(priced)
            if gained > 0:
                self.best = priced
            if foretold <= 1e-10 * self.value:
                num_failed += 1
            if num_failed > 2 or is_enough(self.best, found.value * self.value if is_inside else -np.inf):
                break
            if gained > 0.5 * foretold:
                width = min(2.0 * width, _WIDEST)
            elif gained <= 0:
                width /= 1.6
        return self.best

    def _costs(self) -> Floats:
        dual = self.dual
        rights = (
            np.concatenate([dual.right, dual.count_right]) / self.sizes[: dual.num_rows + dual.num_counts]
        )
        tops = [cap / self._top_size(number) for number, cap in enumerate(dual.caps)]
        groups = np.zeros(self.num_prices - len(rights))
        return np.concatenate([rights, groups, tops, np.ones(self.num_parts)])

    def _top_size(self, number: int) -> float:
        """Return by what the price of a `top` rule is scaled: the size of its groups."""
        return float(np.median(self.sizes[self._groups(number)]))

    def _groups(self, number: int) -> slice:
        first = self.dual.num_rows + self.dual.num_counts
        first += sum(len(top.sets) for top in self.dual.market.tops[:number])
        return slice(first, first + len(self.dual.market.tops[number].sets))

    def _add_tops(self) -> None:
        """State that the price of a `top` rule is at least each group's, and a k-th of their sum."""
        width = self.num_prices + self.num_tops + self.num_parts
        for number, top in enumerate(self.dual.market.tops):
            groups, price = self._groups(number), self.num_prices + number
            rows = np.zeros((len(top.sets) + 1, width))
            rows[:-1, groups] = -np.diag(1.0 / self.sizes[groups])
            rows[-1, groups] = -1.0 / self.sizes[groups]
            rows[:-1, price] = 1.0 / self._top_size(number)
            rows[-1, price] = top.k / self._top_size(number)
            scale = self._top_size(number)
            self.program.add_rows(rows * scale, np.zeros(len(rows)))
            self.idle = np.append(self.idle, np.full(len(rows), np.iinfo(np.int64).min // 2))

    def _add_planes(self, priced: Priced) -> None:
        """Part p adds at least `value - use.(prices - those priced)` at any prices."""
        uses = np.add.reduceat(self.dual.uses(priced.passed), self.first_part, axis=0)
        rows = np.zeros((self.num_parts, self.num_prices + self.num_tops + self.num_parts))
        rows[:, : self.num_prices] = uses / self.sizes
        rows[:, self.num_prices + self.num_tops :] = np.eye(self.num_parts)
        right: Floats = np.add.reduceat(priced.passed.values, self.first_part) + uses @ priced.prices
        for number, top in enumerate(self.dual.market.tops):
            if top.basis >= 0:
                used = np.add.reduceat(priced.passed.uses[:, top.basis], self.first_part)
                used = float(top.share) * used
                rows[:, self.num_prices + number] = -used / self._top_size(number)
                right = right - used * priced.top_prices[number]
        self.program.add_rows(rows, right / self.value)
        self.idle = np.append(self.idle, np.zeros(self.num_parts, np.int64))

    def _box(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        tops, parts = np.zeros(self.num_tops), np.full(self.num_parts, np.inf)
        return np.concatenate([low, tops, -parts]), np.concatenate([high, tops + np.inf, parts])

    def _drop_idle(self, multipliers: Floats) -> None:
        self.idle = np.where(multipliers > 1e-12, np.minimum(self.idle, 0), self.idle + 1)
        dropped = np.flatnonzero(self.idle > _IDLE)
        if len(dropped) > self.num_parts:
            self.program.drop_rows(dropped)
            self.idle = np.delete(self.idle, dropped)
