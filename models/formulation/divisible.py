"""Divisible cells: any point on the line through nothing and the options in order of cost.

Segment s joins the options s-1 and s of the cell's ladder (0 is nothing); one binary per segment says on
which the cell stands, so the line need not be concave: y_i <= b_i + b_(i+1), sum b <= 1, and above the first
segment the two fractions sum to 1 (Dantzig 1960; Vielma, Ahmed and Nemhauser 2010 compare the forms).
"""

from __future__ import annotations

import pyomo.environ as pyo

from models.formulation.sheet import Sheet, Sum
from models.problem import Problem

_LEAST_FRACTION = 1e-6


def state(sheet: Sheet) -> None:
    """State the segments of every divisible cell."""
    problem = sheet.problem
    cells = problem.is_divisible.nonzero()[0].tolist()
    if not cells:
        return
    part = sheet.block("divisible")
    starts = problem.option_start
    binaries = iter(
        sheet.variables(part, "segment", int((starts[1:] - starts[:-1])[cells].sum()), pyo.Binary)
    )
    rows: list[tuple[Sum, float]] = []
    for cell in cells:
        ladder = [sheet.take[option] for option in problem.ladder[starts[cell] : starts[cell + 1]].tolist()]
        segment = [next(binaries) for _ in ladder]
        sheet.segments[cell] = segment
        rows.append((Sum([1.0] * len(segment), list(segment)), 1.0))
        for rank, taken in enumerate(ladder):
            beside = segment[rank : rank + 2]
            rows.append((Sum([1.0] + [-1.0] * len(beside), [taken, *beside]), 0.0))
        # A segment that is chosen carries something: without it a cell could count as funded with nothing.
        least = _least_fraction(problem, cell)
        rows.append((Sum([least] * len(segment) + [-1.0] * len(ladder), segment + ladder), 0.0))
        if len(ladder) > 1:
            upper = segment[1:]
            rows.append((Sum([1.0] * len(upper) + [-1.0] * len(ladder), upper + ladder), 0.0))
    sheet.constraints(part, "adjacent", rows)


def _least_fraction(problem: Problem, cell: int) -> float:
    """Return the least fraction on a segment; where being funded is paid for, what draws a smallest unit.

    That much a funded cell draws as plans are written, and what draws less is rounded to nothing.
    """
    if not problem.rewards:
        return _LEAST_FRACTION
    units = int(problem.pools[0].coefficients[problem.ladder[problem.option_start[cell]]])
    return max(_LEAST_FRACTION, 1.0 / units) if units else _LEAST_FRACTION
