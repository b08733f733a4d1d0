"""Equal treatment: keys of merchants decide nothing but which of those that are alike wins a lottery."""

from __future__ import annotations

import csv
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest

from optimizer import pipeline
from optimizer.search.canonical import in_canonical_order
from optimizer.verify import verify
from tests.search.making import out_of, solve, write

RULES = """rule,kind,measure,where,by,sense,value,basis,k
own,limit,cash,,merchant,at_most,1,merchants.cap,
slots,limit,cash,,slot,at_most,45%,pool,
some,limit,merchants(cash>=10),tier=low,,at_least,2,,
top,top,cash,,merchant,at_most,60%,pool,3
pace,window,cash,,merchant,at_most,60,,2
"""
Bundle = tuple[tuple[str, ...], ...]


def _market(seed: int, num_merchants: int) -> dict[str, list[list[str]]]:
    """Draw merchants, a third of which are copies of others; merchant -> rows, the first its attributes."""
    rng = Random(seed)
    market: dict[str, list[list[str]]] = {}
    for number in range(num_merchants):
        if number and rng.random() < 0.35:
            market[f"M{number:03d}"] = rng.choice(list(market.values()))
            continue
        rows = [[rng.choice(["low", "high"]), str(rng.randint(20, 70))]]
        for cell in range(rng.randint(1, 4)):
            cost = 0
            for name in "AB":
                cost += rng.randint(1, 30)
                rows.append(["tea", f"S{cell}", name, str(cost), str(rng.randint(1, cost + 9))])
        market[f"M{number:03d}"] = rows
    return market


def _solved(
    folder: Path, market: dict[str, list[list[str]]], **options: object
) -> tuple[dict[str, Bundle], dict]:
    """Return what every merchant holds, and the summary."""
    rows = [",".join((merchant, *row)) for merchant, own in market.items() for row in own[1:]]
    tables = {
        "options": "\n".join(["merchant,category,slot,option,cash,conversions", *rows]),
        "merchants": "\n".join(["merchant,tier,cap", *(f"{m},{','.join(o[0])}" for m, o in market.items())]),
        "pools": f"pool,amount\ncash,{18 * len(market)}",
        "rules": RULES,
    }
    solved = solve(write(folder, **tables), **options)
    assert solved.plan is not None
    assert solved.solution.is_reproducible
    held: dict[str, list[tuple[str, ...]]] = {merchant: [] for merchant in market}
    with (out_of(folder) / "plan.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in list(csv.reader(stream))[1:]:
            held[row[0]].append(tuple(row[1:]))
    summary = json.loads((out_of(folder) / "summary.json").read_text(encoding="utf-8"))
    return {merchant: tuple(sorted(own)) for merchant, own in held.items()}, summary


def _renamed(rng: Random, market: dict[str, list[list[str]]]) -> dict[str, str]:
    """Give every key to another merchant."""
    names = list(market)
    return dict(zip(names, rng.sample(names, len(names)), strict=True))


@pytest.mark.parametrize("method", ["monolithic", "lagrangian"])
@pytest.mark.parametrize("seed", range(4))
def test_renaming_permutes_the_plan(tmp_path, seed, method):
    """With other keys each merchant holds what it held, up to a lottery among merchants that are alike."""
    market = _market(seed, 14)
    name_of = _renamed(Random(seed), market)
    others = {
        name_of[merchant]: rows
        for merchant, rows in sorted(market.items(), key=lambda _: Random(seed).random())
    }
    before, summary = _solved(tmp_path / "a", market, method=method)
    after, other = _solved(tmp_path / "b", others, method=method)
    alike: dict[str, list[str]] = {}
    for merchant, rows in market.items():
        alike.setdefault(json.dumps(rows), []).append(merchant)
    unequal = 0
    for members in alike.values():
        bundles = Counter(before[merchant] for merchant in members)
        assert bundles == Counter(after[name_of[merchant]] for merchant in members)
        unequal += len(members) if len(bundles) > 1 else 0
    several = [members for members in alike.values() if len(members) > 1]
    drawn = {"classes": len(several), "merchants": sum(map(len, several)), "unequal": unequal}
    assert summary["lottery"] == other["lottery"] == {"seed": 0, **drawn}
    assert summary["objective"] == other["objective"]
    assert summary["bound"] == other["bound"]


def test_a_larger_market_within_a_gap(tmp_path):
    """Where the search stops within a gap, too: the plan of 2,000 cells is the permuted one."""
    rng = Random(7)
    market = _market(7, 800)
    name_of = _renamed(rng, market)
    before, _ = _solved(tmp_path / "a", market, gap=Fraction(1, 100))
    after, _ = _solved(
        tmp_path / "b", {name_of[merchant]: rows for merchant, rows in market.items()}, gap=Fraction(1, 100)
    )
    alike: dict[str, list[str]] = {}
    for merchant, rows in market.items():
        alike.setdefault(json.dumps(rows), []).append(merchant)
    for members in alike.values():
        held = Counter(before[merchant] for merchant in members)
        assert held == Counter(after[name_of[merchant]] for merchant in members)


def test_every_ticket_may_win(tmp_path):
    """Of merchants that are alike each wins with some seed, and none with all of them."""
    rows = [["low", "50"], ["tea", "S0", "A", "10", "5"]]
    winners = set()
    for seed in range(8):
        market = {f"M{number}": rows for number in range(3)}
        lines = [",".join((merchant, *row)) for merchant, own in market.items() for row in own[1:]]
        options = "\n".join(["merchant,category,slot,option,cash,conversions", *lines])
        folder = write(tmp_path / str(seed), options=options, pools="pool,amount\ncash,10")
        solve(folder, seed=seed)
        text = (out_of(folder) / "plan.csv").read_text(encoding="utf-8-sig")
        winners.add(text.splitlines()[1].split(",")[0])
        assert verify(folder, out_of(folder)).is_verified
    assert winners == {"M0", "M1", "M2"}


def test_the_order_is_that_of_other_keys(tmp_path):
    """The arrays that are searched are the same whatever merchants are called."""
    market = _market(3, 30)
    name_of = _renamed(Random(3), market)
    _solved(tmp_path / "a", market, gap=Fraction(1, 10))
    _solved(
        tmp_path / "b", {name_of[merchant]: rows for merchant, rows in market.items()}, gap=Fraction(1, 10)
    )
    first, second = (
        in_canonical_order(pipeline.check(tmp_path / name).problem, 0).problem for name in ("a", "b")
    )
    assert np.array_equal(first.objective.coefficients, second.objective.coefficients)
    assert np.array_equal(first.cell_start, second.cell_start)
    for one, other in zip(first.limits, second.limits, strict=True):
        assert np.array_equal(one.total.cells, other.total.cells)
        assert np.array_equal(one.total.sets, other.total.sets)
        assert list(one.constants) == list(other.constants)
