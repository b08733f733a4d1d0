"""What limits a plan: every limit without room or with a price, pools too, and what more of it brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.amount import exact, exact_text, fraction_to_text
from models.instance import Instance, Int64
from models.plan import Plan
from models.rationals import Rationals
from models.rule import Rule

PER_MONEY = 10_000
"""Prices of money are told for so much of it."""

_DIGITS = 12
_MET = 0

LimitKey = tuple[int, int]
"""Index of the rule in `Problem.limits` (-1: pools), and number of the limit (or of the pool)."""


class RuleFigures(Protocol):
    """The limits of one rule (or one pool) in figures."""

    @property
    def status(self) -> NDArray[np.int8]:
        """0: met; above: binding or broken; shape (limits,)."""

    def columns(self, listed: Int64) -> dict[str, Any]:
        """Return the columns of `limits.csv` for some limits, as arrays of texts."""


def binding_json(
    plan: Plan, figures: Sequence[RuleFigures], inside: frozenset[LimitKey]
) -> list[dict[str, object]]:
    """Return the limits that bind or are broken: that of which 1 % brings most comes first.

    Limits that are only reported bind nothing, and are left out.

    Parameters
    ----------
    figures
        Pools, then rules, in the order of `limits.csv`.
    inside
        Limits that hold inside the search of their merchant: their price is not known (null).
    """
    pools = plan.problem.instance.pools
    rules = [*[-1] * len(pools), *range(len(plan.uses))]
    rows = [row for rule, one in zip(rules, figures, strict=True) for row in _rows(plan, one, rule, inside)]
    return sorted(rows, key=lambda row: (row["status"] != "broken", -exact(str(row["one_percent"] or "0"))))


def _rows(
    plan: Plan, figures: RuleFigures, index: int, inside: frozenset[LimitKey]
) -> Iterator[dict[str, object]]:
    listed = np.flatnonzero(figures.status != _MET)
    rule = None if index < 0 else plan.uses[index].limits.rule
    if not len(listed) or (rule is not None and rule.enforcement == "report"):
        return
    columns = {name: texts.to_pylist() for name, texts in figures.columns(listed).items()}
    for place, limit in enumerate(listed.tolist()):
        row: dict[str, str] = {name: texts[place] for name, texts in columns.items()}
        per = price_per(plan.problem.instance, row["measure"])
        is_unpriced = row["price"] == "0" and (index, limit) in inside
        price = exact(row["price"])
        yield {
            **row,
            "label": "" if rule is None else rule.label,
            "enforcement": "hard" if rule is None else rule.enforcement,
            "price": None if is_unpriced else row["price"],
            "per": str(per),
            "price_per": None if is_unpriced else exact_text(price * per),
            "one_percent": None
            if is_unpriced
            else fraction_to_text(price * abs(exact(row["limit"] or "0")) / 100, _DIGITS),
        }


def price_per(instance: Instance, measure: str) -> int:
    """Return for how much of a measure its price is told: money is a pool in the settings' currency."""
    currency = instance.settings.currency
    is_money = any(pool.name == measure and currency and pool.unit == currency for pool in instance.pools)
    return PER_MONEY if is_money else 1


def marginal_per(instance: Instance, rule: Rule) -> Fraction:
    """Return for how large a step of a rule's value its price is told: a percentage point of a share."""
    if rule.basis.kind in ("absolute", "per_merchant"):
        return Fraction(price_per(instance, rule.measure.text))
    return Fraction(1, 100)


def marginal_prices(
    plan: Plan,
    prices: Mapping[LimitKey, Fraction],
    inside: frozenset[LimitKey],
    bases: Mapping[int, Rationals],
) -> dict[str, Fraction | None]:
    """Return rule -> what its `value`, relaxed by 1, brings at the margin.

    That is price times basis, summed over its limits.

    Parameters
    ----------
    bases
        Rule (index) -> what its value multiplies, one per limit. For a basis in the plan, that of the plan:
        to the first order the plan's own change does not count (the envelope theorem).

    Returns
    -------
    None where none of its limits has a price, and some hold inside the search of their merchant.
    """
    held = {rule for rule, _limit in inside}
    totals: dict[int, Fraction] = {}
    for (rule, limit), price in prices.items():
        if rule >= 0:
            totals[rule] = totals.get(rule, Fraction(0)) + price * abs(bases[rule][limit])
    return {
        use.limits.rule.rule: totals.get(index, None if index in held else Fraction(0))
        for index, use in enumerate(plan.uses)
    }
