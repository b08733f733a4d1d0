"""A problem as linear rows over sets of cells: what pricing and improvement work on, and never a proof.

Numbers are whole and held in floats, which is exact below 2^53; rows with a share in them may round. Whatever
is found here is evaluated and certified in exact integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from models.instance import Int32, Int64
from models.problem import FREE, Amounts, Cells, Integers, Limits, Merchants, Problem, Total
from models.rationals import Rationals
from models.row import is_linear

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Linear:
    """A problem's pools and those of its limits that are linear rows.

    The use of set s is the sum of `amounts[set_measure[s], option taken]` over its cells; row r reads
    `sum over its sets of factor x use <= right[r]`. Row units are `scale[r]` to the written unit.

    Attributes
    ----------
    option_start, cell_start
        As in `Problem`.
    values
        Objective of every option, in units of 10**-digits of `Problem.objective`; shape (options,).
    amounts
        Shape (measures, options), in smallest units of each measure; `cells` is a row of ones.
    is_allowed
        False: a pin excludes the option; shape (options,).
    must_fund
        A pin forces an option: nothing is not allowed; shape (cells,).
    entry_start, entry_set
        Cell c is in the sets `entry_set[entry_start[c]:entry_start[c + 1]]`, those of all cells left out;
        shapes (cells + 1,), (entries,).
    set_measure
        Shape (sets,).
    everywhere
        Sets that hold every cell.
    set_start, set_row, set_factor
        Set s is in the rows `set_row[set_start[s]:set_start[s + 1]]`, each time with a factor.
    right, scale
        Shape (rows,).
    penalty
        Units of `values` lost per row unit by which a soft row is broken; infinite for a hard one; shape
        (rows,).
    row_limits, row_limit
        Which limit a row is: index into `Problem.limits` (-1: pools), and its number; shape (rows,).
    row_merchant
        The merchant whose cells alone the row sees, else -1; shape (rows,).
    is_complete
        Whether a choice of whole options that meets these rows is a plan: no limit is of another kind.
    """

    option_start: Int64
    cell_start: Int64
    values: Floats
    amounts: Floats
    is_allowed: Bools
    must_fund: Bools
    entry_start: Int64
    entry_set: Int32
    set_measure: Int32
    everywhere: Int32
    set_start: Int64
    set_row: Int32
    set_factor: Floats
    right: Floats
    scale: Floats
    penalty: Floats
    row_limits: Int32
    row_limit: Int32
    row_merchant: Int32
    is_complete: bool

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return len(self.right)

    @property
    def num_sets(self) -> int:
        """How many sets there are."""
        return len(self.set_measure)

    @property
    def num_cells(self) -> int:
        """How many cells there are."""
        return len(self.option_start) - 1


@dataclass(eq=False)
class Sets:
    """The measures and sets of cells that rows refer to, numbered as they come up.

    Attributes
    ----------
    measures
        Amounts of every option, one array per measure.
    totals
        Each total with the number of its first set.
    """

    problem: Problem
    measures: list[Integers] = field(default_factory=list)
    totals: list[tuple[Total, int]] = field(default_factory=list)
    num_sets: int = 0
    is_complete: bool = True
    _known: dict[int, int] = field(default_factory=dict)

    def measure(self, measure: Amounts | Cells) -> int:
        """Return the index of a measure."""
        key = id(measure.coefficients) if isinstance(measure, Amounts) else 0
        if key not in self._known:
            self._known[key] = len(self.measures)
            ones = np.ones(self.problem.num_options, np.int64)
            self.measures.append(measure.coefficients if isinstance(measure, Amounts) else ones)
        return self._known[key]

    def amounts(self) -> Integers:
        """Return what every option amounts to in every measure; shape (measures, options)."""
        return self.measures[0].reshape(1, -1) if len(self.measures) == 1 else np.stack(self.measures)

    def measure_of_set(self) -> Int32:
        """Return the measure of every set; shape (sets,)."""
        found = np.empty(self.num_sets, np.int32)
        for total, first in self.totals:
            assert not isinstance(total.measure, Merchants)
            found[first : first + total.num_sets] = self.measure(total.measure)
        return found

    def sets(self, total: Total) -> int:
        """Return the number of a total's first set; totals of the same sets share them."""
        assert not isinstance(total.measure, Merchants)
        measure = self.measure(total.measure)
        for known, first in self.totals:
            assert not isinstance(known.measure, Merchants)
            if (
                self.measure(known.measure) == measure
                and known.num_sets == total.num_sets
                and np.array_equal(known.sets, total.sets)
                and np.array_equal(known.cells, total.cells)
            ):
                return first
        first = self.num_sets
        self.totals.append((total, first))
        self.num_sets += total.num_sets
        return first


