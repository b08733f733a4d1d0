"""Divisible cells: any point on the line through nothing and the options in order of cost.

Segment s joins the options s-1 and s of the cell's ladder (0 is nothing); one binary per segment says on
which the cell stands, so the line need not be concave: y_i <= b_i + b_(i+1), sum b <= 1, and above the first
segment the two fractions sum to 1 (Dantzig 1960; Vielma, Ahmed and Nemhauser 2010 compare the forms).
"""

from __future__ import annotations

import pyomo.environ as pyo

from models.formulation.sheet import Sheet, Sum
from models.problem import Amounts, Limits, Merchants, Problem, Total

_LEAST_FRACTION, _LARGEST_TRACE = 1e-6, 1e-3


def state(sheet: Sheet) -> None:
    """State the segments of every divisible cell."""
    problem = sheet.problem
    cells = problem.is_divisible.nonzero()[0].tolist()
    if not cells:
        return
    part, pays = sheet.block("divisible"), _funding_pays(problem)
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
        least = _LEAST_FRACTION
        if pays:
            least = sheet.traces[cell] = _trace(problem, cell)
        rows.append((Sum([least] * len(segment) + [-1.0] * len(ladder), segment + ladder), 0.0))
        if len(ladder) > 1:
            upper = segment[1:]
            rows.append((Sum([1.0] * len(upper) + [-1.0] * len(ladder), upper + ladder), 0.0))
    sheet.constraints(part, "adjacent", rows)


def _trace(problem: Problem, cell: int) -> float:
    """Return the least fraction of a cell that may be funded for being funded.

    It is what draws a smallest unit of the first pool, as a funded cell draws no less as plans are written,
    but no more than a thousandth: where that draws less than a unit, `pools` counts the unit.
    """
    units = int(problem.pools[0].coefficients[problem.ladder[problem.option_start[cell]]])
    return min(max(_LEAST_FRACTION, 1.0 / units), _LARGEST_TRACE) if units else _LEAST_FRACTION


def _funding_pays(problem: Problem) -> bool:
    """Say whether a plan may be better or feasible only because cells are funded, if with next to nothing."""
    return any(one.weight > 0 and _counts_funded(one.total) for one in problem.rewards) or any(
        _is_eased_by_funding(limits) for limits in problem.limits if limits.rule.enforcement != "report"
    )


def _is_eased_by_funding(limits: Limits) -> bool:
    counts = _counts_funded(limits.total)
    if limits.rule.kind == "ratio" or limits.rule.sense == "at_least":
        return counts
    return limits.basis is not None and _counts_funded(limits.basis)


def _counts_funded(total: Total) -> bool:
    """Say whether a total counts funded cells, or merchants by their funded cells."""
    measure = total.measure
    return not isinstance(measure.reaches if isinstance(measure, Merchants) else measure, Amounts)
