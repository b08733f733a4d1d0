"""At whole options the formulation and the exact evaluation of a plan say the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from models.amount import FRACTION_UNIT
from models.plan import Choice, Plan
from models.problem import FORBIDDEN, FREE, Problem
from optimizer.decode import evaluate
from tests.agreement import recorded
from tests.formulation.compiled import compiled, lp_text
from tests.formulation.drawing import drawings, drawn_of
from tests.formulation.families import FAMILIES
from tests.formulation.glpk import Program
from tests.product import product_solve
from tests.strategies import Drawn
from tests.zoo import ZOO, ZooProblem
from tests.zoo.problem import problem

_OPTIONS = "merchant,category,slot,option,cash,conversions / "
_AMPLE = "pool,amount / cash,100"
_TOLERANCE = 1e-5
"""Limits that are broken by less than this are left to exact arithmetic: GLPK works in floats."""

ODD = (
    problem(
        "residue",
        "0.30 is 10 % of 3, though not in floats; the only option that there is may be taken",
        "3",
        pools=_AMPLE,
        options=_OPTIONS + "M1,tea,S1,A,0.30,3",
        rules="rule,measure,by,sense,value,basis / r,cash,merchant,at_least,10%,conversions",
    ),
    problem(
        "nothing-reaches-zero",
        "every merchant reaches 0, so two count in S1; that is one too many only if one of them is funded",
        "3",
        pools=_AMPLE,
        options=_OPTIONS + "M1,tea,S1,A,1,1 / M2,tea,S1,A,1,1 / M1,tea,S2,A,2,3",
        rules="rule,measure,by,sense,value,applies / r,merchants(cash>=0),slot,at_most,1,if_funded",
    ),
    problem(
        "nothing-reaches-zero-as-basis",
        "one yuan for every merchant of the slot that reaches 0, two yuan in S1, only where any is funded",
        "3",
        pools=_AMPLE,
        options=_OPTIONS + "M1,tea,S1,A,1,1 / M2,tea,S1,B,0.9,1 / M1,tea,S2,A,2,3",
        rules="""rule,measure,by,sense,value,basis,applies
        r,cash,slot,at_least,1,merchants(cash>=0),if_funded""",
    ),
    problem(
        "alone-below-zero",
        "a group alone is compared with nothing, even where its amount is below zero",
        "5",
        pools=_AMPLE,
        options="""merchant,category,slot,option,cash,conversions,gain
        M1,tea,S1,A,2,5,-2
        M2,tea,S1,A,3,1,4""",
        rules="rule,kind,measure,by,sense,value,applies / even,ratio,gain,merchant,at_most,2,if_funded",
    ),
    problem(
        "whole-just-reaches",
        "M1's A is 4, no more, and 5 for reaching 4; the last fen buys that or M2's 6, but no mix of M1's B",
        "9",
        pools="pool,amount / cash,10000.37",
        options="""merchant,category,slot,option,cash,conversions
        M1,tea,S1,A,10000.37,4
        M1,tea,S2,B,20111.21,8
        M2,tea,S1,A,10000.37,6""",
        merchants="merchant,least / M1,4 / M2,100",
        settings="""divisible = true
[objective]
maximise = {conversions = 1, "merchants(conversions>=least)" = 5}
""",
    ),
)
NAMED = {each.name: each for each in (*ODD, *FAMILIES.values(), *ZOO.values())}
NUM_PARTS = 4
"""Parts of the recorded seeds; one of them is for the quick run."""
JUST_REACHED = (10264400, (738, 738))
"""Divisible, and a whole option is exactly what the objective pays for: once that took a hair more."""
HUGE = {"knife-edge-exact", "knife-edge-one-below", "knife-edge-one-above"}
"""Problems of 1e12 units, which no float can judge; the product's tests see to them."""


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
def test_odd_optimum(odd: ZooProblem, tmp_path: Path) -> None:
    """What once was stated wrongly has the optimum that was reckoned by hand, by GLPK and by the product."""
    assert odd.objective is not None
    assert Program(lp_text(compiled(odd.files))).best() == pytest.approx(float(odd.objective), abs=1e-9)
    assert product_solve(odd.write(tmp_path / "instance")).objective == odd.objective


@pytest.mark.parametrize("name", sorted(NAMED.keys() - HUGE))
def test_named_choices(name: str) -> None:
    """Every choice of every small named problem is as feasible, and worth as much, in both."""
    _check_every_choice(compiled(NAMED[name].files))


def test_recorded_choices() -> None:
    """Every choice of problems with every form of rule is as feasible, and worth as much, in both."""
    for seed in (JUST_REACHED, *recorded()[::NUM_PARTS]):
        _check_every_choice(compiled(drawn_of(seed).files))


@pytest.mark.full
@pytest.mark.parametrize("part", range(1, NUM_PARTS))
def test_recorded_choices_at_full_volume(part: int) -> None:
    """Every choice of problems with every legal combination is as feasible, and worth as much, in both."""
    for seed in recorded()[part::NUM_PARTS]:
        _check_every_choice(compiled(drawn_of(seed).files))


@pytest.mark.full
@given(drawings())
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_choices(drawn: Drawn) -> None:
    """Every choice of random problems is as feasible, and worth as much, in both."""
    _check_every_choice(compiled(drawn.files))


def _check_every_choice(stated: Problem) -> None:
    program = Program(lp_text(stated))
    for options in _choices(stated):
        taken = np.array(options, np.int64)
        plan = evaluate(stated, Choice(taken, np.full(len(taken), FRACTION_UNIT, np.int64)))
        program.fix(options, stated.num_options)
        found = program.best()
        if plan.is_feasible:
            assert found is not None, f"{options}: feasible, but not in the formulation"
            assert found == pytest.approx(float(plan.objective), rel=1e-7, abs=1e-6), options
        elif _is_clearly_broken(plan):
            assert found is None, f"{options}: feasible only in the formulation"


def _choices(stated: Problem) -> Iterator[tuple[int, ...]]:
    """Return every choice of whole options that the pins allow."""
    ways: list[list[int | None]] = []
    for cell, pin in enumerate(stated.pinned.tolist()):
        options = range(*stated.option_start[cell : cell + 2].tolist())
        ways.append([None, *options] if pin == FREE else [None] if pin == FORBIDDEN else [pin])
    for choice in product(*ways):
        yield tuple(option for option in choice if option is not None)


def _is_clearly_broken(plan: Plan) -> bool:
    """Whether a pool or a hard limit is broken by more than a float can miss."""
    drawn = zip(plan.overspent, plan.problem.instance.pools, strict=True)
    if any(
        over / 10**pool.decimals > _TOLERANCE * max(1, pool.amount / 10**pool.decimals)
        for over, pool in drawn
    ):
        return True
    return any(
        use.excess(limit) > _TOLERANCE * max(1, use.used[limit])
        for use in plan.uses
        if use.limits.rule.enforcement == "hard"
        for limit in range(use.limits.count)
    )
