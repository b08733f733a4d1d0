"""Edits of the ladder: twenty, all different, each one valid and possible."""

from fractions import Fraction

import numpy as np

from benchmarks.ladder_market import LadderMarket, write_market
from benchmarks.rung import edits
from models.amount import FRACTION_UNIT
from models.plan import Choice
from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.decode import evaluate
from optimizer.search import search


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


def test_every_edit_begins_from_the_plan_before(monkeypatch, tmp_path):
    """The first search begins with nothing, the twenty others with the first one's plan and prices."""
    write_market(tmp_path / "market", LadderMarket(500))
    problem = pipeline.check(tmp_path / "market").problem
    begun = []

    def searched(problem, options, watch):
        begun.append(options.warm)
        return search(problem, options, watch)

    monkeypatch.setattr(edits, "search", searched)
    asked = SearchOptions(gap=Fraction(1, 20), time_limit=20.0, is_certified=True)
    runs = edits.edits(tmp_path / "market", problem, asked)
    assert begun[0] is None
    assert len(runs) == len(begun) - 1 == 20
    assert all(len(warm.options) and warm.prices for warm in begun[1:])
