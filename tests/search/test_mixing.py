"""Mixes by the solver: the program says what its columns say, and its best is the best there is."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from models.solution import SearchOptions, Watch
from optimizer.lagrangian.collecting import Wanted, gather, use
from optimizer.lagrangian.columns import mixable
from optimizer.search.clock import Clock
from optimizer.search.mixing import _Program, mixed_by_solver
from tests.lagrangian.capped import capped, priced_at

SEEDS = range(3)


def _open(folder, seed, choices):
    problem, dual, priced = priced_at(capped(folder, seed), 0.6)
    rows, taken = dual.market.rows, priced.passed.outcome.taken.copy()
    near = gather(dual, priced, np.full(problem.num_cells, -1, np.int64), Wanted(choices, 64))
    prices = np.where(rows.row_merchant < 0, 0.6, 0.0)
    return rows, mixable(rows, rows.row_merchant >= 0, near, taken), prices


def _value(rows, taken):
    return float(rows.values[taken[taken >= 0]].sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_program_says_what_its_columns_say(tmp_path, seed):
    """For any columns the program's objective and rows are those of the choice that they write down."""
    rows, open_, prices = _open(tmp_path / "i", seed, 40)
    program, rng = _Program(open_, prices), np.random.default_rng(seed)
    arrays = program.arrays()
    for _ in range(20):
        size = np.diff(open_.columns.start)
        chosen = open_.first + rng.integers(0, size)
        values, taken = program.values(chosen), open_.written(chosen)
        assert (program.columns(values) == chosen).all()
        gained = (_value(rows, taken) - _value(rows, open_.taken)) * program.unit
        assert gained == pytest.approx(float(arrays.c @ values))
        amounts = [
            arrays.coefficients[a:b] @ values[arrays.columns[a:b]]
            for a, b in zip(arrays.starts[:-1], arrays.starts[1:], strict=True)
        ]
        is_within = bool((use(rows, taken) <= rows.right)[np.isfinite(open_.left)].all())
        assert is_within == bool((np.array(amounts) <= arrays.right + 1e-6).all())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_solver_finds_the_best_mix(tmp_path, seed):
    """What comes back is within the rows, and worth as much as the best of all mixes tried one by one."""
    rows, open_, prices = _open(tmp_path / "i", seed, 12)
    nothing = np.full(rows.num_cells, -1, np.int64)
    clock = Clock(SearchOptions(gap=Fraction(0), time_limit=60.0), Watch())
    found = mixed_by_solver(clock, open_, prices, nothing, (float("inf"), 1_000_000))
    best = 0.0
    slots = [range(a, b) for a, b in zip(open_.columns.start[:-1], open_.columns.start[1:], strict=True)]
    for chosen in product(*slots):
        taken = open_.written(np.array(chosen))
        if (use(rows, taken) <= rows.right).all():
            best = max(best, _value(rows, taken))
    assert best > 0
    assert (use(rows, found) <= rows.right).all()
    assert _value(rows, found) == best


def test_a_goal_ends_the_search(tmp_path):
    """A mix that is worth the goal is enough, even if there is a better one."""
    rows, open_, prices = _open(tmp_path / "i", 1, 40)
    nothing = np.full(rows.num_cells, -1, np.int64)
    clock = Clock(SearchOptions(gap=Fraction(0), time_limit=60.0), Watch())
    goal = 1.0
    found = mixed_by_solver(clock, open_, prices, nothing, (goal, 1_000_000))
    assert _value(rows, found) >= goal
    assert clock.is_reproducible
