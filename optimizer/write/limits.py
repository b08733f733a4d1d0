"""The table `limits`: one row per limit and pool, as `docs/files.md` defines its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.amount import exact_text
from models.headers import LIMIT_COLUMNS
from models.instance import Int64
from models.plan import LimitUse, Plan
from models.rationals import Integers, Rationals, narrowed, product
from optimizer.write.cells import amounts, coded, joined, strings
from optimizer.write.table import Column

MAX_LISTED = 1_000_000
STATUSES = ("met", "binding", "broken")
_MET, _BINDING, _BROKEN = range(3)
_RATIO_DIGITS = 9
_NUMBERS = ("limit", "used", "slack", "price")

Prices = Mapping[tuple[int, int], Fraction]


@dataclass(frozen=True, eq=False)
class Figures:
    """The limits of one rule, or one pool, in figures as they are written.

    Attributes
    ----------
    amounts
        Limit, used and slack as integers of 10^-digits, rounded to the strict side; shapes (limits,).
    is_blank
        Which limits do not apply: their limit and slack are written as blanks; shape (limits,).
    status
        Index into STATUSES; shape (limits,).
    prices
        Number of the limit -> its price, where that is above zero.
    """

    rule: str
    measure: str
    sense: str
    labels: Callable[[Int64], Sequence[str]]
    digits: int
    is_short: bool
    amounts: tuple[Integers, Integers, Integers]
    is_blank: NDArray[np.bool_]
    status: NDArray[np.int8]
    prices: Mapping[int, Fraction]

    def __len__(self) -> int:
        return len(self.status)

    @cached_property
    def counts(self) -> Counter[str]:
        """How many limits are met, binding and broken."""
        found = np.bincount(self.status, minlength=len(STATUSES)).tolist()
        return Counter(dict(zip(STATUSES, found, strict=True)))

    def row(self, limit: int) -> tuple[str, ...]:
        """Return one limit as texts, in the order of the file's columns."""
        cells = self.columns(np.array([limit]))
        return tuple(str(cells[name][0].as_py()) for name in LIMIT_COLUMNS)

    def columns(self, listed: Int64) -> dict[str, Any]:
        """Return the columns of some of the limits, as arrays of texts; shapes (len(listed),)."""
        same = np.zeros(len(listed), np.int8)
        price = {limit: exact_text(price) for limit, price in self.prices.items()}
        limit, used, slack = (
            amounts(units[listed], self.digits, is_short=self.is_short) for units in self.amounts
        )
        blank = self.is_blank[listed]
        if blank.any():
            limit, slack = (
                strings([*map(_or_blank, texts.to_pylist(), blank.tolist())]) for texts in (limit, slack)
            )
        return {
            "rule": coded([self.rule], same),
            "group": strings(self.labels(listed)),
            "measure": coded([self.measure], same),
            "sense": coded([self.sense], same),
            "limit": limit,
            "used": used,
            "slack": slack,
            "status": coded(STATUSES, self.status[listed]),
            "price": strings([price.get(index, "0") for index in listed.tolist()])
            if price
            else coded(["0"], same),
        }

    @cached_property
    def tightest(self) -> int:
        """The limit to look at first: broken, then dear, then the one of which the largest share is used."""
        is_broken = self.status == _BROKEN
        chosen = np.flatnonzero(is_broken | (not is_broken.any()))
        prices = {limit: self.prices[limit] for limit in chosen.tolist() if limit in self.prices}
        if prices:
            dearest = max(prices.values())
            chosen = np.array([limit for limit, price in prices.items() if price == dearest])
        limit, used, _ = (units[chosen].astype(np.float64) for units in self.amounts)
        is_compared = (limit != 0) & ~self.is_blank[chosen]
        share = np.divide(used, limit, out=np.zeros(len(chosen)), where=is_compared)
        return int(chosen[np.argmax(share if self.sense == "at_most" else -share)])


def figures_of(plan: Plan, prices: Prices) -> list[Figures]:
    """Return the pools and the rules in the order of the file."""
    of_rule: dict[int, dict[int, Fraction]] = {}
    for (rule, limit), price in prices.items():
        if price > 0:
            of_rule.setdefault(rule, {})[limit] = price
    names = {pool.name for pool in plan.problem.instance.pools}
    pools = [_of_pool(plan, index, of_rule.get(-1, {})) for index in range(len(plan.used))]
    rules = [
        _of_rule(use, of_rule.get(index, {}), is_pool=use.limits.rule.measure.name in names)
        for index, use in enumerate(plan.uses)
    ]
    return [*pools, *rules]


