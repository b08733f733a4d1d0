"""From the plan without rules to the plan under all of them, a rule a step; the steps add up exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from optimizer.explain.known import Effect, Known, Rules


@dataclass(frozen=True)
class Step:
    """One rule put in force after those of the steps before.

    Attributes
    ----------
    before, after
        Best objective known without and with it; `before - after` is the change of its effect.
    """

    rule: str
    before: Fraction
    after: Fraction
    effect: Effect


def prefixes(order: Sequence[str]) -> list[Rules]:
    """Return the sets of rules between the steps, from none of them to all."""
    return [frozenset(order[:count]) for count in range(len(order) + 1)]


def waterfall(known: Known, order: Sequence[str]) -> tuple[Step, ...]:
    """Return the steps in an order of rules; each begins where the one before has ended."""
    spans = [known.span(rules) for rules in prefixes(order)]
    return tuple(
        Step(rule, before.best, after.best, Effect.between(before, after))
        for rule, (before, after) in zip(order, pairwise(spans), strict=True)
    )
