"""Objective: the value of the chosen options, and of what is counted, less soft penalties."""

from __future__ import annotations

import pyomo.environ as pyo

from models.formulation.measures import sums, written
from models.formulation.sheet import Sheet, Sum


def state(sheet: Sheet) -> None:
    """State what is maximised."""
    problem = sheet.problem
    value = sheet.amount(range(problem.num_cells), written(problem.objective))
    for index, reward in enumerate(problem.rewards):
        part = sheet.block(f"reward{index}")
        value.add(float(reward.weight), sums(sheet, part, "merchants", reward.total)[0])
    for penalty, broken_by in sheet.penalties:
        value.add(-penalty, Sum([1.0], [broken_by]))
    sheet.model.add_component("objective", pyo.Objective(expr=value.expression(), sense=pyo.maximize))
