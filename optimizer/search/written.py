"""Plans as they are written, from what the solver finds.

A mix is written in smallest units, costs rounded up and values down, so that what meets a limit or reaches a
threshold in the solver's floats may break or miss it as it is written. It is looked for again with every
decision as it was, the amounts alone being free to keep clear of what went amiss, and of nothing else: a row
that leaves no room, as a floor that whole options just meet, does not need any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.plan import Plan
from models.problem import Problem, Total
from optimizer.decode import evaluate, reached, rounded
from optimizer.solve.answer import Answer, Arrays, Floats
from optimizer.solve.model import Cut, Model

_POLISHINGS = (1, 2, 8, 32, 256)
"""Rows of a plan whose rounding a limit leaves room for, in turn, once it was broken."""
_HAIR = 1e-4
"""Share of the objective that rounding may take; what takes more is a count that is missed."""


class Writer:
    """Writes what the solver finds.

    Parameters
    ----------
    solve
        Solves a linear program.
    """

    def __init__(self, problem: Problem, model: Model, solve: Callable[[Arrays], Answer]) -> None:
        self._problem, self._model, self._solve = problem, model, solve
        soft = [limits for limits in problem.limits if limits.rule.enforcement == "soft"]
        self._paid = {reward.total for reward in problem.rewards}
        self._paid |= {total for one in soft for total in (one.total, one.basis) if total is not None}

    def plan(self, answer: Answer) -> Plan:
        """Return an answer as a plan; where cells are divisible, rounded whichever way is better."""
        assert answer.values is not None
        take = self._model.take(answer.values)
        plan = evaluate(self._problem, rounded(self._problem, take))
        if not self._problem.is_divisible.any():
            return plan
        return _better(plan, evaluate(self._problem, rounded(self._problem, take, is_up=True)))

    def polished(self, answer: Answer, cuts: Sequence[Cut]) -> Plan:
        """Return an answer as a plan, its amounts clear of what rounding would break or miss."""
        best = self.plan(answer)
        if not self._problem.is_divisible.any():
            return best
        assert answer.values is not None
        amiss = self._amiss(answer.values, best)
        for roundings in _POLISHINGS if amiss else ():
            inside = self._solve(self._model.polished(answer.values, amiss, roundings, cuts))
            if inside.values is None:
                break
            plan = self.plan(inside)
            best = _better(best, plan)
            more = self._amiss(inside.values, plan)
            if not more:
                break
            amiss |= more
        return best

    def _amiss(self, values: Floats, plan: Plan) -> set[int]:
        """Return the rows of the model that a plan breaks as it is written, or is on the other side of."""
        broken = [(-1, pool) for pool, units in enumerate(plan.overspent) if units > 0]
        for index, use in enumerate(plan.uses):
            if use.limits.rule.enforcement == "hard":
                broken += [(index, limit) for limit in np.flatnonzero(use.is_broken).tolist()]
        rows = {self._model.rows[which] for which in broken if which in self._model.rows}
        thresholds = self._model.thresholds
        return rows | {thresholds[n].rows[1 - is_on] for n, is_on in self.missed(values, plan).items()}

    def is_short(self, answer: Answer, plan: Plan) -> bool:
        """Say whether a plan is worth less than the answer that it comes from by more than a hair."""
        assert answer.values is not None
        worth = self._model.worth(answer.values)
        return float(plan.objective) < worth - _HAIR * max(1.0, abs(worth))

    def lost(self, answer: Answer, plan: Plan) -> dict[int, int]:
        """Return what is `missed` of what the objective pays for, if the plan is worth less for it."""
        assert answer.values is not None
        missed = self.missed(answer.values, plan) if self.is_short(answer, plan) else {}
        return {number: is_on for number, is_on in missed.items() if self._is_paid(number)}

    def _is_paid(self, number: int) -> bool:
        return self._model.thresholds[number].total in self._paid

    def missed(self, values: Floats, plan: Plan) -> dict[int, int]:
        """Return the thresholds of which a plan is on the other side, and 1 where it reaches them."""
        flags: dict[Total, Sequence[bool]] = {}
        found = {}
        for number, one in enumerate(self._model.thresholds):
            if one.total not in flags:
                flags[one.total] = reached(self._problem, plan.choice, one.total).tolist()
            if flags[one.total][one.pair] != (values[one.column] > 0.5):
                found[number] = int(flags[one.total][one.pair])
        return found


def _better(first: Plan, second: Plan) -> Plan:
    """Return the second plan where it holds and is worth more, or alone holds."""
    is_better = second.is_feasible and (not first.is_feasible or second.objective > first.objective)
    return second if is_better else first
