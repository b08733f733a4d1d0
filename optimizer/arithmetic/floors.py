"""Floors and caps as written: which groups of one lie inside the groups of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from models.amount import ceil_units, floor_units
from models.instance import Int32, Int64
from models.problem import Amounts, Cells, Integers, Limits, Merchants, Problem
from models.reach import cell_reach


@dataclass(frozen=True, eq=False)
class Cap:
    """The most that a measure may come to in disjoint groups of cells: a pool, or a rule."""

    rule: str
    measure: str
    of_cell: Int32
    amounts: Sequence[Fraction]
    label: Callable[[int], str]


@dataclass(frozen=True, eq=False)
class Demand:
    """Floors on groups that share no cell, and their sum; `groups` are (rule, group) pairs."""

    amount: Fraction = Fraction(0)
    groups: tuple[tuple[Limits, int], ...] = ()

    @property
    def rules(self) -> list[str]:
        """Ids of the rules, in order."""
        return [limits.rule.rule for limits, _ in self.groups]


def caps_of(problem: Problem, hard: Sequence[Limits]) -> list[Cap]:
    """Return every pool, and every hard rule that caps a measure at an amount known beforehand."""
    everywhere = np.zeros(problem.num_cells, np.int32)
    caps = [
        Cap(
            f"pool:{pool.name}",
            pool.name,
            everywhere,
            (Fraction(pool.amount, 10**pool.decimals),),
            _unlabelled,
        )
        for pool in problem.instance.pools
    ]
    for limits in hard:
        if _is_constant(limits) and limits.rule.sense == "at_most":
            rule, of_cell = limits.rule, limits.groups.of_cell
            caps.append(Cap(rule.rule, rule.measure.text, of_cell, limits.constants, limits.label))
    return caps


def is_floor(limits: Limits) -> bool:
    """Whether a rule asks every one of its groups for an amount known beforehand."""
    return _is_constant(limits) and limits.rule.sense == "at_least"


def floors_of(measure: str, hard: Sequence[Limits]) -> list[Limits]:
    """Return the floors of a measure that adds up over cells and is nowhere negative."""
    return [one for one in hard if is_floor(one) and one.rule.measure.text == measure and is_additive(one)]


def is_additive(limits: Limits) -> bool:
    """Whether the measure adds up over cells and is nowhere negative."""
    return not isinstance(limits.total.measure, Merchants) and is_nonnegative(limits)


def is_nonnegative(limits: Limits) -> bool:
    """Whether no option has less than nothing of the measure."""
    measure = limits.total.measure
    return not isinstance(measure, Amounts) or int(measure.coefficients.min(initial=0)) >= 0


def containers(limits: Limits, of_cell: Int32 | Int64) -> Int64:
    """Return, for every group of a rule, the number that all of its cells have in `of_cell`, or -1."""
    inside = limits.groups.of_cell >= 0
    groups, numbers = limits.groups.of_cell[inside], of_cell[inside].astype(np.int64)
    lowest = np.full(limits.groups.count, np.iinfo(np.int64).max)
    highest = np.full(limits.groups.count, -1, np.int64)
    np.minimum.at(lowest, groups, numbers)
    np.maximum.at(highest, groups, numbers)
    return np.where(lowest == highest, highest, -1)


def demands(
    floors: Sequence[Limits], of_cell: Int32 | Int64, amount_of: Callable[[Limits, int], Fraction]
) -> dict[int, Demand]:
    """Add up floors inside each number of `of_cell` (-1: outside), over groups that share no cell.

    Of overlapping groups those of the rule that asks for more in all are taken.
    """
    by_number: dict[int, list[tuple[Limits, list[int]]]] = {}
    for limits in floors:
        inside: dict[int, list[int]] = {}
        for group, number in enumerate(containers(limits, of_cell).tolist()):
            if number >= 0 and amount_of(limits, group) > 0:
                inside.setdefault(number, []).append(group)
        for number, groups in inside.items():
            by_number.setdefault(number, []).append((limits, groups))
    is_taken = np.zeros(len(of_cell), bool)
    return {number: _disjoint(found, is_taken, amount_of) for number, found in sorted(by_number.items())}


def _disjoint(
    found: list[tuple[Limits, list[int]]],
    is_taken: NDArray[np.bool_],
    amount_of: Callable[[Limits, int], Fraction],
) -> Demand:
    """Take groups rule by rule, in two orders; return what asks for more. `is_taken` is all false again."""
    sums = {one.rule.rule: sum((amount_of(one, g) for g in groups), Fraction(0)) for one, groups in found}
    largest = {one.rule.rule: max(amount_of(one, g) for g in groups) for one, groups in found}
    best = Demand()
    for order in (sums, largest) if len(found) > 1 else (sums,):
        taken: list[tuple[Limits, int]] = []
        marked: list[Int32] = []
        for limits, groups in sorted(found, key=lambda one: (-order[one[0].rule.rule], one[0].rule.rule)):
            for group in groups:
                cells = cells_of(limits, group)
                if len(found) > 1 and is_taken[cells].any():
                    continue
                is_taken[cells] = True
                marked.append(cells)
                taken.append((limits, group))
        for cells in marked:
            is_taken[cells] = False
        amount = sum((amount_of(limits, group) for limits, group in taken), Fraction(0))
        if amount > best.amount:
            best = Demand(amount, tuple(taken))
    return best


def constant_of(limits: Limits, group: int) -> Fraction:
    """Return what a floor asks of a group, in written units."""
    return limits.constants[group]


def cells_of(limits: Limits, group: int) -> Int32:
    """Return the cells of a group."""
    return limits.total.cells_of(group)


def most_of_groups(problem: Problem, limits: Limits, caps: Sequence[Cap]) -> list[Fraction]:
    """Return the most that each group of an additive measure can take: by its options and under one cap."""
    measure = limits.total.measure
    assert isinstance(measure, Amounts | Cells)
    largest = cell_reach(problem, measure)[1]
    inside = limits.groups.of_cell >= 0
    groups = limits.groups.of_cell[inside].astype(np.int64)
    amounts = largest[inside]
    most = _summed(groups, amounts, limits.groups.count)
    everything = int(amounts.sum())
    in_units = ceil_units if problem.is_divisible.any() else floor_units
    for cap in caps:
        if cap.measure != limits.rule.measure.text:
            continue
        units = [max(0, min(in_units(amount, measure.digits), everything)) for amount in cap.amounts]
        pairs, pair_of = np.unique(
            groups * (len(units) + 1) + cap.of_cell[inside] + 1, return_inverse=True
        )  # without a cap: number 0
        group_of_pair, number = np.divmod(pairs, len(units) + 1)
        bounds = np.array([everything, *units], amounts.dtype)[number]
        under = np.minimum(_summed(pair_of, amounts, len(pairs)), bounds)
        most = np.minimum(most, _summed(group_of_pair, under, limits.groups.count))
    return [Fraction(int(units), 10**measure.digits) for units in most.tolist()]


def _summed(numbers: Int64, amounts: Integers, count: int) -> Integers:
    sums = np.zeros(count, amounts.dtype)
    np.add.at(sums, numbers, amounts)
    return sums


def _is_constant(limits: Limits) -> bool:
    rule = limits.rule
    return rule.kind == "limit" and limits.basis is None and rule.applies == "always"


def _unlabelled(_which: int) -> str:
    return ""
