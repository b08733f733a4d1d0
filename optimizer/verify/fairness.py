"""The fairness figures of `summary.json`: who gets how much of the first pool."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from optimizer.verify.arrays import Flags, Ints, product, sums, total
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
    used = sums(holdings.of_cells(measure), merchants, size)
    funded = np.asarray(sums(holdings.is_funded.astype(np.int64), merchants, size) > 0, np.bool_)
    whole = total(used)
    shares = []
    if _COLUMN in instance.tables["merchant"].columns:
        tiers = instance.tables["merchant"].columns[_COLUMN]
        place = {tier: code for code, tier in enumerate(sorted(set(tiers)))}
        codes = np.array([place[tier] for tier in tiers], np.int64)
        groups = [
            _group(tier, np.asarray(codes == code, np.bool_), used, funded, pool.decimals)
            for tier, code in place.items()
        ]
        shares.append({"column": _COLUMN, "groups": groups})
    rising = np.sort(used)
    return {
        "measure": pool.name,
        "shares": shares,
        "top_shares": {
            str(percent): _share(total(rising[size - -(-percent * size // 100) :]), whole)
            for percent in _TOP_PERCENTS
        },
        "gini": _gini(rising),
        "coverage": _share(int(funded.sum()), size),
    }


def _group(tier: str, members: Flags, used: Ints, funded: Flags, decimals: int) -> dict[str, Any]:
    amount = total(used[members])
    return {
        "group": tier,
        "used": units_text(amount, decimals),
        "share": _share(amount, total(used)),
        "merchants": int(members.sum()),
        "funded_merchants": int(funded[members].sum()),
    }


def _share(part: int, whole: int) -> str:
    return rounded_text(Fraction(part, whole), _DIGITS) if whole else "0"


def _gini(rising: Ints) -> str:
    size, whole = len(rising), total(rising)
    if not whole:
        return "0"
    above = total(product(rising, 2 * np.arange(1, size + 1) - size - 1))
    return rounded_text(Fraction(above, size * whole), _DIGITS)
