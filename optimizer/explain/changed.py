"""Instances with one thing changed: a merchant forced in or left out, a worth, a cost or a rule moved."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from models.amount import exact_text
from models.headers import EVERY_KEY, NO_OPTION
from models.instance import Instance, Pin
from models.rule import Column, Condition, Measure, Rule

_POOL = "pool:"
_VALUE_DECIMALS = 9


def forced_in(instance: Instance, merchant: str) -> Instance:
    """Return the instance with one more rule: at least one cell of the merchant is funded."""
    column = Column(key="merchant", label="merchant")
    rule = Rule(
        rule=_unused(instance, "--merchant"),
        measure=Measure(kind="cells", text="cells"),
        where=(Condition(column=column, operator="=", values=(merchant,)),),
        sense="at_least",
        value=Fraction(1),
    )
    return replace(instance, rules=(*instance.rules, rule))


def left_out(instance: Instance, merchant: str) -> Instance:
    """Return the instance with every cell of the merchant forbidden; pins that force one win all the same."""
    keys = tuple(merchant if name == "merchant" else EVERY_KEY for name in instance.options.keys)
    return replace(instance, pins=(*instance.pins, Pin(keys, NO_OPTION, 0)))


def with_value(instance: Instance, option: int, column: str, change: int) -> Instance:
    """Return the instance with one option's expected value changed, in 1e-6."""
    values = dict(instance.options.values)
    values[column] = values[column].copy()
    values[column][option] += change
    return replace(instance, options=replace(instance.options, values=values))


def with_cost(instance: Instance, option: int, pool: str, change: int) -> Instance:
    """Return the instance with what one option draws of a pool changed, in smallest units."""
    costs = dict(instance.options.costs)
    costs[pool] = costs[pool].copy()
    costs[pool][option] += change
    return replace(instance, options=replace(instance.options, costs=costs))


def value_of(instance: Instance, rule: str) -> Fraction | None:
    """Return the value of a rule, or the amount of `pool:NAME` as written; None where there is no such."""
    for pool in instance.pools:
        if rule == _POOL + pool.name:
            return Fraction(pool.amount, 10**pool.decimals)
    return next((one.value for one in instance.rules if one.rule == rule), None)


def with_rule(instance: Instance, rule: str, value: Fraction) -> Instance:
    """Return the instance with a rule's value, or a pool's amount (then a multiple of its unit), replaced."""
    if rule.startswith(_POOL) and any(rule == _POOL + pool.name for pool in instance.pools):
        pools = tuple(
            replace(pool, amount=int(value * 10**pool.decimals)) if rule == _POOL + pool.name else pool
            for pool in instance.pools
        )
        return replace(instance, pools=pools)
    rules = tuple(
        one.model_copy(update={"value": value}) if one.rule == rule else one for one in instance.rules
    )
    return replace(instance, rules=rules)


def moved_by(instance: Instance, rule: str, value: Fraction, share: Fraction) -> Fraction | None:
    """Return a rule's value moved by a share of it; None where there is no such value to move to.

    The amount of a pool stays a multiple of its smallest unit; a `ratio` cannot go below 1.
    """
    there = value * (1 + share)
    for pool in instance.pools:
        if rule == _POOL + pool.name:
            there = Fraction(there * 10**pool.decimals // 1, 10**pool.decimals)
    there = outward(there, is_up=share > 0)
    is_ratio = any(one.rule == rule and one.kind == "ratio" for one in instance.rules)
    return None if there == value or (is_ratio and there < 1) else there


def outward(value: Fraction, *, is_up: bool) -> Fraction:
    """Round a rule's value to 9 decimals, as it can be written, to the side that gives more room."""
    scaled = value * 10**_VALUE_DECIMALS
    whole = -(-scaled.numerator // scaled.denominator) if is_up else scaled.numerator // scaled.denominator
    return Fraction(whole, 10**_VALUE_DECIMALS)


def set_key(rule: str) -> str:
    """Return what `--set` calls a rule's value, or a pool's amount."""
    if rule.startswith(_POOL):
        return f"pools.{rule.removeprefix(_POOL)}"
    return f'rules."{rule}".value' if '"' not in rule else f"rules.{rule}.value"


def set_value(value: Fraction) -> str:
    """Return a value as `--set` takes it."""
    return exact_text(value)


def _unused(instance: Instance, name: str) -> str:
    """Return a name that no rule has."""
    taken = {rule.rule for rule in instance.rules}
    while name in taken:
        name += "'"
    return name
