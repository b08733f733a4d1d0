"""Moving a rule: a looser one never hurts, a tighter one never helps, whatever a short search finds."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from models.certificate import Certificate
from models.instance import Instance
from models.plan import Plan
from models.solution import Solution
from optimizer.compile import compile_problem
from optimizer.explain.changed import moved_by, value_of, with_rule
from optimizer.explain.moving import move_rule
from tests.explain.enumerating import best, every_plan, market_files
from tests.read.reading import read

TENTH = Fraction(1, 10)


def poorly(instance: Instance, _plan: Plan | None) -> Solution:
    """Find any plan, and a bound that is three too high."""
    problem = compile_problem(instance)
    found, most = next(every_plan(problem), None), best(problem)
    if found is None or most is None:
        return Solution(None, Certificate("bound", Fraction(0), ()), is_proven_impossible=True)
    return Solution(found, Certificate("bound", most.objective + 3, ()))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [TENTH, Fraction(1, 2)])
def test_intervals_hold(tmp_path: Path, seed: int, share: Fraction) -> None:
    """The interval of each move holds the true change, and does not cross 0; no worse plan is told of."""
    problem = compile_problem(read(tmp_path, market_files(seed)))
    plan = best(problem)
    if plan is None:
        return
    for rule in ("slot", "own", "pool:cash", *(["mid"] if len(problem.limits) > 2 else [])):
        answer = move_rule(plan, rule, share, poorly)
        assert answer is not None
        for shift in answer.shifts:
            truth = best(compile_problem(with_rule(problem.instance, rule, shift.value)))
            if truth is None:
                assert shift.side.is_impossible
                continue
            assert shift.total is not None
            low, high = shift.total
            assert low <= truth.objective - plan.objective <= high
            is_looser = (shift.value > answer.value) == (rule != "mid")
            assert (low >= 0) if is_looser else (high <= 0)
            if is_looser:
                assert shift.side.plan is not None
                assert shift.side.plan.objective >= plan.objective


def test_values_that_can_be(tmp_path: Path) -> None:
    """A pool keeps whole units, a ratio stays at 1 or more, and zero has no other value."""
    files = market_files(0)
    files["rules.csv"] = (
        "rule,kind,measure,by,sense,value\neven,ratio,cash,tier,at_most,1.05\nnone,limit,cash,slot,at_most,0\n"
    )
    instance = read(tmp_path, files)
    amount = instance.pools[0].amount
    assert moved_by(instance, "pool:cash", Fraction(amount), -TENTH) == Fraction(amount * 9 // 10)
    assert moved_by(instance, "even", Fraction(21, 20), -TENTH) is None
    assert moved_by(instance, "even", Fraction(21, 20), TENTH) == Fraction(231, 200)
    assert moved_by(instance, "none", Fraction(0), TENTH) is None
    assert value_of(instance, "cash") is None
    assert value_of(instance, "pool:gold") is None
