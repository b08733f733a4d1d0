"""Fairness figures of the first pool over the merchants that have cells, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from models.amount import fraction_to_text, units_to_text
from models.plan import Plan
from models.scope import canonical

_DIGITS = 12
_TOP_PERCENT = (1, 5, 10)


def fairness_json(plan: Plan) -> dict[str, object]:
    """Return shares by tier, top shares, Gini and coverage as `docs/files.md` defines them."""
    amounts, is_funded = _by_merchant(plan)
    total = sum(amounts)
    ranked = sorted(amounts, reverse=True)
    count = len(amounts)
    return {
        "measure": plan.problem.instance.pools[0].name,
        "shares": _shares(plan, amounts, is_funded),
        "top_shares": {str(p): _share(sum(ranked[: -(-count * p // 100)]), total) for p in _TOP_PERCENT},
        "gini": fraction_to_text(_gini(ranked[::-1]), _DIGITS),
        "coverage": _share(sum(is_funded), count),
    }


def _by_merchant(plan: Plan) -> tuple[list[int], list[bool]]:
    problem = plan.problem
    cell = np.searchsorted(problem.option_start, plan.choice.options, side="right") - 1
    merchant = problem.merchant_of_cell[cell]
    amounts = np.zeros(problem.num_merchants, plan.costs[0].dtype)
    np.add.at(amounts, merchant, plan.costs[0])
    is_funded = np.zeros(problem.num_merchants, bool)
    is_funded[merchant] = True
    return amounts.tolist(), is_funded.tolist()


def _shares(plan: Plan, amounts: list[int], is_funded: list[bool]) -> list[dict[str, object]]:
    instance = plan.problem.instance
    table = instance.tables["merchants"]
    if "tier" not in table.columns:
        return []
    tier_of = dict(zip(table.keys, table.columns["tier"], strict=True))
    members: dict[str, list[int]] = {}
    for index, merchant in enumerate(instance.options.keys["merchant"].texts):
        members.setdefault(canonical(tier_of.get(merchant, "")), []).append(index)
    groups = [
        {
            "group": tier,
            "used": units_to_text(
                used := sum(amounts[index] for index in indices), instance.pools[0].decimals
            ),
            "share": _share(used, sum(amounts)),
            "merchants": len(indices),
            "funded_merchants": sum(is_funded[index] for index in indices),
        }
        for tier, indices in sorted(members.items())
    ]
    return [{"column": "tier", "groups": groups}]


def _gini(ascending: list[int]) -> Fraction:
    """Return the Gini coefficient: sum of (2i - n - 1) x_i over n times the sum of x, i from 1."""
    count, total = len(ascending), sum(ascending)
    weighted = sum((2 * rank - count - 1) * amount for rank, amount in enumerate(ascending, 1))
    return Fraction(weighted, count * total) if total else Fraction(0)


def _share(part: int, total: int) -> str:
    return fraction_to_text(Fraction(part, total), _DIGITS) if total else "0"
