"""Every limit held against what the plan holds, exactly, and the figures as `limits.csv` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from optimizer.verify.arrays import sums
from optimizer.verify.decimals import rounded_text, short_text, units_text
from optimizer.verify.family import Family
from optimizer.verify.holdings import Holdings
from optimizer.verify.instance import Instance

_RATIO_DIGITS = 9
_NOTHING = Fraction(0)


@dataclass(frozen=True)
class Judged:
    """One limit of a plan.

    Attributes
    ----------
    limit, used, slack
        As `limits.csv` writes them.
    is_tight
        Whether the written slack is zero.
    excess
        By how much the exact amount breaks the limit, in written units; 0 if it holds.
    """

    family: Family
    group: str
    limit: str
    used: str
    slack: str
    is_tight: bool
    excess: Fraction

    @property
    def is_broken(self) -> bool:
        """Whether the exact comparison fails."""
        return self.excess.numerator > 0

    def status(self, price: Fraction) -> str:
        """Return the limit's status at its price in the certificate; one that does not apply is not tight."""
        if self.limit and self.is_broken:
            return "broken"
        return "binding" if (self.limit and self.is_tight) or price.numerator > 0 else "met"


def judge(instance: Instance, holdings: Holdings, family: Family) -> list[Judged]:
    """Return the limits of one rule or pool, in the order of `limits.csv`."""
    if family.rule.kind == "top":
        return [_top(instance, holdings, family)]
    if family.rule.kind == "ratio":
        return [_ratio(holdings, family)]
    return _limits(instance, holdings, family)


def _amounts(holdings: Holdings, family: Family) -> list[int]:
    return holdings.of_groups(family.rule.measure, family.cells, family.group, len(family.texts))


def right_sides(holdings: Holdings, family: Family) -> list[Fraction]:
    """Return value x basis of every group, in written units."""
    rule = family.rule
    if rule.basis_measure is None:
        return [rule.value * basis for basis in family.bases]
    size = int(family.of_group.max()) + 1 if len(family.of_group) else 1
    held = holdings.of_groups(rule.basis_measure, family.of_cells, family.of_group, size)
    unit = Fraction(1, 10**rule.basis_measure.digits)
    return [rule.value * held[code] * unit for code in family.of_code.tolist()]


def _limits(instance: Instance, holdings: Holdings, family: Family) -> list[Judged]:
    amounts, sides = _amounts(holdings, family), right_sides(holdings, family)
    funded = sums(holdings.is_funded[family.cells].astype(np.int64), family.group, len(amounts)) > 0
    blank = _text(instance, family, 0)
    result = []
    for text, amount, side, is_funded in zip(family.texts, amounts, sides, funded.tolist(), strict=True):
        if family.rule.is_if_funded and not is_funded:
            result.append(Judged(family, text, "", blank, "", False, _NOTHING))
        else:
            result.append(_judged(instance, family, text, amount, side))
    return result


def _judged(instance: Instance, family: Family, text: str, amount: int, side: Fraction) -> Judged:
    rule = family.rule
    scaled = side * 10**rule.measure.digits
    over = rule.sign * (amount * scaled.denominator - scaled.numerator)
    limit = rule.sign * (rule.sign * scaled.numerator // scaled.denominator)  # rounded to the strict side
    slack = rule.sign * (limit - amount)
    excess = Fraction(over, scaled.denominator * 10**rule.measure.digits) if over > 0 else _NOTHING
    limit_text, used, slack_text = (_text(instance, family, units) for units in (limit, amount, slack))
    return Judged(family, text, limit_text, used, slack_text, slack == 0, excess)


def _text(instance: Instance, family: Family, units: int) -> str:
    measure = family.rule.measure
    is_pool = measure.kind == "amount" and measure.name in instance.options.costs
    return units_text(units, measure.digits) if is_pool else short_text(units, measure.digits)


def _top(instance: Instance, holdings: Holdings, family: Family) -> Judged:
    amounts = sorted(_amounts(holdings, family), reverse=True)
    side = (
        right_sides(holdings, family)[0] if family.texts else _cap_without_groups(instance, holdings, family)
    )
    return _judged(instance, family, "", sum(amounts[: family.num_largest]), side)


def _cap_without_groups(instance: Instance, holdings: Holdings, family: Family) -> Fraction:
    """Return the cap of a `top` rule whose scope is empty."""
    rule = family.rule
    if rule.basis == "pool":
        amounts = {pool.name: Fraction(pool.amount, 10**pool.decimals) for pool in instance.pools}
        return rule.value * amounts[rule.measure.name]
    if rule.basis == "total":
        every = np.arange(len(instance.cells))
        held = holdings.of_groups(rule.measure, every, np.zeros(len(every), np.int64), 1)
        return rule.value * Fraction(held[0], 10**rule.measure.digits)
    return rule.value


def _ratio(holdings: Holdings, family: Family) -> Judged:
    rates = ratio_rates(holdings, family)
    if len(rates) < 2:
        return Judged(family, "", "", "0", "", False, _NOTHING)
    largest, limit = max(rates), family.rule.value * min(rates)
    slack = rounded_text(limit - largest, _RATIO_DIGITS)
    if largest > limit and slack == "0":
        slack = "-0.000000001"
    figures = rounded_text(limit, _RATIO_DIGITS), rounded_text(largest, _RATIO_DIGITS), slack
    return Judged(family, "", *figures, slack == "0", max(_NOTHING, largest - limit))


def ratio_rates(holdings: Holdings, family: Family) -> list[Fraction]:
    """Return the amounts per basis, in written units, of the groups that a `ratio` compares."""
    amounts = _amounts(holdings, family)
    funded = sums(holdings.is_funded[family.cells].astype(np.int64), family.group, len(amounts)) > 0
    unit = 10**family.rule.measure.digits
    return [
        Fraction(amount, unit) / basis
        for amount, basis, is_funded in zip(amounts, family.bases, funded.tolist(), strict=True)
        if basis and (is_funded or not family.rule.is_if_funded)
    ]
