"""A choice -> linear rows that keep what holds in it, so that it can be improved where rules are not linear.

Merchants that count go on counting, groups that are funded keep to their limits and the others stay unfunded,
and the largest groups of a `top` rule stay the largest. Whatever meets these rows meets those rules; the
converse is not so, and need not be.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.instance import Int32, Int64
from models.linear import Floats, Linear, entries
from optimizer.lagrangian.market import Market
from optimizer.lagrangian.tables import ALWAYS, COUNT


def standing(market: Market, taken: Int64) -> Linear:
    """Return a market's linear rows, and further rows that keep the state of a choice."""
    rows = market.rows
    is_linear = not (market.counts or market.tops or (market.tables.line_gate >= 0).any())
    if is_linear:
        return rows
    measure_of_set = market.sets.measure_of_set()
    entry_start, entry_set, everywhere = entries(market.problem, market.sets)
    amounts = market.sets.amounts().astype(np.float64)
    use = _use(market, taken, measure_of_set, (entry_start, entry_set, everywhere), amounts)
    sets, factors, rights, row = _further_rows(market, use)
    number = rows.num_rows + np.array(row, np.int64)
    old_sets = np.repeat(np.arange(len(rows.set_start) - 1), np.diff(rows.set_start))
    all_sets = np.append(old_sets, np.array(sets, np.int64))
    order = np.argsort(all_sets, kind="stable")
    extra = len(rights)
    return replace(
        rows,
        amounts=amounts,
        entry_start=entry_start,
        entry_set=entry_set,
        set_measure=measure_of_set,
        everywhere=everywhere,
        set_start=np.append(0, np.cumsum(np.bincount(all_sets, minlength=market.sets.num_sets))),
        set_row=np.append(rows.set_row, number)[order].astype(np.int32),
        set_factor=np.append(rows.set_factor, factors)[order],
        right=np.append(rows.right, rights),
        scale=np.append(rows.scale, np.ones(extra)),
        penalty=np.append(rows.penalty, np.full(extra, np.inf)),
        row_limits=np.append(rows.row_limits, np.full(extra, -2)).astype(np.int32),
        row_limit=np.append(rows.row_limit, np.zeros(extra)).astype(np.int32),
        row_merchant=np.append(rows.row_merchant, np.full(extra, -1)).astype(np.int32),
    )


def _use(
    market: Market,
    taken: Int64,
    measure_of_set: Int32,
    memberships: tuple[Int64, Int32, Int32],
    amounts: Floats,
) -> Floats:
    """Return what a choice uses of every set; shape (sets,)."""
    entry_start, entry_set, everywhere = memberships
    cell = np.repeat(np.arange(len(entry_start) - 1), np.diff(entry_start))
    is_funded = taken[cell] >= 0
    which, option = entry_set[is_funded], taken[cell[is_funded]]
    found = np.bincount(which, amounts[measure_of_set[which], option], market.sets.num_sets)
    use: Floats = found.astype(np.float64)
    funded = taken[taken >= 0]
    for one in everywhere.tolist():
        use[one] = amounts[measure_of_set[one], funded].sum()
    return use


def _further_rows(market: Market, use: Floats) -> tuple[list[int], list[float], list[float], list[int]]:
    """Return the sets, factors, right-hand sides and row numbers of what keeps the state."""
    sets: list[int] = []
    factors: list[float] = []
    rights: list[float] = []
    numbers: list[int] = []

    def add(members: list[int], factor: float, right: float) -> None:
        sets.extend(members)
        factors.extend([factor] * len(members))
        numbers.extend([len(rights)] * len(members))
        rights.append(right)

    tables = market.tables
    merchant_line = np.repeat(tables.line_start[:-1], np.diff(tables.line_start))
    factor_of = {}
    for line in np.flatnonzero((tables.line_kind == COUNT) | (tables.line_gate >= 0)).tolist():
        used, bound, own = (
            use[market.line_set[line]],
            float(tables.line_bound[line]),
            int(market.line_set[line]),
        )
        if tables.line_kind[line] == COUNT:
            is_floor = market.count_sign[tables.line_slot[line]] < 0
            if is_floor and used >= bound:
                add([own], -1.0, -bound)
            elif not is_floor and used < bound:
                add([own], 1.0, bound - 1.0)
        elif tables.line_kind[line] == ALWAYS:
            gate = int(market.line_set[merchant_line[line] + tables.line_gate[line]])
            if use[gate] > 0:
                sense = market.problem.limits[int(market.line_limits[line])].rule.sense
                factor_of[line] = 1.0 if sense == "at_most" else -1.0
                add([own], factor_of[line], bound)
            else:
                add([gate], 1.0, 0.0)
    for top, groups in zip(market.tops, market.top_sets, strict=True):
        order = np.argsort(-use[groups], kind="stable")
        largest, others = groups[order[: top.k]], groups[order[top.k :]]
        least = float(use[largest].min())
        add(largest.tolist(), 1.0, top.cap)
        if top.basis < 0:
            for group in others.tolist():
                add([group], 1.0, least)
            for group in largest.tolist():
                add([group], -1.0, -least)
    return sets, factors, rights, numbers
