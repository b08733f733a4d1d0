"""The mathematical model in Pyomo, one family of constraints a file: it states, it never solves.

`models/README.md` says the same in symbols. Amounts are floats in written units here; nothing that this model
finds is believed before it has been checked in exact integers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyomo.environ as pyo
from pyomo.core.base.constraint import ConstraintData
from pyomo.core.base.var import VarData

from models.formulation import choice, divisible, limits, objective, pins, pools, ratio, top
from models.formulation.sheet import Sheet, Threshold
from models.problem import Problem

__all__ = ["Formulation", "Threshold", "formulate"]


@dataclass(frozen=True, eq=False)
class Formulation:
    """A stated model.

    Attributes
    ----------
    take
        Variable of each option, in the problem's order.
    rows
        Constraint -> (index of the rule's limits, or -1 for pools; limit or pool): the rows that have a
        price.
    over
        Constraint -> (index of a `top` rule's limits; group): the rows that say what a group has above the
        threshold.
    between
        Constraint -> (index of a `ratio` rule's limits; group; whether it is below `high`): the rows that
        keep a group's amount per basis between `low` and `high`.
    thresholds
        Those that a mix which just reaches them on paper may miss as it is written.
    """

    model: pyo.ConcreteModel
    take: list[VarData]
    rows: dict[ConstraintData, tuple[int, int]]
    over: dict[ConstraintData, tuple[int, int]]
    between: dict[ConstraintData, tuple[int, int, bool]]
    thresholds: list[Threshold]


def formulate(problem: Problem, checkpoint: Callable[[], None] = lambda: None) -> Formulation:
    """State the whole problem: maximise the objective under choice, pins, pools and every enforced rule.

    Parameters
    ----------
    checkpoint
        Called before every row; what it raises ends the work.
    """
    sheet = Sheet.of(problem, checkpoint)
    choice.state(sheet)
    divisible.state(sheet)
    pins.state(sheet)
    pools.state(sheet)
    for index, stated in enumerate(problem.limits):
        if stated.rule.enforcement == "report":
            continue
        family = {"limit": limits, "window": limits, "top": top, "ratio": ratio}[stated.rule.kind]
        family.state(sheet, index, stated)
    objective.state(sheet)
    return Formulation(sheet.model, list(sheet.take), sheet.rows, sheet.over, sheet.between, sheet.thresholds)
