"""Who would gain and who would lose if a rule were moved: it is moved both ways, and each way solved anew."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from models.instance import Instance
from models.plan import Plan
from models.problem import Amounts, Problem, Total
from models.solution import Solution
from models.why import RuleAnswer, Shift, Side
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
            direction = _direction(base.problem, rule) * (1 if there > value else -1)
            found = _shift(base, bound, (instance, rule, there), solve)
            shifts.append(_cut_off(found, base, direction))
    return RuleAnswer(rule, value, base, bound, tuple(shifts))


def _better(plan: Plan, solution: Solution | None) -> Plan:
    """Return the plan in hand, unless solving again found a better one."""
    found = None if solution is None else solution.plan
    if found is None or (plan.is_feasible and plan.keeps_pins and plan.objective >= found.objective):
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


def _cut_off(shift: Shift, base: Plan, direction: int) -> Shift:
    """Use that looser rules cannot hurt, nor tighter ones help: neither interval goes beyond 0."""
    if direction > 0 and base.is_feasible and base.keeps_pins:
        if shift.side.plan is None or shift.side.plan.objective < base.objective:
            side = Side(base, shift.side.bound)
            shift = replace(shift, side=side, merchants={})
        if shift.total is not None:
            shift = replace(shift, total=(max(shift.total[0], Fraction(0)), max(shift.total[1], Fraction(0))))
    elif direction < 0 and shift.total is not None:
        shift = replace(shift, total=(min(shift.total[0], Fraction(0)), min(shift.total[1], Fraction(0))))
    return shift


def _direction(problem: Problem, rule: str) -> int:
    """Return 1 where a larger value loosens a rule, -1 where it tightens it, 0 where that is not plain."""
    limits = next((one for one in problem.limits if one.rule.rule == rule), None)
    if limits is None:
        return 1  # a pool
    if limits.rule.kind == "ratio":
        return 1 if _is_never_negative(limits.total) else 0
    basis = limits.constants.numerators
    is_plain = _is_never_negative(limits.basis) if limits.basis is not None else bool((basis >= 0).all())
    is_up = limits.rule.sense == "at_most"
    return (1 if is_up else -1) if is_plain and limits.rule.value > 0 else 0


def _is_never_negative(total: Total) -> bool:
    measure = total.measure
    return not isinstance(measure, Amounts) or int(measure.coefficients.min(initial=0)) >= 0
