"""Edits of the ladder: twenty, all different, each one valid and possible."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.ladder_market import LadderMarket, write_market
from benchmarks.rung import edits
from models.amount import FRACTION_UNIT
from models.plan import Choice
from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.decode import evaluate


def test_edits_are_twenty_valid_changes(tmp_path):
    """Every edit is read without a finding, changes what it names, and differs from the others."""
    write_market(tmp_path / "market", LadderMarket(500))
    problem = pipeline.check(tmp_path / "market").problem
    found = edits.edits_of(problem)
    assert len(set(found)) == len(found) == 20
    assert {key.partition(".")[0] for key, _ in found} == {"pools", "rules"}
    for key, value in found:
        changed = pipeline.check(tmp_path / "market", [(key, value)])
        assert changed.findings == ()
        before, after = (
            (p.instance.pools, [limits.rule for limits in p.limits]) for p in (problem, changed.problem)
        )
        assert before != after


def test_floors_are_only_lowered_and_the_witness_survives_larger_pools(tmp_path):
    """The plan known beforehand still meets the market where its pool or a cap grows or a floor shrinks."""
    options = write_market(tmp_path / "market", LadderMarket(500))
    choice = Choice(options, np.full(len(options), FRACTION_UNIT, np.int64))
    problem = pipeline.check(tmp_path / "market").problem
    rules = {limits.rule.rule: limits.rule for limits in problem.limits}
    num_checked = 0
    for key, value in edits.edits_of(problem):
        changed = pipeline.check(tmp_path / "market", [(key, value)]).problem
        rule = rules.get(key.split('"')[1]) if '"' in key else None
        new = {limits.rule.rule: limits.rule for limits in changed.limits}
        if rule is not None and rule.sense == "at_least":
            assert new[rule.rule].value < rule.value
        grows = (
            changed.instance.pools[0].amount >= problem.instance.pools[0].amount
            if rule is None
            else (rule.sense == "at_least" or new[rule.rule].value >= rule.value)
        )
        if grows:
            assert evaluate(changed, choice).is_feasible
            num_checked += 1
    assert num_checked >= 10


def test_a_warm_start_is_used_once_there_is_one(monkeypatch):
    """Options without a field for it stay the very same; with one they carry the plan's choice."""

    @dataclass(frozen=True)
    class Warm(SearchOptions):
        warm_start: Any = None

    @dataclass
    class Found:
        plan: Any

    plan = Found(None)
    plan.choice = "the choice"
    asked = SearchOptions()
    if not hasattr(asked, "warm_start"):
        assert edits.warm_options(asked, Found(plan)) is asked
    monkeypatch.setattr(edits, "SearchOptions", Warm)
    warm = Warm(**vars(asked)) if not hasattr(asked, "warm_start") else replace(asked)
    assert edits.warm_options(warm, Found(plan)).warm_start == "the choice"
