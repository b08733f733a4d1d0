"""What a unit of one pool is worth in units of another: both prices are in objective units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from models.amount import fraction_to_text
from models.instance import Pool

_DIGITS = 12


def exchange_json(pools: Sequence[Pool], prices: Mapping[tuple[int, int], Fraction]) -> list[dict[str, str]]:
    """Return the rates between pools that have a price, in file order; a pool without one buys nothing."""
    priced = [(pool, prices[-1, index]) for index, pool in enumerate(pools) if prices.get((-1, index))]
    return [
        {"pool": pool.name, "in": other.name, "worth": fraction_to_text(price / of_other, _DIGITS)}
        for pool, price in priced
        for other, of_other in priced
        if pool is not other
    ]
