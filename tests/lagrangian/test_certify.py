"""Whatever the prices, no plan exceeds a certificate's bound; and bad prices are never believed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from random import Random

import pytest

from optimizer import pipeline
from optimizer.lagrangian.certify import certify
from tests import oracle
from tests.search.making import write

OPTIONS = """merchant,category,slot,option,cash,conversions
M0,tea,S1,A,30,3
M0,tea,S1,B,60,5
M0,tea,S2,A,20,2.5
M1,tea,S1,A,40,4
M1,tea,S2,A,10,0.5
M2,tea,S1,A,35,-1"""
RULES = """rule,kind,measure,where,by,sense,value,basis,k,enforcement,penalty
cap,limit,cash,,merchant,at_most,60,,,,
floor,limit,cash,merchant=M2,,at_least,35,,,,
share,limit,cash,slot=S1,,at_most,80%,total,,,
some,limit,cells,,slot,at_least,1,,,,
most,top,cash,,merchant,at_most,70,,1,,
kind,limit,cash,,slot,at_most,50,,,soft,0.01
told,limit,cash,,,at_most,1,,,report,"""


@dataclass(frozen=True)
class Given:
    """A price as a solver might give it."""

    limits: int
    limit: int
    price: float
    weights: tuple[tuple[int, float], ...] = ()


@pytest.fixture(scope="module")
def stated(tmp_path_factory):
    """A small problem with every kind of row, and its best objective by enumeration."""
    folder = write(
        tmp_path_factory.mktemp("certify") / "i", pools="pool,amount / cash,100", options=OPTIONS, rules=RULES
    )
    problem = pipeline.check(folder).problem
    assert problem is not None
    best = oracle.brute_force(folder).objective
    assert best is not None
    return problem, best


def _limits(problem) -> list[tuple[int, int]]:
    rules = [(i, j) for i, limits in enumerate(problem.limits) for j in range(limits.count)]
    return [(-1, pool) for pool in range(len(problem.pools))] + rules


@pytest.mark.parametrize("number", range(30))
def test_no_plan_exceeds_it(number, stated):
    """For random prices, however foolish, the bound is at least the best objective."""
    problem, best = stated
    rng = Random(number)
    prices = []
    for limits, limit in _limits(problem):
        if rng.random() < 0.6:
            weights = ()
            if limits >= 0 and problem.limits[limits].rule.kind == "top":
                weights = ((rng.randrange(3), rng.choice([1.0, 0.3, 2.0])),)
            prices.append(
                Given(limits, limit, rng.choice([0.01, 0.1, 1 / 3, 2.0, 1e-9]) * rng.random(), weights)
            )
    certificate = certify(problem, prices)
    assert certificate.bound >= best
    assert certificate.leaves[0].bound >= best


@pytest.mark.parametrize("price", [float("nan"), float("inf"), -float("inf"), -1.0, 0.0, -0.0])
def test_prices_that_are_none(price, stated):
    """A price that is not a positive number is left out: the bound is the one without it."""
    problem, _ = stated
    certificate = certify(problem, [Given(limits, limit, price) for limits, limit in _limits(problem)])
    assert certificate.leaves[0].prices == ()
    assert certificate == certify(problem, [])


def test_what_cannot_be_priced_is_left_out(stated):
    """Reports are never priced, and soft limits up to their penalty."""
    problem, _ = stated
    names = [limits.rule.rule for limits in problem.limits]
    told, kind = names.index("told"), names.index("kind")
    (leaf,) = certify(problem, [Given(told, 0, 1.0), Given(kind, 0, 1.0)]).leaves
    assert [(price.limits, price.price) for price in leaf.prices] == [(kind, Fraction(1, 100))]


def test_an_impossibility_that_is_none(stated):
    """Where plans exist, no prices prove that there are none."""
    problem, _ = stated
    for number in range(30):
        rng = Random(number)
        prices = [Given(limits, limit, rng.random()) for limits, limit in _limits(problem)]
        assert certify(problem, prices, "infeasible").bound >= 0
