"""What the prices of a leaf charge: the left sides of its rows on measures, the right sides summed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

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
    rates
        Per group.
    """

    measure: Measure
    cells: Codes
    group: Codes
    rates: list[Fraction]


def charges_of(leaf: Leaf) -> tuple[list[Charge], Fraction]:
    """Return the charges of a leaf, and the sum of price x right side over its limits."""
    by_family: dict[str, list[Priced]] = {}
    for priced in leaf.prices:
        by_family.setdefault(priced.family.name, []).append(priced)
    charges: list[Charge] = []
    constant = Fraction(0)
    for prices in by_family.values():
        family = prices[0].family
        rates = _rates(family, prices)
        charges.append(_charge(family.rule.measure, family.cells, family.group, rates))
        basis, constants = _right_sides(family, prices)
        charges.extend(basis)
        constant += constants
    return charges, constant


def _charge(measure: Measure, cells: Codes, group: Codes, rates: list[Fraction]) -> Charge:
    unit = 10**measure.digits
    is_charged = np.array([bool(rate) for rate in rates], np.bool_)[group]
    return Charge(measure, cells[is_charged], group[is_charged], [rate / unit for rate in rates])


def _rates(family: Family, prices: list[Priced]) -> list[Fraction]:
    """Return what a written unit of the measure is charged in every group."""
    rates = [Fraction(0)] * len(family.texts)
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
    rates = [Fraction(0)] * size
    for priced in prices:
        rates[int(family.of_code[priced.group])] -= rule.sign * rule.value * priced.price
    return [_charge(rule.basis_measure, family.of_cells, family.of_group, rates)], Fraction(0)
