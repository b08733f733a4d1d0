"""A market whose pool or rules change a little, solved again from the plan before."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from benchmarks._figures import Record
from benchmarks.rung.solve import reached
from models.problem import Problem
from models.solution import SearchOptions, Watch
from models.warm import Warm
from optimizer import pipeline
from optimizer.search import search

_NUM_EDITS = 20
_POOL_STEPS = (1.01, 0.995, 1.002, 1.03, 0.99)
_CAP_STEPS = (1.02, 0.997, 1.005, 1.05, 0.999)

Edit = tuple[str, str]


def edits(folder: Path, problem: Problem, options: SearchOptions) -> list[Record]:
    """Solve, then change one thing at a time, and solve each from the first plan; reading is not timed."""
    before = search(problem, options, Watch())
    if before.plan is None:
        raise SystemExit(f"{folder}: no plan to start from: {before.remark}")
    runs = list[Record]()
    for key, value in edits_of(problem):
        changed = pipeline.check(folder, [(key, value)]).problem
        if changed is None:
            raise SystemExit(f"{folder}: --set {key}={value} has findings")
        warm = replace(options, warm=Warm.of(before.plan, before.certificate))
        began = time.perf_counter()
        found = search(changed, warm, Watch())
        seconds = time.perf_counter() - began
        figures = reached(found) if found.plan is not None else {"remark": found.remark}
        edit: Record = {"edit": f"{key}={value}"}
        runs.append({"seconds": seconds, "search_seconds": seconds, **figures, **edit})
    return runs


def edits_of(problem: Problem) -> list[Edit]:
    """Return twenty overrides: in turn the first pool's amount, and the value of one absolute cap or floor.

    Caps and pools move by up to 5 % up and 1 % down, floors only down, so that all can be met.
    """
    pool = problem.instance.pools[0]
    stated = [
        limits.rule
        for limits in problem.limits
        if limits.rule.basis.kind in ("absolute", "attribute") and limits.rule.kind == "limit"
    ]
    found: list[Edit] = []
    for number in range(_NUM_EDITS):
        turn, step = divmod(number, 2)
        if step == 0 or not stated:
            factor = Fraction(str(_POOL_STEPS[turn % 5])) + Fraction(turn // 5 * 3, 10_000)
            amount = int(pool.amount * factor)
            found.append((f"pools.{pool.name}", _decimal(Fraction(amount, 10**pool.decimals), pool.decimals)))
            continue
        rule = stated[turn % len(stated)]
        factor = Fraction(str(_CAP_STEPS[turn % 5])) + Fraction(turn // 5 * 3, 10_000)
        if rule.sense == "at_least":
            factor = 1 - abs(factor - 1)
        found.append((f'rules."{rule.rule}".value', _decimal(rule.value * factor, 6)))
    return found


def _decimal(value: Fraction, digits: int) -> str:
    """Write a number with at most so many decimals, cut off."""
    units = int(value * 10**digits)
    whole, rest = divmod(units, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)
