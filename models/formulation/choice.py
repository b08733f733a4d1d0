"""Choice: at most one option per cell, `sum_j y[c,j] <= 1`."""

from __future__ import annotations

from itertools import pairwise

import pyomo.environ as pyo

from models.formulation.sheet import Sheet, Sum

CHOICE = "choice.at_most_one"
"""Name of the rows that allow one option a cell."""


def state(sheet: Sheet) -> None:
    """State what every option's variable means: taken or not, or in a divisible cell, to what fraction."""
    problem, part = sheet.problem, sheet.block("choice")
    sheet.take = sheet.variables(part, "take", problem.num_options, pyo.Binary)
    starts = problem.option_start.tolist()
    for cell in problem.is_divisible.nonzero()[0].tolist():
        for option in range(starts[cell], starts[cell + 1]):
            sheet.take[option].domain = pyo.UnitInterval
    at_most_one = [
        Sum([1.0] * (last - first), list(sheet.take[first:last]))
        for first, last in pairwise(starts)
        if last - first > 1
    ]
    sheet.constraints(part, "at_most_one", ((row, 1.0) for row in at_most_one))
