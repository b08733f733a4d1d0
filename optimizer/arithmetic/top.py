"""Caps on the largest groups that floors on groups push them over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from models.finding import Finding
from models.problem import Amounts, Cells, Limits, Problem
from models.reach import cell_reach
from optimizer.arithmetic.floors import Demand, constant_of, demands, floors_of, is_additive
from optimizer.arithmetic.words import amount_text, in_brackets, named, of_rule, pins_of, pins_text


def largest_over(problem: Problem, limits: Limits, hard: Sequence[Limits]) -> Iterator[Finding]:
    """Add up what the k groups that must have most must have: by floors inside of them, or by pins."""
    if limits.rule.kind != "top" or limits.basis is not None or not is_additive(limits):
        return
    measure, of_cell = limits.total.measure, limits.groups.of_cell
    assert isinstance(measure, Amounts | Cells)
    asked = demands(floors_of(limits.rule.measure.text, hard), of_cell, constant_of)
    pinned = np.zeros(limits.groups.count, object)
    inside = of_cell >= 0
    np.add.at(pinned, of_cell[inside], cell_reach(problem, measure)[0][inside].astype(object))
    least = {
        group: max(Fraction(int(units), 10**measure.digits), asked.get(group, Demand()).amount)
        for group, units in enumerate(pinned.tolist())
    }
    largest = sorted(least, key=lambda group: (-least[group], group))[: limits.num_largest]
    total = sum((least[group] for group in largest), Fraction(0))
    if total <= limits.constants[0]:
        return
    held = [group for group in largest if least[group] > 0]
    rules = [rule for group in held for rule in asked.get(group, Demand()).rules]
    few = [in_brackets(limits.groups.label(group)).strip(" ()") for group in held[:5]]
    yield of_rule(
        "INF-12",
        limits,
        None,
        k=str(limits.num_largest),
        limit=amount_text(limits.constants[0]),
        floor=amount_text(total),
        groups=", ".join([*few, *["…"][: len(held) > len(few)]]),
        rules=named(rules) or pins_text(pins_of(problem, None)),
    )
