"""What stays inside merchants, as lines: own limits, those that a funded cell switches on, and counts.

A line reads one set of one merchant's cells (with a basis in the plan, two) against a whole number.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from models.instance import Int64
from models.linear import Bools, Floats, Linear, Sets
from models.problem import Cells, Limits, Merchants, Problem, Total
from models.reach import merchant_pairs
from models.row import holds_unfunded
from optimizer.lagrangian.counts import is_priceable_count
from optimizer.lagrangian.tables import ALWAYS, COUNT, GATE


@dataclass(frozen=True, eq=False)
class Line:
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


def row_lines(rows: Linear, is_inside: Bools, num_sets: int) -> list[Line]:
    """Return the lines of rows that stay inside, without those that no choice can break."""
    reach = reach_of_sets(rows, num_sets)
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
        Line(
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


def reach_of_sets(rows: Linear, num_sets: int) -> tuple[Floats, Floats]:
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


def gated_lines(problem: Problem, sets: Sets, outside: Int64) -> list[Line]:
    """Return the lines of limits that hold only for a merchant with a funded cell in the group."""
    lines: list[Line] = []
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
        sign = sign_of(limits)
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
        lines.append(Line(GATE, merchant, zeros, none, none, none, none, gates + chosen, ones, none, zeros))
        lines.append(
            Line(
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


def count_lines(
    problem: Problem, sets: Sets, uncounted: frozenset[tuple[int, int]]
) -> tuple[tuple[tuple[int, int], ...], list[Line]]:
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
            Line(
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


def own_tables(problem: Problem, sets: Sets, lines: list[Line]) -> tuple[Bools, Int64, dict[str, Any], Int64]:
    """Give own lines numbers merchant by merchant, and list which lines each own set enters."""
    merchant = joined([line.merchant for line in lines])
    order = np.argsort(merchant, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    line_start = np.append(0, np.cumsum(np.bincount(merchant, minlength=problem.num_merchants)))
    within = rank - line_start[merchant]
    own_sets = joined([line.sets for line in lines])
    basis = joined([line.basis for line in lines])
    has_basis = basis >= 0
    entry_set = np.append(own_sets, basis[has_basis])
    entry_line = np.append(within, within[has_basis])
    factor = np.append(
        joined([line.factor for line in lines]), joined([line.basis_factor for line in lines])[has_basis]
    )
    is_own = np.zeros(sets.num_sets, bool)
    is_own[entry_set] = True
    number = np.cumsum(is_own) - 1
    by_set = np.argsort(entry_set, kind="stable")
    set_line_start = np.append(
        0, np.cumsum(np.bincount(number[entry_set], minlength=int(is_own.sum())))
    ).astype(np.int64)
    kinds = np.repeat(np.array([line.kind for line in lines], np.int64), [len(x.merchant) for x in lines])
    gate_set = joined([line.gate_set for line in lines])
    gate_of_set = np.full(sets.num_sets + 1, -1, np.int64)
    is_gate = kinds == GATE
    gate_of_set[own_sets[is_gate]] = within[is_gate]
    tables = {
        "line_start": line_start.astype(np.int64),
        "set_line_start": set_line_start,
        "set_line": entry_line[by_set].astype(np.int32),
        "set_factor": factor[by_set],
        "line_kind": kinds[order],
        "line_bound": joined([line.bound for line in lines])[order],
        "line_slot": joined([line.slot for line in lines])[order].astype(np.int32),
        "line_gate": gate_of_set[gate_set][order].astype(np.int32),
    }
    return is_own, number, tables, order


def _clipped(amount: int) -> int:
    """Return a bound as 64 bits hold it; no sum of amounts reaches 2^62 either way (see `compile`)."""
    return min(max(amount, -(2**62)), 2**62)


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator


def joined(arrays: list[Int64]) -> Int64:
    """Return arrays one behind the other."""
    return np.concatenate(arrays).astype(np.int64) if arrays else np.empty(0, np.int64)


def sign_of(limits: Limits) -> int:
    """Return 1 for a cap, -1 for a floor."""
    return 1 if limits.rule.sense == "at_most" else -1
