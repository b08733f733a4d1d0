"""A problem as the pricing pass reads it: which limits are priced, which stay inside their merchant.

Limits whose cells are one merchant's stay inside, where they bite on whole options; all others are priced.
What neither takes (ratios, limits that are switched by the cells of several merchants) is left out of the
bound, which stays valid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from models.instance import Int32, Int64
from models.linear import Bools, Floats, Linear, Sets, entries, linear
from models.problem import Amounts, Cells, Limits, Merchants, Problem, Total
from models.reach import merchant_pairs
from models.row import holds_unfunded, is_priceable_top
from optimizer.lagrangian.counts import is_priceable_count, right_hand_side
from optimizer.lagrangian.room import (
    are_exact,
    most_of_counts,
    most_of_rows,
    most_of_top,
    reaches,
    room,
    value_scale,
)
from optimizer.lagrangian.tables import ALWAYS, COUNT, GATE, Tables

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


@dataclass(frozen=True, eq=False)
class _Line:
    """Own lines of one kind, one per own set: `merchant`, `bound`, `slot` or `gate` (a set) by line."""

    kind: int
    merchant: Int64
    bound: Int64
    slot: Int64
    gate_set: Int64
    limits: Int64
    limit: Int64
    sets: Int64
    factor: Int64
    basis: Int64
    basis_factor: Int64
    rows: Int64 | None = None


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
    counts, count_lines = _count_lines(problem, sets, uncounted)
    gated = _gated_lines(problem, sets, outside)
    lines = [*_row_lines(rows, is_inside, sets.num_sets), *gated, *count_lines]
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
        count_sign=np.array([_sign(problem.limits[index]) for index, _ in counts], np.float64),
        count_right=np.array([_count_right(problem, *count) for count in counts], np.float64),
        tops=tuple(
            Top(
                top.limits,
                number[top.sets],
                top.k,
                top.cap,
                int(number[top.basis]) if top.basis >= 0 else -1,
                top.share,
                top.scale,
                0.0,
            )
            for top in tops
        ),
        scale=0,
        most=np.empty(0),
        line_limits=_joined([line.limits for line in lines])[line_order],
        line_limit=_joined([line.limit for line in lines])[line_order],
        line_set=_joined([line.sets for line in lines])[line_order],
        line_row=_joined([line.basis * 0 - 1 if line.rows is None else line.rows for line in lines])[
            line_order
        ],
        top_sets=tuple(top.sets for top in tops),
    )
    return _within_room(found)


def _measures(problem: Problem) -> list[Amounts]:
    totals = [limits.total.measure for limits in problem.limits]
    totals += [limits.basis.measure for limits in problem.limits if limits.basis is not None]
    totals += [m.reaches for m in totals if isinstance(m, Merchants) and m.reaches is not None]
    return [problem.objective, *problem.pools, *(m for m in totals if isinstance(m, Amounts))]


def _sign(limits: Limits) -> int:
    return 1 if limits.rule.sense == "at_most" else -1


def _count_right(problem: Problem, index: int, limit: int) -> float:
    """Return the right-hand side; counts are whole, so its fraction is cut off."""
    right = right_hand_side(problem.limits[index], limit)
    return float(right.numerator // right.denominator)


def _stay_inside(problem: Problem, rows: Linear, outside: Int64) -> Bools:
    """Say which rows stay inside their merchant: hard, and of whole options alone."""
    is_inside = (rows.row_merchant >= 0) & np.isinf(rows.penalty) & ~np.isin(rows.row_merchant, outside)
    is_inside &= are_exact(rows, _reach(rows, rows.num_sets))
    if problem.is_divisible.any():
        divisible = np.unique(problem.merchant_of_cell[problem.is_divisible])
        is_inside &= ~np.isin(rows.row_merchant, divisible)
    return is_inside


def _row_lines(rows: Linear, is_inside: Bools, num_sets: int) -> list[_Line]:
    """Return the lines of rows that stay inside, without those that no choice can break."""
    reach = _reach(rows, num_sets)
    entry_set = np.repeat(np.arange(len(rows.set_start) - 1), np.diff(rows.set_start))
    most = np.zeros(rows.num_rows)
    np.add.at(
        most,
        rows.set_row,
        np.where(
            rows.set_factor > 0, rows.set_factor * reach[1][entry_set], rows.set_factor * reach[0][entry_set]
        ),
    )
    can_break = most > rows.right - 1e-9 * np.abs(rows.right)
    chosen = np.flatnonzero(is_inside & can_break)
    if not len(chosen):
        return []
    order = np.argsort(rows.set_row, kind="stable")
    start = np.append(0, np.cumsum(np.bincount(rows.set_row, minlength=rows.num_rows)))
    first = order[start[chosen]]
    has_two = start[chosen + 1] - start[chosen] > 1
    second = order[np.minimum(start[chosen] + 1, len(order) - 1)]
    none = np.full(len(chosen), -1)
    return [
        _Line(
            kind=ALWAYS,
            merchant=rows.row_merchant[chosen].astype(np.int64),
            bound=rows.right[chosen].astype(np.int64),
            slot=none,
            gate_set=none,
            limits=rows.row_limits[chosen].astype(np.int64),
            limit=rows.row_limit[chosen].astype(np.int64),
            sets=entry_set[first],
            factor=rows.set_factor[first].astype(np.int64),
            basis=np.where(has_two, entry_set[second], -1),
            basis_factor=np.where(has_two, rows.set_factor[second], 0).astype(np.int64),
            rows=chosen,
        )
    ]


def _reach(rows: Linear, num_sets: int) -> tuple[Floats, Floats]:
    """Return the least and the largest use of every set, by options alone."""
    least, largest = np.zeros((2, num_sets))
    first = rows.option_start[:-1]
    cell = np.repeat(np.arange(rows.num_cells), np.diff(rows.entry_start))
    for measure, amounts in enumerate(rows.amounts):
        ends = (
            np.minimum(np.minimum.reduceat(amounts, first), 0),
            np.maximum(np.maximum.reduceat(amounts, first), 0),
        )
        is_own = rows.set_measure[rows.entry_set] == measure
        for found, of_cell in zip((least, largest), ends, strict=True):
            found += np.bincount(rows.entry_set[is_own], of_cell[cell[is_own]], num_sets)
            everywhere = [s for s in rows.everywhere.tolist() if rows.set_measure[s] == measure]
            found[everywhere] = of_cell.sum()
    return least, largest


def _gated_lines(problem: Problem, sets: Sets, outside: Int64) -> list[_Line]:
    """Return the lines of limits that hold only for a merchant with a funded cell in the group."""
    lines: list[_Line] = []
    if problem.is_divisible.any():
        return lines
    for index, limits in enumerate(problem.limits):
        rule = limits.rule
        is_meant = rule.kind in ("limit", "window") and rule.applies == "if_funded"
        if not is_meant or rule.enforcement != "hard" or limits.basis is not None:
            continue
        if isinstance(limits.total.measure, Merchants):
            continue
        total = limits.total
        ends = _merchant_ends(problem, total)
        sign = _sign(limits)
        unit = sign * 10**total.measure.digits
        numbers = [
            limit
            for limit in np.flatnonzero((ends[0] == ends[1]) & ~np.isin(ends[0], outside)).tolist()
            if not holds_unfunded(limits, limit)
        ]
        if not numbers:
            continue
        first = sets.sets(total)
        gates = sets.sets(Total(Cells(), total.cells, total.sets, total.num_sets))
        chosen, count = np.array(numbers, np.int64), len(numbers)
        none = np.full(count, -1)
        merchant = ends[0][chosen]
        ones, zeros = np.ones(count, np.int64), np.zeros(count, np.int64)
        bound = np.array([_clipped(_floor(limits.constants[number] * unit)) for number in numbers], np.int64)
        index_of = np.full(count, index)
        lines.append(_Line(GATE, merchant, zeros, none, none, none, none, gates + chosen, ones, none, zeros))
        lines.append(
            _Line(
                ALWAYS,
                merchant,
                bound,
                none,
                gates + chosen,
                index_of,
                chosen,
                first + chosen,
                sign * ones,
                none,
                zeros,
            )
        )
    return lines


def _merchant_ends(problem: Problem, total: Total) -> tuple[Int64, Int64]:
    """Return the first and the last merchant of every set; -1 and -2 for an empty one."""
    first, last = np.full(total.num_sets, -1, np.int64), np.full(total.num_sets, -2, np.int64)
    if len(total.sets):
        begins = np.flatnonzero(np.append(True, total.sets[1:] != total.sets[:-1]))
        merchant = problem.merchant_of_cell
        first[total.sets[begins]] = merchant[total.cells[begins]]
        ends = np.append(begins[1:], len(total.sets)) - 1
        last[total.sets[begins]] = merchant[total.cells[ends]]
    return first, last


def _count_lines(
    problem: Problem, sets: Sets, uncounted: frozenset[tuple[int, int]]
) -> tuple[tuple[tuple[int, int], ...], list[_Line]]:
    """Return the limits on counts of merchants that are priced, and a line for every merchant in each."""
    counts: list[tuple[int, int]] = []
    lines = []
    for index, limits in enumerate(problem.limits):
        measure = limits.total.measure
        if not isinstance(measure, Merchants) or limits.rule.enforcement == "report":
            continue
        slot_of = np.full(limits.total.num_sets, -1, np.int64)
        for limit in range(limits.count if limits.rule.kind in ("limit", "window") else 0):
            if (index, limit) not in uncounted and is_priceable_count(problem, limits, limit):
                slot_of[limit] = len(counts)
                counts.append((index, limit))
        if not (slot_of >= 0).any():
            continue
        by_pair, pairs = merchant_pairs(problem, limits.total)
        inner = Total(measure.reaches or Cells(), by_pair.cells, by_pair.sets, by_pair.num_sets)
        first = sets.sets(inner)
        chosen = np.flatnonzero(slot_of[pairs[:, 0]] >= 0)
        thresholds = np.array(
            [_clipped(needed) for needed in measure.thresholds] or [1] * problem.num_merchants, np.int64
        )
        none, zeros = np.full(len(chosen), -1), np.zeros(len(chosen), np.int64)
        lines.append(
            _Line(
                COUNT,
                pairs[chosen, 1],
                thresholds[pairs[chosen, 1]],
                slot_of[pairs[chosen, 0]],
                none,
                none,
                none,
                first + chosen,
                zeros + 1,
                none,
                zeros,
            )
        )
    return tuple(counts), lines


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
    problem: Problem, rows: Linear, sets: Sets, coupling: tuple[Bools, Int64], lines: list[_Line]
) -> tuple[Tables, Int64]:
    is_coupling, number = coupling
    entry_start, entry_set, everywhere = entries(problem, sets)
    measure_of_set = sets.measure_of_set()
    own, own_number, own_tables, order = _own_tables(problem, sets, lines)
    coupling_start, coupling_set = _filtered(entry_start, entry_set, is_coupling, number)
    own_start, own_set = _filtered(entry_start, entry_set, own, own_number)
    own_start, own_set = _with_every_cell(own_start, own_set, own_number[everywhere[own[everywhere]]])
    tables = Tables(
        option_start=problem.option_start,
        cell_start=problem.cell_start,
        values=problem.objective.coefficients,
        amounts=np.stack(sets.measures),
        is_allowed=rows.is_allowed,
        must_fund=rows.must_fund,
        entry_start=coupling_start,
        entry_set=coupling_set,
        set_measure=measure_of_set[is_coupling],
        everywhere=number[everywhere[is_coupling[everywhere]]].astype(np.int32),
        own_start=own_start,
        own_set=own_set,
        own_measure=measure_of_set[own],
        **own_tables,
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


def _own_tables(
    problem: Problem, sets: Sets, lines: list[_Line]
) -> tuple[Bools, Int64, dict[str, Any], Int64]:
    """Give own lines numbers merchant by merchant, and list which lines each own set enters."""
    merchant = _joined([line.merchant for line in lines])
    order = np.argsort(merchant, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    line_start = np.append(0, np.cumsum(np.bincount(merchant, minlength=problem.num_merchants)))
    within = rank - line_start[merchant]
    own_sets = _joined([line.sets for line in lines])
    basis = _joined([line.basis for line in lines])
    has_basis = basis >= 0
    entry_set = np.append(own_sets, basis[has_basis])
    entry_line = np.append(within, within[has_basis])
    factor = np.append(
        _joined([line.factor for line in lines]), _joined([line.basis_factor for line in lines])[has_basis]
    )
    is_own = np.zeros(sets.num_sets, bool)
    is_own[entry_set] = True
    number = np.cumsum(is_own) - 1
    by_set = np.argsort(entry_set, kind="stable")
    set_line_start = np.append(
        0, np.cumsum(np.bincount(number[entry_set], minlength=int(is_own.sum())))
    ).astype(np.int64)
    kinds = np.repeat(np.array([line.kind for line in lines], np.int64), [len(x.merchant) for x in lines])
    gate_set = _joined([line.gate_set for line in lines])
    gate_of_set = np.full(sets.num_sets + 1, -1, np.int64)
    is_gate = kinds == GATE
    gate_of_set[own_sets[is_gate]] = within[is_gate]
    tables = {
        "line_start": line_start.astype(np.int64),
        "set_line_start": set_line_start,
        "set_line": entry_line[by_set].astype(np.int32),
        "set_factor": factor[by_set],
        "line_kind": kinds[order],
        "line_bound": _joined([line.bound for line in lines])[order],
        "line_slot": _joined([line.slot for line in lines])[order].astype(np.int32),
        "line_gate": gate_of_set[gate_set][order].astype(np.int32),
    }
    return is_own, number, tables, order


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


def _clipped(amount: int) -> int:
    """Return a bound as 64 bits hold it; no sum of amounts reaches 2^62 either way (see `compile`)."""
    return min(max(amount, -(2**62)), 2**62)


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator


def _joined(arrays: list[Int64]) -> Int64:
    return np.concatenate(arrays).astype(np.int64) if arrays else np.empty(0, np.int64)
