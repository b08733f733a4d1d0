"""A compiled problem as plain arrays: what every peer gets, built without the product's own model.

Everything is whole numbers: rows are stated in smallest units and multiplied out, so that a peer which works
in integers gets the very problem that one which works in floats gets. A row's `scale` is what to divide it by
to come to written units. The formulation is the textbook's: `sum take <= 1` per cell, one row per limit, a
binary per merchant that is counted and per group that is funded, `k t + sum u` for `top`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from benchmarks.peer.stated import NO_BOUND, Integers, Stated
from models.instance import Int32
from models.problem import FORBIDDEN, Amounts, Cells, Limits, Merchants, Problem, Total


class NotStatedError(Exception):
    """A rule that these arrays do not state."""


@dataclass(eq=False)
class _Sheet:
    """The rows and columns so far."""

    problem: Problem
    costs: list[int] = field(default_factory=list)
    lower: list[int] = field(default_factory=list)
    upper: list[int] = field(default_factory=list)
    parts: list[tuple[Integers, Integers]] = field(default_factory=list)
    rights: list[int] = field(default_factory=list)
    scales: list[int] = field(default_factory=list)

    def column(self, lower: int, upper: int, cost: int = 0) -> int:
        """Add a column beyond the options and return its number."""
        self.costs.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        return self.problem.num_options + len(self.costs) - 1

    def row(self, columns: Integers, values: Integers, right: int, scale: int = 1) -> None:
        """Add `sum values x[columns] <= right`; a column may come more than once."""
        columns, place = np.unique(columns, return_inverse=True)
        summed = np.zeros(len(columns), np.int64)
        np.add.at(summed, place, values)
        kept = summed != 0
        self.parts.append((columns[kept], summed[kept]))
        self.rights.append(right)
        self.scales.append(scale)


def state(problem: Problem) -> Stated:
    """State a problem.

    Raises
    ------
    NotStatedError
        If a rule is of a form that these arrays do not know: `ratio`, `if_funded` with a basis in the plan,
        sums that pass 62 bits, divisible cells.
    """
    if problem.is_divisible.any():
        raise NotStatedError("divisible cells")
    sheet = _Sheet(problem)
    for pool, amounts in zip(problem.instance.pools, problem.pools, strict=True):
        drawn = np.flatnonzero(amounts.coefficients)
        sheet.row(drawn, _int64(amounts.coefficients[drawn]), pool.amount, 10**amounts.digits)
    for limits in problem.limits:
        if limits.rule.enforcement != "report":
            _state_rule(sheet, limits)
    return _stated(sheet)


def _stated(sheet: _Sheet) -> Stated:
    """Put the rows of cells, which are many and short, before all others."""
    problem, count = sheet.problem, np.diff(sheet.problem.option_start)
    lengths = np.concatenate([count, [len(columns) for columns, _ in sheet.parts]]).astype(np.int64)
    allowed = np.ones(problem.num_options, np.int64)
    pinned = problem.pinned[problem.cell_of_option]
    allowed[(pinned == FORBIDDEN) | ((pinned >= 0) & (pinned != np.arange(problem.num_options)))] = 0
    forced = (pinned == np.arange(problem.num_options)).astype(np.int64)
    ones, own = np.ones(problem.num_options, np.int64), np.arange(problem.num_options)
    return Stated(
        objective=np.append(_int64(problem.objective.coefficients), np.array(sheet.costs, np.int64)),
        digits=problem.objective.digits,
        start=np.append(0, np.cumsum(lengths)),
        column=np.concatenate([own, *(columns for columns, _ in sheet.parts)]),
        value=np.concatenate([ones, *(values for _, values in sheet.parts)]),
        right=np.append(np.ones(problem.num_cells, np.int64), _int64(np.array(sheet.rights, object))),
        scale=np.append(np.ones(problem.num_cells, np.int64), _int64(np.array(sheet.scales, object))),
        lower=np.append(forced, np.array(sheet.lower, np.int64)),
        upper=np.append(allowed, np.array(sheet.upper, np.int64)),
        num_options=problem.num_options,
    )


def _state_rule(sheet: _Sheet, limits: Limits) -> None:
    rule = limits.rule
    if rule.kind == "ratio" or (rule.applies == "if_funded" and limits.basis is not None):
        raise NotStatedError(f"rule {rule.rule}: {rule.kind}, {rule.applies}")
    if rule.kind == "top":
        _state_top(sheet, limits)
        return
    sign = 1 if rule.sense == "at_most" else -1
    terms = _terms(sheet, limits.total)
    bases = _terms(sheet, limits.basis) if limits.basis is not None else []
    digits = limits.total.measure.digits
    deepest = max(digits, limits.basis.measure.digits if limits.basis else 0)
    for limit in range(limits.count):
        columns, values = terms[limit]
        constant = limits.constants[limit]
        # Units of 10**-deepest, times the denominator of whatever fraction there is.
        factor = rule.value.denominator if limits.basis is not None else 1
        parts = [(columns, values * sign * 10 ** (deepest - digits) * factor)]
        if limits.basis is not None and limits.basis_sets is not None:
            of_basis, amounts = bases[int(limits.basis_sets[limit])]
            lift = 10 ** (deepest - limits.basis.measure.digits)
            parts.append((of_basis, amounts * -sign * rule.value.numerator * lift))
        scale = factor * 10**deepest
        right = _floor(sign * constant * scale)
        _add_limit(sheet, limits, limit, (parts, right, scale))


def _add_limit(
    sheet: _Sheet, limits: Limits, limit: int, row: tuple[list[tuple[Integers, Integers]], int, int]
) -> None:
    parts, right, scale = row
    columns = np.concatenate([part for part, _ in parts])
    values = _int64(np.concatenate([part for _, part in parts]))
    if limits.rule.enforcement == "soft":
        worth = (limits.rule.penalty or Fraction(0)) * 10**sheet.problem.objective.digits / scale
        if worth.denominator != 1:
            raise NotStatedError(f"rule {limits.rule.rule}: a penalty of parts of a unit")
        over = sheet.column(0, int(np.abs(values).sum()) + abs(right), -int(worth))
        columns, values = np.append(columns, over), np.append(values, -1)
    if limits.rule.applies == "if_funded":
        is_funded = sheet.column(0, 1)
        options, cells = _options_of(sheet.problem, limits.total.cells[limits.total.sets == limit])
        for cell in np.unique(cells).tolist():
            own = options[cells == cell]
            sheet.row(np.append(own, is_funded), np.append(np.ones(len(own), np.int64), -1), 0)
        most = _most(sheet.problem, columns, values)
        if most > right:
            columns, values = np.append(columns, is_funded), np.append(values, most - right)
            right = most
    sheet.row(columns, values, right, scale)


def _state_top(sheet: _Sheet, limits: Limits) -> None:
    """State `k t + sum u <= cap`, `u >= amount - t`: all in smallest units, so whole t and u suffice."""
    if limits.basis is not None or limits.rule.enforcement != "hard":
        raise NotStatedError(f"rule {limits.rule.rule}: top with a basis in the plan, or soft")
    scale = 10**limits.total.measure.digits
    right = _floor(limits.constants[0] * scale)
    threshold = sheet.column(0, max(right, 0))
    over = []
    for columns, values in _terms(sheet, limits.total):
        over.append(sheet.column(0, max(right, 0)))
        row = np.append(columns, [threshold, over[-1]])
        sheet.row(row, np.append(values, [-1, -1]), 0, scale)
    counted = np.append(np.ones(len(over), np.int64), limits.num_largest)
    sheet.row(np.append(np.array(over, np.int64), threshold), counted, right, scale)


def _terms(sheet: _Sheet, total: Total) -> list[tuple[Integers, Integers]]:
    """Return each set's amount as (columns, values), in units of the measure."""
    if isinstance(total.measure, Merchants):
        return _counted(sheet, total, total.measure)
    measure, problem = total.measure, sheet.problem
    options, member = _options_of(problem, total.cells)
    amounts = np.ones(len(options), np.int64)
    if isinstance(measure, Amounts):
        amounts = _int64(measure.coefficients[options])
    ends = np.searchsorted(total.sets[member], np.arange(total.num_sets + 1))
    return [(options[a:b], amounts[a:b]) for a, b in itertools.pairwise(ends)]


