"""Merchants of the ladder: how many cells each has, its tier, and the blocks in which they are drawn."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

TIERS = ("giant", "large", "mid", "small", "micro")
NUM_SLOTS, NUM_CATEGORIES = 24, 50
MOST_CELLS = NUM_SLOTS * NUM_CATEGORIES
"""A merchant has at most one cell of every category and slot."""

_MEAN_CELLS = 10
_LARGEST_SHARE = 0.03
_TAIL = 0.8
"""Exponent of Zipf's law: the i-th largest merchant has about i**-0.8 times the cells of the largest."""

_TIER_ENDS = (0.01, 0.05, 0.2, 0.5)
_CELLS_A_BLOCK = 200_000


@dataclass(frozen=True, eq=False)
class Merchants:
    """All merchants of a market: cells and tier (index into `TIERS`) of each; shapes (merchants,)."""

    num_cells: Integers
    tier: Integers


def random_of(seed: int, *path: int) -> np.random.Generator:
    """Return the numbers of one purpose and block: what one draws does not move what another draws."""
    return np.random.default_rng((seed, *path))


def merchants_of(num_cells: int, seed: int) -> Merchants:
    """Return heavy-tailed merchants of about ten cells each that have `num_cells` cells together.

    The largest have 3 % of all cells, but never more than `MOST_CELLS`. Tiers follow size, with noise.
    """
    rng = random_of(seed, 1)
    count = max(1, num_cells // _MEAN_CELLS)
    most = min(max(int(_LARGEST_SHARE * num_cells), 2 * _MEAN_CELLS), MOST_CELLS)
    sizes = rng.permutation(_shared_out(num_cells, count, most))
    score = np.log(sizes) + rng.normal(0.0, 0.7, count)
    cuts = np.quantile(score, [1.0 - end for end in _TIER_ENDS][::-1])
    tier = len(_TIER_ENDS) - np.searchsorted(cuts, score, side="right")
    return Merchants(sizes, tier.astype(np.int64))


def blocks_of(merchants: Merchants) -> list[tuple[int, int]]:
    """Cut the merchants into stretches of about 200,000 cells: (first, end) pairs."""
    ends = np.cumsum(merchants.num_cells)
    inner = np.searchsorted(ends, np.arange(_CELLS_A_BLOCK, int(ends[-1]), _CELLS_A_BLOCK)) + 1
    cuts = sorted({0, *inner.tolist(), len(ends)})
    return list(itertools.pairwise(cuts))


def _shared_out(num_cells: int, count: int, most: int) -> Integers:
    """Return sizes by rank, from one cell to `most`, that follow the tail and add up exactly."""
    weight = np.arange(1, count + 1, dtype=np.float64) ** -_TAIL

    def sizes(scale: float) -> Integers:
        return np.clip(np.floor(scale * weight), 1, most).astype(np.int64)

    low, high = 0.0, float(most) * count**_TAIL
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if int(sizes(middle).sum()) <= num_cells else (low, middle)
    found = sizes(low)
    while rest := num_cells - int(found.sum()):
        room = np.flatnonzero(found < most)[:rest]
        if not len(room):
            raise ValueError(f"{count} merchants of at most {most} cells cannot have {num_cells}")
        found[room] += 1
    return found
