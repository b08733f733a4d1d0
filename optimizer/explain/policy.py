"""The price list of policy: what the best plan would reach without each rule, and without any."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.rule import Rule
from optimizer.explain.known import NOTHING, Effect, Known, Rules, Span
from optimizer.explain.shapley import MOST_RULES, shapley, subsets
from optimizer.explain.waterfall import Step, prefixes, waterfall

_ROUNDS = 3
"""Searches that their share of the time has ended are made again with what the others have left of theirs."""


@dataclass(frozen=True)
class Means:
    """What questions are answered with.

    Attributes
    ----------
    known
        What is known so far; `solve` adds to it.
    solve
        Solves under some rules, in so many seconds at most.
    seconds_left
        What is left for all questions; zero or less: no more are asked.
    gap
        Relative gap at which an answer is good enough.
    """

    known: Known
    solve: Callable[[Rules, float], None]
    seconds_left: Callable[[], float]
    gap: Fraction

    def is_settled(self, rules: Rules) -> bool:
        """Say whether the best under some rules is known well enough."""
        return self.known.span(rules).gap <= self.gap


@dataclass(frozen=True)
class Policy:
    """What the rules cost.

    Attributes
    ----------
    with_rules, without_rules
        The best under all rules, and under none of them.
    without, effects
        Rule -> the best without it, and what it costs beside all others; hard and soft rules only.
    steps
        The waterfall.
    left
        What the plan in hand is below the best plan known under all rules.
    averages
        Rule -> its cost averaged over all orders; None: not given.
    why_no_averages
        `many` rules, or no `time`; blank where they are given.
    is_settled
        Whether the gap asked for was met by every answer.
    """

    with_rules: Span
    without_rules: Span
    without: Mapping[str, Span]
    effects: Mapping[str, Effect]
    steps: tuple[Step, ...]
    left: Fraction
    averages: Mapping[str, Effect] | None
    why_no_averages: str
    is_settled: bool


def price_policy(means: Means, rules: Sequence[Rule], in_hand: Fraction, first: Sequence[str] = ()) -> Policy:
    """Ask what the best plan would be without each rule, and on the way from no rules to all of them.

    Parameters
    ----------
    in_hand
        Objective of the plan in hand.
    first
        Rules with which the waterfall begins; the others follow, the largest single effect first.
    """
    known, names = means.known, sorted(rule.rule for rule in rules if rule.enforcement != "report")
    everything, singles = frozenset(names), {name: frozenset(names) - {name} for name in names}
    alone = [everything, frozenset(), *singles.values()]
    later, order = max(0, len(names) - 2), list[str]()
    for _round in range(_ROUNDS):
        is_settled = _settle(means, alone, later)
        order = _order(known, names, first)
        is_settled &= _settle(means, prefixes(order))
        if is_settled or means.seconds_left() <= 0:
            break
        later = 0
    averages, why = _averages(means, names)
    order = _order(known, names, first)
    is_settled = all(map(means.is_settled, [*alone, *prefixes(order)]))
    whole = known.span(everything)
    return Policy(
        with_rules=whole,
        without_rules=known.span(frozenset()),
        without={name: known.span(some) for name, some in singles.items()},
        effects={name: known.effect(everything, [name]) for name in names},
        steps=waterfall(known, order),
        left=whole.best - in_hand,
        averages=averages,
        why_no_averages=why,
        is_settled=is_settled,
    )


def _order(known: Known, names: Sequence[str], first: Sequence[str]) -> list[str]:
    """Return the rules in the order of the waterfall."""
    others, everything = [name for name in names if name not in first], frozenset(names)
    return [*first, *sorted(others, key=lambda name: -known.effect(everything, [name]).change)]


def _settle(means: Means, wanted: Sequence[Rules], num_later: int = 0) -> bool:
    """Solve what is not known well enough, each in its share of the time; say whether all of it is now."""
    for place, rules in enumerate(wanted):
        seconds = means.seconds_left()
        if seconds > 0 and not means.is_settled(rules):
            num_open = sum(not means.is_settled(some) for some in wanted[place:]) + num_later
            means.solve(rules, seconds / num_open)
    return all(means.is_settled(rules) for rules in wanted)


def _averages(means: Means, names: Sequence[str]) -> tuple[Mapping[str, Effect] | None, str]:
    """Return the averages over all orders, or why there are none."""
    if len(names) > MOST_RULES:
        return None, "many"
    if not _settle(means, subsets(names)):
        return None, "time"
    return shapley(means.known, names), ""


def price_of_fairness(policy: Policy) -> tuple[Fraction, Fraction, Fraction] | None:
    """Return which share of the best without rules they cost: as known, at least, at most.

    None where the best without rules is not above zero, so that there is nothing to have a share of
    (Bertsimas, Farias and Trichakis 2011).
    """
    ruled, free = policy.with_rules, policy.without_rules
    if free.best <= 0:
        return None
    corners = [1 - worth / best for worth in (ruled.best, ruled.bound) for best in (free.best, free.bound)]
    return 1 - ruled.best / free.best, max(min(corners), Fraction(0)), max(corners)


def effect_of(policy: Policy, rule: Rule) -> Effect:
    """Return what a rule costs; one that is only reported costs nothing by definition."""
    return policy.effects.get(rule.rule, NOTHING)
