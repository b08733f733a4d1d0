"""A problem as the pricing pass reads it: which limits are priced, which stay inside their merchant.

Limits whose cells are one merchant's stay inside, where they bite on whole options; all others are priced.
What neither takes (ratios, limits that are switched by the cells of several merchants) is left out of the
bound, which stays valid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from models.instance import Int32, Int64
from models.linear import Bools, Floats, Linear, Sets, entries, linear
from models.problem import Amounts, Merchants, Problem
from models.row import is_priceable_top
from optimizer.lagrangian.counts import right_hand_side
from optimizer.lagrangian.own_lines import (
    Line,
    count_lines,
    gated_lines,
    joined,
    own_tables,
    reach_of_sets,
    row_lines,
    sign_of,
)
from optimizer.lagrangian.room import (
    are_exact,
    most_of_counts,
    most_of_rows,
    most_of_top,
    reaches,
    room,
    value_scale,
)
from optimizer.lagrangian.tables import Tables

_NOBODY: Int64 = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Top:
    """A `top` rule: the charge of each group is at most its price, all of them at most k times that.

    `sets` are the coupling sets of its groups; `basis` that of its basis in the plan, or -1; `cap` in row
    units, `share` what a unit of the basis allows; `most` the largest price.
    """

    limits: int
    sets: Int64
    k: int
    cap: float
    basis: int
    share: Fraction
    scale: int
    most: float


@dataclass(frozen=True, eq=False)
class Market:
    """A problem ready for pricing.

    Attributes
    ----------
    rows
        All linear rows, also those that stay inside.
    priced
        Rows with a price: `sum of factor x use[set] <= right`; indices into `rows`; shape (priced,).
    row_of_entry, set_of_entry, factor
        The terms of priced rows, by index into `priced` and coupling set.
    counts
        (index of limits, limit) of each slot of counted merchants; `count_right` as `-count <= right` for
        floors and `count <= right` for caps.
    scale
        Units of value of the pass to one unit of `Problem.objective`; a power of ten.
    most
        Largest price of each priced row, of each count and of each group of `tops` that sums are sure to fit.
    line_limits, line_limit, line_set, line_row
        Which limit each own line is (-1: it is none), the number of its set in `sets`, and its row in `rows`
        (-1: it is none there); shape (lines,).
    top_sets
        The sets of each of `tops` in `sets`.
    """

    problem: Problem
    sets: Sets
    rows: Linear
    tables: Tables
    priced: Int64
    row_of_entry: Int64
    set_of_entry: Int64
    factor: Int64
    counts: tuple[tuple[int, int], ...]
    count_sign: Floats
    count_right: Floats
    tops: tuple[Top, ...]
    scale: int
    most: Floats
    line_limits: Int64
    line_limit: Int64
    line_set: Int64
    line_row: Int64
    top_sets: tuple[Int64, ...]


def market(
    problem: Problem, outside: Int64 = _NOBODY, uncounted: frozenset[tuple[int, int]] = frozenset()
) -> Market | None:
    """Return a problem ready for pricing; None where its amounts do not fit, or its objective counts.

    Parameters
    ----------
    outside
        Merchants whose own limits are priced like those that couple merchants.
    uncounted
        Limits on counts of merchants that are left out: (index of limits, limit).
    """
    if problem.rewards or any(amounts.coefficients.dtype == object for amounts in _measures(problem)):
        return None
    sets = Sets(problem)
    rows = linear(problem, sets)
    is_inside = _stay_inside(problem, rows, outside)
    tops = _tops(problem, sets)
    counts, counted = count_lines(problem, sets, uncounted)
    gated = gated_lines(problem, sets, outside)
    lines = [*row_lines(rows, is_inside, sets.num_sets), *gated, *counted]
    is_priced = ~is_inside
    entry_rows, entry_sets, entry_factors = _terms(rows, is_priced)
    is_coupling = np.zeros(sets.num_sets, bool)
    is_coupling[entry_sets] = True
    for top in tops:
        is_coupling[top.sets] = True
        is_coupling[top.basis] |= top.basis >= 0
    number = np.cumsum(is_coupling) - 1
    tables, line_order = _tables(problem, rows, sets, (is_coupling, number), lines)
    found = Market(
        problem=problem,
        sets=sets,
        rows=rows,
        tables=tables,
        priced=np.flatnonzero(is_priced),
        row_of_entry=(np.cumsum(is_priced) - 1)[entry_rows],
        set_of_entry=number[entry_sets],
        factor=entry_factors,
        counts=counts,
        count_sign=np.array([sign_of(problem.limits[index]) for index, _ in counts], np.float64),
        count_right=np.array([_count_right(problem, *count) for count in counts], np.float64),
        tops=tuple(_numbered(top, number) for top in tops),
        scale=0,
        most=np.empty(0),
        line_limits=joined([line.limits for line in lines])[line_order],
        line_limit=joined([line.limit for line in lines])[line_order],
        line_set=joined([line.sets for line in lines])[line_order],
        line_row=joined([line.basis * 0 - 1 if line.rows is None else line.rows for line in lines])[
            line_order
        ],
        top_sets=tuple(top.sets for top in tops),
    )
    return _within_room(found)


def _numbered(top: Top, number: Int64) -> Top:
    """Return a rule with the numbers that its sets have among the coupling ones."""
    return replace(top, sets=number[top.sets], basis=int(number[top.basis]) if top.basis >= 0 else -1)


def _measures(problem: Problem) -> list[Amounts]:
    totals = [limits.total.measure for limits in problem.limits]
    totals += [limits.basis.measure for limits in problem.limits if limits.basis is not None]
    totals += [m.reaches for m in totals if isinstance(m, Merchants) and m.reaches is not None]
    return [problem.objective, *problem.pools, *(m for m in totals if isinstance(m, Amounts))]


def _count_right(problem: Problem, index: int, limit: int) -> float:
    """Return the right-hand side as certificates have it: though counts are whole, with its fraction."""
    return float(right_hand_side(problem.limits[index], limit))


def _stay_inside(problem: Problem, rows: Linear, outside: Int64) -> Bools:
    """Say which rows stay inside their merchant: hard, and of whole options alone."""
    is_inside = (rows.row_merchant >= 0) & np.isinf(rows.penalty) & ~np.isin(rows.row_merchant, outside)
    is_inside &= are_exact(rows, reach_of_sets(rows, rows.num_sets))
    if problem.is_divisible.any():
        divisible = np.unique(problem.merchant_of_cell[problem.is_divisible])
        is_inside &= ~np.isin(rows.row_merchant, divisible)
    return is_inside


def _tops(problem: Problem, sets: Sets) -> list[Top]:
    found = []
    for index, limits in enumerate(problem.limits):
        if limits.rule.kind != "top" or limits.rule.enforcement == "report":
            continue
        if not is_priceable_top(problem, limits) or not limits.num_largest:
            continue
        unit = 10**limits.total.measure.digits
        share, basis = Fraction(0), -1
        if limits.basis is not None:
            share = limits.rule.value * unit / 10**limits.basis.measure.digits
            basis = sets.sets(limits.basis)
        first = sets.sets(limits.total)
        groups = first + np.arange(limits.total.num_sets)
        cap = float(limits.constants[0] * unit)
        found.append(Top(index, groups, limits.num_largest, cap, basis, share, unit, 0.0))
    return found


def _terms(rows: Linear, is_priced: Bools) -> tuple[Int64, Int64, Int64]:
    entry_set = np.repeat(np.arange(len(rows.set_start) - 1), np.diff(rows.set_start))
    kept = is_priced[rows.set_row]
    return rows.set_row[kept].astype(np.int64), entry_set[kept], rows.set_factor[kept].astype(np.int64)


def _tables(
    problem: Problem, rows: Linear, sets: Sets, coupling: tuple[Bools, Int64], lines: list[Line]
) -> tuple[Tables, Int64]:
    is_coupling, number = coupling
    entry_start, entry_set, everywhere = rows.entry_start, rows.entry_set, rows.everywhere
    if sets.num_sets > rows.num_sets:
        entry_start, entry_set, everywhere = entries(problem, sets)
    measure_of_set = sets.measure_of_set()
    own, own_number, of_lines, order = own_tables(problem, sets, lines)
    coupling_start, coupling_set = _filtered(entry_start, entry_set, is_coupling, number)
    own_start, own_set = _filtered(entry_start, entry_set, own, own_number)
    own_start, own_set = _with_every_cell(own_start, own_set, own_number[everywhere[own[everywhere]]])
    tables = Tables(
        option_start=problem.option_start,
        cell_start=problem.cell_start,
        values=problem.objective.coefficients,
        amounts=sets.amounts(),
        is_allowed=rows.is_allowed,
        must_fund=rows.must_fund,
        entry_start=coupling_start,
        entry_set=coupling_set,
        set_measure=measure_of_set[is_coupling],
        everywhere=number[everywhere[is_coupling[everywhere]]].astype(np.int32),
        own_start=own_start,
        own_set=own_set,
        own_measure=measure_of_set[own],
        **of_lines,
    )
    return tables, order


def _filtered(start: Int64, sets: Int32, is_kept: Bools, number: Int64) -> tuple[Int64, Int32]:
    kept = is_kept[sets]
    so_far = np.append(0, np.cumsum(kept))
    return so_far[start], number[sets[kept]].astype(np.int32)


def _with_every_cell(start: Int64, sets: Int32, everywhere: Int64) -> tuple[Int64, Int32]:
    """Add sets that hold every cell: where there is one merchant, they may be its own."""
    if not len(everywhere):
        return start, sets
    added = np.tile(everywhere, len(start) - 1)
    found = np.insert(sets, np.repeat(start[1:], len(everywhere)), added)
    return start + len(everywhere) * np.arange(len(start)), found.astype(np.int32)


def _terms_of_sets(found: Market) -> Int64:
    """Return how many terms charge each coupling set; shape (sets,)."""
    terms = np.bincount(found.set_of_entry, minlength=len(found.tables.set_measure))
    for top in found.tops:
        terms[top.sets] += 1
        if top.basis >= 0:
            terms[top.basis] += 1
    return terms


def _within_room(found: Market) -> Market | None:
    """Return a market with the scale and the largest prices that `room` allows; None if values do not fit."""
    problem, rows, tables = found.problem, found.rows, found.tables
    most = room(tables, _terms_of_sets(found))
    scale = value_scale(rows, most)
    if not scale:
        return None
    of_set = (most / reaches(tables, rows))[tables.set_measure]
    of_room = found.row_of_entry, of_set[found.set_of_entry], found.factor
    tops = []
    for top in found.tops:
        penalty = problem.limits[top.limits].rule.penalty
        if penalty is not None:
            penalty *= Fraction(10**problem.objective.digits * scale, top.scale)
        ends = float(of_set[top.sets].min()), float(of_set[top.basis]) if top.basis >= 0 else np.inf
        tops.append(replace(top, most=most_of_top(penalty, top.share, ends, len(top.sets))))
    of_rows = most_of_rows(problem, rows, found.priced, of_room, scale)
    of_counts = most_of_counts(problem, found.counts, most * (1 - 2.0**-40), scale)
    of_groups = [np.full(len(top.sets), top.most) for top in tops]
    return replace(
        found, scale=scale, tops=tuple(tops), most=np.concatenate([of_rows, of_counts, *of_groups])
    )
