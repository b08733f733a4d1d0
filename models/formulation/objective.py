"""Objective: the value of the chosen options, and of what is counted, less soft penalties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyomo.environ as pyo

from models.formulation.measures import sums, written
from models.formulation.sheet import Sheet, Sum
from models.problem import Amounts, Merchants, Problem, Reward, Total
from models.reach import merchant_pairs, reach

_TOLERANCE = 2 * 10**-6
"""Share of a threshold by which a solver may fall short of it."""


def state(sheet: Sheet) -> None:
    """State what is maximised."""
    problem = sheet.problem
    value = sheet.amount(range(problem.num_cells), written(problem.objective))
    for index, reward in enumerate(problem.rewards):
        part = sheet.block(f"reward{index}")
        value.add(float(reward.weight), sums(sheet, part, "merchants", _clear(problem, reward))[0])
    for penalty, broken_by in sheet.penalties:
        value.add(-penalty, Sum([1.0], [broken_by]))
    sheet.model.add_component("objective", pyo.Objective(expr=value.expression(), sense=pyo.maximize))


def _clear(problem: Problem, reward: Reward) -> Total:
    """Return what is counted, thresholds raised by what rounding a mix may lose: a reward is all or nothing.

    Only mixes are rounded; a threshold is never raised beyond what can be reached.
    """
    total, measure = reward.total, reward.total.measure
    if not isinstance(measure, Merchants) or not isinstance(measure.reaches, Amounts) or reward.weight < 0:
        return total
    if not problem.is_divisible.any():
        return total
    loss = sum(abs(factor) for _column, factor in measure.reaches.terms)
    by_pair, _pairs = merchant_pairs(problem, total)  # every merchant once, as its cells are all in the set
    most = reach(problem, Total(measure.reaches, by_pair.cells, by_pair.sets, by_pair.num_sets))[1].tolist()
    cells = np.diff(problem.cell_start).tolist()
    raised = (
        max(needed, min(needed + 2 * loss * count + int(abs(needed) * _TOLERANCE) + 1, largest))
        for needed, count, largest in zip(measure.thresholds, cells, most, strict=True)
    )
    return replace(total, measure=replace(measure, thresholds=tuple(raised)))
