"""Cells of a block of merchants and their five options: what each costs and adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.market.merchants import (
    MOST_CELLS,
    NUM_CATEGORIES,
    NUM_SLOTS,
    Floats,
    Integers,
    Merchants,
    random_of,
)

NUM_OPTIONS = 5
POOLS = ("cash", "traffic", "coupons")

_TYPICAL_FEN = 20_000.0
_CONVERSIONS_A_YUAN = 0.3
_STRIDES = np.array([step for step in range(1, MOST_CELLS) if np.gcd(step, MOST_CELLS) == 1])


@dataclass(frozen=True, eq=False)
class Offers:
    """A block of cells in order of merchant, category and slot, and their options.

    Attributes
    ----------
    first_merchant, num_merchants
        The merchants of the block.
    merchant
        Of each cell, counted from the block's first; shape (cells,), like `tier`, `category` and `slot`.
    draws
        Pool -> smallest units (fen, impressions, coupons) of each option; shapes (cells, options).
    conversions
        In 1e-6; shape (cells, options).
    """

    first_merchant: int
    num_merchants: int
    merchant: Integers
    tier: Integers
    category: Integers
    slot: Integers
    draws: dict[str, Integers]
    conversions: Integers

    @property
    def num_cells(self) -> int:
        """How many cells the block has."""
        return len(self.merchant)


def offers_of(merchants: Merchants, block: tuple[int, int], seed: int) -> Offers:
    """Draw the cells and options of the merchants from `block[0]` to before `block[1]`."""
    first, end = block
    sizes = merchants.num_cells[first:end]
    merchant = np.repeat(np.arange(end - first), sizes)
    key = _keys(sizes, merchant, random_of(seed, 2, first))
    category, slot = np.divmod(key, NUM_SLOTS)
    draws, conversions = _options(merchant, category, slot, seed, first)
    tier = merchants.tier[first:end][merchant]
    return Offers(first, end - first, merchant, tier, category, slot, draws, conversions)


def _keys(sizes: Integers, merchant: Integers, rng: np.random.Generator) -> Integers:
    """Return a (category, slot) number of every cell, none twice in a merchant, ascending within it.

    A stride that has no divisor in common with the number of keys meets each key once.
    """
    place = np.arange(len(merchant)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    offset, stride = rng.integers(0, MOST_CELLS, len(sizes)), rng.choice(_STRIDES, len(sizes))
    key = (offset[merchant] + place * stride[merchant]) % MOST_CELLS
    ordered = np.sort(merchant * MOST_CELLS + key)
    return ordered % MOST_CELLS


def _options(
    merchant: Integers, category: Integers, slot: Integers, seed: int, first: int
) -> tuple[dict[str, Integers], Integers]:
    """Draw costs that grow by uneven steps, and a concave response with noise: some options are off the hull.

    The response of a cell is `appeal x cost**bend`, the bend from 0.4 to 0.9; the noise of an option is 8 %.
    """
    rng, shape = random_of(seed, 3, first), (len(merchant), NUM_OPTIONS)
    in_category = np.exp(random_of(seed, 4).normal(0.0, 0.4, NUM_CATEGORIES))[category]
    in_slot = np.exp(random_of(seed, 5).normal(0.0, 0.3, NUM_SLOTS))[slot]
    of_merchant = np.exp(rng.normal(0.0, 0.4, int(merchant[-1]) + 1))[merchant]
    base = _TYPICAL_FEN * in_category * in_slot * of_merchant * np.exp(rng.normal(0.0, 0.6, shape[0]))
    steps = np.cumsum(rng.uniform(0.4, 1.6, shape), axis=1)
    cash = np.maximum(np.rint(base[:, None] * steps / 2), 100).astype(np.int64)
    appeal = _CONVERSIONS_A_YUAN * np.exp(rng.normal(0.0, 0.5, shape[0])) * base / 100
    bend = rng.uniform(0.4, 0.9, shape[0])
    gain = appeal[:, None] * steps ** bend[:, None] * np.exp(rng.normal(0.0, 0.08, shape))
    conversions = np.maximum(np.rint(gain * 1e6), 1).astype(np.int64)
    thousand_views = np.exp(rng.normal(0.0, 0.5, shape)) * cash / 100 * 8
    draws = {
        "cash": cash + np.arange(NUM_OPTIONS),
        "traffic": np.rint(thousand_views).astype(np.int64),
        "coupons": np.rint(steps * rng.uniform(0.0, 6.0, shape[0])[:, None]).astype(np.int64),
    }
    return draws, conversions


def taken(offers: Offers, choice: Integers, amounts: Integers | Floats) -> Integers:
    """Return what the chosen option of each cell (-1: none) has of `amounts`, 0 for none; shape (cells,)."""
    cells = np.arange(offers.num_cells)
    found: Integers = np.where(choice >= 0, amounts[cells, np.maximum(choice, 0)], 0)
    return found
