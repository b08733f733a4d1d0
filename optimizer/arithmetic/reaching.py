"""Limits that the cells of their own group cannot meet, whatever is chosen; pins that overspend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from models.finding import Finding, finding
from models.problem import Amounts, Integers, Limits, Problem
from models.reach import cell_reach, reach
from models.row import is_linear, limit_row
from optimizer.arithmetic.floors import is_nonnegative
from optimizer.arithmetic.words import amount_text, of_rule, pins_of, pins_text

MOST_PER_RULE = 20
"""Groups of one rule that are reported; a rule that fails everywhere need not be told a thousand times."""


def pins_overspend(problem: Problem) -> Iterator[Finding]:
    """Compare what the pins alone draw with each pool."""
    for pool, costs in zip(problem.instance.pools, problem.pools, strict=True):
        drawn = sum(int(amount) for amount in cell_reach(problem, costs)[0].tolist())
        if drawn > pool.amount:
            scale, pins = 10**pool.decimals, pins_of(problem, None)
            facts = {"limit": Fraction(pool.amount, scale), "reach": Fraction(drawn, scale)}
            texts = {name: amount_text(amount) for name, amount in facts.items()}
            found = finding(
                "INF-06", pins[0].file, pins[0].row, "option", pool=pool.name, pins=pins_text(pins)
            )
            yield replace(found, facts=(*found.facts, *texts.items()))


def out_of_reach(problem: Problem, limits: Limits) -> Iterator[Finding]:
    """Compare each limit with the least and the most that its own cells can come to."""
    if limits.rule.kind in ("top", "ratio"):
        return
    if limits.basis is not None:
        yield from _row_out_of_reach(problem, limits)
        return
    least, largest = reach(problem, limits.total)
    scale = 10**limits.total.measure.digits
    is_floor = limits.rule.sense == "at_least"
    reported = 0
    for limit, constant in enumerate(limits.constants):
        nearest = Fraction(int((largest if is_floor else least)[limit]), scale)
        fails = nearest < constant if is_floor else nearest > constant
        if not fails or (limits.rule.applies == "if_funded" and not _must_be_funded(problem, limits, limit)):
            continue
        reported += 1
        if reported > MOST_PER_RULE:
            return
        facts = {"limit": amount_text(constant), "reach": amount_text(nearest)}
        pins = [] if is_floor else pins_of(problem, limits, limit)
        if pins and nearest > 0 and is_nonnegative(limits):
            yield of_rule("INF-02", limits, limit, pins=pins_text(pins), **facts)
        else:
            yield of_rule("INF-01" if is_floor else "INF-08", limits, limit, **facts)


def _row_out_of_reach(problem: Problem, limits: Limits) -> Iterator[Finding]:
    """Compare a limit with a basis in the plan with the best that every cell can do for it."""
    for limit in range(min(limits.count, 100 * MOST_PER_RULE)):
        if not is_linear(problem, limits, limit):
            continue
        row = limit_row(problem, limits, limit)
        per_option: Integers = np.zeros(problem.num_options, object)
        per_option[row.options] = row.coefficients
        least, _most = cell_reach(problem, Amounts("row", per_option, 0, ()))
        if Fraction(int(least.sum()), row.scale) > row.right:
            reached = amount_text(-Fraction(int(least.sum()), row.scale))
            yield of_rule("INF-07", limits, limit, limit=amount_text(-row.right), reach=reached)


def _must_be_funded(problem: Problem, limits: Limits, limit: int) -> bool:
    cells = limits.total.cells[limits.total.sets == limit]
    return bool((problem.pinned[cells] >= 0).any())
