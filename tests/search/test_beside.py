"""Plans looked for beside the solver: valid ones, kept where the clock ends the search, and only there."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path

import pytest

from models.solution import SearchOptions, Watch
from optimizer import pipeline
from optimizer.search import search
from optimizer.search.beside import Beside
from optimizer.search.clock import Clock
from optimizer.solve.model import Dual

MMKP = Path(__file__).resolve().parents[2] / "instances" / "mmkp"


def _options(seconds: float, threads: int = 2) -> SearchOptions:
    return SearchOptions(gap=Fraction(0), time_limit=seconds, threads=threads)


def _problem(name: str):
    problem = pipeline.check(MMKP / name).problem
    assert problem is not None
    return problem


@pytest.mark.parametrize(("name", "best"), [("I01", "173"), ("I02", "364"), ("I05", "3905.7")])
def test_what_ends_by_proof_is_the_same_with_and_without_it(name, best):
    """A second thread changes nothing about a plan that the solver proves."""
    problem = _problem(name)
    alone, both = (search(problem, _options(60, threads), Watch()) for threads in (1, 2))
    assert alone.is_reproducible
    assert both.is_reproducible
    assert both.plan is not None
    assert alone.plan is not None
    assert both.plan.objective == Fraction(best)
    assert both.plan.choice.options.tolist() == alone.plan.choice.options.tolist()


def test_it_ends_with_a_plan_that_holds_and_never_a_worse_one():
    """From prices, right or wrong, it ends soon after it is told to, with a plan that meets every rule."""
    problem = _problem("I05")
    first = None
    for price in (0.0, 3.0):
        duals = [Dual(-1, pool, price) for pool in range(len(problem.pools))]
        with Beside(problem, Clock(_options(60), Watch()), duals, first) as beside:
            until = time.monotonic() + 60
            while beside.plan is None and time.monotonic() < until:
                time.sleep(0.05)
            plan = beside.stop()
        assert plan is not None
        assert plan.is_feasible
        assert first is None or plan.objective >= first.objective
        first = plan


def test_what_goes_wrong_in_the_thread_is_raised_where_it_is_stopped(monkeypatch):
    """A bug does not hide behind a plan of the solver."""

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("optimizer.search.beside.linear", fails)
    with Beside(_problem("I01"), Clock(_options(60), Watch()), [], None) as beside:
        beside._thread.join(10)
        with pytest.raises(ZeroDivisionError):
            beside.stop()


@pytest.mark.full
@pytest.mark.parametrize(("name", "least"), [("I03", 1602), ("I04", 3597), ("I06", 4799), ("I07", 24584)])
def test_twenty_seconds_on_two_cores(name, least):
    """What was reached in this time when it was measured is reached still."""
    found = search(_problem(name), _options(20), Watch())
    assert found.plan is not None
    assert found.plan.objective >= least
