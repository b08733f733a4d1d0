"""Priced counts of merchants: the search of single merchants is exact at any prices and pins."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product
from random import Random

import numpy as np
import pytest

from models.amount import FRACTION_UNIT
from models.plan import Choice
from optimizer import pipeline
from optimizer.decode import evaluate
from optimizer.lagrangian import counts
from optimizer.lagrangian.certify import certify
from tests.search.making import write

OPTIONS = """merchant,category,slot,option,cash,conversions
M0,tea,S1,A,30,3
M0,tea,S1,B,60,5
M0,tea,S2,A,20,2.5
M1,tea,S1,A,40,4
M1,tea,S2,A,10,0.5
M1,tea,S2,B,25,0.75
M2,tea,S1,A,35,-1"""
RULES = """rule,kind,measure,where,by,sense,value,k
reach,limit,merchants(cash>=50),,,at_least,1,
some,limit,merchants,,slot,at_least,1,
few,limit,merchants(cells>=2),,,at_most,1,
run,window,merchants,,,at_most,3,2"""


@dataclass(frozen=True)
class Given:
    """A price as a solver might give it."""

    limits: int
    limit: int
    price: float
    weights: tuple[tuple[int, float], ...] = ()


def _problem(folder, pins: str):
    tables = {"pins": pins} if pins else {}
    written = write(folder, pools="pool,amount / cash,100", options=OPTIONS, rules=RULES, **tables)
    problem = pipeline.check(written).problem
    assert problem is not None
    return problem


def _plans(problem):
    """Evaluate every choice that the pins allow."""
    starts = problem.option_start.tolist()
    for chosen in product(*([None, *range(a, b)] for a, b in pairwise(starts))):
        pins = problem.pinned.tolist()
        if all(
            pin == -1 or option == (None if pin == -2 else pin)
            for pin, option in zip(pins, chosen, strict=True)
        ):
            options = np.array([option for option in chosen if option is not None], np.int64)
            yield evaluate(problem, Choice(options, np.full(len(options), FRACTION_UNIT, np.int64)))


def _reward(plan, given: Given) -> Fraction:
    """Return price x (right-hand side less use), as a leaf adds it up."""
    price = Fraction(str(given.price))
    if given.limits < 0:
        pool = plan.problem.instance.pools[given.limit]
        return price * Fraction(pool.amount - plan.used[given.limit], 10**pool.decimals)
    return -price * plan.uses[given.limits].excess(given.limit)


@pytest.mark.parametrize(
    "pins", ["", "merchant,category,slot,option / M1,tea,S2,B", "merchant,category,slot,option / M0,*,*,none"]
)
def test_leaf_is_the_exact_best(tmp_path, pins):
    """A leaf's bound must equal the largest priced value over all choices, found by enumeration."""
    problem, random = _problem(tmp_path / "i", pins), Random(5)
    plans = list(_plans(problem))
    numbers = [(-1, 0)] + [(i, j) for i, limits in enumerate(problem.limits) for j in range(limits.count)]
    for _ in range(40):
        given = [Given(*which, random.choice([0.0, 0.05, 0.5, 2.0, 9.0])) for which in numbers]
        expected = max(
            plan.objective + sum((_reward(plan, one) for one in given), Fraction(0)) for plan in plans
        )
        assert certify(problem, given).leaves[0].bound == expected


def test_too_many_states(tmp_path, monkeypatch):
    """Where a merchant has too many states its rules must be left unpriced: a weaker bound, still valid."""
    problem = _problem(tmp_path / "i", "")
    monkeypatch.setattr(counts, "_MOST_STATES", 1)
    certificate = certify(problem, [Given(i, 0, 1.0) for i in range(len(problem.limits))])
    best = max(plan.objective for plan in _plans(problem) if plan.is_feasible)
    assert certificate.leaves[0].prices == ()
    assert certificate.bound >= best
