"""Floors that are more, together, than a cap or a pool above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from models.finding import Finding
from models.problem import Amounts, Cells, Limits, Merchants, Problem
from models.reach import merchant_pairs
from optimizer.arithmetic.floors import (
    Cap,
    Demand,
    constant_of,
    containers,
    demands,
    floors_of,
    is_floor,
)
from optimizer.arithmetic.words import amount_text, in_brackets, named, of_rule


def floors_over(cap: Cap, hard: Sequence[Limits]) -> Iterator[Finding]:
    """Add up the floors whose cells all lie under one cap."""
    floors = floors_of(cap.measure, hard)
    for which, demand in demands(floors, cap.of_cell, constant_of).items():
        if demand.amount > cap.amounts[which]:
            yield _floors_finding(cap, which, demand)


def _floors_finding(cap: Cap, which: int, demand: Demand) -> Finding:
    facts = {**_cap_facts(cap, which), "floor": amount_text(demand.amount)}
    limits, group = demand.groups[0]
    if len(demand.groups) == 1:
        return of_rule("INF-03", limits, group, **facts)
    excess = amount_text(demand.amount - cap.amounts[which])
    return of_rule("INF-04", limits, None, rules=named(demand.rules), excess=excess, **facts)


def coverage_over(problem: Problem, cap: Cap, hard: Sequence[Limits]) -> Iterator[Finding]:
    """Compare what funding as many cells or merchants as a floor asks for must draw with a pool's caps."""
    costs = next((pool for pool in problem.pools if pool.name == cap.measure), None)
    if costs is None:
        return
    for limits in hard:
        if not is_floor(limits) or isinstance(limits.total.measure, Amounts):
            continue
        units = _cheapest(problem, limits, costs)
        for group, which in enumerate(containers(limits, cap.of_cell).tolist()):
            constant = limits.constants[group]
            count = -(-constant.numerator // constant.denominator)
            if which < 0 or not 0 < count <= len(units[group]):
                continue
            drawn = Fraction(sum(sorted(units[group])[:count]), 10**costs.digits)
            if drawn > cap.amounts[which]:
                facts = {**_cap_facts(cap, which), "floor": amount_text(drawn)}
                yield of_rule("INF-05", limits, group, count=str(count), pool=costs.name, **facts)


def _cap_facts(cap: Cap, which: int) -> dict[str, str]:
    return {
        "cap": amount_text(cap.amounts[which]),
        "cap_rule": cap.rule,
        "cap_group": in_brackets(cap.label(which)),
    }


def _cheapest(problem: Problem, limits: Limits, costs: Amounts) -> list[list[int]]:
    """Return, per group, the least draw by which each of its cells (or merchants) can count."""
    cheapest = np.minimum.reduceat(costs.coefficients, problem.option_start[:-1])
    cheapest = np.where(problem.is_divisible, 0, cheapest)
    measure = limits.total.measure
    units: list[list[int]] = [[] for _ in range(limits.count)]
    if isinstance(measure, Cells):
        for cell, group in zip(limits.total.cells.tolist(), limits.total.sets.tolist(), strict=True):
            units[group].append(int(cheapest[cell]))
        return units
    assert isinstance(measure, Merchants)
    by_pair, pairs = merchant_pairs(problem, limits.total)
    least = np.full(by_pair.num_sets, np.iinfo(np.int64).max, object)
    np.minimum.at(least, by_pair.sets, cheapest[by_pair.cells].astype(object))
    for (group, merchant), draw in zip(pairs.tolist(), least.tolist(), strict=True):
        threshold = measure.thresholds[merchant] if measure.reaches is costs else 0
        units[group].append(max(int(draw), threshold) if measure.reaches in (None, costs) else 0)
    return units
