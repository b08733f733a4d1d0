"""What one unit more of what is varied is worth at the prices of a certificate: the bound's own slope."""

from __future__ import annotations

from fractions import Fraction

from models.certificate import Certificate
from models.curve import Subject
from models.instance import Instance
from models.plan import Plan
from models.rule import Rule


def shadow_price(subject: Subject, plan: Plan, certificate: Certificate) -> Fraction:
    """Return objective units per written unit of the amount; negative where more of it is a tighter floor.

    The right-hand sides of priced limits are differentiated by the amount. Of a rule whose basis is in the
    plan, the basis is taken as the plan has it; `top` and `ratio` rules are linear in their value likewise.
    """
    if certificate.kind != "bound" or not certificate.leaves:
        return Fraction(0)
    leaf = max(certificate.leaves, key=lambda one: one.bound)
    slope = Fraction(0)
    for price in leaf.prices:
        if price.limits < 0:
            is_own = subject.kind == "pool" and plan.problem.instance.pools[price.limit].name == subject.name
            slope += price.price if is_own else 0
            continue
        use = plan.uses[price.limits]
        rule, right = use.limits.rule, use.limit[price.limit]
        by = _divided_by(subject, rule, plan.problem.instance)
        if by and right is not None:
            slope += price.price * right / by * (1 if rule.sense == "at_most" else -1)
    return slope


def _divided_by(subject: Subject, rule: Rule, instance: Instance) -> Fraction:
    """Return the amount that a limit of the rule is a multiple of, if it is what is varied; else 0."""
    if subject.kind == "rule":
        return rule.value if rule.rule == subject.name else Fraction(0)
    if rule.basis.kind != "pool" or rule.measure.name != subject.name:
        return Fraction(0)
    pool = next(pool for pool in instance.pools if pool.name == subject.name)
    return Fraction(pool.amount, 10**pool.decimals)
