"""Generated knapsacks of several resources: what was asked for, possible, and correlated where it says so."""

import numpy as np
import pytest

from benchmarks.market.classes import Classes, write_classes
from models.amount import FRACTION_UNIT
from models.plan import Choice
from optimizer import pipeline
from optimizer.decode import evaluate


@pytest.mark.parametrize("is_correlated", [True, False])
def test_the_witness_holds(is_correlated, tmp_path):
    """One item of every class fits all resources, and sizes are those asked for."""
    asked = Classes(40, 7, 3, is_correlated=is_correlated)
    options = write_classes(tmp_path / "classes", asked)
    problem = pipeline.check(tmp_path / "classes").problem
    assert (problem.num_cells, problem.num_options, len(problem.pools)) == (40, 280, 3)
    plan = evaluate(problem, Choice(options, np.full(len(options), FRACTION_UNIT, np.int64)))
    assert plan.is_feasible
    assert len(plan.choice.options) == 40


def test_values_follow_costs_only_where_asked(tmp_path):
    """The correlation of value and mean cost is over 0.9 in one kind, and near nothing in the other."""
    for is_correlated, low, high in ((True, 0.9, 1.0), (False, -0.2, 0.2)):
        folder = tmp_path / str(is_correlated)
        write_classes(folder, Classes(100, 10, 4, is_correlated=is_correlated))
        problem = pipeline.check(folder).problem
        cost = np.sum([pool.coefficients for pool in problem.pools], axis=0)
        assert low <= np.corrcoef(cost, problem.objective.coefficients)[0, 1] <= high


def test_not_everything_fits(tmp_path):
    """Taking the dearest item of every class breaks every capacity."""
    write_classes(tmp_path / "classes", Classes(60, 10, 5))
    problem = pipeline.check(tmp_path / "classes").problem
    total = np.sum([pool.coefficients for pool in problem.pools], axis=0)
    dearest = np.array([np.argmax(total[a : a + 10]) + a for a in problem.option_start[:-1]])
    plan = evaluate(problem, Choice(dearest, np.full(len(dearest), FRACTION_UNIT, np.int64)))
    assert min(plan.overspent) > 0
