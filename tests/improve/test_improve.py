"""Improvement and repair: rows hold, nothing gets worse, and small problems reach their optimum."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from random import Random

import numpy as np
import pytest

from models.linear import Linear, linear
from optimizer import pipeline
from optimizer.improve import improve, repair
from tests.search.making import write

EFFORT = 300_000


def _problem(folder: Path, rng: Random, value: int) -> Linear:
    """Draw a small problem: two pools, caps of merchants, a floor, sometimes a soft cap or a share."""
    rows = ["merchant,category,slot,option,cash,traffic,conversions"]
    for cell in range(6):
        for name in "AB"[: rng.randint(1, 2)]:
            rows.append(
                f"M{cell // 2},tea,S{cell % 2},{name},{rng.randint(1, 90)},"
                f"{rng.randint(0, 9)},{rng.randint(1, 80)}"
            )
    soft = f"soft,cash,,slot,at_most,{rng.randint(20, 99)},absolute,soft,0.3\n" if rng.random() < 0.5 else ""
    share = "share,cash,slot=S0,,at_most,60%,total,hard,\n" if rng.random() < 0.5 else ""
    rules = (
        "rule,measure,where,by,sense,value,basis,enforcement,penalty\n"
        f"cap,cash,,merchant,at_most,{value},absolute,hard,\n"
        f"cell,traffic,,cell,at_most,{rng.randint(4, 8)},absolute,hard,\n"
        f"floor,cells,slot=S1,,at_least,1,absolute,hard,\n{soft}{share}"
    )
    written = write(
        folder,
        pools=f"pool,amount / cash,{rng.randint(60, 200)} / traffic,{rng.randint(8, 30)}",
        options="\n".join(rows),
        rules=rules,
    )
    problem = pipeline.check(written).problem
    assert problem is not None
    return linear(problem)


def _left(problem: Linear, taken: np.ndarray) -> np.ndarray:
    """Return what a choice leaves of every row, by the definition of `Linear` and nothing else."""
    use = np.zeros(problem.num_sets)
    for cell, option in enumerate(taken):
        own = problem.entry_set[problem.entry_start[cell] : problem.entry_start[cell + 1]]
        for one in [*own, *problem.everywhere]:
            use[one] += problem.amounts[problem.set_measure[one], option] if option >= 0 else 0
    left = problem.right.copy()
    for one in range(problem.num_sets):
        for k in range(problem.set_start[one], problem.set_start[one + 1]):
            left[problem.set_row[k]] -= problem.set_factor[k] * use[one]
    return left


def _worth(problem: Linear, taken: np.ndarray) -> float:
    """Return value less penalties, minus infinity where a hard row, a pin or an option forbids the choice."""
    left = _left(problem, taken)
    options = taken[taken >= 0]
    if (left < 0)[np.isinf(problem.penalty)].any() or not problem.is_allowed[options].all():
        return -np.inf
    if (problem.must_fund & (taken < 0)).any():
        return -np.inf
    soft = ~np.isinf(problem.penalty)
    return float(problem.values[options].sum() + problem.penalty[soft] @ np.minimum(left, 0)[soft])


def _choices(problem: Linear):
    starts = problem.option_start.tolist()
    for chosen in product(*([-1, *range(a, b)] for a, b in pairwise(starts))):
        yield np.array(chosen, np.int64)


@pytest.mark.parametrize("number", range(12))
def test_against_brute_force(number, tmp_path):
    """From any feasible choice improvement never breaks a row or loses, and one of four ends best."""
    rng = Random(f"improve {number}")
    problem = _problem(tmp_path / "i", rng, rng.randint(40, 120))
    plans = [(_worth(problem, taken), taken) for taken in _choices(problem)]
    feasible = [(worth, taken) for worth, taken in plans if worth > -np.inf]
    best = max((worth for worth, _ in feasible), default=-np.inf)
    prices = np.array([rng.choice([0.0, 1e3, 1e4]) for _ in range(problem.num_rows)])
    reached = []
    for worth, start in rng.sample(feasible, min(4, len(feasible))):
        taken = improve(problem, start, prices, EFFORT)
        reached.append(_worth(problem, taken))
        assert worth <= reached[-1] <= best
    if feasible:
        assert max(reached) == best


@pytest.mark.parametrize("number", range(12))
def test_repair_against_brute_force(number, tmp_path):
    """What repair returns is feasible, and where the choice is feasible already it is that choice."""
    rng = Random(f"repair {number}")
    problem = _problem(tmp_path / "i", rng, rng.randint(40, 120))
    choices = list(_choices(problem))
    is_possible = any(_worth(problem, taken) > -np.inf for taken in choices)
    num_mended = 0
    for start in rng.sample(choices, 12):
        mended = repair(problem, start, np.zeros(problem.num_rows))
        if _worth(problem, start) > -np.inf:
            assert np.array_equal(mended, start)
        if mended is not None:
            num_mended += 1
            assert _worth(problem, mended) > -np.inf
    assert num_mended >= (9 if is_possible else 0)


def test_broken_choice_is_left_alone(tmp_path):
    """Improvement returns a choice that breaks a row as it is: mending is repair's task."""
    problem = _problem(tmp_path / "i", Random(3), 50)
    most = problem.option_start[1:] - 1
    assert _worth(problem, most) == -np.inf
    assert np.array_equal(improve(problem, most, np.zeros(problem.num_rows), EFFORT), most)


def test_pins_are_kept(tmp_path):
    """A cell whose option is forced takes that one, and a forbidden one nothing, after repair and after."""
    drawn = _problem(tmp_path / "i", Random(5), 200)
    plan = max(_choices(drawn), key=lambda taken: _worth(drawn, taken))
    forced = int(np.flatnonzero(plan >= 0)[0])
    is_allowed, must_fund = drawn.is_allowed.copy(), drawn.must_fund.copy()
    is_allowed[drawn.option_start[forced] : drawn.option_start[forced + 1]] = False
    is_allowed[plan[forced]] = True
    must_fund[forced] = True
    problem = replace(drawn, is_allowed=is_allowed, must_fund=must_fund)
    start = repair(problem, np.full(6, -1, np.int64), np.zeros(problem.num_rows))
    assert start is not None
    for taken in (start, improve(problem, start, np.zeros(problem.num_rows), EFFORT)):
        assert taken[forced] == plan[forced]
        assert _worth(problem, taken) > -np.inf


def test_same_again(tmp_path):
    """The same input gives the same choice, and a caller that stops gets a feasible one."""
    problem = _problem(tmp_path / "i", Random(8), 90)
    prices = np.full(problem.num_rows, 1e3)
    start = repair(problem, np.full(6, -1, np.int64), prices)
    assert start is not None
    first, second = (improve(problem, start, prices, EFFORT) for _ in range(2))
    assert np.array_equal(first, second)
    stopped = improve(problem, start, prices, EFFORT, lambda: False)
    assert _worth(problem, start) <= _worth(problem, stopped) <= _worth(problem, first)
