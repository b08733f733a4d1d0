"""Prices first: whatever the rules, the bound is never below the best plan, and what is found is a plan."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from models.solution import SearchOptions, Watch
from optimizer import pipeline
from optimizer.search.clock import Clock
from optimizer.search.priced import priced
from optimizer.verify import verify
from tests.agreement import Examined, examine_all, recorded
from tests.search.making import out_of, solve, write_cells
from tests.strategies import Tally

EVERY = 120
"""The quick run takes one in so many of the recorded instances, which draw every combination of rules."""


def _check(found: Examined, folder: Path) -> None:
    problem = pipeline.check(found.drawn.write(folder)).problem
    if problem is None:
        return
    options = SearchOptions(gap=Fraction(0), time_limit=60, method="lagrangian")
    known = priced(problem, Clock(options, Watch()))
    if known.plan is not None:
        assert known.plan.is_feasible
        assert found.objective is not None, found.seed
        if not found.drawn.is_divisible:
            assert known.plan.objective <= found.objective, found.seed
    if known.certificate is not None and found.objective is not None and not found.drawn.is_divisible:
        assert known.certificate.kind == "bound"
        assert known.certificate.bound >= found.objective, found.seed


@pytest.mark.parametrize("first", range(4))
def test_no_bound_is_wrong(first: int, tmp_path: Path) -> None:
    """On random instances of every kind of rule the certified bound is never below the optimum."""
    for place, found in enumerate(examine_all(recorded()[first * 30 :: EVERY], Tally())):
        _check(found, tmp_path / str(place))


@pytest.mark.full
def test_no_bound_is_wrong_at_full_volume(tmp_path: Path) -> None:
    """Nor on any of the recorded ones."""
    for place, found in enumerate(examine_all(recorded(), Tally())):
        _check(found, tmp_path / str(place))


def test_plans_are_verified_and_the_same_on_any_number_of_threads(tmp_path: Path) -> None:
    """A market of 60 cells: the plan passes `verify`, and one thread writes the bytes that two write."""
    cells = [
        [(100 + 37 * cell % 91 + 150 * size, str(3 + 2 * size + cell % 5)) for size in range(3)]
        for cell in range(60)
    ]
    written = []
    for threads in (1, 2):
        folder = write_cells(tmp_path / str(threads), 6_000, cells)
        solved = solve(folder, method="lagrangian", threads=threads, gap=Fraction(1, 1000))
        assert solved.plan is not None
        assert not solved.rejected
        assert verify(folder, out_of(folder)).is_verified
        names = ("plan.csv", "limits.csv", "certificate.json")
        written.append([(out_of(folder) / name).read_bytes() for name in names])
    assert written[0] == written[1]


def test_more_of_a_pool_never_hurts(tmp_path: Path) -> None:
    """What prices prove and find grows with the pool."""
    cells = [[(90 + cell, "5"), (180 + 2 * cell, "8")] for cell in range(40)]
    reached = []
    for amount in (1_000, 2_000, 4_000):
        solved = solve(write_cells(tmp_path / str(amount), amount, cells), method="lagrangian")
        assert solved.plan is not None
        reached.append(solved.plan.objective)
    assert reached == sorted(reached)
