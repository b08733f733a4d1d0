"""What a plan needs of a rule or pool, and what a proof says that any plan needs, exactly."""

from __future__ import annotations

from fractions import Fraction

from models.certificate import Certificate, Leaf
from models.conflict import Member
from models.plan import Plan
from models.problem import Problem
from models.rule import Rule


def needed(plan: Plan, member: Member, value: Fraction) -> Fraction | None:
    """Return the strictest value at which a plan holds; None where no value is enough, or it is not known.

    Parameters
    ----------
    value
        The rule's value in the plan's problem; not 0.
    """
    if member.kind == "pool":
        return _amount_needed(plan, member.index)
    use = plan.uses[member.index]
    is_cap, found = use.limits.rule.sense == "at_most", list[Fraction]()
    for bound, used in zip(use.limit, use.used, strict=True):
        if bound is None:
            continue
        basis = bound / value
        if basis > 0:
            found.append(used / basis)
        elif basis < 0 or (used > 0 if is_cap else used < 0):
            return None
    if not found:
        return Fraction(0)
    return max(found) if is_cap else min(found)


def _amount_needed(plan: Plan, pool: int) -> Fraction:
    """Return the least amount of a pool that holds what a plan draws, its shares included."""
    stated = plan.problem.instance.pools[pool]
    found = [Fraction(plan.used[pool], 10**stated.decimals)]
    for use in plan.uses:
        rule = use.limits.rule
        if is_share_of(rule, stated.name) and rule.sense == "at_most" and rule.value > 0:
            found.append(max(use.used, default=Fraction(0)) / rule.value)
    return max(found)


def is_share_of(rule: Rule, pool: str) -> bool:
    """Say whether a hard rule allows, or asks for, a share of a pool's amount."""
    return rule.enforcement == "hard" and rule.basis.kind == "pool" and rule.measure.name == pool


def excluded(problem: Problem, proof: Certificate, member: Member) -> Fraction | None:
    """Return by how much a value must at least be loosened, as a proof has it; None: no value is enough.

    A proof holds as long as every leaf stays below zero; loosening a limit by 1 raises a leaf by its price.
    """
    if any(index == member.index for index, _ in proof.inside) and member.kind == "rule":
        return Fraction(0)
    least: Fraction | None = None
    for leaf in proof.leaves:
        rate = _rate(problem, leaf, member)
        if rate is None or rate < 0:
            return Fraction(0)
        if rate > 0:
            reach = -leaf.bound / rate
            least = reach if least is None else min(least, reach)
    return least


def _rate(problem: Problem, leaf: Leaf, member: Member) -> Fraction | None:
    """Return by how much a leaf rises as a value is loosened by 1; None where that depends on the plan."""
    if member.kind == "pool":
        name = problem.instance.pools[member.index].name
        for price in leaf.prices:
            if price.limits >= 0:
                rule = problem.limits[price.limits].rule
                if is_share_of(rule, name):
                    return None
        return sum((p.price for p in leaf.prices if p.limits < 0 and p.limit == member.index), Fraction(0))
    own = [price for price in leaf.prices if price.limits == member.index]
    limits = problem.limits[member.index]
    if not own:
        return Fraction(0)
    if limits.basis is not None or limits.rule.kind == "ratio" or not limits.rule.value:
        return None
    return sum((p.price * limits.constants[p.limit] / limits.rule.value for p in own), Fraction(0))
