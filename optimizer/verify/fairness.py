"""The fairness figures of `summary.json`: who gets how much of the first pool."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from optimizer.verify.arrays import sums
from optimizer.verify.decimals import rounded_text, units_text
from optimizer.verify.holdings import Holdings
from optimizer.verify.instance import Instance
from optimizer.verify.rule import Measure

_DIGITS = 12
_TOP_PERCENTS = (1, 5, 10)
_COLUMN = "tier"


def fairness(instance: Instance, holdings: Holdings) -> dict[str, Any]:
    """Return the object that must stand under `fairness`."""
    pool = instance.pools[0]
    measure = Measure("amount", pool.name, pool.name, pool.decimals)
    merchants = instance.cells.merchant
    size = len(instance.cells.texts["merchant"])
    used = [int(units) for units in sums(holdings.of_cells(measure), merchants, size)]
    funded = (sums(holdings.is_funded.astype(np.int64), merchants, size) > 0).tolist()
    whole = sum(used)
    shares = []
    if _COLUMN in instance.tables["merchant"].columns:
        tiers = instance.tables["merchant"].columns[_COLUMN]
        groups = [
            _group(tier, [m for m in range(size) if tiers[m] == tier], used, funded, pool.decimals)
            for tier in sorted(set(tiers))
        ]
        shares.append({"column": _COLUMN, "groups": groups})
    largest = sorted(used, reverse=True)
    return {
        "measure": pool.name,
        "shares": shares,
        "top_shares": {
            str(percent): _share(sum(largest[: -(-percent * size // 100)]), whole)
            for percent in _TOP_PERCENTS
        },
        "gini": _gini(used),
        "coverage": _share(sum(funded), size),
    }


def _group(
    tier: str, members: list[int], used: list[int], funded: list[bool], decimals: int
) -> dict[str, Any]:
    amount = sum(used[member] for member in members)
    return {
        "group": tier,
        "used": units_text(amount, decimals),
        "share": _share(amount, sum(used)),
        "merchants": len(members),
        "funded_merchants": sum(funded[member] for member in members),
    }


def _share(part: int, whole: int) -> str:
    return rounded_text(Fraction(part, whole), _DIGITS) if whole else "0"


def _gini(used: list[int]) -> str:
    size, whole = len(used), sum(used)
    if not whole:
        return "0"
    above = sum((2 * place - size - 1) * amount for place, amount in enumerate(sorted(used), 1))
    return rounded_text(Fraction(above, size * whole), _DIGITS)
