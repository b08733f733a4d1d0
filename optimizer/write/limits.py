"""The table `limits`: one row per limit and pool, as `docs/files.md` defines its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.amount import (
    ceil_units,
    exact_text,
    floor_units,
    fraction_to_text,
    units_to_short_text,
    units_to_text,
)
from models.headers import LIMIT_COLUMNS
from models.plan import LimitUse, Plan
from optimizer.write.table import Column

MAX_LISTED = 1_000_000
_RATIO_DIGITS = 9
_NUMBERS = ("limit", "used", "slack", "price")

Prices = Mapping[tuple[int, int], Fraction]


@dataclass(frozen=True)
class Line:
    """One row of `limits.csv`; `texts` are limit, used and slack as written."""

    rule: str
    group: str
    measure: str
    sense: str
    texts: tuple[str, str, str]
    status: str
    price: Fraction

    @property
    def figures(self) -> tuple[str, ...]:
        """The row as texts, in the order of the file's columns."""
        return (
            self.rule,
            self.group,
            self.measure,
            self.sense,
            *self.texts,
            self.status,
            exact_text(self.price),
        )


def lines(plan: Plan, prices: Prices) -> Iterator[Line]:
    """Return the pools and limits in the order of the file."""
    for index, (pool, used) in enumerate(zip(plan.problem.instance.pools, plan.used, strict=True)):
        price = prices.get((-1, index), Fraction(0))
        amounts = (pool.amount, used, pool.amount - used)
        texts = (
            units_to_text(amounts[0], pool.decimals),
            units_to_text(amounts[1], pool.decimals),
            units_to_text(amounts[2], pool.decimals),
        )
        yield Line(
            f"pool:{pool.name}",
            "",
            pool.name,
            "at_most",
            texts,
            _status(used > pool.amount, amounts[2], price),
            price,
        )
    for index, use in enumerate(plan.uses):
        for limit in range(use.limits.count):
            yield _line(use, limit, prices.get((index, limit), Fraction(0)), _is_pool(plan, use))


def limits_table(everything: Sequence[Line]) -> tuple[list[Column], Counter[str]]:
    """Return the columns of `limits`, and how many are met, binding, broken and (`not_listed`) left out."""
    counts = Counter(line.status for line in everything)
    listed = list(everything)
    if len(everything) > MAX_LISTED:
        listed = [line for line in everything if line.status != "met"]
    counts["not_listed"] = len(everything) - len(listed)
    figures = [line.figures for line in listed]
    columns = [
        Column(name, [row[place] for row in figures], "number" if name in _NUMBERS else "text")
        for place, name in enumerate(LIMIT_COLUMNS)
    ]
    return columns, counts


def _is_pool(plan: Plan, use: LimitUse) -> bool:
    return use.limits.rule.measure.name in {pool.name for pool in plan.problem.instance.pools}


def _line(use: LimitUse, limit: int, price: Fraction, is_pool: bool) -> Line:
    rule, digits = use.limits.rule, use.limits.total.measure.digits
    bound, used = use.limit[limit], use.used[limit]
    is_broken = use.excess(limit) > 0
    if rule.kind == "ratio":
        texts, slack = _ratio_texts(bound, used, is_broken=is_broken)
    else:
        is_at_most = rule.sense == "at_most"
        used_units = int(used * 10**digits)
        text = units_to_text if is_pool else units_to_short_text
        if bound is None:
            texts, slack = ("", text(0, digits), ""), None
        else:
            bound_units = floor_units(bound, digits) if is_at_most else ceil_units(bound, digits)
            slack = bound_units - used_units if is_at_most else used_units - bound_units
            texts = (text(bound_units, digits), text(used_units, digits), text(slack, digits))
    group = use.limits.label(limit)
    return Line(
        rule.rule, group, rule.measure.text, rule.sense, texts, _status(is_broken, slack, price), price
    )


def _ratio_texts(
    bound: Fraction | None, used: Fraction, *, is_broken: bool
) -> tuple[tuple[str, str, str], int | None]:
    if bound is None:
        return ("", "0", ""), None
    slack = round((bound - used) * 10**_RATIO_DIGITS)
    if is_broken and slack == 0:
        slack = -1
    limit, largest = fraction_to_text(bound, _RATIO_DIGITS), fraction_to_text(used, _RATIO_DIGITS)
    return (limit, largest, units_to_short_text(slack, _RATIO_DIGITS)), slack


def _status(is_broken: bool, slack: int | None, price: Fraction) -> str:
    if is_broken:
        return "broken"
    return "binding" if slack == 0 or price > 0 else "met"
