"""What must hold of any instance: more never hurts, order never matters, a weaker rule never costs."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from tests.product import product_solve
from tests.search.making import write
from tests.strategies import COMBINATIONS, random_instance
from tests.strategies.files import write_files

HARD_LIMITS = [
    combination
    for combination in COMBINATIONS
    if combination.kind == "limit" and combination.enforcement == "hard" and not combination.is_divisible
]


def _objective(folder: Path) -> Fraction | None:
    """Solve to a gap of zero; None where there is no plan."""
    outcome = product_solve(folder)
    assert outcome.status in ("plan", "infeasible", "unproven"), outcome
    return outcome.objective


def _worst() -> Fraction:
    return Fraction(-(10**9))


def _drawn(number: int):
    rng = Random(f"properties {number}")
    while True:
        drawn = random_instance(rng, [rng.choice(HARD_LIMITS)])
        if "rules.csv" in drawn.files and not drawn.is_divisible:
            return drawn


@pytest.mark.parametrize("number", range(5))
def test_a_rule_less_never_costs(number, tmp_path):
    """Without its rules an instance reaches at least as much."""
    drawn = _drawn(number)
    bound = _objective(drawn.write(tmp_path / "all"))
    free = {name: text for name, text in drawn.files.items() if name != "rules.csv"}
    without = _objective(write_files(tmp_path / "none", free))
    assert (without if without is not None else _worst()) >= (bound if bound is not None else _worst())


@pytest.mark.parametrize("number", range(5))
def test_order_never_matters(number, tmp_path):
    """Rows of options and rules in another order reach the same."""
    drawn = _drawn(number)
    rng = Random(number)
    shuffled = dict(drawn.files)
    for name in ("options.csv", "rules.csv"):
        head, *rows = shuffled[name].splitlines(keepends=True)
        shuffled[name] = head + "".join(rng.sample(rows, len(rows)))
    assert _objective(drawn.write(tmp_path / "one")) == _objective(write_files(tmp_path / "other", shuffled))


def _market(folder: Path, rng: Random, amount: int, value: int) -> Path:
    rows = ["merchant,category,slot,option,cash,conversions"]
    for cell in range(14):
        cost = 0
        for name in "AB":
            cost += rng.randint(1, 400)
            rows.append(f"M{cell % 5},tea,S{cell},{name},{cost / 100:.2f},{rng.randint(1, 50) / 10}")
    rules = f"rule,measure,by,sense,value\ncap,cash,merchant,at_most,{value / 100:.2f}\n"
    pools = f"pool,amount / cash,{amount / 100:.2f}"
    return write(folder, pools=pools, options="\n".join(rows), rules=rules)


@pytest.mark.parametrize("number", range(2))
def test_more_budget_never_hurts(number, tmp_path):
    """The best objective never falls as the pool grows, unit by unit and in leaps."""
    reached = [
        _objective(_market(tmp_path / str(amount), Random(number), amount, 500))
        for amount in (0, 300, 301, 302, 900, 2000)
    ]
    assert None not in reached
    assert reached == sorted(reached)
    assert reached[0] == 0
    assert reached[-1] > reached[1]


@pytest.mark.parametrize("number", range(2))
def test_a_looser_cap_never_hurts(number, tmp_path):
    """The best objective never falls as a cap is raised."""
    reached = [
        _objective(_market(tmp_path / str(value), Random(number), 1500, value))
        for value in (0, 200, 201, 500, 5000)
    ]
    assert None not in reached
    assert reached == sorted(reached)
    assert reached[-1] > reached[0]