def _counted(sheet: _Sheet, total: Total, measure: Merchants) -> list[tuple[Integers, Integers]]:
    """Give every merchant of every set a binary that says whether it reaches the threshold."""
    problem = sheet.problem
    merchants = problem.merchant_of_cell[total.cells]
    keys = total.sets.astype(np.int64) * problem.num_merchants + merchants
    pairs, pair = np.unique(keys, return_inverse=True)
    order = np.argsort(pair, kind="stable")
    inner = Total(measure.reaches or Cells(), total.cells[order], pair[order].astype(np.int32), len(pairs))
    counted: list[list[int]] = [[] for _ in range(total.num_sets)]
    for key, (columns, values) in zip(pairs.tolist(), _terms(sheet, inner), strict=True):
        which, merchant = divmod(key, problem.num_merchants)
        needed = measure.thresholds[merchant] if measure.thresholds else 1
        least, most = -_most(problem, columns, -values), _most(problem, columns, values)
        is_counted = sheet.column(int(least >= needed), int(most >= needed))
        counted[which].append(is_counted)
        # z = 1 needs the amount, and z = 0 keeps it below.
        sheet.row(np.append(columns, is_counted), np.append(-values, needed - least), -least)
        sheet.row(np.append(columns, is_counted), np.append(values, needed - 1 - most), needed - 1)
    return [(np.array(found, np.int64), np.ones(len(found), np.int64)) for found in counted]


def _most(problem: Problem, columns: Integers, values: Integers) -> int:
    """Return the most that a row over options comes to with at most one option a cell."""
    is_option = columns < problem.num_options
    cells = problem.cells_of(columns[is_option])
    best = np.zeros(problem.num_cells, np.int64)
    np.maximum.at(best, cells, values[is_option])
    return int(best.sum()) + int(np.maximum(values[~is_option], 0).sum())


def _options_of(problem: Problem, cells: Integers | Int32) -> tuple[Integers, Integers]:
    """Return the options of some cells, in turn, and for each the place of its cell among them."""
    count = np.diff(problem.option_start)[cells]
    member = np.repeat(np.arange(len(cells)), count)
    first = np.repeat(problem.option_start[:-1][cells] - (np.cumsum(count) - count), count)
    return first + np.arange(len(member)), member


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator


def _int64(numbers: NDArray[np.generic]) -> Integers:
    """Return whole numbers as int64."""
    if numbers.dtype == object and any(abs(number) >= NO_BOUND for number in numbers.tolist()):
        raise NotStatedError("numbers of more than 62 bits")
    return numbers.astype(np.int64)
