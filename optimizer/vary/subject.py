"""What is varied: the amount of a pool, or the value of a rule."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from models.amount import exact_text
from models.curve import Subject
from models.instance import Instance, Pool
from models.rule import Rule

_FINER = 2
"""Decimals that the values of a rule get beyond its own, so that steps between them have room."""
_SHARES = frozenset({"pool", "total", "measure", "attribute", "eligible"})


def changed(instance: Instance, subject: Subject, amount: Fraction) -> Instance:
    """Return the instance with this amount, as `--set` would make it."""
    overrides = (*instance.overrides, (subject.key, subject.written(amount)))
    if subject.kind == "pool":
        units = int(amount * 10**subject.digits)
        pools = tuple(
            replace(pool, amount=units) if pool.name == subject.name else pool for pool in instance.pools
        )
        return replace(instance, pools=pools, overrides=overrides)
    rules = tuple(
        rule.model_copy(update={"value": amount}) if rule.rule == subject.name else rule
        for rule in instance.rules
    )
    return replace(instance, rules=rules, overrides=overrides)


def pool_subject(pool: Pool) -> Subject:
    """Return the amount of a pool as what is varied."""
    today = Fraction(pool.amount, 10**pool.decimals)
    return Subject("pool", pool.name, today, pool.decimals, least=Fraction(0), unit=pool.unit)


def rule_subject(rule: Rule, pools: tuple[Pool, ...]) -> Subject:
    """Return the value of a rule as what is varied."""
    is_share = rule.basis.kind in _SHARES and rule.kind != "ratio"
    decimals = {pool.name: pool.decimals for pool in pools}
    if rule.basis.kind == "absolute" and rule.measure.kind != "amount":
        digits = 0
    elif rule.basis.kind == "absolute" and rule.measure.name in decimals:
        digits = decimals[rule.measure.name]
    else:
        digits = _num_decimals(rule.value) + _FINER
    return Subject(
        "rule",
        rule.rule,
        rule.value,
        digits,
        is_share=is_share,
        is_tighter_up=rule.sense == "at_least",
        least=Fraction(1) if rule.kind == "ratio" else None,
    )


def _num_decimals(value: Fraction) -> int:
    return len(exact_text(value).partition(".")[2])
