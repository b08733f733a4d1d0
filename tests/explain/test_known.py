"""What is known of one set of rules says what it can of the others, and never more."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, permutations
from random import Random

import pytest

from optimizer.explain.known import Effect, Known, Shown, Span
from optimizer.explain.shapley import shapley, subsets
from optimizer.explain.waterfall import waterfall

NAMES = ("a", "b", "c", "d")
EVERYTHING = frozenset(NAMES)


def shown(value: int, broken: str = "", **penalties: int) -> Shown:
    """Return a plan; `broken` lists rules of one letter."""
    return Shown(
        Fraction(value), frozenset(broken), tuple((rule, Fraction(cost)) for rule, cost in penalties.items())
    )


def random_known(rng: Random) -> Known:
    """Return random plans, and random bounds above all of them."""
    known = Known(shown(rng.randint(0, 9), d=2), Fraction(100))
    for _ in range(rng.randint(0, 12)):
        broken = "".join(rng.sample("abc", rng.randint(0, 3)))
        known.add_plan(shown(rng.randint(0, 40), broken, d=rng.randint(0, 5)))
    for _ in range(rng.randint(0, 8)):
        rules = frozenset(rng.sample(NAMES, rng.randint(0, 4)))
        known.add_bound(rules, Fraction(rng.randint(40, 60)))
    return known


def test_a_plan_counts_where_it_breaks_nothing() -> None:
    """A plan is worth nothing under a hard rule that it breaks, and its penalties where they hold."""
    plan = shown(10, "a", b=3, c=1)
    assert plan.under(frozenset("a")) is None
    assert plan.under(frozenset("d")) == 10
    assert plan.under(frozenset("bc")) == 6


def test_a_bound_bounds_every_stricter_set() -> None:
    """What bounds some rules bounds them with more; fewer rules it does not bound."""
    known = Known(shown(5), Fraction(100))
    known.add_bound(frozenset("ab"), Fraction(7))
    assert known.span(EVERYTHING) == Span(Fraction(5), Fraction(7))
    assert known.span(frozenset("a")) == Span(Fraction(5), Fraction(100))


def test_a_bound_is_never_below_a_plan() -> None:
    """A mix whose rounding passes the bound by a hair is the bound."""
    known = Known(shown(5), Fraction(100))
    known.add_bound(frozenset(), Fraction(49, 10))
    assert known.span(frozenset()) == Span(Fraction(5), Fraction(5))


@pytest.mark.parametrize("seed", range(20))
def test_fewer_rules_never_hurt(seed: int) -> None:
    """Whatever is known, fewer rules have no worse plan and no lower bound, and no effect is below zero."""
    known = random_known(Random(seed))
    for some in subsets(NAMES):
        for rule in EVERYTHING - some:
            free, bound = known.span(some), known.span(some | {rule})
            assert free.best >= bound.best
            assert free.bound >= bound.bound
            effect = Effect.between(free, bound)
            assert 0 <= effect.low <= effect.change <= effect.high


@pytest.mark.parametrize("seed", range(10))
def test_steps_add_up_exactly(seed: int) -> None:
    """In every order the steps sum to the cost of all rules, each beginning where the last has ended."""
    known = random_known(Random(seed))
    total = known.effect(EVERYTHING, NAMES)
    for order in permutations(NAMES):
        steps = waterfall(known, order)
        assert [step.rule for step in steps] == list(order)
        assert sum(step.effect.change for step in steps) == total.change
        assert steps[0].before == known.span(frozenset()).best
        assert steps[-1].after == known.span(EVERYTHING).best
        assert all(one.after == two.before for one, two in pairwise(steps))


@pytest.mark.parametrize("seed", range(10))
def test_shapley_is_the_average_over_all_orders(seed: int) -> None:
    """The averages are those of every order's steps, bars included, and sum to the cost of all rules."""
    known = random_known(Random(seed))
    averages = shapley(known, NAMES)
    walks = [{step.rule: step.effect for step in waterfall(known, order)} for order in permutations(NAMES)]
    for rule in NAMES:
        for part in ("change", "low", "high"):
            mean = sum(getattr(walk[rule], part) for walk in walks) / len(walks)
            assert getattr(averages[rule], part) == mean
    total = known.effect(EVERYTHING, NAMES).change
    assert sum(effect.change for effect in averages.values()) == total


def test_shapley_is_symmetric() -> None:
    """Rules that cost the same beside any others get the same."""
    known = Known(shown(5), Fraction(12))
    known.add_plan(shown(12, "ab"))
    averages = shapley(known, ("a", "b", "c"))
    assert averages["a"].change == averages["b"].change == Fraction(7, 2)
    assert averages["c"].change == 0


def test_about_zero() -> None:
    """An effect that the gaps may explain is about zero; one of no gap at all is exactly what it is."""
    assert Effect.between(Span(Fraction(10), Fraction(12)), Span(Fraction(9), Fraction(10))).is_about_zero
    assert not Effect.between(Span(Fraction(10), Fraction(12)), Span(Fraction(9), Fraction(9))).is_about_zero
    assert not Effect.between(Span(Fraction(9), Fraction(9)), Span(Fraction(9), Fraction(9))).is_about_zero
