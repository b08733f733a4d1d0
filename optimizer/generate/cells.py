"""Cells of a block of merchants, and their options."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.generate import market
from optimizer.generate.merchants import Floats, Integers, Merchants, pick, random_of

MOST_CATEGORIES = 3
MOST_CELLS = len(market.SLOTS) * len(market.SEGMENTS)
"""Cells that any merchant could have, whatever its categories."""

MOST_GMV = 9 * 10**9
"""Values are held as integers of 1e-6, none over 2^53: only a market of a few merchants comes near."""


@dataclass(frozen=True, eq=False)
class Cells:
    """The n cells of a block, sorted by merchant; `merchant` counts inside the block; all of shape (n,).

    Attributes
    ----------
    share
        What part of its merchant's size the cell could take; sums to 1 over each merchant.
    basket, effort
        Yuan that a conversion buys for, and yuan of subsidy that it takes.
    """

    merchant: Integers
    category: Integers
    slot: Integers
    segment: Integers
    share: Floats
    basket: Floats
    effort: Floats


@dataclass(frozen=True, eq=False)
class Offers:
    """The m options of a block's cells, sorted by cell and level; all of shape (m,).

    Attributes
    ----------
    cell
        Index into the block's `Cells`.
    level
        1 for the smallest package of its cell.
    cash, traffic
        Fen, and the smallest units of traffic.
    conversions, conversions_se, gmv, new_buyers
        Integers of 0.01, 0.01, 1 and 0.1.
    """

    cell: Integers
    level: Integers
    cash: Integers
    traffic: Integers
    conversions: Integers
    conversions_se: Integers
    gmv: Integers
    new_buyers: Integers


def cells_of(merchants: Merchants, block: int, cells_per_merchant: float, seed: int) -> Cells:
    """Return a block's cells: distinct (category, slot, segment) of each merchant, more in hot slots."""
    rng = random_of(seed, 1, block)
    count = merchants.size.size
    breadth = np.array([tier.breadth for tier in market.TIERS])
    average = sum(tier.breadth * tier.share for tier in market.TIERS)
    luck = np.exp(0.5 * rng.standard_normal(count) - 0.125)
    wanted = 1 + np.floor(
        (cells_per_merchant - 1) * breadth[merchants.tier] / average * luck + rng.random(count)
    )
    num_cells = np.minimum(wanted, MOST_CELLS).astype(np.int64)
    chosen = _sample(rng, merchants.num_categories, num_cells)
    merchant, place = np.nonzero(chosen)
    position, rest = np.divmod(place, len(market.SLOTS) * len(market.SEGMENTS))
    slot, segment = np.divmod(rest, len(market.SEGMENTS))
    category = (merchants.category[merchant] + position) % len(market.CATEGORIES)
    heat = np.array([slot.heat for slot in market.SLOTS])
    weight = heat[slot] ** 0.7 * np.exp(0.6 * rng.standard_normal(merchant.size))
    share = weight / np.bincount(merchant, weights=weight, minlength=count)[merchant]
    basket = np.array([category.basket for category in market.CATEGORIES])[category]
    basket = basket * np.exp(0.25 * rng.standard_normal(merchant.size))
    effort = 0.42 * basket**0.75 * heat[slot] ** -0.15 * np.exp(0.35 * rng.standard_normal(merchant.size))
    effort = effort * np.array([tier.effort for tier in market.TIERS])[merchants.tier[merchant]]
    effort = effort * np.array([segment.effort for segment in market.SEGMENTS])[segment]
    return Cells(merchant, category, slot, segment, share, basket, effort)


def offers_of(
    cells: Cells, appetite: tuple[Floats, Floats], num_options: int | None, block: int, seed: int
) -> Offers:
    """Return the options of the cells.

    Parameters
    ----------
    cells
        The cells of a block.
    appetite
        Cash and traffic of each cell's largest package, in smallest units, before rounding.
    num_options
        Options of every cell; None: three to five.
    """
    rng = random_of(seed, 2, block)
    count = cells.merchant.size
    levels = np.full(count, num_options) if num_options else 3 + pick(rng, [0.3, 0.4, 0.3], count)
    cell = np.repeat(np.arange(count), levels)
    level = 1 + np.arange(cell.size) - np.repeat(np.cumsum(levels) - levels, levels)
    part = level / levels[cell]
    is_traffic_only = (level == 1) & (levels[cell] > 1) & (rng.random(count) < 0.35)[cell]
    lean = np.exp(0.25 * rng.standard_normal(count))[cell]
    cash = np.floor(appetite[0][cell] * part ** (1.1 * lean))
    cash = np.where(is_traffic_only, 0, np.maximum(cash, 100 * level))
    traffic = np.maximum(np.floor(appetite[1][cell] * part ** (0.9 / lean)), 1)
    response = _response(rng, cells, cell, cash / appetite[0][cell], traffic / appetite[1][cell])
    conversions = np.maximum(np.floor(response * appetite[0][cell]), 1)
    error = np.maximum(conversions * (0.08 + 0.2 * rng.random(count))[cell], 1)
    gmv = np.minimum(np.floor(conversions / 100 * cells.basket[cell]), MOST_GMV)
    buyers = np.array([segment.new_share for segment in market.SEGMENTS])[cells.segment]
    buyers = buyers * (0.8 + 0.4 * rng.random(count))
    new_buyers = np.floor(conversions / 10 * buyers[cell])
    columns = (cell, level, cash, traffic, conversions, error, gmv, new_buyers)
    return Offers(*(column.astype(np.int64) for column in columns))


def largest_cash(cells: Cells, offers: Offers) -> Integers:
    """Return the cash of every cell's largest option, in fen."""
    largest = np.zeros(cells.merchant.size, np.int64)
    np.maximum.at(largest, offers.cell, offers.cash)
    return largest


def _sample(rng: np.random.Generator, num_categories: Integers, num_cells: Integers) -> NDArray[np.bool_]:
    """Draw without replacement, with weights (Efraimidis and Spirakis 2006): shape (merchants, places)."""
    heat = np.array([slot.heat for slot in market.SLOTS])
    share = np.array([segment.share for segment in market.SEGMENTS])
    weights = (np.array([1.0, 0.5, 0.3])[:, None, None] * heat[:, None] * share).reshape(MOST_CATEGORIES, -1)
    keys = -np.log1p(-rng.random((num_cells.size, *weights.shape))) / weights
    keys[np.arange(MOST_CATEGORIES)[None, :] >= num_categories[:, None]] = np.inf
    keys = keys.reshape(num_cells.size, -1)
    last = np.take_along_axis(np.sort(keys, axis=1), num_cells[:, None] - 1, axis=1)
    return np.asarray(keys <= last)


def _response(
    rng: np.random.Generator, cells: Cells, cell: Integers, cash_part: Floats, traffic_part: Floats
) -> Floats:
    # Conversions per yuan of appetite level off as the package grows.
    bend = 1.0 + 1.4 * rng.random(cells.merchant.size)
    noise = np.exp(0.04 * rng.standard_normal(cell.size))
    ceiling = 1 / cells.effort / (1 - np.exp(-bend))
    reach = 0.65 * cash_part + 0.35 * traffic_part
    return np.asarray(ceiling[cell] * (1 - np.exp(-bend[cell] * reach)) * noise)
