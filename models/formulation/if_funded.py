"""`if_funded`: a limit that holds only for groups with a funded cell.

A row that an unfunded group satisfies anyway needs nothing. Otherwise w = 1 where any cell of the group is
funded, and the row reads `sum <= right + M (1 - w)`, M being the largest amount by which the row can fail.
"""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.formulation.sheet import Sheet, Sum
from models.problem import Limits, Total
from models.reach import reach
from models.row import holds_unfunded

Rows = list[tuple[Sum, float]]


def switch(sheet: Sheet, part: pyo.Block, limits: Limits, rows: Rows) -> Rows:
    """Switch off the rows of groups without a funded cell."""
    is_on = np.zeros(limits.count, bool) if limits.is_funded is None else limits.is_funded
    needs_switch = [
        limit for limit in range(limits.count) if not is_on[limit] and not holds_unfunded(limits, limit)
    ]
    if not needs_switch:
        return rows
    switches = dict(zip(needs_switch, funded_groups(sheet, part, limits.total, needs_switch), strict=True))
    worst = _largest_excess(sheet, limits)
    switched = []
    for limit, (row, right) in enumerate(rows):
        if limit in switches:
            row.add(worst[limit], Sum([1.0], [switches[limit]]))
            right += worst[limit]
        switched.append((row, right))
    return switched


def funded_groups(sheet: Sheet, part: pyo.Block, total: Total, which: list[int]) -> list[pyo.Var]:
    """Return a binary for each of the sets `which`: at least 1 where any of its cells is funded."""
    switches = sheet.variables(part, "is_funded", len(which), pyo.Binary)
    switch_of = dict(zip(which, switches, strict=True))
    rows = [
        (sheet.funded(cell).add(-1.0, Sum([1.0], [switch_of[group]])), 0.0)
        for cell, group in zip(total.cells.tolist(), total.sets.tolist(), strict=True)
        if group in switch_of
    ]
    sheet.constraints(part, "is_funded_link", rows)
    return switches


def _largest_excess(sheet: Sheet, limits: Limits) -> list[float]:
    """Return by how much each row can fail at most, in written units."""
    sign = 1 if limits.rule.sense == "at_most" else -1
    scale = 10.0**limits.total.measure.digits
    least, largest = (amounts.astype(float) / scale for amounts in reach(sheet.problem, limits.total))
    excess = [
        sign * (high if sign > 0 else low) - sign * float(constant)
        for low, high, constant in zip(least.tolist(), largest.tolist(), limits.constants, strict=True)
    ]
    if limits.basis is not None and limits.basis_sets is not None:
        scale = 10.0**limits.basis.measure.digits
        bounds = [amounts.astype(float) / scale for amounts in reach(sheet.problem, limits.basis)]
        factor = -sign * float(limits.rule.value)
        for limit, which in enumerate(limits.basis_sets.tolist()):
            excess[limit] += max(factor * bounds[0][which], factor * bounds[1][which])
    return [max(amount, 0.0) for amount in excess]
