"""Who would gain and who would lose if a rule were moved: it is moved both ways, and each way solved anew."""

from __future__ import annotations

from fractions import Fraction

from models.instance import Instance
from models.plan import Plan
from models.solution import Solution
from models.why import RuleAnswer, Shift
from optimizer.explain.change import Solve, side_of
from optimizer.explain.changed import moved_by, value_of, with_rule
from optimizer.explain.displaced import changes_by_merchant


def move_rule(plan: Plan, rule: str, share: Fraction, solve: Solve) -> RuleAnswer | None:
    """Move a rule's value (or the amount of `pool:NAME`) down and up by a share, and solve each way.

    The plan as it stands is solved again as well, so that all three are as near to the best as each other.
    None where there is no such rule.
    """
    instance = plan.problem.instance
    value = value_of(instance, rule)
    if value is None:
        return None
    stands = solve(instance, plan)
    base = _better(plan, stands)
    bound = side_of(stands).bound
    shifts = []
    for signed in (-share, share):
        there = moved_by(instance, rule, value, signed)
        if there is not None:
            shifts.append(_shift(base, bound, (instance, rule, there), solve))
    return RuleAnswer(rule, value, base, bound, tuple(shifts))


def _better(plan: Plan, solution: Solution | None) -> Plan:
    """Return the plan in hand, unless solving again found a better one."""
    found = None if solution is None else solution.plan
    if found is None or (plan.is_feasible and plan.objective >= found.objective):
        return plan
    return found


def _shift(base: Plan, bound: Fraction | None, moved: tuple[Instance, str, Fraction], solve: Solve) -> Shift:
    solution = solve(with_rule(*moved), base)
    side = side_of(solution)
    is_reproducible = solution is None or solution.is_reproducible
    if side.plan is None:
        return Shift(moved[2], side, None, {}, is_reproducible)
    total = None
    if side.bound is not None and bound is not None:
        total = side.plan.objective - bound, side.bound - base.objective
    return Shift(moved[2], side, total, changes_by_merchant(base, side.plan), is_reproducible)
