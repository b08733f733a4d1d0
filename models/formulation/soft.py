"""Soft limits: each may be broken by v >= 0, which costs penalty x v in the objective."""

from __future__ import annotations

import pyomo.environ as pyo

from models.formulation.sheet import Sheet, Sum
from models.problem import Limits


def relax(sheet: Sheet, part: pyo.Block, limits: Limits, rows: list[Sum]) -> None:
    """Let every row be broken, at the rule's penalty per written unit of its measure."""
    assert limits.rule.penalty is not None
    for row, broken_by in zip(
        rows, sheet.variables(part, "broken_by", len(rows), pyo.NonNegativeReals), strict=True
    ):
        row.add(-1.0, Sum([1.0], [broken_by]))
        sheet.penalties.append((float(limits.rule.penalty), broken_by))
