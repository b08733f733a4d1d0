"""No sum of the pricing pass leaves 64 bits, and where floats would round none is used."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from models.amount import units_to_text
from optimizer import pipeline
from optimizer.lagrangian.dual import Dual, price_of, within
from optimizer.lagrangian.market import Market, Top, market
from optimizer.lagrangian.prove import prove
from tests import oracle
from tests.lagrangian.recomputing import certificate_of, recomputed
from tests.search.making import write

LARGE = 2**53 - 1


def _written(folder, rng: Random, cost: int, worth: int, **tables: str):
    """Write 4 merchants of 3 cells with amounts up to `cost` fen and values up to `worth` millionths."""
    rows = ["merchant,category,slot,option,cash,conversions"]
    for cell in range(12):
        for name in "AB":
            fen, millionths = rng.randint(cost // 2, cost), rng.randint(-worth // 4, worth)
            key = f"M{cell // 3},tea,S{cell % 3},{name}"
            rows.append(f"{key},{units_to_text(fen, 2)},{units_to_text(millionths, 6)}")
    pools = f"pool,amount / cash,{units_to_text(min(cost * 4, LARGE), 2)}"
    return write(folder, pools=pools, options="\n".join(rows), **tables)


def _many_rules(cost: int) -> str:
    """State forty limits on the same cells, windows and a `top` among them: a cell is in many priced sets."""
    rules = ["rule,kind,measure,where,by,sense,value,basis,k,enforcement,penalty"]
    for number in range(30):
        cap = units_to_text(min(cost * 5 + number, LARGE), 2)
        rules.append(f"c{number},limit,cash,slot!=S{number % 3},,at_most,{cap},,,,")
    third = units_to_text(cost // 3, 2)
    rules += [f"w{k},window,cash,,,at_most,{units_to_text(cost, 2)},,{k},," for k in (1, 2, 3)]
    rules += [f"t{k},top,cash,,merchant,at_most,40%,total,{k},," for k in (1, 2, 3)]
    rules += [f"s,top,cash,,merchant,at_most,{third},,2,soft,0.37"]
    rules += [f"m{k},limit,merchants,slot=S{k},,at_least,{k},,,soft,1.5" for k in (1, 2)]
    rules += ["own,limit,cash,,merchant,at_most,12.3456789%,total,,,"]
    rules += ["mine,limit,cash,,merchant;slot,at_most,0.123456789,conversions,,,"]
    return "\n".join(rules)


def _in_python(made: Market, dual: Dual, prices: np.ndarray) -> list[int]:
    """Return the best of every merchant without own lines, in unbounded integers."""
    tables = made.tables
    charges = [0] * len(tables.set_measure)
    for row, which, factor in zip(
        made.row_of_entry.tolist(), made.set_of_entry.tolist(), made.factor.tolist(), strict=True
    ):
        charges[which] += factor * int(prices[row])
    at = dual.num_rows + dual.num_counts
    for top in made.tops:
        groups = prices[at : at + len(top.sets)]
        for which, price in zip(top.sets.tolist(), groups.tolist(), strict=True):
            charges[which] += price
        if top.basis >= 0:
            charges[top.basis] -= top.share.numerator * price_of(groups, top.k) // top.share.denominator
        at += len(top.sets)
    everywhere = set(tables.everywhere.tolist())
    found = []
    for first, last in zip(tables.cell_start.tolist(), tables.cell_start.tolist()[1:], strict=False):
        value = 0
        for cell in range(first, last):
            entries = tables.entry_set[tables.entry_start[cell] : tables.entry_start[cell + 1]].tolist()
            worths = [0]
            for option in range(tables.option_start[cell], tables.option_start[cell + 1]):
                worth = made.scale * int(tables.values[option])
                for which in [*entries, *everywhere]:
                    worth -= charges[which] * int(tables.amounts[tables.set_measure[which], option])
                worths.append(worth)
                assert abs(worth) < 2**61
            value += max(worths)
            assert abs(value) < 2**61
        found.append(value)
    return found


@pytest.mark.parametrize(
    ("cost", "worth"), [(LARGE // 60, 10**6), (10**6, LARGE // 60), (1, 1), (LARGE // 60, LARGE // 60)]
)
def test_no_sum_overflows(cost, worth, tmp_path):
    """At any prices, merchants without own lines come out as unbounded integers say."""
    folder = _written(tmp_path / "i", Random(cost), cost, worth, rules=_many_rules(cost))
    problem = pipeline.check(folder).problem
    made = market(problem)
    assert made is not None
    dual = Dual(made)
    rng = np.random.default_rng(1)
    is_free = np.diff(made.tables.line_start) == 0
    for attempt in range(20):
        wanted = made.most * (1.0 if not attempt else rng.random(len(made.most)) ** attempt)
        wanted[rng.random(len(wanted)) < 0.1 * (attempt % 3)] = 0.0
        priced = dual.at(wanted, 1000)
        expected = _in_python(made, dual, priced.prices)
        got = priced.passed.outcome.value
        assert [e for e, free in zip(expected, is_free, strict=True) if free] == got[is_free].tolist()
        for top, price in zip(made.tops, priced.top_prices, strict=True):
            assert price <= top.most


@pytest.mark.parametrize("number", range(12))
def test_bounds_at_the_edge(number, tmp_path):
    """Amounts and values near 2^53 leave every bound at or above the best plan, and verify recomputes it."""
    rng = Random(number)
    cost = rng.choice([LARGE // 12, LARGE, 10**4, 3])
    worth = rng.choice([LARGE // 12, LARGE, 10**6, 1])
    folder = _written(tmp_path / "i", rng, cost, worth, rules=_many_rules(cost) if number % 2 else "")
    if not number % 2:
        (folder / "rules.csv").unlink()
    problem = pipeline.check(folder).problem
    made = market(problem)
    if made is None:  # amounts of two words are left to the other path
        return
    best = oracle.milp(folder).objective
    dual = Dual(made)
    for attempt in range(6):
        share = [0.0, 1.0, 1e-3, 1e-6, 1e-9, 1e-12][attempt]
        prices = made.most * share * np.array([rng.random() for _ in made.most])
        proof = prove(dual, prices)
        assert not len(proof.impossible)
        if len(proof.unfinished):
            continue
        if best is not None:
            assert proof.leaf.bound >= best - abs(best) * Fraction(1, 10**5)
        certificate = certificate_of(problem, proof)
        bound = recomputed(folder, problem, certificate, tmp_path / f"p{attempt}")
        assert bound.value == proof.leaf.bound


@pytest.mark.parametrize("number", range(50))
def test_prices_of_a_top_rule_are_within(number):
    """A `top` rule's price stays at most its largest, and groups keep their order."""
    rng = np.random.default_rng(number)
    groups = np.sort(rng.integers(0, 10 ** rng.integers(1, 16), rng.integers(1, 9)))
    top = Top(0, np.arange(len(groups)), int(rng.integers(1, len(groups) + 1)), 1.0, -1, Fraction(0), 1, 1.0)
    for most in (0.0, 1.0, 7.0, 1e3, 1e9, 1e17):
        object.__setattr__(top, "most", most)
        kept = within(groups, top)
        assert price_of(kept, top.k) <= most
        assert (np.diff(kept) >= 0).all()
        assert (kept >= 0).all()
