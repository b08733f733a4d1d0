"""Limits met to the last unit: floors that equal caps, uneven shares, shares of the total, at 1e12 units."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.verify import verify
from tests import oracle
from tests.search.making import out_of, solve, write

E12 = 10**12
MERCHANTS = "merchant,tier\nM0,a\nM1,a\nM2,b\nM3,b\n"
OPTIONS = """merchant,category,slot,option,cash,conversions
M0,tea,S1,A,3333333333.33,3
M0,tea,S2,A,3333333333.34,3
M1,tea,S1,A,3333333333.32,3.5
M2,tea,S1,A,3333333333.33,2
M2,tea,S2,A,6666666666.66,4.5
M3,tea,S1,A,3333333333.35,2.5
M3,tea,S2,A,0.01,0.5"""

RULES = {
    "a floor that equals its cap": (
        "floor,cash,tier=a,,at_least,6666666666.66, / cap,cash,tier=a,,at_most,6666666666.66,"
    ),
    "a floor one unit below its cap": (
        "floor,cash,,,at_least,9999999999.99, / cap,cash,,,at_most,10000000000.00,"
    ),
    "a floor that equals the pool": "floor,cash,,,at_least,10000000000.00,",
    "a floor one unit above what equals": "floor,cash,,,at_least,10000000000.01,",
    "a third of a per cent": "cap,cash,merchant=M3,,at_most,0.333333333333%,pool",
    "a third of the pool": "cap,cash,,merchant,at_most,33.3333333333%,pool",
    "a third of the pool, more digits": "cap,cash,,merchant,at_most,33.33333333333%,pool",
    "two thirds of the total, rounded down": "share,cash,tier=a,,at_least,66.66666666666%,total",
    "two thirds of the total, rounded up": "share,cash,tier=a,,at_least,66.6666666667%,total",
    "halves of the total": "lo,cash,tier=a,,at_least,50%,total / hi,cash,tier=a,,at_most,50%,total",
    "nearly halves of the total": (
        "lo,cash,tier=a,,at_least,49.9999999%,total / hi,cash,tier=a,,at_most,50.0000001%,total"
    ),
}


def _instance(folder: Path, rules: str) -> Path:
    header = "rule,measure,where,by,sense,value,basis"
    pools = "pool,amount / cash,10000000000.00"
    return write(folder, pools=pools, options=OPTIONS, merchants=MERCHANTS, rules=f"{header} / {rules}")


@pytest.mark.parametrize("case", RULES)
def test_to_the_last_unit(case, tmp_path):
    """The best plan under limits that hold or break by one unit in 1e12 is the one that enumeration finds."""
    folder = _instance(tmp_path / "i", RULES[case])
    best = oracle.brute_force(folder)
    solved = solve(folder)
    if best.objective is None:
        assert solved.plan is None
        return
    assert solved.plan is not None, case
    assert solved.plan.objective == best.objective
    assert solved.plan.is_feasible
    assert solved.solution is not None
    assert solved.solution.status(solved.options) == "optimal"
    assert verify(folder, out_of(folder)).is_verified


def test_the_units_matter(tmp_path):
    """One unit decides between neighbours of this table: their best plans differ."""

    def best(case: str):
        return oracle.brute_force(_instance(tmp_path / case, RULES[case])).objective

    assert best("a floor that equals the pool") != best("a floor one unit above what equals")
    assert best("halves of the total") != best("nearly halves of the total")
