"""Limits that the cells of their own group cannot meet, whatever is chosen; pins that overspend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from models.finding import Finding, finding
from models.problem import Amounts, Integers, Limits, Merchants, Problem
from models.rationals import Rationals, exact_sum, narrowed
from models.reach import cell_reach, least_of_nothing, reach
from models.row import is_linear, limit_row
from optimizer.arithmetic.floors import is_nonnegative
from optimizer.arithmetic.words import amount_text, of_rule, pins_of, pins_text

MOST_PER_RULE = 20
"""Groups of one rule that are reported; a rule that fails everywhere need not be told a thousand times."""


def pins_overspend(problem: Problem) -> Iterator[Finding]:
    """Compare what the pins alone draw with each pool."""
    for pool, costs in zip(problem.instance.pools, problem.pools, strict=True):
        drawn = exact_sum(costs.coefficients[problem.pinned[problem.pinned >= 0]])
        if drawn > pool.amount:
            scale, pins = 10**pool.decimals, pins_of(problem, None)
            is_running = problem.instance.campaign is not None
            facts = {"limit": Fraction(pool.amount, scale), "reach": Fraction(drawn, scale)}
            texts = {name: amount_text(amount) for name, amount in facts.items()}
            found = (
                finding("OPR-09", "actuals.csv", column=pool.name, pool=pool.name)
                if is_running
                else finding(
                    "INF-06", pins[0].file, pins[0].row, "option", pool=pool.name, pins=pins_text(pins)
                )
            )
            yield replace(found, facts=(*found.facts, *texts.items()))


def out_of_reach(problem: Problem, limits: Limits) -> Iterator[Finding]:
    """Compare each limit with the least and the most that its own cells can come to."""
    if limits.rule.kind in ("top", "ratio"):
        return
    if limits.basis is not None:
        yield from _row_out_of_reach(problem, limits)
        return
    is_floor = limits.rule.sense == "at_least"
    reached = _nearest(problem, limits)
    excess = limits.constants.over(reached) if is_floor else reached.over(limits.constants)
    reported = 0
    for limit in np.flatnonzero(excess.numerators > 0).tolist():
        if limits.rule.applies == "if_funded" and not _must_be_funded(problem, limits, limit):
            continue
        nearest, constant = reached[limit], limits.constants[limit]
        reported += 1
        if reported > MOST_PER_RULE:
            return
        facts = {"limit": amount_text(constant), "reach": amount_text(nearest)}
        pins = [] if is_floor else pins_of(problem, limits, limit)
        is_running = not is_floor and problem.instance.campaign is not None
        if is_running and nearest > 0 and is_nonnegative(limits):
            yield of_rule("OPR-10", limits, limit, **facts)
        elif pins and nearest > 0 and is_nonnegative(limits):
            yield of_rule("INF-02", limits, limit, pins=pins_text(pins), **facts)
        else:
            yield of_rule("INF-01" if is_floor else "INF-08", limits, limit, **facts)


def _nearest(problem: Problem, limits: Limits) -> Rationals:
    """Return how near the cells of each limit can come to it: their most for a floor, else their least."""
    total, scale = limits.total, 10**limits.total.measure.digits
    is_floor = limits.rule.sense == "at_least"
    if not is_floor and not isinstance(total.measure, Merchants) and least_of_nothing(problem, total.measure):
        return Rationals(np.zeros(total.num_sets, np.int64), scale)
    least, largest = reach(problem, total)
    return Rationals(narrowed(largest if is_floor else least), scale)


def _row_out_of_reach(problem: Problem, limits: Limits) -> Iterator[Finding]:
    """Compare a limit with a basis in the plan with the best that every cell can do for it."""
    if not (problem.pinned >= 0).any():
        return  # giving nothing uses nothing of a limit that begins at zero
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
