"""`plan.csv`: one row per option taken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.amount import FRACTION_UNIT, VALUE_DIGITS, units_to_short_text, units_to_text
from models.plan import Plan
from optimizer.write.table import csv_bytes, safe


def plan_csv(plan: Plan) -> bytes:
    """Return the bytes of `plan.csv`, sorted by merchant, category, slot, segment, option."""
    instance = plan.problem.instance
    header = [*instance.options.keys, "option", *(pool.name for pool in instance.pools), *plan.values]
    if instance.settings.divisible is not False:
        header.append("fraction")
    return csv_bytes(header, _rows(plan))


def _rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    problem, options = plan.problem, plan.problem.instance.options
    taken = plan.choice.options
    columns = [
        [safe(column.texts[code]) for code in column.codes[taken].tolist()]
        for column in options.keys.values()
    ]
    columns.append([safe(options.option.texts[code]) for code in options.option.codes[taken].tolist()])
    for pool, cost in zip(problem.instance.pools, plan.costs, strict=True):
        columns.append([units_to_text(units, pool.decimals) for units in cost.tolist()])
    columns += [
        [units_to_short_text(units, VALUE_DIGITS) for units in values.tolist()]
        for values in plan.values.values()
    ]
    if problem.instance.settings.divisible is not False:
        cell = np.searchsorted(problem.option_start, taken, side="right") - 1
        is_divisible = problem.is_divisible[cell].tolist()
        fractions = zip(plan.choice.fractions.tolist(), is_divisible, strict=True)
        columns.append([_fraction(fraction) if divisible else "" for fraction, divisible in fractions])
    return iter(zip(*columns, strict=True))


def _fraction(fraction: int) -> str:
    return units_to_short_text(fraction, len(str(FRACTION_UNIT)) - 1)
