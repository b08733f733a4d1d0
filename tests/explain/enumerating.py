"""Small random markets, and a solver that looks at every plan: what `explain` claims is held against it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import numpy as np

from models.amount import FRACTION_UNIT
from models.certificate import Certificate
from models.instance import Instance
from models.plan import Choice, Plan
from models.problem import FORBIDDEN, FREE, Problem
from models.solution import Solution
from optimizer.compile import compile_problem
from optimizer.decode import evaluate
from tests.read.reading import read

TIERS = {"M1": "small", "M2": "mid", "M3": "mid"}


def every_plan(problem: Problem) -> Iterator[Plan]:
    """Yield every plan of whole options that pins allow and that breaks nothing hard."""
    ways: list[list[int]] = []
    for cell in range(problem.num_cells):
        pinned = int(problem.pinned[cell])
        every = range(*problem.option_start[cell : cell + 2].tolist())
        ways.append([-1, *every] if pinned == FREE else [-1] if pinned == FORBIDDEN else [pinned])
    for chosen in product(*ways):
        options = np.array([option for option in chosen if option >= 0], np.int64)
        plan = evaluate(problem, Choice(options, np.full(len(options), FRACTION_UNIT, np.int64)))
        if plan.is_feasible:
            yield plan


def best(problem: Problem, merchant: str = "", *, is_funded: bool = True) -> Plan | None:
    """Return the best plan, of those that fund a merchant (or do not) if one is named; drawing less wins."""
    found: Plan | None = None
    for plan in every_plan(problem):
        if merchant and funds(plan, merchant) != is_funded:
            continue
        if found is None or _rank(plan) > _rank(found):
            found = plan
    return found


def _rank(plan: Plan) -> tuple[Fraction, list[int]]:
    return plan.objective, [-used for used in plan.used]


def funds(plan: Plan, merchant: str) -> bool:
    """Say whether a plan gives a merchant anything."""
    column = plan.problem.instance.options.keys["merchant"]
    return any(column.texts[column.codes[option]] == merchant for option in plan.choice.options.tolist())


def enumerated(instance: Instance, _plan: Plan | None = None) -> Solution:
    """Solve by looking at every plan: the bound is the objective."""
    plan = best(compile_problem(instance))
    if plan is None:
        return Solution(None, Certificate("bound", Fraction(0), ()), is_proven_impossible=True)
    return Solution(plan, Certificate("bound", plan.objective, ()))


def random_market(folder: Path, seed: int) -> Instance:
    """Return a market of three merchants and five cells, with caps and a floor, written as a folder."""
    return read(folder, market_files(seed))


def market_files(seed: int) -> dict[str, str]:
    """Return the files of a random market: amounts without decimals, so that every change can be tried."""
    rng = Random(seed)
    lines = ["merchant,category,slot,option,cash,conversions"]
    for merchant, slot in (("M1", "S1"), ("M1", "S2"), ("M2", "S1"), ("M2", "S2"), ("M3", "S1")):
        cost = 0
        for option in "AB":
            cost += rng.randint(2, 9)
            worth = rng.randint(1, 2 * cost)
            lines.append(f"{merchant},tea,{slot},{option},{cost},{worth if merchant != 'M1' else worth // 3}")
    rules = ["rule,measure,where,by,sense,value,basis"]
    rules.append(f"slot,cash,,slot,at_most,{rng.randint(8, 16)},")
    rules.append(f"own,cash,,merchant,at_most,{rng.choice([60, 75, 90])}%,pool")
    if rng.random() < 0.5:
        rules.append("mid,cells,tier=mid,,at_least,1,")
    tiers = [f"{key},{tier}" for key, tier in TIERS.items()]
    return {
        "options.csv": "\n".join(lines) + "\n",
        "pools.csv": f"pool,amount,decimals\ncash,{rng.randint(10, 24)},0\n",
        "rules.csv": "\n".join(rules) + "\n",
        "merchants.csv": "\n".join(["merchant,tier", *tiers]) + "\n",
    }