@dataclass(frozen=True, eq=False)
class _Part:
    """Rows of one rule: `factor x use[first_set + set] + basis_factor x use[basis] <= right`."""

    limits: int
    limit: Int64
    sets: Int64
    factor: float
    right: Rationals
    scale: int
    penalty: float
    basis: Int64 | None = None
    basis_factor: float = 0.0


def linear(problem: Problem, sets: Sets | None = None) -> Linear:
    """State a problem's pools and linear limits as rows over sets of cells; `report` rules are left out."""
    rows = sets or Sets(problem)
    parts = [*_pool_parts(rows), *_limit_parts(rows)]
    entry_start, entry_set, everywhere = entries(problem, rows)
    set_start, set_row, set_factor = _rows_of_sets(parts, rows.num_sets)
    cell = problem.cell_of_option
    pinned = problem.pinned[cell]
    is_whole = not problem.is_divisible.any()
    return Linear(
        option_start=problem.option_start,
        cell_start=problem.cell_start,
        values=problem.objective.coefficients.astype(np.float64),
        amounts=rows.amounts().astype(np.float64),
        is_allowed=(pinned == FREE) | (pinned == np.arange(problem.num_options)),
        must_fund=problem.pinned >= 0,
        entry_start=entry_start,
        entry_set=entry_set,
        set_measure=rows.measure_of_set(),
        everywhere=everywhere,
        set_start=set_start,
        set_row=set_row,
        set_factor=set_factor,
        right=_floats(parts, is_whole),
        scale=_repeated(parts, [float(part.scale) for part in parts]),
        penalty=_repeated(parts, [part.penalty for part in parts]),
        row_limits=_repeated(parts, [part.limits for part in parts]).astype(np.int32),
        row_limit=_joined([part.limit for part in parts]).astype(np.int32),
        row_merchant=_merchants(problem, rows, parts),
        is_complete=rows.is_complete and is_whole,
    )


def _pool_parts(rows: Sets) -> Iterator[_Part]:
    problem = rows.problem
    cells, zeros = np.arange(problem.num_cells, dtype=np.int32), np.zeros(problem.num_cells, np.int32)
    for pool, (costs, stated) in enumerate(zip(problem.pools, problem.instance.pools, strict=True)):
        first = rows.sets(Total(costs, cells, zeros, 1))
        right = Rationals.of([stated.amount])
        yield _Part(-1, np.array([pool]), np.array([first]), 1.0, right, 10**costs.digits, np.inf)


def _limit_parts(rows: Sets) -> Iterator[_Part]:
    problem = rows.problem
    for index, limits in enumerate(problem.limits):
        if limits.rule.enforcement == "report":
            continue
        numbers = _linear_limits(problem, limits)
        rows.is_complete &= len(numbers) == limits.count
        if len(numbers):
            yield _part(rows, index, limits, numbers)


def _linear_limits(problem: Problem, limits: Limits) -> Int64:
    """Return the numbers of a rule's limits that are linear rows."""
    if limits.rule.kind not in ("limit", "window") or not limits.count:
        return np.empty(0, np.int64)
    if limits.rule.applies == "always":  # then all are, or none
        return np.arange(limits.count if is_linear(problem, limits, 0) else 0)
    return np.array([n for n in range(limits.count) if is_linear(problem, limits, n)], np.int64)


def _part(rows: Sets, index: int, limits: Limits, numbers: Int64) -> _Part:
    rule, objective = limits.rule, rows.problem.objective
    sign = 1 if rule.sense == "at_most" else -1
    unit = 10**limits.total.measure.digits
    first = rows.sets(limits.total)
    constants, factor, basis, basis_factor = limits.constants, sign, None, 0
    scale = unit
    if limits.basis is not None and limits.basis_sets is not None:
        share = sign * rule.value * unit / 10**limits.basis.measure.digits
        scale, factor, basis_factor = (
            unit * share.denominator,
            sign * share.denominator,
            -share.numerator,
        )
        basis = rows.sets(limits.basis) + limits.basis_sets[numbers].astype(np.int64)
    right = Rationals(constants.numerators[numbers], constants.denominator).times(Fraction(sign * scale))
    penalty = np.inf if rule.penalty is None else float(rule.penalty * 10**objective.digits / scale)
    return _Part(
        index, numbers, first + numbers, float(factor), right, scale, penalty, basis, float(basis_factor)
    )


