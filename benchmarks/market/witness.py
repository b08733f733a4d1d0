"""The witness: what every cell takes at known prices, so that it is possible, and nearly the best there is.

Groups that are dearer than others will have a cap just above what the witness takes there, cheaper ones a
floor just below (`policy`). By duality the witness is then close to the best plan, and these limits bind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.market.merchants import NUM_CATEGORIES, NUM_SLOTS, TIERS, Floats, Integers, random_of
from benchmarks.market.offers import POOLS, Offers, taken

_HALVINGS = 12
_DEAREST = 16.0
_PRICE = {"cash": 3_300.0, "traffic": 40_000.0, "coupons": 7_000_000.0}
"""Conversions (1e-6) that a smallest unit of a pool has to bring."""


@dataclass(frozen=True, eq=False)
class Charges:
    """By how much the draw of a group is dearer (above 0) or cheaper than elsewhere, as a share of its price.

    Attributes
    ----------
    pools
        The pools that the market has.
    is_minimum
        Whether merchants have a least meaningful amount, and some are lifted to what counts as covered.
    """

    pools: tuple[str, ...]
    tier: Floats
    category: Floats
    slot: Floats
    is_minimum: bool


@dataclass(frozen=True, eq=False)
class Taken:
    """What the witness does in a block.

    Attributes
    ----------
    choice
        Option of each cell, -1 for none; shape (cells,).
    cash
        Of each merchant, in fen; shape (merchants,), like `cap` and `minimum`.
    """

    choice: Integers
    cash: Integers
    cap: Integers
    minimum: Integers


def charges_of(
    charged: Mapping[str, tuple[float, float]], pools: int, is_minimum: bool, seed: int
) -> Charges:
    """Draw charges.

    Parameters
    ----------
    charged
        Column (`tier`, `category`, `slot`) -> shares of its groups that are dearer and that are cheaper.
    pools
        How many pools there are.
    """
    rng = random_of(seed, 6)
    drawn = {}
    for column, count in (("tier", len(TIERS)), ("category", NUM_CATEGORIES), ("slot", NUM_SLOTS)):
        dearer, cheaper = charged.get(column, (0.0, 0.0))
        kind = rng.permutation((np.arange(count) + 0.5) / count)
        up, down = rng.uniform(0.1, 0.4, count), rng.uniform(-0.3, -0.1, count)
        drawn[column] = np.where(kind < dearer, up, np.where(kind > 1 - cheaper, down, 0.0))
    return Charges(POOLS[:pools], drawn["tier"], drawn["category"], drawn["slot"], is_minimum)


def witness_of(offers: Offers, charges: Charges, covered: int, seed: int) -> Taken:
    """Return what every cell takes, its merchant's cash cap held, and those caps.

    A merchant's cap is 0.25 to 1.25 times what it would take without one, so that many bite on whole options.

    Parameters
    ----------
    covered
        Cash in fen from which a merchant counts as covered.
    """
    rng = random_of(seed, 7, offers.first_merchant)
    scale = 1 + charges.tier[offers.tier] + charges.category[offers.category] + charges.slot[offers.slot]
    cost = np.zeros(offers.conversions.shape)
    for pool in charges.pools:
        cost += _PRICE[pool] * scale[:, None] * offers.draws[pool] / len(charges.pools)
    free = _cash(offers, _best(offers, cost, np.ones(offers.num_merchants)))
    smallest = np.full(offers.num_merchants, 2**62)
    np.minimum.at(smallest, offers.merchant, offers.draws["cash"][:, 0])
    share = rng.uniform(0.25, 1.25, offers.num_merchants)
    cap = np.rint(share * np.maximum(free, 2 * smallest)).astype(np.int64)
    choice = _under_caps(offers, cost, cap)
    minimum = np.rint(cap * rng.uniform(0.1, 0.5, offers.num_merchants)).astype(np.int64)
    if charges.is_minimum:
        is_lifted = rng.random(offers.num_merchants) < 0.4
        choice = _lifted(offers, cost, choice, np.where(is_lifted & (cap >= covered), cap, -1), covered)
        choice = _dropped(offers, choice, minimum)
    return Taken(choice, _cash(offers, choice), cap, minimum)


def _best(offers: Offers, cost: Floats, factor: Floats) -> Integers:
    """Return each cell's best option where a merchant's draws cost `factor` times as much; -1 for none."""
    net = offers.conversions - cost * factor[offers.merchant][:, None]
    best = np.argmax(net, axis=1)
    chosen: Integers = np.where(net[np.arange(len(best)), best] > 0, best, -1)
    return chosen


def _cash(offers: Offers, choice: Integers) -> Integers:
    drawn = taken(offers, choice, offers.draws["cash"])
    return np.bincount(offers.merchant, weights=drawn, minlength=offers.num_merchants).astype(np.int64)


def _under_caps(offers: Offers, cost: Floats, cap: Integers) -> Integers:
    """Raise each merchant's own price until its cap holds, as little as halving the interval finds."""
    low, high = np.ones(offers.num_merchants), np.full(offers.num_merchants, _DEAREST)
    choice = _best(offers, cost, low)
    fits = _cash(offers, choice) <= cap
    high = np.where(fits, low, high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = _cash(offers, _best(offers, cost, middle)) <= cap
        low, high = np.where(fits, low, middle), np.where(fits, middle, high)
    choice = _best(offers, cost, high)
    fits = _cash(offers, choice) <= cap
    return np.where(fits[offers.merchant], choice, -1)


def _lifted(offers: Offers, cost: Floats, choice: Integers, cap: Integers, covered: int) -> Integers:
    """Let merchants with a cap of zero or more reach `covered` at half the price, where that fits."""
    cheap = _best(offers, cost, np.full(offers.num_merchants, 0.5))
    drawn = _cash(offers, cheap)
    is_better = (_cash(offers, choice) < covered) & (drawn >= covered) & (drawn <= cap)
    return np.where(is_better[offers.merchant], cheap, choice)


def _dropped(offers: Offers, choice: Integers, minimum: Integers) -> Integers:
    """Give nothing to merchants that would get less than is meaningful."""
    return np.where((_cash(offers, choice) >= minimum)[offers.merchant], choice, -1)
