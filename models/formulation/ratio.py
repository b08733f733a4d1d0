"""Ratio: the largest amount per basis is at most value x the smallest.

`low <= s_g / n_g <= high` for every group, and `high <= value x low`.
"""

from __future__ import annotations

import pyomo.environ as pyo
from pyomo.core.base.var import VarData

from models.formulation.if_funded import funded_groups
from models.formulation.measures import sums
from models.formulation.sheet import Sheet, Sum
from models.problem import Limits
from models.reach import reach


def state(sheet: Sheet, index: int, limits: Limits) -> None:
    """State one rule of kind `ratio`; a group of zero basis is not compared."""
    part = sheet.block(f"rule{index}")
    compared = [group for group, basis in enumerate(limits.constants) if basis]
    if len(compared) < 2:
        return
    amounts = sums(sheet, part, "merchants", limits.total)
    part.add_component("low", pyo.Var())
    part.add_component("high", pyo.Var())
    switches = _switches(sheet, part, limits, compared)
    least, largest = _reach_per_basis(sheet, limits, compared)
    widest = max(abs(least), abs(largest))
    rows: list[tuple[Sum, float]] = []
    for group in compared:
        per_basis = Sum().add(1.0 / float(limits.constants[group]), amounts[group])
        # Amounts per basis lie within +-widest, so low and high can stay clear of an unfunded group's.
        off = Sum([-2.0 * widest], [switches[group]], 2.0 * widest) if switches else Sum()
        rows.append((Sum([1.0], [part.low]).add(-1.0, per_basis).add(-1.0, off), 0.0))
        rows.append((Sum([-1.0], [part.high]).add(1.0, per_basis).add(-1.0, off), 0.0))
    for place, between in enumerate(sheet.constraints(part, "between", rows)):
        sheet.between[between] = (index, compared[place // 2], bool(place % 2))
    value = float(limits.rule.value)
    limit = Sum([1.0, -value], [part.high, part.low])
    if switches and least < 0:
        limit.add(-(value - 1.0) * widest, _alone(sheet, part, list(switches.values())))
    (row,) = sheet.constraints(part, "limit", [(limit, 0.0)])
    sheet.rows[row] = (index, 0)


def _switches(sheet: Sheet, part: pyo.Block, limits: Limits, compared: list[int]) -> dict[int, VarData]:
    """Return w of each group where the rule applies only to funded groups."""
    if limits.rule.applies != "if_funded":
        return {}
    switches = funded_groups(sheet, part, limits.total, compared)
    for group, switch in zip(compared, switches, strict=True):
        if limits.is_funded is not None and limits.is_funded[group]:
            switch.setlb(1)
    return dict(zip(compared, switches, strict=True))


def _reach_per_basis(sheet: Sheet, limits: Limits, compared: list[int]) -> tuple[float, float]:
    """Return the least and the largest amount per basis that any group can come to."""
    scale = 10.0**limits.total.measure.digits
    ends = [
        float(amounts[group]) / scale / float(limits.constants[group])
        for amounts in reach(sheet.problem, limits.total)
        for group in compared
    ]
    return min(ends), max(ends)


def _alone(sheet: Sheet, part: pyo.Block, switches: list[VarData]) -> Sum:
    """Return 1 - b, b = 1 where two groups are funded.

    One group alone is compared with nothing; were its amount below zero, it would fail against itself.
    """
    (is_compared,) = sheet.variables(part, "is_compared", 1, pyo.Binary)
    count = Sum([1.0] * len(switches), list(switches)).add(1.0 - len(switches), Sum([1.0], [is_compared]))
    sheet.constraints(part, "is_compared_link", [(count, 1.0)])
    return Sum([-1.0], [is_compared], 1.0)
