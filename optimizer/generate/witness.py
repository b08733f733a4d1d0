"""The witness: a plan that is no good, only possible, and that the policy is drawn around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.generate import market
from optimizer.generate.cells import Cells, Offers
from optimizer.generate.merchants import Integers, Merchants
from optimizer.generate.scale import Scale


@dataclass(frozen=True, eq=False)
class Block:
    """A block of the market; `witness` holds the indices of the options that the witness takes, ascending."""

    merchants: Merchants
    cells: Cells
    offers: Offers
    witness: Integers


def witness_of(block: Block, scale: Scale, left: Mapping[str, int], rng: np.random.Generator) -> Integers:
    """Return the indices of the options that the witness takes: middling ones, more for small merchants.

    Parameters
    ----------
    block
        Its `witness` is not looked at.
    left
        Pool -> smallest units that the witness may still take; merchants beyond it get nothing.
    """
    merchants, cells, offers = block.merchants, block.cells, block.offers
    shares = np.array([tier.witness_share for tier in market.TIERS])[merchants.tier]
    shares = np.where(merchants.is_new, 1.0, shares)
    is_funded = rng.random(cells.merchant.size) < shares[cells.merchant]
    levels = np.bincount(offers.cell, minlength=cells.merchant.size)
    taken = np.flatnonzero(is_funded[offers.cell] & (offers.level == levels[offers.cell] // 2 + 1))
    owner = cells.merchant[offers.cell[taken]]
    taken = taken[np.arange(taken.size) - np.searchsorted(owner, owner) < scale.most_cells]
    owner = cells.merchant[offers.cell[taken]]
    count = merchants.size.size
    cash = np.bincount(owner, weights=offers.cash[taken], minlength=count)
    traffic = np.bincount(owner, weights=offers.traffic[taken], minlength=count)
    is_kept = (merchants.tier < len(market.TIERS) - 1) | (cash >= scale.meaningful * 100)
    for amounts, pool in ((cash, "cash"), (traffic, "traffic")):
        is_kept &= np.cumsum(amounts * is_kept) <= left[pool]
    return taken[is_kept[owner]]
