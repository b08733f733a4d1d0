"""Changes of an instance whose effect on the best plan is known beforehand, solved by prices and by HiGHS."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from tests.search.making import solve, write

SEEDS = range(3)
METHODS = ("lagrangian", "monolithic")
Market = tuple[list[list[str]], dict[str, int], int]
"""Rows of options (merchant, category, slot, option, cost, value), caps by merchant, and the pool."""


def _drawn(seed: int) -> Market:
    rng = np.random.default_rng(seed)
    rows = []
    for merchant, cell, option in product(range(5), range(3), range(2)):
        cost, value = int(rng.integers(5, 60)) + 30 * option, int(rng.integers(20, 90)) + 40 * option
        rows.append([f"m{merchant}", f"c{cell}", "s1", f"p{option}", str(cost), str(value)])
    return rows, {f"m{merchant}": int(rng.integers(60, 160)) for merchant in range(5)}, 330


def _write(folder, market: Market):
    rows, caps, pool = market
    return write(
        folder,
        options="\n".join(["merchant,category,slot,option,cash,conversions", *map(",".join, rows)]),
        pools=f"pool,amount,unit\ncash,{pool},CNY",
        merchants="\n".join(["merchant,cap", *(f"{key},{cap}" for key, cap in caps.items())]),
        rules="rule,measure,by,sense,value,basis\n"
        "own,cash,merchant,at_most,1,merchants.cap\n"
        "spread,cash,category,at_most,50%,pool\n",
    )


def _solved(folder, market: Market, method: str):
    solved = solve(_write(folder, market), method=method)
    assert not solved.rejected
    assert solved.plan is not None
    return solved.plan.objective, solved.solution.certified_bound


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", SEEDS)
def test_another_unit_of_cash_changes_nothing(tmp_path, seed, method):
    """With every amount of cash a thousand times as large the best plan is worth the same."""
    rows, caps, pool = market = _drawn(seed)
    larger = [[*row[:4], str(1000 * int(row[4])), row[5]] for row in rows]
    scaled = larger, {key: 1000 * cap for key, cap in caps.items()}, 1000 * pool
    assert _solved(tmp_path / "a", market, method)[0] == _solved(tmp_path / "b", scaled, method)[0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", SEEDS)
def test_another_unit_of_value_scales_the_plan(tmp_path, seed, method):
    """With a thousandth of every value the best plan is worth a thousandth."""
    rows, caps, pool = market = _drawn(seed)
    smaller = [[*row[:5], f"{int(row[5]) / 1000:.3f}"] for row in rows]
    found = _solved(tmp_path / "b", (smaller, caps, pool), method)[0]
    assert 1000 * found == _solved(tmp_path / "a", market, method)[0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", SEEDS)
def test_other_names_change_nothing(tmp_path, seed, method):
    """With all keys named so that they sort the other way, the best plan is worth the same."""
    rows, caps, pool = market = _drawn(seed)

    def renamed(key: str) -> str:
        return f"{key[0]}-{9 - int(key[1:])}"

    others = [[*map(renamed, row[:2]), row[2], renamed(row[3]), *row[4:]] for row in rows]
    named = others, {renamed(key): cap for key, cap in caps.items()}, pool
    assert _solved(tmp_path / "a", market, method)[0] == _solved(tmp_path / "b", named, method)[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_twice_the_market_is_worth_at_least_twice(tmp_path, seed):
    """Every merchant twice and twice the pool: at least twice the plan, at most twice what prices prove."""
    rows, caps, pool = market = _drawn(seed)
    copies = [[f"copy-{row[0]}", *row[1:]] for row in rows]
    twice = [*rows, *copies], caps | {f"copy-{key}": cap for key, cap in caps.items()}, 2 * pool
    best, bound = _solved(tmp_path / "a", market, "lagrangian")
    found, proven = _solved(tmp_path / "b", twice, "lagrangian")
    assert proven >= found
    assert found >= 2 * best
    one_price = solve(_write(tmp_path / "c", market), method="lagrangian", gap=Fraction(1, 10))
    assert found <= 2 * one_price.solution.certified_bound
    assert bound >= best
