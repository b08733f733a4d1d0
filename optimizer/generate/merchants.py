"""Merchants of one block: tier, followers, size, belt, provider, categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.generate import market

Floats = NDArray[np.floating]
Integers = NDArray[np.int64]

BLOCK = 4096
"""Merchants that are made together; a part of the format, for each block has random numbers of its own."""

_CATEGORY_INDEX = {category.category: index for index, category in enumerate(market.CATEGORIES)}


@dataclass(frozen=True, eq=False)
class Merchants:
    """A block of n merchants; every array has shape (n,).

    Attributes
    ----------
    first
        Number of the block's first merchant, counted from 0 over all blocks.
    tier, belt, provider, category
        Indices into `market.TIERS`, `BELTS` (its length: none), `PROVIDERS` (its length: self-served) and
        `CATEGORIES` (the main one).
    num_categories
        1 to 3: the main one and its neighbours.
    size
        How much the merchant could take, on a scale of its own: heavy-tailed.
    """

    first: int
    tier: Integers
    followers: Integers
    is_new: NDArray[np.bool_]
    belt: Integers
    provider: Integers
    category: Integers
    num_categories: Integers
    size: Floats


def merchants_of(block: int, num_merchants: int, seed: int) -> Merchants:
    """Return a block of merchants: the same one whenever it is asked for."""
    rng = random_of(seed, 0, block)
    first = block * BLOCK
    count = min(BLOCK, num_merchants - first)
    tier = pick(rng, [tier.share for tier in market.TIERS], count)
    followers = _followers(rng, tier)
    is_new = rng.random(count) < np.array([tier.new_share for tier in market.TIERS])[tier]
    belt_percents = [percent for _belt, _category, percent in market.BELTS]
    belt = pick(rng, [*belt_percents, 100 - sum(belt_percents)], count)
    provider_shares = [share for _provider, share in market.PROVIDERS]
    provider = pick(rng, [*provider_shares, 1 - sum(provider_shares)], count)
    known_for = np.array([_CATEGORY_INDEX[category] for _belt, category, _percent in market.BELTS] + [0])
    free_choice = pick(rng, [category.weight for category in market.CATEGORIES], count)
    category = np.where(belt < len(market.BELTS), known_for[belt], free_choice)
    num_categories = 1 + pick(rng, [0.55, 0.30, 0.15], count)
    size = followers**0.82 * np.exp(0.6 * rng.standard_normal(count)) * np.where(is_new, 0.6, 1.0)
    return Merchants(first, tier, followers, is_new, belt, provider, category, num_categories, size)


def random_of(seed: int, purpose: int, block: int) -> np.random.Generator:
    """Return the random numbers of a block and purpose: independent of all others."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(purpose, block))))


def pick(rng: np.random.Generator, weights: list[float], count: int) -> Integers:
    """Draw `count` indices with probabilities in proportion to `weights`."""
    edges = np.cumsum(weights) / np.sum(weights)
    return np.minimum(np.searchsorted(edges, rng.random(count), side="right"), len(weights) - 1).astype(
        np.int64
    )


def _followers(rng: np.random.Generator, tier: Integers) -> Integers:
    # Log-uniform inside a tier; the last one ends in a Pareto tail.
    position = rng.random(tier.size)
    lowest = np.array([tier.lowest for tier in market.TIERS])[tier]
    highest = np.array([tier.highest for tier in market.TIERS])[tier]
    inside = lowest * (highest / lowest) ** position
    tail = np.minimum(lowest * (1 - position) ** (-1 / 1.6), highest)
    is_last = tier == len(market.TIERS) - 1
    followers = np.minimum(np.floor(np.where(is_last, tail, inside)), highest - 1)
    return np.asarray(followers.astype(np.int64))
