"""Merchants' near-optimal choices, and the mixing of them."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from models.linear import linear
from optimizer.lagrangian.collecting import Wanted, collect, gather, use
from optimizer.lagrangian.columns import mix, mixable
from optimizer.lagrangian.nearby import Asked, choices_near
from optimizer.lagrangian.tables import Prices
from tests.lagrangian.capped import CELLS, MERCHANTS, capped, priced_at

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"


def _worth(dual, priced, option):
    """Return what an option is worth at prices: there is one pool, and every unit of it has one charge."""
    charges, _ = dual.charged(priced.prices)
    tables = dual.market.tables
    return dual.market.scale * tables.values[option] - charges.sum() * tables.amounts[0, option]


def _kept(rows, inside, taken):
    """Say whether a choice keeps to the rows that stay inside their merchant."""
    return bool((use(rows, taken) <= rows.right)[inside].all())


@pytest.mark.parametrize("seed", range(4))
def test_all_choices_that_lose_little_are_listed(tmp_path, seed):
    """Every choice of a merchant within its limits and the loss asked for is there, once, and no other."""
    problem, dual, priced = priced_at(capped(tmp_path / "i", seed), 0.4)
    rows, taken = dual.market.rows, priced.passed.outcome.taken.copy()
    inside = rows.row_merchant >= 0
    loss = 30.0 * dual.market.scale * 10**problem.objective.digits
    charges, rewards = dual.charged(priced.prices)
    asked = Asked(taken, taken, loss, 0.0, 100_000, 10_000_000)
    prices = Prices(charges, rewards, dual.market.scale, 0)
    span, work = (0, MERCHANTS, 1), dual.pricer._work.get()
    near = choices_near(dual.market.tables, prices, asked, span, work)
    ends = np.append(near.blocks[1:, 2], near.counts[1])
    listed: dict[int, set[tuple[int, ...]]] = {m: set() for m in range(MERCHANTS)}
    whole = set()
    for (first, last, start), end in zip(near.blocks.tolist(), ends.tolist(), strict=True):
        assert near.options[near.start[start] : near.start[start + 1]].tolist() == taken[first:last].tolist()
        merchant = first // CELLS
        choices = [tuple(near.options[near.start[c] : near.start[c + 1]].tolist()) for c in range(start, end)]
        assert len(set(choices)) == len(choices)
        if last - first == CELLS:
            whole.add(merchant)
            listed[merchant] |= set(choices)
    assert whole, "no merchant is at a limit of its own"
    for merchant in whole:
        cells = range(merchant * CELLS, (merchant + 1) * CELLS)
        options = [(-1, *range(problem.option_start[c], problem.option_start[c + 1])) for c in cells]
        worth = {-1: 0} | {o: _worth(dual, priced, o) for own in options for o in own if o >= 0}
        now = sum(worth[o] for o in taken[list(cells)].tolist())
        expected = set()
        for choice in product(*options):
            trial = taken.copy()
            trial[list(cells)] = choice
            if sum(worth[o] for o in choice) >= now - loss and _kept(rows, inside, trial):
                expected.add(choice)
        assert listed[merchant] == expected


def _tiny(seed):
    problem, dual, _ = priced_at(TINY, 0.0)
    rng = np.random.default_rng(seed)
    prices = rng.uniform(0, 2e-3, dual.num_prices) * dual.market.scale
    return problem, dual, dual.at(prices, 1_000_000)


def _mixed(seed):
    problem, dual, priced = _tiny(seed)
    rows, taken = linear(problem), priced.passed.outcome.taken.copy()
    inside = np.zeros(rows.num_rows, bool)
    open_ = mixable(rows, inside, gather(dual, priced, None, Wanted(60, 16)), taken)
    return rows, taken, open_, mix(open_, np.ones(rows.num_rows), taken, (np.inf, 20_000))


@pytest.mark.parametrize("seed", range(5))
def test_a_mix_keeps_to_the_rows_and_says_so(seed):
    """What a mix calls kept breaks no hard row, and takes in every block one of its choices."""
    rows, taken, open_, (mixed, is_kept) = _mixed(seed)
    hard = np.isinf(rows.penalty)
    assert is_kept == bool((use(rows, mixed) <= rows.right)[hard].all())
    assert (open_.written(open_.found(mixed)) == mixed).all()
    assert (open_.written(open_.first) == taken).all()


def test_the_same_mix_every_time():
    """A mix depends on what it is given alone."""
    assert _mixed(3)[3][0].tolist() == _mixed(3)[3][0].tolist()


@pytest.mark.parametrize("seed", range(3))
def test_columns_add_up_to_what_their_choices_use(seed):
    """What the columns chosen and the cells outside all blocks use is what the choice uses."""
    problem, dual, priced = _tiny(seed)
    rows, taken = linear(problem), priced.passed.outcome.taken.copy()
    near = gather(dual, priced, None, Wanted(60, 16))
    columns = collect(rows, np.zeros(rows.num_rows, bool), near)
    open_ = mixable(rows, np.zeros(rows.num_rows, bool), near, taken)
    last = columns.start[1:] - 1
    chosen = open_.begun(open_.written(last))
    np.testing.assert_allclose(rows.right - chosen.left, use(rows, open_.written(last)), atol=1e-6)


def test_what_is_known_is_among_the_choices(tmp_path):
    """A plan that is known and keeps to merchants' limits is among the choices, whatever it loses."""
    problem, dual, priced = priced_at(capped(tmp_path / "i", 1), 0.4)
    taken, known = priced.passed.outcome.taken.copy(), np.full(problem.num_cells, -1, np.int64)
    rows, near = dual.market.rows, gather(dual, priced, known, Wanted(2, 16))
    open_ = mixable(rows, rows.row_merchant >= 0, near, taken)
    assert (open_.written(open_.found(known)) == known).all()
