"""Top: the k largest groups together take at most the cap.

Exact and linear (Ogryczak and Tamir 2003): k t + sum_g u_g <= cap, u_g >= s_g - t, u_g >= 0.
"""

from __future__ import annotations

import pyomo.environ as pyo

from models.formulation import soft
from models.formulation.limits import in_plan
from models.formulation.measures import sums
from models.formulation.sheet import Sheet, Sum
from models.problem import Limits


def state(sheet: Sheet, index: int, limits: Limits) -> None:
    """State one rule of kind `top`."""
    part = sheet.block(f"rule{index}")
    amounts = sums(sheet, part, "merchants", limits.total)
    part.add_component("threshold", pyo.Var())
    over = sheet.variables(part, "over", len(amounts), pyo.NonNegativeReals)
    threshold = Sum([1.0], [part.threshold])
    rows = [
        (amount.add(-1.0, threshold).add(-1.0, Sum([1.0], [u])), 0.0)
        for amount, u in zip(amounts, over, strict=True)
    ]
    for group, row in enumerate(sheet.constraints(part, "over_threshold", rows)):
        sheet.over[row] = (index, group)
    largest = Sum([float(limits.num_largest)], [part.threshold]).add(1.0, Sum([1.0] * len(over), list(over)))
    if limits.basis is not None:
        largest.add(-float(limits.rule.value), in_plan(sheet, part, limits.basis, 1)[0])
    if limits.rule.enforcement == "soft":
        soft.relax(sheet, part, limits, [largest])
    (row,) = sheet.constraints(part, "limit", [(largest, float(limits.constants[0]))])
    sheet.rows[row] = (index, 0)
