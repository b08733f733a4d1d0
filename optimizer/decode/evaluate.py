"""Everything that follows from a choice, in exact integers and fractions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from models.amount import FRACTION_UNIT
from models.bounds import Bounds
from models.instance import Int64
from models.plan import Choice, LimitUse, Plan
from models.problem import Amounts, Cells, Limits, Merchants, Problem, Total
from models.rationals import Integers, Rationals, narrowed
from models.reach import merchant_pairs, sum_by_set


def evaluate(problem: Problem, choice: Choice) -> Plan:
    """Compute the amounts, limits and objective of a choice, as `docs/files.md` defines them."""
    return _Rows(problem, choice).plan()


def reached(problem: Problem, choice: Choice, total: Total) -> NDArray[np.bool_]:
    """Say which merchants count in which sets of a total that counts them, as `merchant_pairs` has them."""
    assert isinstance(total.measure, Merchants)
    return _Rows(problem, choice).reached(total.measure, *merchant_pairs(problem, total))


def amounts_of(problem: Problem, choice: Choice, total: Total) -> Rationals:
    """Return the amount of a total in each of its sets, in written units."""
    return _Rows(problem, choice).written(total)


class _Rows:
    """The rows of a plan: one per option taken."""

    def __init__(self, problem: Problem, choice: Choice) -> None:
        self.problem = problem
        self.choice = choice
        self.cell = problem.cells_of(choice.options)
        self.is_whole = bool((choice.fractions == FRACTION_UNIT).all())
        options = problem.instance.options
        self.columns: dict[str, Integers] = {
            amounts.name: self._shares(amounts.coefficients, rounds_up=True) for amounts in problem.pools
        }
        for name, values in options.values.items():
            self.columns[name] = self._shares(values, rounds_up=False)

    def plan(self) -> Plan:
        problem, options = self.problem, self.problem.instance.options
        uses = tuple(self._use(limits) for limits in problem.limits)
        penalties = sum((use.penalty for use in uses), Fraction(0))
        costs = tuple(self.columns[pool.name] for pool in problem.instance.pools)
        value = Fraction(_sum(self._amounts(problem.objective)), 10**problem.objective.digits)
        value += sum((one.weight * int(self._by_set(one.total)[0]) for one in problem.rewards), Fraction(0))
        return Plan(
            problem=problem,
            choice=self.choice,
            costs=costs,
            values={name: self.columns[name] for name in options.values},
            used=tuple(_sum(cost) for cost in costs),
            objective=value - penalties,
            penalties=penalties,
            uses=uses,
        )

    def _shares(self, per_option: Integers, *, rounds_up: bool) -> Integers:
        """Return each row's share of its option's amount: costs rounded up, values down."""
        whole: Integers = per_option[self.choice.options]
        if self.is_whole:
            return whole
        products: Integers = whole.astype(object) * self.choice.fractions.astype(object)
        return -(-products // FRACTION_UNIT) if rounds_up else products // FRACTION_UNIT

    def _amounts(self, measure: Amounts) -> Integers:
        """Return each row's amount of a measure, from its written columns."""
        if self.is_whole:
            return measure.coefficients[self.choice.options]
        total: Integers = np.zeros(len(self.cell), object)
        for column, factor in measure.terms:
            total = total + self.columns[column] * factor
        return total

    def _by_cell(self, measure: Amounts | Cells) -> Integers:
        """Return each cell's amount of a measure; shape (cells,)."""
        num_cells = self.problem.num_cells
        if isinstance(measure, Cells):
            funded = np.zeros(num_cells, np.int64)
            funded[self.cell] = 1
            return funded
        amounts = self._amounts(measure)
        by_cell: Integers = np.zeros(num_cells, amounts.dtype)
        if self.is_whole:  # then no cell has two rows
            by_cell[self.cell] = amounts
        else:
            np.add.at(by_cell, self.cell, amounts)
        return by_cell

    def _by_set(self, total: Total) -> Integers:
        """Return the amount of a total in each of its sets, in units of its measure."""
        if not isinstance(total.measure, Merchants):
            return sum_by_set(self._by_cell(total.measure)[total.cells], total)
        by_pair, pairs = merchant_pairs(self.problem, total)
        counts = np.zeros(total.num_sets, np.int64)
        np.add.at(counts, pairs[:, 0], self.reached(total.measure, by_pair, pairs).astype(np.int64))
        return counts

    def reached(self, measure: Merchants, by_pair: Total, pairs: Integers) -> NDArray[np.bool_]:
        """Say which merchants count in which sets; `by_pair, pairs` as `merchant_pairs` splits a total."""
        inner = measure.reaches or Cells()
        amounts = self._by_set(Total(inner, by_pair.cells, by_pair.sets, by_pair.num_sets))
        thresholds = np.array(measure.thresholds or (1,) * self.problem.num_merchants, object)
        return np.asarray(amounts >= thresholds[pairs[:, 1]], np.bool_)

    def _use(self, limits: Limits) -> LimitUse:
        """Return what a rule's limits allow and what is used of them."""
        amounts = self.written(limits.total)
        applies = self._applies(limits)
        if limits.rule.kind == "ratio":
            return _ratio_use(limits, amounts, applies)
        bounds = limits.constants
        if limits.basis is not None and limits.basis_sets is not None:
            bases = self.written(limits.basis)
            bounds = replace(bases, numerators=bases.numerators[limits.basis_sets]).times(limits.rule.value)
        if limits.rule.kind == "top":
            first = max(0, len(amounts) - limits.num_largest)
            largest = replace(amounts, numerators=np.sort(amounts.numerators)[first:])
            return LimitUse(limits, Bounds.everywhere(bounds), Rationals.equal(largest.total(), 1))
        if applies.all():
            return LimitUse(limits, Bounds(bounds, applies), amounts)
        amounts, bounds = (
            replace(one, numerators=np.where(applies, one.numerators, 0)) for one in (amounts, bounds)
        )
        return LimitUse(limits, Bounds(bounds, applies), amounts)

    def written(self, total: Total) -> Rationals:
        """Return the amount of a total in each of its sets, in written units."""
        return Rationals(narrowed(self._by_set(total)), 10**total.measure.digits)

    def _applies(self, limits: Limits) -> NDArray[np.bool_]:
        """Say to which sets of the rule's total it applies."""
        if limits.rule.applies == "always":
            return np.ones(limits.total.num_sets, np.bool_)
        funded = Total(Cells(), limits.total.cells, limits.total.sets, limits.total.num_sets)
        return np.asarray(self._by_set(funded) > 0, np.bool_)


def _ratio_use(limits: Limits, amounts: Rationals, applies: NDArray[np.bool_]) -> LimitUse:
    """Compare the groups' amounts per basis; a group of zero basis is skipped."""
    compared = [
        amount / basis
        for amount, basis, is_compared in zip(amounts, limits.constants, applies.tolist(), strict=True)
        if basis and is_compared
    ]
    if len(compared) < 2:
        nothing = Rationals.equal(Fraction(0), 1)
        return LimitUse(limits, Bounds(nothing, np.zeros(1, np.bool_)), nothing)
    bound = Rationals.equal(limits.rule.value * min(compared), 1)
    return LimitUse(limits, Bounds.everywhere(bound), Rationals.equal(max(compared), 1))


def _sum(amounts: Integers | Int64) -> int:
    """Add up exactly; the compiled problem proves that int64 sums fit."""
    return int(amounts.sum()) if len(amounts) else 0
