"""The price list of policy as `explain --json` prints it; docs/explain.md has an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from models.amount import exact_text, fraction_to_text
from models.instance import Instance
from models.rule import Rule
from optimizer.explain.binding import marginal_per
from optimizer.explain.known import Effect, Span
from optimizer.explain.policy import Policy, effect_of, price_of_fairness

_DIGITS = 12


@dataclass(frozen=True)
class Asked:
    """How the answers came about.

    Attributes
    ----------
    num_solved
        Searches that were made.
    is_claimed
        Whether a bound rests on the solver's word.
    is_reproducible
        False where the clock or a signal ended a search, or left one out.
    """

    num_solved: int
    is_claimed: bool
    is_reproducible: bool


def policy_json(
    policy: Policy, instance: Instance, marginal: Mapping[str, Fraction | None], asked: Asked
) -> dict[str, object]:
    """Return the document; `marginal`: rule -> what 1 more of its value brings, None: it has no price."""
    share = price_of_fairness(policy)
    names = ("share", "low", "high")
    return {
        "solved": asked.num_solved,
        "gap_met": policy.is_settled,
        "bounds_by": "solver" if asked.is_claimed else "certificate",
        "reproducible": asked.is_reproducible,
        "with_rules": _span(policy.with_rules),
        "without_rules": _span(policy.without_rules),
        "price_of_fairness": None
        if share is None
        else {name: fraction_to_text(value, _DIGITS) for name, value in zip(names, share, strict=True)},
        "rules": [_rule(policy, instance, rule, marginal[rule.rule]) for rule in _in_order(instance)],
        "waterfall": [
            {
                "rule": step.rule,
                "before": exact_text(step.before),
                "after": exact_text(step.after),
                **_effect(step.effect),
            }
            for step in policy.steps
        ],
        "left_by_the_plan": exact_text(policy.left),
        "shapley": None
        if policy.averages is None
        else [{"rule": rule, **_effect(effect)} for rule, effect in policy.averages.items()],
        "why_no_shapley": policy.why_no_averages,
    }


def _in_order(instance: Instance) -> list[Rule]:
    """Return the rules as `limits.csv` has them, whatever the order of their file."""
    return sorted(instance.rules, key=lambda rule: rule.rule)


def _rule(policy: Policy, instance: Instance, rule: Rule, marginal: Fraction | None) -> dict[str, object]:
    without, per = policy.without.get(rule.rule), marginal_per(instance, rule)
    return {
        "rule": rule.rule,
        "label": rule.label,
        "owner": rule.owner,
        "enforcement": rule.enforcement,
        "value": exact_text(rule.value),
        "without": None if without is None else _span(without),
        **_effect(effect_of(policy, rule)),
        "marginal_price": None if marginal is None else fraction_to_text(marginal, _DIGITS),
        "per": exact_text(per),
        "marginal_price_per": None if marginal is None else fraction_to_text(marginal * per, _DIGITS),
    }


def _span(span: Span) -> dict[str, object]:
    return {
        "objective": exact_text(span.best),
        "bound": exact_text(span.bound),
        "gap": fraction_to_text(span.gap, _DIGITS),
    }


def _effect(effect: Effect) -> dict[str, object]:
    return {
        "change": fraction_to_text(effect.change, _DIGITS),
        "low": fraction_to_text(effect.low, _DIGITS),
        "high": fraction_to_text(effect.high, _DIGITS),
        "about_zero": effect.is_about_zero,
    }
