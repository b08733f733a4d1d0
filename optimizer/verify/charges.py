"""What the prices of a leaf charge: the left sides of its rows on measures, the right sides summed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from optimizer.verify.arrays import Codes
from optimizer.verify.certificate import Leaf, Priced
from optimizer.verify.family import Family
from optimizer.verify.rule import Measure


@dataclass(frozen=True, eq=False)
class Charge:
    """Objective units that are charged per smallest unit of a measure, group by group (below zero: paid out).

    Attributes
    ----------
    cells, group
        Memberships: cell, group.
    num_groups
        Groups are 0 .. num_groups - 1.
    rates
        Group -> rate; the others are charged nothing.
    """

    measure: Measure
    cells: Codes
    group: Codes
    num_groups: int
    rates: dict[int, Fraction]


def charges_of(leaf: Leaf) -> tuple[list[Charge], Fraction]:
    """Return the charges of a leaf, and the sum of price x right side over its limits."""
    by_family: dict[str, list[Priced]] = {}
    for priced in leaf.prices:
        by_family.setdefault(priced.family.name, []).append(priced)
    charges: list[Charge] = []
    constant = Fraction(0)
    for prices in by_family.values():
        family = prices[0].family
        groups = family.cells, family.group, len(family.texts)
        charges.append(_charge(family.rule.measure, groups, _rates(family, prices)))
        basis, constants = _right_sides(family, prices)
        charges.extend(basis)
        constant += constants
    return charges, constant


def _charge(measure: Measure, groups: tuple[Codes, Codes, int], rates: dict[int, Fraction]) -> Charge:
    unit = 10**measure.digits
    return Charge(measure, *groups, {group: rate / unit for group, rate in rates.items() if rate})


def _rates(family: Family, prices: list[Priced]) -> dict[int, Fraction]:
    """Return what a written unit of the measure is charged in every group."""
    rates: defaultdict[int, Fraction] = defaultdict(Fraction)
    for priced in prices:
        if family.rule.kind == "top":
            for group, weight in priced.weights.items():
                rates[group] += priced.price * weight
        elif family.rule.kind == "ratio":
            for (high, low), price in priced.pairs.items():
                rates[high] += price / family.bases[high]
                rates[low] -= price * family.rule.value / family.bases[low]
        else:
            rates[priced.group] += family.rule.sign * priced.price
    return rates


def _right_sides(family: Family, prices: list[Priced]) -> tuple[list[Charge], Fraction]:
    """Return the charges on a basis in the plan, moved to the left, or the constant right sides priced."""
    rule = family.rule
    if rule.kind == "ratio" or (family.is_single and not family.texts):
        return [], Fraction(0)
    if rule.basis_measure is None:
        sides = (rule.sign * rule.value * family.bases[priced.group] * priced.price for priced in prices)
        return [], sum(sides, Fraction(0))
    size = int(family.of_group.max()) + 1 if len(family.of_group) else 1
    rates: defaultdict[int, Fraction] = defaultdict(Fraction)
    for priced in prices:
        rates[int(family.of_code[priced.group])] -= rule.sign * rule.value * priced.price
    return [_charge(rule.basis_measure, (family.of_cells, family.of_group, size), rates)], Fraction(0)
