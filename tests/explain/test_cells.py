"""What options are said to cost and lack is what the prices make of them, for every kind of rule."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random

import numpy as np
import pytest

from models.certificate import Price
from models.plan import Choice, Plan
from models.problem import FREE, Merchants, Problem
from models.row import is_linear, is_priceable_top
from optimizer.answering import AskedAbout, about_everyone
from optimizer.compile import compile_problem
from optimizer.decode import evaluate
from optimizer.explain.cells import broken, credit_of, view_cells
from optimizer.lagrangian.priced import price_options
from optimizer.read import read_instance
from tests.explain.enumerating import best, market_files
from tests.read.reading import read
from tests.zoo import ZOO

EMPTY = Choice(np.empty(0, np.int64), np.empty(0, np.int64))


def random_prices(problem: Problem, rng: Random) -> tuple[Price, ...]:
    """Return prices of pools and of limits that can be priced; weights of `top` rules with them."""
    prices = [
        Price(-1, pool, Fraction(rng.randint(1, 99), 1000)) for pool in range(len(problem.instance.pools))
    ]
    for index, limits in enumerate(problem.limits):
        if is_priceable_top(problem, limits):
            weights = tuple((group, Fraction(1, 2)) for group in range(limits.num_largest))
            prices.append(Price(index, 0, Fraction(rng.randint(1, 99), 1000), weights))
            continue
        for limit in range(limits.count):
            if is_linear(problem, limits, limit) and rng.random() < 0.7:
                prices.append(Price(index, limit, Fraction(rng.randint(1, 99), 1000)))
    return tuple(prices)


@pytest.mark.parametrize("name", [name for name, each in ZOO.items() if each.objective is not None])
def test_priced_costs(tmp_path: Path, name: str) -> None:
    """Value less priced cost is what pricing all options at once says, in every zoo problem."""
    instance, findings = read_instance(ZOO[name].write(tmp_path))
    assert instance is not None, findings
    problem = compile_problem(instance)
    prices = random_prices(problem, Random(name))
    priced = price_options(problem, prices, is_bound=True)
    worth = [Fraction(int(one), priced.scale) for one in priced.values.whole().tolist()]
    plan = evaluate(problem, EMPTY)
    for merchant in range(problem.num_merchants):
        for cell in view_cells(plan, merchant, prices, evaluate):
            for view in cell.options:
                assert view.margin == worth[view.option]
                assert all(charge.amount for charge in view.charges)
            open_margins = [view.margin for view in cell.options if not view.is_excluded]
            if problem.pinned[cell.cell] == FREE:
                most = max([*open_margins, Fraction(0)])
                assert all(view.lacks == max(most - view.margin, 0) for view in cell.options)
            else:
                assert cell.pin is not None


@pytest.mark.parametrize("seed", range(6))
def test_what_stands_against_an_option(tmp_path: Path, seed: int) -> None:
    """An option that would gain something breaks exactly what the plan with it in its place breaks."""
    plan = best(compile_problem(read(tmp_path, market_files(seed))))
    if plan is None:
        return
    problem = plan.problem
    for merchant in range(problem.num_merchants):
        for cell in view_cells(plan, merchant, (), evaluate):
            for view in cell.options:
                first, end = problem.option_start[cell.cell : cell.cell + 2].tolist()
                others = [one for one in plan.choice.options.tolist() if not first <= one < end]
                taken = np.array(sorted([*others, view.option]), np.int64)
                there = evaluate(problem, Choice(taken, np.full(len(taken), 10**9, np.int64)))
                assert view.gain == there.objective - plan.objective
                if view.gain > 0:
                    assert set(view.stops) == set(broken(there))
                    assert view.stops, "the best plan leaves nothing that fits and gains"


def asked(plan: Plan, seed: int) -> AskedAbout:
    """Return a plan with random prices."""
    return AskedAbout(plan, random_prices(plan.problem, Random(seed)))


@pytest.mark.parametrize("seed", range(8))
def test_everyone_agrees_with_one_by_one(tmp_path: Path, seed: int) -> None:
    """Each unfunded merchant has one reason, and what it lacks is the least that any of its options lacks."""
    files = market_files(seed)
    files["merchants.csv"] += "M4,mid\n"
    problem = compile_problem(read(tmp_path, files))
    for plan in (evaluate(problem, EMPTY), best(problem)):
        if plan is None:
            continue
        about = asked(plan, seed)
        found = {one.key: one for one in about_everyone(about)}
        keys = problem.instance.options.keys["merchant"].texts
        cells = problem.cells_of(plan.choice.options)
        funded = {keys[merchant] for merchant in problem.merchant_of_cell[cells].tolist()}
        assert set(found) == {*keys, "M4"} - funded
        assert found["M4"].reason == "never_entered"
        for merchant, key in enumerate(keys):
            if key in funded:
                continue
            views = [
                view
                for cell in view_cells(plan, merchant, about.prices, evaluate)
                for view in cell.options
                if view.value > 0
            ]
            most = max(view.margin for view in views)
            one = found[key]
            assert next(view for view in views if view.option == one.option).margin == most
            assert (one.reason == "outbid") == (most < 0)
            assert one.lacks == max(-most, 0)
            if one.reason == "limit":
                taken = np.array(sorted([*plan.choice.options.tolist(), one.option]), np.int64)
                there = evaluate(problem, Choice(taken, np.full(len(taken), 10**9, np.int64)))
                assert one.stop in set(broken(there))


def test_reasons_by_hand(tmp_path: Path) -> None:
    """Pins, options of no worth, limits with a basis in the plan: each is told apart."""
    rows = "merchant,category,slot,option,cash,conversions\n" + "".join(
        f"{key},tea,S1,A,10,{worth}\n" for key, worth in (("A", 5), ("B", 0), ("C", 5), ("D", 5), ("E", 5))
    )
    files = {
        "options.csv": rows,
        "pools.csv": "pool,amount\ncash,30\n",
        "pins.csv": "merchant,category,slot,option\nC,*,*,none\n",
        "rules.csv": "rule,measure,where,by,sense,value,basis\n"
        "share,cash,merchant!=E,merchant,at_most,60%,total\nnone,cells,merchant=E,,at_most,0,\n",
        "merchants.csv": "merchant\nA\nB\nC\nD\nE\nF\n",
    }
    problem = compile_problem(read(tmp_path, files))
    empty = AskedAbout(evaluate(problem, EMPTY), ())
    found = {one.key: (one.reason, one.stop) for one in about_everyone(empty)}
    reasons = {key: reason for key, (reason, _stop) in found.items()}
    assert reasons == {
        "A": "limit",
        "B": "worthless",
        "C": "forbidden",
        "D": "limit",
        "E": "limit",
        "F": "never_entered",
    }
    share = found["A"][1]
    assert share is not None
    assert (problem.limits[share.limits].rule.rule, share.by) == ("share", Fraction(4))
    none = found["E"][1]
    assert none is not None
    assert problem.limits[none.limits].rule.rule == "none"
    dear = AskedAbout(empty.plan, (Price(-1, 0, Fraction(1)),))
    assert {one.key: one.lacks for one in about_everyone(dear) if one.reason == "outbid"} == dict.fromkeys(
        "ADE", Fraction(5)
    )


def test_being_counted_is_worth_something(tmp_path: Path) -> None:
    """The price of a floor on merchants, and what the objective pays for them, are a merchant's credit."""
    files = market_files(0)
    files["rules.csv"] += "reach,merchants,tier=mid,,at_least,1,\n"
    files["settings.toml"] = "[objective]\nmaximise = {conversions = 1, merchants = 0.25}\n"
    problem = compile_problem(read(tmp_path, files))
    index = next(at for at, limits in enumerate(problem.limits) if limits.rule.rule == "reach")
    assert isinstance(problem.limits[index].total.measure, Merchants)
    prices = (Price(index, 0, Fraction(3)),)
    earned = [credit_of(problem, merchant, prices) for merchant in range(problem.num_merchants)]
    assert earned == [Fraction(1, 4), Fraction(13, 4), Fraction(13, 4)]
    about = AskedAbout(evaluate(problem, EMPTY), (*prices, Price(-1, 0, Fraction(1, 2))))
    plain = AskedAbout(about.plan, about.prices[1:])
    lacks = {one.key: one.lacks for one in about_everyone(about)}
    before = {one.key: one.lacks for one in about_everyone(plain)}
    for key, floor in (("M1", 0), ("M2", 3), ("M3", 3)):
        assert lacks[key] == max(before[key] - floor, 0) or before[key] == 0
