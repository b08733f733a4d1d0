"""Measures as one exact integer per option."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from models import rule as stated
from models.amount import VALUE_DIGITS
from models.instance import Instance, Int64
from models.problem import Amounts, Cells, Integers, Merchants
from models.scope import number

_FITS = 2**62
Terms = tuple[tuple[str, Fraction], ...]


class Measures:
    """The measures of one instance, each compiled once."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._digits = {pool.name: pool.decimals for pool in instance.pools}
        self._cache: dict[str, Amounts] = {}

    def amounts(self, name: str) -> Amounts:
        """Return the amounts of a pool, value column or named sum."""
        if name not in self._cache:
            named = self._instance.settings.measures.get(name)
            if named is not None:
                self._cache[name] = self._sum(name, named)
            else:
                coefficients, digits = self._column(name)
                self._cache[name] = Amounts(name, _proven_to_fit(coefficients), digits, ((name, 1),))
        return self._cache[name]

    def objective(self, worth_of_cell: Fraction) -> Amounts:
        """Return what options are worth, standard errors taken off as the settings say.

        Parameters
        ----------
        worth_of_cell
            What every option is worth beside its amounts, in objective units; no part of `terms`.
        """
        stated_objective = self._instance.settings.objective
        terms = list(stated_objective.weights)
        if stated_objective.caution:
            terms += [
                ("conversions_se", -weight * stated_objective.caution)
                for name, weight in stated_objective.weights
                if name == "conversions"
            ]
        return self._sum("objective", tuple(terms), worth_of_cell)

    def measure(self, measure: stated.Measure) -> Amounts | Cells | Merchants:
        """Compile the measure of a rule."""
        if measure.kind == "cells":
            return Cells()
        if measure.kind == "amount":
            return self.amounts(measure.name)
        if measure.reaches is None:
            return Merchants()
        reaches = self.measure(measure.reaches)
        assert not isinstance(reaches, Merchants)  # reading refuses merchants inside merchants
        return Merchants(reaches, self._thresholds(measure, reaches.digits))

    def _thresholds(self, measure: stated.Measure, digits: int) -> tuple[int, ...]:
        merchants = self._instance.options.keys["merchant"].texts
        if isinstance(measure.threshold, Fraction):
            return (_ceil(measure.threshold * 10**digits),) * len(merchants)
        assert measure.threshold is not None
        table = self._instance.tables["merchants"]
        texts = dict(zip(table.keys, table.columns[measure.threshold.attribute], strict=True))
        return tuple(
            _ceil((number(texts.get(merchant, "")) or Fraction(0)) * 10**digits) for merchant in merchants
        )

    def _column(self, name: str) -> tuple[Int64, int]:
        options = self._instance.options
        if name in options.costs:
            return options.costs[name], self._digits[name]
        return options.values[name], VALUE_DIGITS

    def _sum(self, name: str, terms: Terms, constant: Fraction = Fraction(0)) -> Amounts:
        """Add up weight x column and a constant over one unit: weights are finite decimals, so one is."""
        if len(terms) == 1 and terms[0][1] == 1 and not constant:  # a copy of the column is 8 bytes an option
            return replace(self.amounts(terms[0][0]), name=name)
        columns = [(*self._column(column), weight) for column, weight in terms]
        digits = max((column_digits + _decimals(weight) for _, column_digits, weight in columns), default=0)
        digits = max(digits, _decimals(constant))
        factors = [int(weight * 10 ** (digits - column_digits)) for _, column_digits, weight in columns]
        peak = sum(
            _peak(column) * abs(factor) for (column, _, _), factor in zip(columns, factors, strict=True)
        )
        units = int(constant * 10**digits)
        fits = peak + abs(units) < _FITS
        total: Integers = np.full(len(self._instance.options), units, np.int64 if fits else object)
        for (column, _, _), factor in zip(columns, factors, strict=True):
            total += (column if fits else column.astype(object)) * factor
        named_factors = tuple((column, factor) for (column, _), factor in zip(terms, factors, strict=True))
        return Amounts(name, _proven_to_fit(total), digits, named_factors)


def _proven_to_fit(coefficients: Integers) -> Integers:
    """Return the coefficients as Python integers unless no sum of theirs can leave 64 bits."""
    if coefficients.dtype == object:
        small = _peak(coefficients) * max(len(coefficients), 1) < _FITS
        return coefficients.astype(np.int64) if small else coefficients
    if _peak(coefficients) * max(len(coefficients), 1) < _FITS:
        return coefficients
    # The product is a coarse bound; the sum of magnitudes decides. Floats err by far less than the factor 2
    # left over.
    if float(np.abs(coefficients.astype(np.float64)).sum()) < _FITS:
        return coefficients
    return coefficients.astype(object)


def _peak(column: Integers) -> int:
    return max(abs(int(column.max())), abs(int(column.min()))) if len(column) else 0


def _decimals(weight: Fraction) -> int:
    digits = 0
    while (weight * 10**digits).denominator != 1:
        digits += 1
    return digits


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