def entries(problem: Problem, rows: Sets) -> tuple[Int64, Int32, Int32]:
    """Return which sets each cell is in (start, sets), and the sets that hold every cell."""
    everywhere = [
        first for total, first in rows.totals if total.num_sets == 1 and len(total.cells) == problem.num_cells
    ]
    kept = [(total, first) for total, first in rows.totals if first not in everywhere]
    counts = np.zeros(problem.num_cells + 1, np.int64)
    for total, _ in kept:
        counts[1:] += np.bincount(total.cells, minlength=problem.num_cells)
    start = np.cumsum(counts)
    entry_set = np.empty(start[-1], np.int32)
    filled = start[:-1].copy()
    for total, first in kept:
        of_cell = np.bincount(total.cells, minlength=problem.num_cells)
        if of_cell.max(initial=0) <= 1:
            entry_set[filled[total.cells]] = first + total.sets
            filled += of_cell
            continue
        order = np.argsort(total.cells, kind="stable")
        cells = total.cells[order]
        # A cell may be in several sets of one total (windows): its memberships stand side by side here.
        is_new = np.append(True, cells[1:] != cells[:-1])
        begins = np.flatnonzero(is_new)
        rank = np.arange(len(cells)) - np.repeat(begins, np.diff(np.append(begins, len(cells))))
        entry_set[filled[cells] + rank] = first + total.sets[order]
        filled += of_cell
    return start, entry_set, np.array(everywhere, np.int32)


def _rows_of_sets(parts: list[_Part], num_sets: int) -> tuple[Int64, Int32, Floats]:
    sets, rows, factors, first = [], [], [], 0
    for part in parts:
        numbers = first + np.arange(len(part.limit))
        first += len(numbers)
        for own, factor in ((part.sets, part.factor), (part.basis, part.basis_factor)):
            if own is not None:
                sets.append(own)
                rows.append(numbers)
                factors.append(np.full(len(own), factor))
    all_sets = _joined(sets)
    order = np.argsort(all_sets, kind="stable")
    start = np.append(0, np.cumsum(np.bincount(all_sets, minlength=num_sets)))
    joined = np.concatenate(factors) if factors else np.empty(0)
    return start.astype(np.int64), _joined(rows)[order].astype(np.int32), joined[order]


def _merchants(problem: Problem, rows: Sets, parts: list[_Part]) -> Int32:
    """Return for every row the one merchant whose cells it sees, else -1."""
    merchant = problem.merchant_of_cell
    least = np.full(rows.num_sets, problem.num_merchants, np.int64)
    largest = np.full(rows.num_sets, -1, np.int64)
    for total, first in rows.totals:
        sets, of_cell = total.sets + first, merchant[total.cells]
        if len(sets):  # sorted by set, then cell: so the ends of a stretch are the ends of its merchants
            begins = np.flatnonzero(np.append(True, sets[1:] != sets[:-1]))
            least[sets[begins]] = of_cell[begins]
            largest[sets[begins]] = of_cell[np.append(begins[1:], len(sets)) - 1]
    found = []
    for part in parts:
        low, high = least[part.sets], largest[part.sets]
        if part.basis is not None:
            low, high = np.minimum(low, least[part.basis]), np.maximum(high, largest[part.basis])
        found.append(np.where((low == high) & (part.limits >= 0), low, -1))
    return _joined(found).astype(np.int32)


def _joined(arrays: list[Int64]) -> Int64:
    return np.concatenate(arrays).astype(np.int64) if arrays else np.empty(0, np.int64)


def _repeated(parts: list[_Part], numbers: list[float] | list[int]) -> Floats:
    return np.repeat(np.array(numbers, np.float64), [len(part.limit) for part in parts])


def _floats(parts: list[_Part], is_whole: bool) -> Floats:
    """Return the right-hand sides; what whole options use is whole, so the fraction of a limit is cut off."""
    found = [np.empty(0)]
    for part in parts:
        if is_whole or part.right.denominator == 1:
            found.append((part.right.numerators // part.right.denominator).astype(np.float64))
        else:
            found.append(np.array([float(right) for right in part.right]))
    return np.concatenate(found)
