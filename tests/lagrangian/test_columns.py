"""Merchants' choices as columns, and the mixing of them."""

from pathlib import Path

import numpy as np
import pytest

from models.linear import linear
from optimizer.lagrangian.collecting import distinct, use
from optimizer.lagrangian.columns import mix
from optimizer.pipeline import check

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"


def one_by_one(cell_start, takens):
    """Return what `distinct` returns, merchant by merchant in plain loops."""
    merchants, start, passed = [], [0], []
    for merchant in range(len(cell_start) - 1):
        cells = slice(cell_start[merchant], cell_start[merchant + 1])
        first = {}
        for number, taken in enumerate(takens):
            first.setdefault(tuple(taken[cells].tolist()), number)
        if len(first) > 1:
            merchants.append(merchant)
            passed += sorted(first.values())
            start.append(len(passed))
    return merchants, start, passed


@pytest.mark.parametrize("seed", range(5))
def test_distinct_choices_are_those_found_one_by_one(seed):
    """Each merchant's different choices are listed once, each with the first pass that has it."""
    rng = np.random.default_rng(seed)
    cell_start = np.append(0, np.cumsum(rng.integers(1, 4, 60)))
    takens = rng.integers(-1, 2, (9, cell_start[-1])).astype(np.int32)
    takens[:, : cell_start[10]] = takens[0, : cell_start[10]]  # some merchants always choose the same
    found = [array.tolist() for array in distinct(cell_start, takens)]
    assert found == [list(part) for part in one_by_one(cell_start, takens)]


def test_one_pass_leaves_nothing_to_mix():
    """Where every pass is the same, no merchant is open."""
    merchants, start, passed = distinct(np.array([0, 2, 3]), np.array([[0, -1, 2]] * 4, np.int32))
    assert (merchants.tolist(), start.tolist(), passed.tolist()) == ([], [0], [])


def _mixed(seed):
    problem = check(TINY).problem
    rows = linear(problem)
    rng = np.random.default_rng(seed)
    size = np.diff(rows.option_start)
    draws = rng.integers(-1, size, (12, rows.num_cells))
    takens = np.where(draws < 0, -1, rows.option_start[:-1] + draws).astype(np.int32)
    takens[0] = -1
    none = np.zeros(rows.num_rows, bool)
    return rows, takens, mix(rows, none, np.ones(rows.num_rows), takens, 20_000)


@pytest.mark.parametrize("seed", range(5))
def test_a_mix_keeps_to_the_rows_and_says_so(seed):
    """What a mix calls kept breaks no hard row, and is made of the merchants' choices alone."""
    rows, takens, (taken, is_kept) = _mixed(seed)
    hard = np.isinf(rows.penalty)
    assert is_kept == bool((use(rows, taken) <= rows.right)[hard].all())
    for first, last in zip(rows.cell_start[:-1], rows.cell_start[1:], strict=True):
        assert (takens[:, first:last] == taken[first:last]).all(axis=1).any()


def test_the_same_mix_every_time():
    """A mix depends on what it is given alone."""
    assert _mixed(3)[2][0].tolist() == _mixed(3)[2][0].tolist()
