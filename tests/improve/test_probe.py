"""Probes of problems of few rows: the best of small ones, always one that holds, the same for a seed."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path
from random import Random

import numpy as np
import pytest

from models.linear import Linear, linear
from optimizer import pipeline
from optimizer.improve import improve, is_probed, probe, repair
from optimizer.improve.dense import Dense, Part
from optimizer.improve.relaxing import relax
from optimizer.improve.splitting import advance, tree_of
from tests.search.making import write

MMKP = Path(__file__).resolve().parents[2] / "instances" / "mmkp"
EFFORT = 1_000_000_000


def _problem(folder: Path) -> Linear:
    problem = pipeline.check(folder).problem
    assert problem is not None
    return linear(problem)


def _drawn(folder: Path, rng: Random, more: str = "") -> Linear:
    """Draw a problem of three pools, seven cells of one to three options, and a floor on what is funded."""
    rows = ["merchant,category,slot,option,cash,traffic,hours,conversions"]
    for cell in range(7):
        for name in "ABC"[: rng.randint(1, 3)]:
            costs = ",".join(str(rng.randint(0, 30)) for _ in range(3))
            rows.append(f"M{cell},tea,S{cell % 2},{name},{costs},{rng.randint(1, 40)}")
    pools = " / ".join(f"{pool},{rng.randint(40, 120)}" for pool in ("cash", "traffic", "hours"))
    rules = (
        "rule,measure,where,by,sense,value,enforcement,penalty\nfloor,cells,,slot,at_least,1,hard,\n" + more
    )
    return _problem(write(folder, pools=f"pool,amount / {pools}", options="\n".join(rows), rules=rules))


def _pools(rows: Linear) -> np.ndarray:
    amounts: np.ndarray = rows.amounts[rows.set_measure[rows.everywhere]]
    return amounts[: int((rows.row_limits == -1).sum())]


def _start(rows: Linear) -> np.ndarray | None:
    best = [a + np.argmax(rows.values[a:b]) for a, b in pairwise(rows.option_start)]
    return repair(rows, np.array(best), np.zeros(rows.num_rows))


def _best(rows: Linear) -> float:
    """Return the most that any choice reaches, by trying them all."""
    pools, found = _pools(rows), -np.inf
    cells = [[-1, *range(a, b)] for a, b in pairwise(rows.option_start.tolist())]
    for chosen in product(*cells):
        taken = np.array(chosen)
        options = taken[taken >= 0]
        holds = (pools[:, options].sum(axis=1) <= rows.right[: len(pools)]).all()
        if holds and all((taken[slot::2] >= 0).any() for slot in (0, 1)):
            found = max(found, float(rows.values[options].sum()))
    return found


def test_small_problems_are_solved(tmp_path):
    """Right or wrong prices, the probes of a small problem end by themselves, at the best of all choices."""
    solved = 0
    for seed in range(12):
        rows = _drawn(tmp_path / str(seed), Random(seed))
        start = _start(rows)
        if start is None:
            continue
        for price in (0.0, 400_000.0):
            taken, is_over = probe(rows, start, np.full(rows.num_rows, price), (EFFORT, seed))
            options = taken[taken >= 0]
            pools = _pools(rows)
            assert is_over
            assert (pools[:, options].sum(axis=1) <= rows.right[: len(pools)]).all()
            assert rows.values[options].sum() == _best(rows)
        solved += 1
    assert solved > 8


def _table(rng: np.random.Generator, num_cells: int) -> tuple[Dense, Part]:
    start = np.arange(num_cells + 1, dtype=np.int64) * 4
    use = rng.integers(-3, 30, (4 * num_cells, 3)).astype(float)
    value = use.sum(axis=1) + rng.integers(0, 20, 4 * num_cells)
    left = np.floor(use.sum(axis=0) / 4 * 0.8)
    part = Part(np.arange(num_cells), left, np.zeros(3), -1000.0)
    return Dense(start, value, use, np.ones(3), 1.0), part


@pytest.mark.parametrize("seed", range(6))
def test_a_part_is_searched_exactly(seed):
    """A search of all choices, cut into slices or not, ends at the best; one with a higher target at none."""
    table, part = _table(np.random.default_rng(seed), 6)
    reached = [
        table.value[list(items)].sum()
        for items in product(*(range(a, b) for a, b in pairwise(table.start.tolist())))
        if (table.use[list(items)].sum(axis=0) <= part.left).all()
    ]
    best, work = max(reached), np.zeros(1, np.int64)
    for target, found in ((-1000.0, best), (best, best), (best + 1, best)):
        tree = tree_of(table, part._replace(target=target))
        while tree.place[0] >= 0:
            advance(table, tree, int(work[0]) + 10, work)
        assert tree.best[0] == found
        if target <= best:
            assert table.value[tree.held].sum() == best
            assert (table.use[tree.held].sum(axis=0) <= part.left).all()


def test_prices_come_near_the_least_bound():
    """The bound after sixty looks is nearly that after two thousand, and never below any choice."""
    for seed in range(5):
        table, part = _table(np.random.default_rng(seed), 12)
        near, least = (
            relax(table, part._replace(prices=np.zeros(3), target=-np.inf), looks, np.zeros(1, np.int64))
            for looks in (60, 2000)
        )
        assert least <= near < least + 0.01 * abs(least)
        tree, work = tree_of(table, part._replace(prices=np.zeros(3))), np.zeros(1, np.int64)
        advance(table, tree, 10**9, work)
        assert tree.best[0] <= least + 1e-6


def test_soft_rows_and_counts_of_merchants_are_not_probed(tmp_path):
    """A problem is probed only if meeting its hard linear rows is all that a plan has to do."""
    rng = Random(1)
    assert is_probed(_drawn(tmp_path / "plain", rng))
    assert not is_probed(_drawn(tmp_path / "soft", rng, "soft,cash,,slot,at_most,20,soft,0.3\n"))
    assert not is_probed(_drawn(tmp_path / "count", rng, "few,merchants(cash>=5),,,at_most,3,hard,\n"))


def test_a_probe_holds_gains_and_repeats():
    """What is found meets the pools, is worth more than its start, and is the same for the same seed."""
    rows = _problem(MMKP / "I07")
    start, prices = _start(rows), np.zeros(rows.num_rows)
    assert start is not None
    taken, _ = probe(rows, start, prices, (EFFORT, 5))
    assert (taken >= 0).all()
    assert (_pools(rows)[:, taken].sum(axis=1) <= rows.right[: len(_pools(rows))]).all()
    assert rows.values[taken].sum() > rows.values[start].sum()
    assert probe(rows, start, prices, (EFFORT, 5))[0].tolist() == taken.tolist()
    unchanged, is_over = probe(rows, start, prices, (EFFORT, 5), keep_going=lambda: False)
    assert not is_over
    assert unchanged.tolist() == start.tolist()


@pytest.mark.parametrize(("name", "best"), [("I03", 1602), ("I04", 3597), ("I06", 4799.3)])
def test_the_whole_is_searched_where_that_is_possible(name, best):
    """Knapsacks of ten resources and up to thirty classes end at their optimum, with nothing left."""
    rows = _problem(MMKP / name)
    start, prices = _start(rows), np.zeros(rows.num_rows)
    assert start is not None
    climbed = improve(rows, start, prices, 10_000_000)
    taken, is_over = probe(rows, climbed, prices, (5 * EFFORT, 0))
    assert is_over
    assert rows.values[taken].sum() / 1e6 == best
