"""A large instance is asked about with all but a few cells held; what is found among such plans is exact."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from models.solution import SearchOptions, Watch
from optimizer import answering
from optimizer.answering import AS_SUITS, AskedAbout, about_merchant
from optimizer.compile import compile_problem
from optimizer.decode import evaluate
from optimizer.explain import near
from optimizer.explain.change import Case, both_sides
from optimizer.explain.near import can_hold, held_but_near
from tests.explain.enumerating import best, enumerated, funds, market_files, random_market
from tests.read.reading import read

OPTIONS = SearchOptions(gap=AS_SUITS, time_limit=200)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("num_open", [0, 1, 2])
def test_what_is_held(tmp_path: Path, seed: int, num_open: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All cells but the merchant's own and the nearest to a tie are pinned to what the plan has there."""
    monkeypatch.setattr(near, "NUM_OPEN", num_open)
    plan = best(compile_problem(random_market(tmp_path, seed)))
    if plan is None:
        return
    problem = plan.problem
    worths = np.linspace(-1, 1, problem.num_options)
    held = held_but_near(plan, worths, 0)
    pinned = compile_problem(held).pinned
    first, end = problem.cell_start[:2].tolist()
    assert (pinned[first:end] == -1).all()
    assert (pinned == -1).sum() == end - first + num_open
    taken = {problem.cell_of(one): one for one in plan.choice.options.tolist()}
    for cell in np.flatnonzero(pinned != -1).tolist():
        assert pinned[cell] == taken.get(cell, -2)


@pytest.mark.parametrize("seed", range(6))
def test_held_plans_cost_no_less(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forcing in costs at least as much with cells held as without, and the same with all of them open."""
    plan = best(compile_problem(random_market(tmp_path, seed)))
    if plan is None:
        return
    keys = plan.problem.instance.options.keys["merchant"].texts
    for merchant, key in enumerate(keys):
        if funds(plan, key):
            continue
        whole = both_sides(Case(plan, merchant, key, enumerated))[0].plan
        for num_open in (0, 2, 40):
            monkeypatch.setattr(near, "NUM_OPEN", num_open)
            held = held_but_near(plan, np.zeros(plan.problem.num_options), merchant)
            there = evaluate(compile_problem(held), plan.choice)
            found = both_sides(Case(there, merchant, key, enumerated))[0].plan
            if found is not None:
                assert whole is not None
                assert found.objective <= whole.objective
            if num_open == 40:
                assert (found is None) == (whole is None)
                assert found is None or whole is None or found.objective == whole.objective


def test_a_large_instance_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the size of small ones cells are held; it is said how many are open, and what all plans allow."""
    seed = next(
        seed
        for seed in range(20)
        if (plan := best(compile_problem(random_market(tmp_path / str(seed), seed)))) is not None
        and not funds(plan, "M1")
    )
    plan = best(compile_problem(read(tmp_path / "market", market_files(seed))))
    assert plan is not None
    asked = AskedAbout(plan, (), plan.objective + 2)
    whole, _findings = about_merchant(asked, "M1", OPTIONS, Watch())
    monkeypatch.setattr(answering, "SMALL", 0)
    held, _findings = about_merchant(asked, "M1", OPTIONS, Watch())
    assert whole is not None
    assert held is not None
    assert (whole.num_open, held.num_open) == (0, near.NUM_OPEN)
    assert whole.loss == held.loss  # every cell is among the nearest here
    assert held.loss is not None
    assert held.whole_loss == (Fraction(-2), held.loss[1] + 2)
    assert whole.whole_loss is None


def test_what_cannot_be_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mixes cannot be pinned, and millions of pins are too many."""
    files = market_files(0)
    problem = compile_problem(read(tmp_path / "whole", files))
    assert can_hold(problem)
    assert not can_hold(replace(problem, is_divisible=np.ones(problem.num_cells, np.bool_)))
    monkeypatch.setattr(near, "MOST_CELLS", problem.num_cells - 1)
    assert not can_hold(problem)
