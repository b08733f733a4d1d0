"""The tables `plan` and `booked`: one row per option taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.amount import FRACTION_UNIT, VALUE_DIGITS, units_to_short_text
from models.plan import Plan
from optimizer.write.cells import amounts, coded, strings
from optimizer.write.table import Column


def is_booked(plan: Plan) -> NDArray[np.bool_]:
    """Say which rows are of cells that can no longer change: they stand in `booked`; shape (rows,)."""
    instance = plan.problem.instance
    slot = instance.options.keys["slot"]
    begun = frozenset() if instance.campaign is None else instance.campaign.begun
    return np.array([text in begun for text in slot.texts], bool)[slot.codes[plan.choice.options]]


def plan_table(plan: Plan, rows: NDArray[np.bool_]) -> list[Column]:
    """Return some rows of a plan as columns, sorted by merchant, category, slot, segment, option."""
    problem, options = plan.problem, plan.problem.instance.options
    taken = plan.choice.options[rows]
    columns = [
        Column(name, coded(key.texts, key.codes[taken]), "text")
        for name, key in [*options.keys.items(), ("option", options.option)]
    ]
    for pool, cost in zip(problem.instance.pools, plan.costs, strict=True):
        columns.append(Column(pool.name, amounts(cost[rows], pool.decimals), pool.decimals))
    for name, values in plan.values.items():
        columns.append(Column(name, amounts(values[rows], VALUE_DIGITS, is_short=True), VALUE_DIGITS))
    if problem.instance.settings.divisible is not False:
        cell = problem.cells_of(taken)
        fractions = zip(
            plan.choice.fractions[rows].tolist(), problem.is_divisible[cell].tolist(), strict=True
        )
        texts = [_fraction(fraction) if divisible else "" for fraction, divisible in fractions]
        columns.append(Column("fraction", strings(texts), "number"))
    return columns


def _fraction(fraction: int) -> str:
    return units_to_short_text(fraction, len(str(FRACTION_UNIT)) - 1)
