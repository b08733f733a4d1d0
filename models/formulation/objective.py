"""Objective: the value of the chosen options less soft penalties."""

from __future__ import annotations

import pyomo.environ as pyo

from models.formulation.measures import written
from models.formulation.sheet import Sheet, Sum


def state(sheet: Sheet) -> None:
    """State what is maximised."""
    value = sheet.amount(range(sheet.problem.num_cells), written(sheet.problem.objective))
    for penalty, broken_by in sheet.penalties:
        value.add(-penalty, Sum([1.0], [broken_by]))
    sheet.model.add_component("objective", pyo.Objective(expr=value.expression(), sense=pyo.maximize))
