"""Fairness figures of the first pool over the merchants that have cells, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from models.amount import fraction_to_text, units_to_text
from models.plan import Plan
from models.rationals import Integers, exact_sum
from models.scope import canonical

_DIGITS = 12
_FITS = 2**62
_TOP_PERCENT = (1, 5, 10)


def fairness_json(plan: Plan) -> dict[str, object]:
    """Return shares by tier, top shares, Gini and coverage as `docs/files.md` defines them."""
    amounts, is_funded = _by_merchant(plan)
    total = exact_sum(amounts)
    ascending = np.sort(amounts)
    count = len(amounts)
    return {
        "measure": plan.problem.instance.pools[0].name,
        "shares": _shares(plan, amounts, is_funded),
        "top_shares": {
            str(p): _share(exact_sum(ascending[count - -(-count * p // 100) :]), total) for p in _TOP_PERCENT
        },
        "gini": fraction_to_text(_gini(ascending), _DIGITS),
        "coverage": _share(int(is_funded.sum()), count),
    }


def _by_merchant(plan: Plan) -> tuple[Integers, NDArray[np.bool_]]:
    problem = plan.problem
    cell = problem.cells_of(plan.choice.options)
    merchant = problem.merchant_of_cell[cell]
    amounts = np.zeros(problem.num_merchants, plan.costs[0].dtype)
    np.add.at(amounts, merchant, plan.costs[0])
    is_funded = np.zeros(problem.num_merchants, np.bool_)
    is_funded[merchant] = True
    return amounts, is_funded


def _shares(plan: Plan, amounts: Integers, is_funded: NDArray[np.bool_]) -> list[dict[str, object]]:
    instance = plan.problem.instance
    table, merchants = instance.tables["merchants"], instance.options.keys["merchant"].texts
    if "tier" not in table.columns:
        return []
    tiers: Sequence[str] = table.columns["tier"]
    if table.keys != merchants:
        tier_of = dict(zip(table.keys, tiers, strict=True))
        tiers = [tier_of.get(merchant, "") for merchant in merchants]
    compared = {tier: canonical(tier) for tier in set(tiers)}
    names = sorted(set(compared.values()))
    rank = {text: place for place, text in enumerate(names)}
    code = {tier: rank[text] for tier, text in compared.items()}
    group = np.fromiter(map(code.__getitem__, tiers), np.int32, len(merchants))
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(1, len(names) + 1, dtype=np.int32))
    total = exact_sum(amounts)
    groups = [
        {
            "group": name,
            "used": units_to_text(used := exact_sum(amounts[members]), instance.pools[0].decimals),
            "share": _share(used, total),
            "merchants": len(members),
            "funded_merchants": int(is_funded[members].sum()),
        }
        for name, members in zip(names, np.split(order, ends[:-1]), strict=True)
    ]
    return [{"column": "tier", "groups": groups}]


def _gini(ascending: Integers) -> Fraction:
    """Return the Gini coefficient: sum of (2i - n - 1) x_i over n times the sum of x, i from 1."""
    count, total = len(ascending), exact_sum(ascending)
    if not total:
        return Fraction(0)
    fits = ascending.dtype != object and count * total < _FITS  # amounts are zero or more
    weights = 2 * np.arange(1, count + 1) - count - 1
    weighted = int((weights * (ascending if fits else ascending.astype(object))).sum())
    return Fraction(weighted, count * total)


def _share(part: int, total: int) -> str:
    return fraction_to_text(Fraction(part, total), _DIGITS) if total else "0"
