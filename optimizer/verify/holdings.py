"""What a plan holds: amounts of any measure, cell by cell and group by group."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from optimizer.verify.arrays import Codes, Flags, Ints, combination, sums, total
from optimizer.verify.decimals import loose
from optimizer.verify.instance import Instance
from optimizer.verify.plan import Plan
from optimizer.verify.rule import Column, Measure, digits_of
from optimizer.verify.scope import texts_of

_NEVER = Fraction(10**40)


class Holdings:
    """The amounts that a plan gives to every cell."""

    def __init__(self, instance: Instance, plan: Plan) -> None:
        self.instance = instance
        self.plan = plan
        size = len(instance.cells)
        rows = plan.costs | plan.values
        self._columns = {name: sums(units, plan.cell, size) for name, units in rows.items()}
        self.is_funded: Flags = np.zeros(size, np.bool_)
        self.is_funded[plan.cell] = True

    def of_cells(self, measure: Measure) -> Ints:
        """Return every cell's amount of a measure other than `merchants`, in integers of 10^-digits."""
        if measure.kind == "cells":
            return self.is_funded.astype(np.int64)
        return amounts_of(self.instance, measure.name, self._columns, len(self.is_funded))

    def of_groups(self, measure: Measure, cells: Codes, group: Codes, size: int) -> Ints:
        """Return every group's amount of a measure, from its memberships, in integers of 10^-digits."""
        if measure.kind != "merchants":
            return sums(self.of_cells(measure)[cells], group, size)
        merchants = self.instance.cells.merchant[cells]
        width = max(1, len(self.instance.cells.texts["merchant"]))
        pairs, place = np.unique(group.astype(np.int64) * width + merchants, return_inverse=True)
        counts = self._is_counted(measure, cells, place, pairs % width)
        return np.bincount(pairs[counts] // width, minlength=size)

    def _is_counted(self, measure: Measure, cells: Codes, place: Codes, merchants: Codes) -> Flags:
        """Whether each (group, merchant) pair counts: funded, or its amount reaches the threshold."""
        if measure.reaches is None:
            funded = sums(self.is_funded[cells].astype(np.int64), place, len(merchants))
            return np.asarray(funded > 0)
        amounts = sums(self.of_cells(measure.reaches)[cells], place, len(merchants))
        bounds = thresholds(self.instance, measure)
        is_reached = [
            int(amount) >= bounds[merchant]
            for amount, merchant in zip(amounts.tolist(), merchants.tolist(), strict=True)
        ]
        return np.array(is_reached, np.bool_)

    def total(self, name: str) -> int:
        """Return what all rows hold of a pool or value column."""
        return total(self._columns[name])


def terms_of(instance: Instance, name: str) -> dict[str, int]:
    """Return a pool's, value column's or named sum's terms, per column, in integers of 10^-`digits_of`."""
    if name in instance.options.costs or name in instance.options.values:
        return {name: 1}
    digits = digits_of(instance, name)
    terms = instance.settings.measures[name].items()
    return {term: int(weight * 10 ** (digits - digits_of(instance, term))) for term, weight in terms}


def amounts_of(instance: Instance, name: str, columns: dict[str, Ints], size: int) -> Ints:
    """Return a pool's, value column's or named sum's amounts, in integers of 10^-`digits_of`."""
    if name in columns:
        return columns[name]
    terms = terms_of(instance, name).items()
    return combination([(factor, columns[term]) for term, factor in terms], size)


def thresholds(instance: Instance, measure: Measure) -> list[int]:
    """Return what every merchant's amount must reach, in whole units of the inner measure.

    A merchant without a number has none to reach: no rule that `check` passes counts it.
    """
    inner, threshold = measure.reaches, measure.threshold
    scale = 10 ** (inner.digits if inner else 0)
    num_merchants = len(instance.cells.texts["merchant"])
    if isinstance(threshold, Column):
        numbers = [loose(text) for text in texts_of(instance, threshold)]
    else:
        numbers = [threshold or Fraction(0)] * num_merchants
    result = []
    for number in numbers:
        scaled = _NEVER if number is None else number * scale
        result.append(-(-scaled.numerator // scaled.denominator))
    return result
