"""Among plans of equal objective the one that draws less is taken, pools in file order."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import pytest

from tests import oracle
from tests.search.making import solve, write


def _tied(folder: Path, number: int) -> Path:
    """Write an instance of few distinct worths, so that many plans tie, with two pools."""
    rng = Random(number)
    rows = ["merchant,category,slot,option,cash,traffic,conversions"]
    for cell in range(rng.randint(3, 6)):
        for name in "ABC"[: rng.randint(1, 3)]:
            cash, traffic, worth = (
                rng.randint(0, 6) * 5,
                rng.randint(0, 5) * 7,
                rng.choice([0, 1, 1, 2, 2, 3]),
            )
            rows.append(f"M{cell % 3},tea,S{cell},{name},{cash},{traffic},{worth}")
    pools = [f"cash,{rng.randint(4, 20) * 5}", f"traffic,{rng.randint(4, 20) * 7}"]
    if number % 2:
        pools.reverse()
    rules = "rule,measure,by,sense,value\nper,cash,merchant,at_most,40\n"
    return write(folder, pools="pool,amount\n" + "\n".join(pools), options="\n".join(rows), rules=rules)


@pytest.mark.parametrize("number", range(10))
def test_least_draw(number, tmp_path):
    """The draw is the least of all best plans, the first pool of the file before the second."""
    folder = _tied(tmp_path / "i", number)
    best = oracle.brute_force(folder)
    solved = solve(folder)
    assert solved.plan is not None
    assert solved.plan.objective == best.objective
    assert tuple(used / 100 for used in solved.plan.used) == tuple(map(float, best.drawn))


def test_ties_are_there(tmp_path):
    """Several of these instances have best plans that draw differently: there is something to decide."""
    num_tied = 0
    for number in range(10):
        folder = oracle.read(_tied(tmp_path / str(number), number))
        best = oracle.brute_force_folder(folder)
        num_tied += _dearest(folder, best.objective) != best.drawn
    assert num_tied >= 4


def _dearest(folder, objective):
    """Return the largest draw among feasible plans that reach the objective."""
    dearest = None
    cells = list(folder.options.values())
    for choice in product(*([None, *cell] for cell in cells)):
        taken = [cell[name] for cell, name in zip(cells, choice, strict=True) if name is not None]
        drawn = tuple(sum(held[pool] for held in taken) for pool in folder.pools)
        fits = all(used <= pool.amount for used, pool in zip(drawn, folder.pools.values(), strict=True))
        if fits and sum(held["conversions"] for held in taken) == objective:
            dearest = drawn if dearest is None else max(dearest, drawn)
    return dearest


def test_what_brings_nothing_is_not_drawn(tmp_path):
    """An option that costs and adds nothing is never taken, with the gap of the command line too."""
    options = (
        "merchant,category,slot,option,cash,conversions / M1,tea,S1,A,5,1 / M2,tea,S1,A,5,0 / M3,tea,S1,A,7,1"
    )
    folder = write(tmp_path / "i", pools="pool,amount / cash,100", options=options)
    for gap in (Fraction(0), Fraction(1, 10)):
        solved = solve(folder, gap=gap)
        assert solved.plan is not None
        assert solved.plan.used == (1200,)
