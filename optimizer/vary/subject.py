"""What is varied: the amount of a pool, or the value of a rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from models.amount import exact_text, floor_units, units_to_text
from models.instance import Instance, Pool
from models.rule import Rule

_FINER = 2
"""Decimals that the values of a rule get beyond its own, so that steps between them have room."""
_SHARES = frozenset({"pool", "total", "measure", "attribute", "eligible"})
_PERCENT = 100


@dataclass(frozen=True)
class Subject:
    """An amount of an instance that is varied.

    Attributes
    ----------
    name
        Of the pool, or of the rule.
    today
        In written units; a share is a plain number (15% is 0.15).
    digits
        Decimals that amounts are rounded to.
    is_share
        Whether amounts are written as percentages: the rule's value multiplies something else.
    is_tighter_up
        Whether a larger amount allows less: a floor.
    least
        Amounts below it make no sense; None: all do.
    """

    kind: Literal["pool", "rule"]
    name: str
    today: Fraction
    digits: int
    is_share: bool = False
    is_tighter_up: bool = False
    least: Fraction | None = None
    unit: str = ""

    @property
    def key(self) -> str:
        """The key of `--set` that changes it."""
        if self.kind == "pool":
            return f"pools.{self.name}"
        return 'rules."' + self.name.replace('"', '""') + '".value'

    def rounded(self, amount: Fraction) -> Fraction:
        """Return an amount as it can be written, rounded down."""
        units = Fraction(floor_units(amount, self.digits), 10**self.digits)
        return units if self.least is None else max(units, self.least)

    def written(self, amount: Fraction) -> str:
        """Write an amount as `--set` takes it; a share as a percentage."""
        if self.kind == "pool":
            return units_to_text(int(amount * 10**self.digits), self.digits)
        return f"{exact_text(amount * _PERCENT)}%" if self.is_share else exact_text(amount)

    def at(self, instance: Instance, amount: Fraction) -> Instance:
        """Return the instance with this amount, as `--set` would make it."""
        overrides = (*instance.overrides, (self.key, self.written(amount)))
        if self.kind == "pool":
            units = int(amount * 10**self.digits)
            pools = tuple(
                replace(pool, amount=units) if pool.name == self.name else pool for pool in instance.pools
            )
            return replace(instance, pools=pools, overrides=overrides)
        rules = tuple(
            rule.model_copy(update={"value": amount}) if rule.rule == self.name else rule
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
