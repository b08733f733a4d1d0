"""Ratio: the largest amount per basis is at most value x the smallest, lo <= s_g / n_g <= hi, hi <= value x lo."""

from __future__ import annotations

import pyomo.environ as pyo

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
    slack = _slack(sheet, part, limits, compared)
    rows: list[tuple[Sum, float]] = []
    for group in compared:
        per_basis = Sum().add(1.0 / float(limits.constants[group]), amounts[group])
        off = slack.get(group, Sum())
        rows.append((Sum([1.0], [part.low]).add(-1.0, per_basis).add(-1.0, off), 0.0))
        rows.append((Sum([-1.0], [part.high]).add(1.0, per_basis).add(-1.0, off), 0.0))
    sheet.constraints(part, "between", rows)
    sheet.constraints(part, "limit", [(Sum([1.0, -float(limits.rule.value)], [part.high, part.low]), 0.0)])


def _slack(sheet: Sheet, part: pyo.Block, limits: Limits, compared: list[int]) -> dict[int, Sum]:
    """Return M (1 - w) for each group where the rule applies only to funded groups."""
    if limits.rule.applies != "if_funded":
        return {}
    scale = 10.0**limits.total.measure.digits
    least, largest = reach(sheet.problem, limits.total)
    per_basis = [
        max(abs(float(least[group])), abs(float(largest[group]))) / scale / abs(float(limits.constants[group]))
        for group in compared
    ]
    # Amounts per basis lie within +-widest, so high and low can stay clear of an unfunded group's zero.
    widest = 2.0 * max(per_basis)
    switches = funded_groups(sheet, part, limits.total, compared)
    return {group: Sum([-widest], [w], widest) for group, w in zip(compared, switches, strict=True)}
