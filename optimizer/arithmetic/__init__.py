"""Conflicts that a planner can follow with a pencil, and policies that force an empty plan.

Everything here is a proof in exact fractions; what it does not find may still be impossible.
"""

from __future__ import annotations

from models.finding import Finding
from models.problem import Problem
from optimizer.arithmetic.caps import coverage_over, floors_over
from optimizer.arithmetic.floors import caps_of
from optimizer.arithmetic.reaching import out_of_reach, pins_overspend
from optimizer.arithmetic.shares import against_empty, cannot_absorb, forced_empty
from optimizer.arithmetic.top import largest_over

__all__ = ["conflicts"]


def conflicts(problem: Problem) -> list[Finding]:
    """Return every conflict that arithmetic proves, and every share that forces an empty plan."""
    hard = [limits for limits in problem.limits if limits.rule.enforcement == "hard"]
    caps, emptied = caps_of(problem, hard), forced_empty(problem, hard)
    return [
        *pins_overspend(problem),
        *(found for limits in hard for found in out_of_reach(problem, limits)),
        *(found for cap in caps for found in floors_over(cap, hard)),
        *(found for cap in caps for found in coverage_over(problem, cap, hard)),
        *(found for limits in hard for found in largest_over(problem, limits, hard)),
        *(found for limits in hard for found in cannot_absorb(problem, limits, caps, hard)),
        *(forced.finding for forced in emptied),
        *(found for forced in emptied for found in against_empty(problem, forced, hard)),
    ]
