"""Pins: a forced option is taken whole, a forbidden cell takes nothing."""

from __future__ import annotations

from models.formulation.sheet import Sheet
from models.problem import FREE


def state(sheet: Sheet) -> None:
    """State the pins as bounds."""
    problem = sheet.problem
    for cell in (problem.pinned != FREE).nonzero()[0].tolist():
        first, last = problem.option_start[cell : cell + 2].tolist()
        for option in range(first, last):
            if option == problem.pinned[cell]:
                sheet.take[option].setlb(1)
            else:
                sheet.take[option].setub(0)
        for segment in sheet.segments.get(cell, []) if problem.pinned[cell] < 0 else []:
            segment.setub(0)
