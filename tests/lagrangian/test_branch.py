"""Branching: leaves prove the best plan, and verify recomputes every one of them."""

from __future__ import annotations

import json
from fractions import Fraction
from random import Random

import pytest

from models.solution import SearchOptions, Watch
from optimizer import pipeline
from optimizer.search.branching import branched
from optimizer.search.clock import Clock
from optimizer.search.found import NOTHING
from optimizer.verify import verify
from tests.oracle import brute_force
from tests.search.making import best_of, out_of, solve, write, write_cells

RULES = "rule,measure,by,sense,value / one-each,cells,cell,at_least,1"


def _cells(rng: Random, count: int):
    """Return cells of three options whose worth hardly follows their cost."""
    return [
        [(cost, str(cost + rng.randint(1, 30))) for cost in sorted(rng.sample(range(5, 90), 3))]
        for _ in range(count)
    ]


def _certificate(folder):
    return json.loads((out_of(folder) / "certificate.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", range(6))
def test_knapsacks_are_proven(seed, tmp_path):
    """A knapsack of whole options ends with its best plan, certified, and verify agrees."""
    rng = Random(f"branch {seed}")
    cells = _cells(rng, 8)
    amount = sum(options[1][0] for options in cells) * 2 // 3
    folder = write_cells(tmp_path / "knapsack", amount, cells)
    solved = solve(folder, is_certified=True, method="monolithic", time_limit=600)
    assert not solved.rejected, solved.rejected
    assert solved.solution.plan.objective == best_of(amount, cells)[0]
    assert solved.solution.certified_gap == 0
    assert verify(folder, out_of(folder)).is_verified


def test_leaves_are_needed_and_written(tmp_path):
    """Where one price vector proves too little, the certificate has several leaves, each with decisions."""
    cells = [[(60, "60")], [(60, "60")], [(60, "60")]]
    folder = write_cells(tmp_path / "three", 100, [[(60, "61")], [(50, "45")], [(50, "44")], *cells])
    solved = solve(folder, is_certified=True, method="monolithic", time_limit=600)
    assert solved.solution.plan.objective == 89 == solved.solution.certified_bound
    leaves = _certificate(folder)["leaves"]
    assert len(leaves) > 1
    assert all(leaf["where"] for leaf in leaves)


@pytest.mark.parametrize("seed", range(8))
def test_limits_inside_merchants(seed, tmp_path):
    """With limits inside merchants and rows that couple them, leaves prove what brute force finds."""
    rng = Random(f"inside {seed}")
    rows = ["merchant,category,slot,option,cash,traffic,conversions"]
    for merchant in "MNO":
        for slot in ("S1", "S2"):
            for option in "AB":
                numbers = rng.randint(5, 60), rng.randint(1, 9), rng.randint(5, 70)
                rows.append(f"{merchant},tea,{slot},{option},{','.join(map(str, numbers))}")
    rules = [
        "rule,measure,by,sense,value",
        f"own,cash,merchant,at_most,{rng.randint(50, 80)}",
        f"slots,traffic,slot,at_most,{rng.randint(8, 16)}",
        f"some,cells,slot,at_least,{rng.randint(1, 2)}",
    ]
    pools = "pool,amount / cash,120 / traffic,25"
    folder = write(tmp_path / "own", pools=pools, options="\n".join(rows), rules="\n".join(rules))
    solved = solve(folder, is_certified=True, method="monolithic", time_limit=600)
    best = brute_force(folder)
    assert not solved.rejected, solved.rejected
    assert (solved.plan.objective if solved.plan else None) == best.objective
    if solved.plan:
        assert solved.solution.certified_gap == 0
        assert verify(folder, out_of(folder)).is_verified


def test_stopped_trees_prove_too(tmp_path):
    """A tree that may look at a few nodes only proves a bound that no plan exceeds."""
    import numpy as np

    from optimizer.lagrangian.market import market

    rng = Random(5)
    cells = _cells(rng, 12)
    amount = sum(options[1][0] for options in cells) * 2 // 3
    problem = pipeline.check(write_cells(tmp_path / "few", amount, cells)).problem
    clock = Clock(SearchOptions(gap=Fraction(0), time_limit=600), Watch())
    best = best_of(amount, cells)[0]
    bounds = []
    for most_nodes in (1, 3, 9, 2_000):
        found = branched(market(problem), np.ones(1), NOTHING, clock, most_nodes)
        assert found.certificate.bound >= best >= found.plan.objective
        bounds.append(found.certificate.bound)
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] == best == found.plan.objective
