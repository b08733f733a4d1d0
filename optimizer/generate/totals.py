"""What all cells could take, and what the witness takes, summed by group while blocks pass by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.generate import market
from optimizer.generate.cells import largest_cash
from optimizer.generate.merchants import Integers
from optimizer.generate.witness import Block

_GROUPS = {
    "tier": len(market.TIERS),
    "provider": len(market.PROVIDERS) + 1,
    "category": len(market.CATEGORIES),
    "slot": len(market.SLOTS),
    "belt": len(market.BELTS) + 1,
    "segment": len(market.SEGMENTS),
}
_MEASURES = ("cash", "traffic", "gmv")


@dataclass(eq=False)
class Totals:
    """Sums over the blocks added so far.

    Attributes
    ----------
    noticeable
        Cash in fen from which a merchant is reached.
    merchant_cash
        What the witness gives each merchant, in fen; shape (merchants,).
    wanted
        Column -> cash of every cell's largest package, by group, in fen.
    taken
        (measure, column) -> what the witness takes, by group, in smallest units (gmv: yuan).
    num_new, num_new_reached
        New merchants, and those that the witness reaches.
    merchants_in_belt, funded_in_belt
        Merchants of each belt, and those that the witness funds; the last one is no belt.
    """

    noticeable: int
    merchant_cash: Integers
    wanted: dict[str, Integers]
    taken: dict[tuple[str, str], Integers]
    num_new: int
    num_new_reached: int
    merchants_in_belt: Integers
    funded_in_belt: Integers

    def add(self, block: Block) -> None:
        """Add a block."""
        merchants, cells, offers = block.merchants, block.cells, block.offers
        owner = cells.merchant
        groups = {"tier": merchants.tier[owner], "provider": merchants.provider[owner]}
        groups |= {"category": cells.category, "slot": cells.slot}
        groups |= {"belt": merchants.belt[owner], "segment": cells.segment}
        funded = offers.cell[block.witness]
        for column, count in _GROUPS.items():
            self.wanted[column] += _sums(groups[column], largest_cash(cells, offers), count)
            for measure in _MEASURES:
                amounts = getattr(offers, measure)[block.witness]
                self.taken[measure, column] += _sums(groups[column][funded], amounts, count)
        here = slice(merchants.first, merchants.first + merchants.size.size)
        self.merchant_cash[here] = _sums(owner[funded], offers.cash[block.witness], merchants.size.size)
        is_reached = self.merchant_cash[here] >= self.noticeable
        self.num_new += int(merchants.is_new.sum())
        self.num_new_reached += int((merchants.is_new & is_reached).sum())
        self.merchants_in_belt += np.bincount(merchants.belt, minlength=self.merchants_in_belt.size)
        is_funded = np.bincount(owner[funded], minlength=merchants.size.size) > 0
        self.funded_in_belt += np.bincount(merchants.belt[is_funded], minlength=self.funded_in_belt.size)

    def has_cells(self, column: str, number: int) -> bool:
        """Return whether group `number` of a column has a cell (the largest option always costs cash)."""
        return bool(self.wanted[column][number] > 0)

    def of(self, pool: str) -> int:
        """Return what the witness takes of a pool, in smallest units."""
        return int(self.taken[pool, "tier"].sum())


def no_totals(num_merchants: int, noticeable: int) -> Totals:
    """Return the totals of no block."""
    return Totals(
        noticeable=noticeable,
        merchant_cash=_zeros(num_merchants),
        wanted={column: _zeros(count) for column, count in _GROUPS.items()},
        taken={
            (measure, column): _zeros(count) for measure in _MEASURES for column, count in _GROUPS.items()
        },
        num_new=0,
        num_new_reached=0,
        merchants_in_belt=_zeros(len(market.BELTS) + 1),
        funded_in_belt=_zeros(len(market.BELTS) + 1),
    )


def _zeros(count: int) -> Integers:
    return np.zeros(count, np.int64)


def _sums(groups: Integers, amounts: Integers, count: int) -> Integers:
    # Sums stay below 2^53, so doubles hold them exactly.
    return np.bincount(groups, weights=amounts, minlength=count).astype(np.int64)
