"""What the witness takes, summed over blocks by tier, category and slot."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.market.merchants import NUM_CATEGORIES, NUM_SLOTS, TIERS, Integers
from benchmarks.market.offers import POOLS, Offers, taken
from benchmarks.market.witness import Taken

_SHAPE = (len(TIERS), NUM_CATEGORIES, NUM_SLOTS)
AXES = ("tier", "category", "slot")


def _zeros() -> Integers:
    return np.zeros(_SHAPE, np.int64)


@dataclass(eq=False)
class Totals:
    """Sums over the blocks added so far.

    Attributes
    ----------
    taken
        Pool or `conversions` -> smallest units by tier, category and slot.
    cells
        How many cells there are, funded or not; shape (tiers, categories, slots).
    merchant_cash, merchant_tier
        Lists of one array a block.
    """

    covered: int
    taken: dict[str, Integers] = field(default_factory=lambda: {n: _zeros() for n in (*POOLS, "conversions")})
    cells: Integers = field(default_factory=_zeros)
    merchant_cash: list[Integers] = field(default_factory=list)
    num_covered: Integers = field(default_factory=lambda: np.zeros(len(TIERS), np.int64))

    def add(self, offers: Offers, done: Taken) -> None:
        """Add a block."""
        place = np.ravel_multi_index((offers.tier, offers.category, offers.slot), _SHAPE)
        self.cells += np.bincount(place, minlength=self.cells.size).reshape(_SHAPE)
        for name, amounts in (*offers.draws.items(), ("conversions", offers.conversions)):
            # Sums of a block stay below 2^53, so doubles hold them exactly.
            sums = np.bincount(place, taken(offers, done.choice, amounts), self.cells.size)
            self.taken[name] += sums.astype(np.int64).reshape(_SHAPE)
        self.merchant_cash.append(done.cash)
        tier = np.zeros(offers.num_merchants, np.int64)
        tier[offers.merchant] = offers.tier
        is_covered = done.cash >= self.covered
        self.num_covered += np.bincount(tier[is_covered], minlength=len(TIERS))

    def of(self, measure: str) -> int:
        """Return the sum over everything."""
        return int(self.taken[measure].sum())

    def by(self, measure: str, *columns: str) -> Integers:
        """Return the sums by the groups of one or two columns, in the order of `AXES`."""
        return _marginal(self.taken[measure], columns)

    def has_cells(self, *columns: str) -> Integers:
        """Return the number of cells by the groups of one or two columns, in the order of `AXES`."""
        return _marginal(self.cells, columns)

    def largest(self, count: int) -> int:
        """Return the cash of the `count` largest merchants together."""
        cash = np.concatenate(self.merchant_cash)
        return int(np.partition(cash, len(cash) - count)[len(cash) - count :].sum())

    @property
    def num_merchants(self) -> int:
        """How many merchants were added."""
        return sum(len(cash) for cash in self.merchant_cash)


def _marginal(amounts: Integers, columns: tuple[str, ...]) -> Integers:
    away = tuple(axis for axis, name in enumerate(AXES) if name not in columns)
    found: Integers = amounts.sum(axis=away)
    return found
