"""Every merchant of the zoo is answered: losses are those of every plan, and every answer can be shown."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from math import prod
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from models.instance import Instance
from models.plan import Plan
from models.solution import SearchOptions, Solution, Watch
from optimizer import answering
from optimizer.answering import AS_SUITS, AskedAbout, about_everyone, about_merchant, about_rule
from optimizer.compile import compile_problem
from optimizer.read import read_instance
from optimizer.show.everyone import everyone_rows
from optimizer.show.merchant import show_merchant
from optimizer.show.merchant_json import merchant_json
from optimizer.show.moving import rule_json, show_rule
from optimizer.show.shareable import shareable_json, show_shareable
from tests.explain.enumerating import best, enumerated, funds
from tests.explain.test_cells import random_prices
from tests.zoo import ZOO

WHOLE = [name for name, each in ZOO.items() if each.objective is not None and not each.is_divisible]
MOST_PLANS = 400
OPTIONS = SearchOptions(gap=AS_SUITS, time_limit=300)


@pytest.fixture(autouse=True)
def by_enumeration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at every plan in place of searching."""

    def solve(_self: object, instance: Instance, _plan: Plan | None) -> Solution:
        return enumerated(instance)

    monkeypatch.setattr(answering._Solve, "__call__", solve)


def in_hand(folder: Path, name: str) -> AskedAbout | None:
    """Return the best plan of a problem with random prices; None where there are too many to look at."""
    instance, findings = read_instance(ZOO[name].write(folder))
    assert instance is not None, findings
    problem = compile_problem(instance)
    if prod((np.diff(problem.option_start) + 1).tolist()) > MOST_PLANS:
        return None
    plan = best(problem)
    assert plan is not None
    return AskedAbout(plan, random_prices(problem, Random(name)), plan.objective)


def printed(show: Any, *told: object) -> str:
    """Return what is printed."""
    stream = io.StringIO()
    show(Console(file=stream, width=120, highlight=False, markup=False, emoji=False), *told)
    assert "{" not in stream.getvalue()
    return stream.getvalue()


@pytest.mark.parametrize("name", WHOLE)
def test_every_merchant_is_answered(tmp_path: Path, name: str) -> None:
    """What forcing in (or leaving out) costs is what every plan says, and the answer can be shown."""
    asked = in_hand(tmp_path, name)
    if asked is None:
        return
    problem = asked.problem
    for key in problem.instance.options.keys["merchant"].texts:
        answer, findings = about_merchant(asked, key, OPTIONS, Watch())
        assert answer is not None, findings
        assert answer.is_funded == funds(asked.plan, key)
        with_it, without = best(problem, key), best(problem, key, is_funded=False)
        assert answer.with_it is not None
        assert answer.without is not None
        assert (answer.with_it.plan is None) == (with_it is None)
        assert (answer.without.plan is None) == (without is None)
        if with_it is None or without is None:
            assert answer.loss is None
        else:
            lost = without.objective - with_it.objective
            assert answer.loss == (lost, lost)
        assert key in printed(show_merchant, answer)
        assert json.loads(json.dumps(merchant_json(answer)))["merchant"] == key
        told = printed(show_shareable, answer) + json.dumps(shareable_json(answer))
        assert not [
            other
            for other in problem.instance.options.keys["merchant"].texts
            if other != key and other in told and len(other) > 1
        ]


@pytest.mark.parametrize("name", WHOLE)
def test_everyone_and_every_rule(tmp_path: Path, name: str) -> None:
    """Each unfunded merchant has a sentence; moving a rule changes the best by what every plan says."""
    asked = in_hand(tmp_path, name)
    if asked is None:
        return
    for is_shareable in (True, False):
        rows = everyone_rows(asked.problem, about_everyone(asked), is_shareable=is_shareable)
        for key, why in zip(rows["merchant"], rows["why"], strict=True):
            assert key in why
            assert "{" not in why
    instance = asked.problem.instance
    names = [*(rule.rule for rule in instance.rules), *(f"pool:{pool.name}" for pool in instance.pools)]
    for rule in names[:3]:
        answer, findings = about_rule(asked, rule, Fraction(1, 10), OPTIONS, Watch())
        assert answer is not None, findings
        assert answer.plan.objective == asked.plan.objective == answer.bound
        for shift in answer.shifts:
            if shift.side.plan is not None:
                change = shift.side.plan.objective - asked.plan.objective
                assert shift.total == (change, change)
        printed(show_rule, answer, "tier")
        json.dumps(rule_json(answer, "tier"))
