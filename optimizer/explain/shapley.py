"""What each rule costs, averaged over all orders in which rules may be put in force (Shapley 1953)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial

from optimizer.explain.known import Effect, Known, Rules

MOST_RULES = 8
"""More rules have more than 256 subsets, each of which would have to be solved."""


def subsets(rules: Sequence[str]) -> list[Rules]:
    """Return every set of some of the rules, the smaller first."""
    return [frozenset(some) for count in range(len(rules) + 1) for some in combinations(rules, count)]


def shapley(known: Known, rules: Sequence[str]) -> dict[str, Effect]:
    """Return every rule's step, averaged over all orders.

    The changes sum to the cost of all rules together, and rules that cost the same beside any others get the
    same. The error bar is the same average of the steps' bars, so it holds for the true average.
    """
    spans = {some: known.span(some) for some in subsets(rules)}
    count = len(rules)
    averages = {}
    for rule in rules:
        parts = []
        for some, span in spans.items():
            if rule not in some:
                orders = factorial(len(some)) * factorial(count - len(some) - 1)
                parts.append((Fraction(orders, factorial(count)), Effect.between(span, spans[some | {rule}])))
        averages[rule] = Effect(
            sum((share * step.change for share, step in parts), Fraction(0)),
            sum((share * step.low for share, step in parts), Fraction(0)),
            sum((share * step.high for share, step in parts), Fraction(0)),
        )
    return averages
