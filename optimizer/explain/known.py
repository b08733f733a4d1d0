"""What is known of a problem under some of its rules: plans from below, bounds from above, both exact.

Write v(S) for the best objective under the rules S (pools and pins always hold). Fewer rules allow more and
charge less, so v(S) >= v(T) where S is part of T. Hence whatever is known of one set of rules says something
of the others: a plan counts wherever it breaks no hard rule, less the penalties that hold there; a bound
under some rules bounds every set that has these rules among its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from models.plan import Plan

Rules = frozenset[str]
"""Ids of the rules that hold."""


@dataclass(frozen=True)
class Shown:
    """A plan as every set of rules sees it.

    Attributes
    ----------
    value
        Objective before penalties.
    broken
        Hard rules that it breaks.
    penalties
        (soft rule, what breaking it costs in objective units) pairs, costs above zero.
    """

    value: Fraction
    broken: Rules
    penalties: tuple[tuple[str, Fraction], ...]

    @classmethod
    def of(cls, plan: Plan) -> Shown:
        """Return a plan that was evaluated under all rules; its pools are not looked at."""
        hard = (use for use in plan.uses if use.limits.rule.enforcement == "hard")
        broken = frozenset(use.limits.rule.rule for use in hard if use.is_broken.any())
        penalties = tuple((use.limits.rule.rule, use.penalty) for use in plan.uses if use.penalty)
        return cls(plan.objective + plan.penalties, broken, penalties)

    def under(self, rules: Rules) -> Fraction | None:
        """Return what the plan is worth under some rules; None if it breaks one of them."""
        if self.broken & rules:
            return None
        return self.value - sum((cost for rule, cost in self.penalties if rule in rules), Fraction(0))


@dataclass(frozen=True)
class Span:
    """The best objective under some rules: at least that of the best plan known, at most the bound."""

    best: Fraction
    bound: Fraction

    @property
    def gap(self) -> Fraction:
        """Relative gap, as that of plans."""
        return (self.bound - self.best) / max(abs(self.best), Fraction(1, 10**9))


@dataclass(frozen=True)
class Effect:
    """What some rules cost, in objective units.

    Attributes
    ----------
    change
        Best plan known without them less the best known with them.
    low, high
        What the true difference is at least and at most, whatever the gaps hide; zero or more, as fewer rules
        cannot hurt.
    """

    change: Fraction
    low: Fraction
    high: Fraction

    @classmethod
    def between(cls, without: Span, with_them: Span) -> Effect:
        """Return what the rules cost that `with_them` has and `without` has not."""
        low, high = without.best - with_them.bound, without.bound - with_them.best
        return cls(without.best - with_them.best, max(low, Fraction(0)), high)

    @property
    def is_about_zero(self) -> bool:
        """Whether the gaps leave it open that the rules cost nothing at all."""
        return self.low == 0 < self.high


NOTHING = Effect(Fraction(0), Fraction(0), Fraction(0))


class Known:
    """Plans and bounds of one problem under any of its rules.

    Parameters
    ----------
    plan
        A plan that breaks no hard rule: the one in hand.
    bound
        What no plan exceeds that keeps to pools and pins, whatever else it breaks.
    """

    def __init__(self, plan: Shown, bound: Fraction) -> None:
        self._plans = [plan]
        self._bounds: list[tuple[Rules, Fraction]] = [(frozenset(), bound)]

    def add_plan(self, plan: Shown) -> None:
        """Add a plan that keeps to pools and pins."""
        self._plans.append(plan)

    def add_bound(self, rules: Rules, bound: Fraction) -> None:
        """Add what no plan exceeds that keeps to some rules."""
        self._bounds.append((rules, bound))

    def span(self, rules: Rules) -> Span:
        """Return what is known of the best objective under some rules.

        Mixes are rounded as they are written, and may pass a bound by a hair: the bound is then the plan's.
        """
        worth = (plan.under(rules) for plan in self._plans)
        best = max(value for value in worth if value is not None)
        return Span(best, max(best, min(bound for own, bound in self._bounds if own <= rules)))

    def effect(self, rules: Rules, dropped: Iterable[str]) -> Effect:
        """Return what some of `rules` cost, the others being in force."""
        return Effect.between(self.span(rules - frozenset(dropped)), self.span(rules))
