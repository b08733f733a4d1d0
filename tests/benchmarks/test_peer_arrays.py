"""The arrays that peers get state the very problem: their best plan is the best there is, by enumeration."""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from benchmarks.ladder_market import LadderMarket, write_market
from benchmarks.market.mixes import MIXES
from benchmarks.peer.arrays import NotStatedError, state
from benchmarks.peer.stated import Stated
from models.amount import FRACTION_UNIT
from models.plan import Choice
from optimizer import pipeline
from optimizer.compile import compile_problem
from optimizer.decode import evaluate, rounded
from optimizer.read import read_instance
from tests.oracle import brute_force
from tests.rules_table import rule_cases

NOT_STATED = (
    "ratio",
    "limit, if_funded",
    "top with a basis in the plan, or soft",
    "divisible cells",
    "a penalty of parts",
)


def _stated(problem):
    """Return the arrays, or None and why they do not state the problem."""
    try:
        return state(problem), ""
    except NotStatedError as error:
        return None, str(error)


def _best(stated):
    """Return scipy's best take of the options, or None where there is none."""
    written = stated.written()
    shape = (stated.num_rows, stated.num_columns)
    matrix = csr_array((written.value, stated.column, stated.start), shape)
    found = milp(
        -written.objective,
        integrality=np.ones(stated.num_columns),
        bounds=Bounds(written.lower, written.upper),
        constraints=LinearConstraint(matrix, -np.inf, written.right),
        options={"mip_rel_gap": 0.0},
    )
    return None if found.x is None else found.x


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in rule_cases()])
def test_the_best_of_the_arrays_is_the_best(case, tmp_path):
    """On every worked example scipy finds what enumeration finds; else the arrays say what they lack."""
    folder = case.write(tmp_path / "instance")
    problem = compile_problem(read_instance(folder)[0])
    stated, lacking = _stated(problem)
    if stated is None:
        assert any(reason in lacking for reason in NOT_STATED)
        return
    best, take = brute_force(folder), _best(stated)
    if best.objective is None:
        assert take is None
        return
    plan = evaluate(problem, rounded(problem, take[: stated.num_options]))
    assert plan.is_feasible
    assert plan.objective == best.objective
    value = float(stated.written().objective @ take)
    assert value == pytest.approx(float(best.objective), abs=1e-6)


@pytest.mark.parametrize("mix", MIXES)
def test_the_witness_fits_the_rows(mix, tmp_path):
    """The market's witness, its counted merchants and thresholds filled in by scipy, satisfies every row."""
    options = write_market(tmp_path / "market", LadderMarket(300, mix))
    problem = pipeline.check(tmp_path / "market").problem
    stated = state(problem)
    taken = np.zeros(stated.num_options, np.int64)
    taken[options] = 1
    fixed = Stated(
        **{
            **vars(stated),
            "lower": np.append(taken, stated.lower[stated.num_options :]),
            "upper": np.append(taken, stated.upper[stated.num_options :]),
        }
    )
    assert _best(fixed) is not None
    plan = evaluate(problem, Choice(options, np.full(len(options), FRACTION_UNIT, np.int64)))
    assert float(stated.written().objective[: stated.num_options] @ taken) == pytest.approx(
        float(plan.objective)
    )


def test_arrays_are_kept_as_they_are(tmp_path):
    """What is saved for the peers is what is loaded by them."""
    write_market(tmp_path / "market", LadderMarket(200, "counts"))
    stated = state(pipeline.check(tmp_path / "market").problem)
    stated.save(tmp_path / "model.npz")
    loaded = Stated.load(tmp_path / "model.npz")
    for name, value in vars(stated).items():
        assert np.array_equal(value, getattr(loaded, name)), name
