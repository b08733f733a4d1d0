"""Multi-dimensional multiple-choice knapsacks of the literature, from prices of the linear relaxation."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from models.linear import Linear, linear
from optimizer import pipeline
from optimizer.improve import improve, repair

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "mmkp"
VALUE_UNITS = 10**6


def _problem(name: str) -> Linear:
    if not (DATA / name).is_dir():
        pytest.skip(f"no data: {DATA.name}/{name}")
    problem = pipeline.check(DATA / name).problem
    assert problem is not None
    return linear(problem)


def _prices(problem: Linear, amounts: np.ndarray) -> np.ndarray:
    """Return the pools' prices in the linear relaxation; every cell takes one option."""
    cells = np.repeat(np.arange(problem.num_cells), np.diff(problem.option_start))
    one_each = (cells == np.arange(problem.num_cells)[:, None]).astype(float)
    relaxed = linprog(
        -problem.values / VALUE_UNITS,
        A_ub=amounts,
        b_ub=problem.right[: len(amounts)],
        A_eq=one_each,
        b_eq=np.ones(problem.num_cells),
    )
    prices = np.zeros(problem.num_rows)
    prices[: len(amounts)] = -relaxed.ineqlin.marginals * VALUE_UNITS
    return prices


def _reached(name: str, effort: int) -> float:
    problem = _problem(name)
    amounts = problem.amounts[problem.set_measure[problem.everywhere]]
    amounts = amounts[: int((problem.row_limits == -1).sum())]
    prices = _prices(problem, amounts)
    net = problem.values - prices[: len(amounts)] @ amounts
    starts = problem.option_start
    start = np.array([a + np.argmax(net[a:b]) for a, b in pairwise(starts)])
    mended = repair(problem, start, prices)
    assert mended is not None
    taken = improve(problem, mended, prices, effort)
    assert (taken >= 0).all()
    assert (amounts[:, taken].sum(axis=1) <= problem.right[: len(amounts)]).all()
    return float(problem.values[taken].sum() / VALUE_UNITS)


@pytest.mark.parametrize(("name", "best"), [("I01", 173), ("I02", 364), ("I05", 3905.7), ("I06", 4799.3)])
def test_small_knapsacks_end_at_the_optimum(name, best):
    """The optimum is reached with little counted effort, and it is feasible."""
    assert _reached(name, 10_000_000) == pytest.approx(best)


@pytest.mark.full
@pytest.mark.parametrize(("name", "least"), [("I03", 1602), ("I04", 3585), ("I07", 24540)])
def test_harder_knapsacks_come_near(name, least):
    """What was reached with this effort when it was measured is reached still."""
    assert _reached(name, 600_000_000) >= least
