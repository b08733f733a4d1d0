"""Limits and windows: amount {<=, >=} value x basis, one row per group (and window).

A basis in the plan moves to the left; one that several limits share is a variable of its own, which keeps
rows sparse. `if_funded` rows that an unfunded group would break are switched off by a binary w >= funded(c),
see `if_funded`.
"""

from __future__ import annotations

import pyomo.environ as pyo

from models.formulation import if_funded, soft
from models.formulation.measures import sums
from models.formulation.sheet import Sheet, Sum
from models.problem import Limits, Total


def state(sheet: Sheet, index: int, limits: Limits) -> None:
    """State every limit of one rule of kind `limit` or `window`."""
    part = sheet.block(f"rule{index}")
    rows = _rows(sheet, part, limits)
    if limits.rule.enforcement == "soft":
        soft.relax(sheet, part, limits, [row for row, _ in rows])
    if limits.rule.applies == "if_funded":
        rows = if_funded.switch(sheet, part, limits, rows)
    for limit, row in enumerate(sheet.constraints(part, "limit", rows)):
        sheet.rows[row] = (index, limit)


def in_plan(sheet: Sheet, part: pyo.Block, basis: Total, num_limits: int) -> list[Sum]:
    """Return the amounts of a basis in the plan, as variables of their own where limits share them."""
    amounts = sums(sheet, part, "basis_merchants", basis)
    if num_limits <= basis.num_sets:
        return amounts
    part.add_component("basis", pyo.Var(range(basis.num_sets)))
    shared = [Sum([1.0], [variable]) for variable in part.basis.values()]
    ties = [
        (Sum().add(sign, amount).add(-sign, own), 0.0)
        for amount, own in zip(amounts, shared, strict=True)
        for sign in (1, -1)
    ]
    sheet.constraints(part, "basis_amount", ties)
    return shared


def _rows(sheet: Sheet, part: pyo.Block, limits: Limits) -> list[tuple[Sum, float]]:
    """Return each limit as a row `sum <= right-hand side`."""
    sign = 1.0 if limits.rule.sense == "at_most" else -1.0
    amounts = sums(sheet, part, "merchants", limits.total)
    rows = [
        (Sum().add(sign, amount), sign * float(constant))
        for amount, constant in zip(amounts, limits.constants, strict=True)
    ]
    if limits.basis is not None and limits.basis_sets is not None:
        bases = in_plan(sheet, part, limits.basis, limits.count)
        for (row, _), which in zip(rows, limits.basis_sets.tolist(), strict=True):
            row.add(-sign * float(limits.rule.value), bases[which])
    return rows
