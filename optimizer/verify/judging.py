"""Every limit held against what the plan holds, exactly, and the figures as `limits.csv` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from optimizer.verify.arrays import (
    Codes,
    Flags,
    Fractions,
    Ints,
    integers,
    plus,
    product,
    quotient,
    sums,
    where,
)
from optimizer.verify.decimals import short_text, units_text
from optimizer.verify.family import Family
from optimizer.verify.figures import units_texts
from optimizer.verify.holdings import Holdings
from optimizer.verify.instance import Instance

STATUSES = ("met", "binding", "broken")
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


@dataclass(frozen=True, eq=False)
class JudgedFamily:
    """All limits of one rule or pool, in the order of `limits.csv`; as a sequence, of `Judged`.

    Attributes
    ----------
    used, limit, slack
        Integers of 10^-`digits`, as written.
    applies
        Whether each limit applies: one that does not has no figures but its use.
    excess
        By how much the exact amounts break the limits, in written units; 0 where they hold.
    digits, is_short
        How figures are written: without trailing zeros if short.
    """

    family: Family
    used: Ints
    limit: Ints
    slack: Ints
    applies: Flags
    excess: Fractions
    digits: int
    is_short: bool

    def __len__(self) -> int:
        return len(self.used)

    def __getitem__(self, place: int) -> Judged:
        if not 0 <= place < len(self):
            raise IndexError(place)
        write = short_text if self.is_short else units_text
        used, group = write(int(self.used[place]), self.digits), self.family.limit_texts[place]
        if not self.applies[place]:
            return Judged(self.family, group, "", used, "", False, _NOTHING)
        slack = int(self.slack[place])
        limit = write(int(self.limit[place]), self.digits)
        return Judged(
            self.family, group, limit, used, write(slack, self.digits), slack == 0, self.excess[place]
        )

    def __iter__(self) -> Iterator[Judged]:
        return (self[place] for place in range(len(self)))

    @property
    def is_broken(self) -> Flags:
        """Whether each limit's exact comparison fails."""
        return np.asarray(self.applies & (self.excess.numerators > 0), np.bool_)

    def statuses(self, priced: Iterable[int]) -> Codes:
        """Return the places among STATUSES, given the limits that have a price."""
        is_binding = self.applies & (self.slack == 0)
        is_binding[list(priced)] = True
        return np.where(self.is_broken, 2, np.where(is_binding.astype(np.bool_), 1, 0))

    def written(self, figures: Ints, places: Codes, is_always: bool) -> pa.Array:
        """Write some figures, blank where a limit does not apply unless `is_always`."""
        texts = units_texts(figures[places], self.digits, self.is_short)
        if is_always or bool(self.applies.all()):
            return texts
        return pc.if_else(pa.array(self.applies[places]), texts, "")


def judge(instance: Instance, holdings: Holdings, family: Family) -> JudgedFamily:
    """Return the limits of one rule or pool, in the order of `limits.csv`."""
    if family.rule.kind == "top":
        return _top(instance, holdings, family)
    if family.rule.kind == "ratio":
        return _ratio(holdings, family)
    applies = np.ones(len(family.texts), np.bool_)
    if family.rule.is_if_funded:
        applies = _is_funded(holdings, family)
    amounts = np.where(applies, _amounts(holdings, family), 0)
    return _judged(instance, family, amounts, right_sides(holdings, family), applies)


def _amounts(holdings: Holdings, family: Family) -> Ints:
    return holdings.of_groups(family.rule.measure, family.cells, family.group, len(family.texts))


def _is_funded(holdings: Holdings, family: Family) -> Flags:
    funded = holdings.is_funded[family.cells].astype(np.int64)
    return np.asarray(sums(funded, family.group, len(family.texts)) > 0, np.bool_)


def right_sides(holdings: Holdings, family: Family) -> Fractions:
    """Return value x basis of every group, in written units."""
    rule = family.rule
    if rule.basis_measure is None:
        return family.bases.times(rule.value)
    size = int(family.of_group.max()) + 1 if len(family.of_group) else 1
    held = holdings.of_groups(rule.basis_measure, family.of_cells, family.of_group, size)
    return Fractions(held[family.of_code], 10**rule.basis_measure.digits).times(rule.value)


def _judged(
    instance: Instance, family: Family, amounts: Ints, sides: Fractions, applies: Flags
) -> JudgedFamily:
    rule = family.rule
    digits = rule.measure.digits
    scaled = sides.times(Fraction(10**digits))
    signed = product(scaled.numerators, rule.sign)
    over = plus(product(amounts, rule.sign * scaled.denominator), product(signed, -1))
    limit = product(quotient(signed, scaled.denominator), rule.sign)  # rounded to the strict side
    slack = product(plus(limit, product(amounts, -1)), rule.sign)
    is_over = np.asarray(over > 0, np.bool_) & applies
    excess = Fractions(where(is_over, over, 0), scaled.denominator * 10**digits)
    is_pool = rule.measure.kind == "amount" and rule.measure.name in instance.options.costs
    return JudgedFamily(family, amounts, limit, slack, applies, excess, digits, not is_pool)


def _top(instance: Instance, holdings: Holdings, family: Family) -> JudgedFamily:
    amounts = sorted(_amounts(holdings, family).tolist(), reverse=True)
    side = (
        right_sides(holdings, family)[0] if family.texts else _cap_without_groups(instance, holdings, family)
    )
    used = integers([sum(amounts[: family.num_largest])])
    return _judged(instance, family, used, Fractions.same(side, 1), np.ones(1, np.bool_))


def _cap_without_groups(instance: Instance, holdings: Holdings, family: Family) -> Fraction:
    """Return the cap of a `top` rule whose scope is empty."""
    rule = family.rule
    if rule.basis == "pool":
        amounts = {pool.name: Fraction(pool.amount, 10**pool.decimals) for pool in instance.pools}
        return rule.value * amounts[rule.measure.name]
    if rule.basis == "total":
        every = np.arange(len(instance.cells))
        held = holdings.of_groups(rule.measure, every, np.zeros(len(every), np.int64), 1)
        return rule.value * Fraction(int(held[0]), 10**rule.measure.digits)
    return rule.value


def _ratio(holdings: Holdings, family: Family) -> JudgedFamily:
    rates = ratio_rates(holdings, family)
    if len(rates) < 2:
        zero, none = np.zeros(1, np.int64), np.zeros(1, np.bool_)
        return JudgedFamily(family, zero, zero, zero, none, Fractions(zero, 1), 0, True)
    largest, limit = max(rates), family.rule.value * min(rates)
    unit = 10**_RATIO_DIGITS
    slack = round((limit - largest) * unit) or (-1 if largest > limit else 0)
    used, cap, left = (integers([units]) for units in (round(largest * unit), round(limit * unit), slack))
    excess = Fractions.same(max(_NOTHING, largest - limit), 1)
    return JudgedFamily(family, used, cap, left, np.ones(1, np.bool_), excess, _RATIO_DIGITS, True)


def ratio_rates(holdings: Holdings, family: Family) -> list[Fraction]:
    """Return the amounts per basis, in written units, of the groups that a `ratio` compares."""
    amounts = _amounts(holdings, family)
    unit = 10**family.rule.measure.digits
    return [
        Fraction(amount, unit) / basis
        for amount, basis, is_funded in zip(
            amounts.tolist(), family.bases, _is_funded(holdings, family).tolist(), strict=True
        )
        if basis and (is_funded or not family.rule.is_if_funded)
    ]