def limits_table(everything: Sequence[Figures]) -> tuple[list[Column], Counter[str]]:
    """Return the columns of `limits`, and how many are met, binding, broken and (`not_listed`) left out."""
    counts = sum((figures.counts for figures in everything), Counter[str]())
    is_long = sum(map(len, everything)) > MAX_LISTED
    listed = [np.flatnonzero((one.status != _MET) | (not is_long)) for one in everything]
    counts["not_listed"] = sum(map(len, everything)) - sum(map(len, listed))
    parts = [one.columns(rows) for one, rows in zip(everything, listed, strict=True) if len(rows)]
    columns = [
        Column(name, joined([part[name] for part in parts]), "number" if name in _NUMBERS else "text")
        for name in LIMIT_COLUMNS
    ]
    return columns, counts


def _of_pool(plan: Plan, index: int, prices: Mapping[int, Fraction]) -> Figures:
    pool, used = plan.problem.instance.pools[index], plan.used[index]
    units = (_array(pool.amount), _array(used), _array(pool.amount - used))
    price = {0: prices[index]} if index in prices else {}
    return Figures(
        rule=f"pool:{pool.name}",
        measure=pool.name,
        sense="at_most",
        labels=lambda listed: [""] * len(listed),
        digits=pool.decimals,
        is_short=False,
        amounts=units,
        is_blank=np.zeros(1, np.bool_),
        status=_status(np.array([used > pool.amount]), units[2] == 0, price),
        prices=price,
    )


def _of_rule(use: LimitUse, prices: Mapping[int, Fraction], *, is_pool: bool) -> Figures:
    rule, is_ratio = use.limits.rule, use.limits.rule.kind == "ratio"
    digits = _RATIO_DIGITS if is_ratio else use.limits.total.measure.digits
    units = _ratio_units(use) if is_ratio else _units(use, digits)
    is_blank = ~use.limit.applies
    return Figures(
        rule=rule.rule,
        measure=rule.measure.text,
        sense=rule.sense,
        labels=use.limits.labels,
        digits=digits,
        is_short=is_ratio or not is_pool,
        amounts=units,
        is_blank=is_blank,
        status=_status(use.is_broken, np.asarray((units[2] == 0) & ~is_blank), prices),
        prices=prices,
    )


def _units(use: LimitUse, digits: int) -> tuple[Integers, Integers, Integers]:
    """Return limit, used and slack in units of the measure, the limit rounded to the strict side."""
    used = _scaled(use.used, digits)
    bound = product(use.limit.amounts.numerators, 10**digits)
    denominator = use.limit.amounts.denominator
    if use.limits.rule.sense == "at_most":
        limit = bound // denominator
        return limit, used, limit - used
    limit = -(-bound // denominator)
    return limit, used, used - limit


def _scaled(amounts: Rationals, digits: int) -> Integers:
    """Return amounts in units of 10^-digits; they are whole."""
    return narrowed(product(amounts.numerators, 10**digits) // amounts.denominator)


def _ratio_units(use: LimitUse) -> tuple[Integers, Integers, Integers]:
    bound, used = use.limit.amounts[0], use.used[0]
    slack = round((bound - used) * 10**_RATIO_DIGITS)
    if use.is_broken[0] and slack == 0:
        slack = -1
    limit, largest = (round(amount * 10**_RATIO_DIGITS) for amount in (bound, used))
    return _array(limit), _array(largest), _array(slack)


def _array(number: int) -> Integers:
    return narrowed(np.array([number], object))


def _status(
    is_broken: NDArray[np.bool_], has_no_slack: NDArray[np.bool_], prices: Mapping[int, Fraction]
) -> NDArray[np.int8]:
    status = np.where(has_no_slack, _BINDING, _MET).astype(np.int8)
    status[list(prices)] = _BINDING
    status[is_broken] = _BROKEN
    return status


def _or_blank(text: str, is_blank: bool) -> str:
    return "" if is_blank else text
