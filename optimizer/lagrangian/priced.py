"""What options are worth at some prices: value less priced use, exact.

A price on a limit is a price on each of its cells. So the prices of all limits on one measure are added up
cell by cell first, and every measure is multiplied once, however many limits there are on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from models.certificate import Price
from models.problem import FREE, Amounts, Cells, Limits, Merchants, Problem, Total
from optimizer.lagrangian.rewards import worth_of_cells
from optimizer.lagrangian.wide import Accumulator, Wide, carried, split

_ALL = Fraction(1)


@dataclass(frozen=True, eq=False)
class Priced:
    """What options are worth at some prices.

    Attributes
    ----------
    values
        Of every option, in units of 1 / `scale` of the objective.
    right
        Sum of price x right-hand side, in objective units.
    """

    values: Wide
    scale: int
    right: Fraction


@dataclass(frozen=True, eq=False)
class _Charge:
    """Objective units charged per unit of a measure, by set of a total; without one, everywhere (set 0)."""

    measure: Amounts | Cells
    total: Total | None
    of_set: Mapping[int, Fraction]


def price_options(
    problem: Problem, prices: Sequence[Price], *, is_bound: bool, whole: Iterable[Fraction] = ()
) -> Priced:
    """Price limits that are linear rows, and weighted sums of `top` rules.

    Parameters
    ----------
    is_bound
        Whether options are worth their objective; if not, nothing but what they use.
    whole
        Numbers of objective units that the scale must make whole, too.
    """
    of_limits: dict[int, list[Price]] = {}
    for price in prices:
        of_limits.setdefault(price.limits, []).append(price)
    charges = [_Charge(problem.objective, None, {0: _per_unit(problem.objective, -_ALL)})] if is_bound else []
    if is_bound and (worth := worth_of_cells(problem)):
        charges.append(_Charge(Cells(), None, {0: -worth}))
    right = Fraction(0)
    for index, own in of_limits.items():
        if index < 0:
            further, constants = _of_pools(problem, own)
        else:
            further, constants = _of_limits(problem.limits[index], own)
        charges += further
        right += constants
    used = {factor.denominator for charge in charges for factor in charge.of_set.values()}
    scale = lcm(*used, *(number.denominator for number in whole))
    return Priced(_added_up(problem, charges, scale), scale, right)


def best_of_cells(problem: Problem, values: Wide) -> Wide:
    """Return the best of every cell under its pin; a mix lies between options, so none beats them all."""
    best = values.largest(problem.option_start[:-1]).at_least_zero()
    forced = values.take(np.maximum(problem.pinned, 0)).where(problem.pinned >= 0)
    is_free = problem.pinned == FREE
    return Wide([np.where(is_free, own, pin) for own, pin in zip(best.words, forced.words, strict=True)])


def _of_pools(problem: Problem, prices: Sequence[Price]) -> tuple[list[_Charge], Fraction]:
    charges, right = [], Fraction(0)
    for price in prices:
        amounts, pool = problem.pools[price.limit], problem.instance.pools[price.limit]
        charges.append(_Charge(amounts, None, {0: _per_unit(amounts, price.price)}))
        right += price.price * Fraction(pool.amount, 10**amounts.digits)
    return charges, right


def _of_limits(limits: Limits, prices: Sequence[Price]) -> tuple[list[_Charge], Fraction]:
    """Read each limit as `sum a.y <= b`: `at_least` negated, a basis in the plan on the left."""
    sign = 1 if limits.rule.sense == "at_most" else -1
    of_set: dict[int, Fraction] = {}
    of_basis: dict[int, Fraction] = {}
    right = Fraction(0)
    for price in prices:
        signed = sign * price.price
        for high, low, own in price.pairs:
            of_set[high] = of_set.get(high, Fraction(0)) + own / limits.constants[high]
            of_set[low] = of_set.get(low, Fraction(0)) - own * limits.rule.value / limits.constants[low]
        if price.pairs:
            continue
        for which, weight in price.weights or ((price.limit, _ALL),):
            of_set[which] = of_set.get(which, Fraction(0)) + signed * weight
        right += signed * limits.constants[price.limit]
        if limits.basis_sets is not None:
            which = int(limits.basis_sets[price.limit])
            of_basis[which] = of_basis.get(which, Fraction(0)) - signed * limits.rule.value
    charges = [_charge(limits.total, of_set)]
    if limits.basis is not None:
        charges.append(_charge(limits.basis, of_basis))
    return charges, right


def _charge(total: Total, factors: Mapping[int, Fraction]) -> _Charge:
    measure = total.measure
    assert not isinstance(measure, Merchants)  # counts of merchants are no linear rows
    return _Charge(measure, total, {which: _per_unit(measure, factor) for which, factor in factors.items()})


def _per_unit(measure: Amounts | Cells, factor: Fraction) -> Fraction:
    return Fraction(factor.numerator, factor.denominator * 10**measure.digits)


def _added_up(problem: Problem, charges: Sequence[_Charge], scale: int) -> Wide:
    """Return each option's value: less every charge on what it uses."""
    of_measure: dict[int, list[_Charge]] = {}
    for charge in charges:
        key = id(charge.measure.coefficients) if isinstance(charge.measure, Amounts) else 0
        of_measure.setdefault(key, []).append(charge)
    values, counts = Accumulator(problem.num_options), np.diff(problem.option_start)
    for same in of_measure.values():
        by_cell = [np.repeat(word, counts) for word in _by_cell(problem, same, scale).words]
        measure = same[0].measure
        coefficients = split(measure.coefficients) if isinstance(measure, Amounts) else [np.ones(1, np.int64)]
        values.subtract_product(coefficients, by_cell)
    return carried(values.words)


def _by_cell(problem: Problem, charges: Sequence[_Charge], scale: int) -> Wide:
    """Return what a unit of one measure is charged in each cell."""
    by_cell = Accumulator(problem.num_cells)
    for charge in charges:
        whole = {which: own.numerator * (scale // own.denominator) for which, own in charge.of_set.items()}
        if charge.total is None:
            by_cell.add([np.full(problem.num_cells, word[0]) for word in split([whole[0]])])
            continue
        factors = split([whole.get(which, 0) for which in range(charge.total.num_sets)])
        by_cell.add_at(charge.total.cells, [word[charge.total.sets] for word in factors])
    return carried(by_cell.words)
