"""Re-solving changed instances: warm or cold, the answer is the same within the gaps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from models.instance import Instance
from models.solution import SearchOptions, Watch
from models.warm import Warm
from optimizer.compile import compile_problem
from optimizer.read import read_instance
from optimizer.search import search
from optimizer.whatif import Basis, WhatIf

TINY = Path(__file__).resolve().parent.parent / "instances" / "tiny"
EXACT = SearchOptions(gap=Fraction(0), time_limit=60)


@pytest.fixture
def instance() -> Instance:
    """Read tiny."""
    read, _findings = read_instance(TINY)
    assert read is not None
    return read


def test_without_each_rule(instance: Instance) -> None:
    """Without a rule the best is no lower than with it, and a warm search agrees with a cold one."""
    ask = WhatIf(EXACT, Watch())
    base = ask(instance)
    assert base.plan is not None
    for rule in instance.rules:
        changed = replace(instance, rules=tuple(one for one in instance.rules if one is not rule))
        warm, cold = ask(changed), search(compile_problem(changed), EXACT, Watch())
        assert warm.plan is not None
        assert cold.plan is not None
        assert warm.plan.objective == cold.plan.objective == warm.bound
        assert warm.plan.objective >= base.plan.objective
    assert ask.num_solved == 1 + len(instance.rules)


def test_impossible(instance: Instance) -> None:
    """What arithmetic proves impossible is said to be so, and no search is spent on it."""
    ask = WhatIf(EXACT, Watch())
    floor = next(rule for rule in instance.rules if rule.sense == "at_least")
    raised = floor.model_copy(update={"value": floor.value * 1000})
    rules = tuple(raised if rule is floor else rule for rule in instance.rules)
    answer = ask(replace(instance, rules=rules))
    assert answer.plan is None
    assert answer.is_proven_impossible
    assert ask.num_solved == 0


def test_prices_move_with_their_rules(instance: Instance) -> None:
    """A price stays with its rule where others are dropped."""
    problem = compile_problem(instance)
    solution = search(problem, EXACT, Watch())
    assert solution.plan is not None
    basis = Basis(problem, Warm.of(solution.plan, solution.certificate))
    before = {
        (problem.limits[one.limits].rule.rule, one.limit): one.price
        for one in basis.warm.prices
        if one.limits >= 0
    }
    assert before
    dropped = instance.rules[0]
    fewer = compile_problem(replace(instance, rules=instance.rules[1:]))
    moved = basis.warm_for(fewer)
    assert moved is not None
    after = {
        (fewer.limits[one.limits].rule.rule, one.limit): one.price for one in moved.prices if one.limits >= 0
    }
    assert after == {key: price for key, price in before.items() if key[0] != dropped.rule}


def test_begun_with_a_plan_never_worse(instance: Instance) -> None:
    """However coarse the gap, a search by prices that begins with a plan ends with one as good."""
    problem = compile_problem(instance)
    best = search(problem, EXACT, Watch())
    assert best.plan is not None
    warm = Warm.of(best.plan, best.certificate)
    asked = replace(EXACT, gap=Fraction(10), method="lagrangian", warm=warm)
    again = search(problem, asked, Watch())
    assert again.plan is not None
    assert again.plan.objective == best.plan.objective
    nothing = search(problem, replace(asked, warm=Warm((), warm.options)), Watch())
    assert nothing.plan is not None
    assert nothing.plan.objective == best.plan.objective
