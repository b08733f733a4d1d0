"""A rule whose scope no cell is in, and that is one limit all the same."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from models.problem import Problem
from optimizer import pipeline
from optimizer.lagrangian.certify import certify
from tests.product import product_limits, product_solve
from tests.zoo.problem import problem
from tests.zoo.shop import MERCHANTS, OPTIONS, POOLS

BEST = Fraction(10)
"""What the shop comes to without any rule: 60 + 40 yuan in M1 and M2, or the like."""

RULES = (
    ",cash,at_most,5,,,,,",
    ",cash,at_most,0,,,,,",
    ",conversions,at_most,5,,,,,",
    ",cells,at_most,5,,,,,",
    ",merchants,at_most,5,,,,,",
    ",merchants(cash>=10),at_most,5,,,,,",
    ",cash,at_most,10%,pool,,,,",
    ",cash,at_most,10%,total,,,,",
    ",cash,at_most,10%,total,all,,,",
    ",cash,at_most,10%,conversions,,,,",
    ",cash,at_most,10,per_merchant,,,,",
    ",cells,at_most,50%,eligible,,,,",
    ",merchants,at_most,50%,eligible,,,,",
    ",cash,at_most,2,merchants.size,,,,",
    ",cash,at_most,5,,,if_funded,,",
    ",cash,at_most,5,,,,soft,2",
    ",cash,at_most,5,,,,report,",
    "window,cash,at_most,5,,,,,",
    "window,cash,at_most,5%,pool,,,,",
    "top,cash,at_most,5,,,,,",
    "top,cash,at_most,5%,total,,,,",
)


@dataclass(frozen=True)
class _Given:
    limits: int = 0
    limit: int = 0
    price: float = 0.25
    weights: tuple[tuple[int, float], ...] = ()


def _write(folder: Path, *rules: str) -> Path:
    lines = ["rule,where,k,kind,measure,sense,value,basis,of,applies,enforcement,penalty"]
    for number, rule in enumerate(rules):
        kind, *rest = rule.split(",")
        k = {"window": "3", "top": "1"}.get(kind, "")
        lines.append(",".join([f"r{number}", "tier=big;slot=S3", k, kind, *rest]))
    merchants = MERCHANTS.replace("tier", "tier,size").replace("big", "big,1").replace("small", "small,2")
    # S3 is in slots.csv only; the words are known, so that what is empty is the scope.
    tables = {"pools": POOLS, "options": OPTIONS, "merchants": merchants, "slots": "slot / S1 / S2 / S3"}
    return problem("none", "", None, rules="\n".join(lines), **tables).write(folder)


def test_one_limit_that_binds_nothing(tmp_path: Path) -> None:
    """A rule without cells and without `by` must be one limit, written and verified, that changes no plan."""
    folder = _write(tmp_path / "instance", *RULES)
    outcome = product_solve(folder)
    assert (outcome.status, outcome.objective) == ("plan", BEST)
    rows, _ = product_limits(folder, outcome.chosen or {})
    groups = {row["rule"]: row["group"] for row in rows if row["rule"] != "pool:cash"}
    expected = {f"r{n}": "S1..S3" if rule.startswith("window") else "" for n, rule in enumerate(RULES)}
    assert groups == expected
    assert len(rows) == 1 + len(RULES)
    assert {row["status"] for row in rows} <= {"met", "binding"}


@pytest.mark.parametrize("rule", RULES)
def test_its_price_adds_its_right_hand_side(rule: str, tmp_path: Path) -> None:
    """A price on a row without options must raise the bound by price x right-hand side, nothing else."""
    checked = _compiled(_write(tmp_path / "instance", rule))
    (limits,) = checked.limits
    plain = certify(checked, []).leaves[0].bound
    leaf = certify(checked, [_Given()]).leaves[0]
    if limits.basis is not None:  # a share of the plan lets every option gain
        assert leaf.bound >= plain
    else:
        assert leaf.bound == plain + sum(
            (price.price * limits.constants[0] for price in leaf.prices), Fraction(0)
        )


def test_below_zero(tmp_path: Path) -> None:
    """Nothing at most -1 must be proven impossible."""
    assert product_solve(_write(tmp_path / "instance", ",cash,at_most,-1,,,,,")).status == "infeasible"


def _compiled(folder: Path) -> Problem:
    problem_ = pipeline.check(folder).problem
    assert problem_ is not None
    return problem_
