"""What becomes of a changed policy: compiled anew from the instance in hand, and solved within a budget."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

from models.amount import MAX_UNITS
from models.codes import Severity
from models.conflict import Change, Member, Verdict
from models.instance import Instance, Pool
from models.plan import Plan
from models.problem import Problem
from models.rule import Rule
from models.solution import Progress, SearchOptions, Watch
from optimizer.arithmetic import conflicts
from optimizer.compile import compile_problem
from optimizer.search import best, decide

MOST_QUESTIONS = 200
MOST_SECONDS = 60.0
"""What an explanation may take; less where the time limit of the run leaves less."""

_GAP = Fraction(1, 1000)
"""What the best plan under a repair reaches is good enough for a menu from here on."""

_ANY_SHARE, _BEST_SHARE, _LEAST_SECONDS = 0.15, 0.25, 0.05
"""Shares of the time left that one question may take; and what is too little to ask anything."""


class Asker:
    """Answers questions about one instance; see `models.conflict.Asking`.

    Parameters
    ----------
    seconds
        What is left of the time limit.
    """

    def __init__(self, instance: Instance, options: SearchOptions, watch: Watch, seconds: float) -> None:
        self.instance = instance
        # What becomes of a question is no news of the plan.
        self.watch = Watch(lambda news: watch.progress(Progress("explain", news.seconds)), watch.is_cancelled)
        gap = max(options.gap, _GAP)
        self.options = replace(options, gap=gap, is_best_effort=False, is_certified=False, warm=None)
        self._ends = time.monotonic() + min(seconds, MOST_SECONDS)
        self._num_asked = 0

    @property
    def is_over(self) -> bool:
        """Whether no more can be asked."""
        return (
            self._num_asked >= MOST_QUESTIONS
            or self._seconds_left() < _LEAST_SECONDS
            or self.watch.is_cancelled()
        )

    def any_plan(self, change: Change) -> Verdict:
        """Return some plan, or that there is none; neither once it is over."""
        if self.is_over:
            return Verdict()
        self._num_asked += 1
        problem = changed(self.instance, change)
        solution = decide(problem, self._within_time(_ANY_SHARE), self.watch)
        if solution.plan is not None and solution.plan.is_feasible:
            return Verdict(problem, plan=solution.plan)
        if solution.is_infeasible:
            return Verdict(problem, proof=solution.certificate, is_impossible=True)
        is_conflict = any(found.severity is Severity.conflict for found in conflicts(problem))
        return Verdict(problem, is_impossible=is_conflict)

    def best_plan(self, change: Change) -> Plan | None:
        """Return the best plan found; None once it is over."""
        if self.is_over:
            return None
        self._num_asked += 1
        found = best(changed(self.instance, change), self._within_time(_BEST_SHARE), self.watch)
        return found.plan if found.plan is not None and found.plan.is_feasible else None

    def best_effort(self) -> Plan | None:
        """Return the plan that breaks the rules of the policy as it stands least."""
        if self.is_over:
            return None
        self._num_asked += 1
        options = replace(self._within_time(_BEST_SHARE), is_best_effort=True)
        return best(changed(self.instance, Change()), options, self.watch).plan

    def _seconds_left(self) -> float:
        return self._ends - time.monotonic()

    def _within_time(self, share: float) -> SearchOptions:
        return replace(self.options, time_limit=max(self._seconds_left() * share, _LEAST_SECONDS))


def changed(instance: Instance, change: Change) -> Problem:
    """Return the compiled problem of an instance whose policy is changed; its tables stay as they are."""
    values = dict(change.values)
    pins = tuple(pin for index, pin in enumerate(instance.pins) if Member("pin", index) not in change.without)
    rules = tuple(
        _rule(rule, Member("rule", index), change, values) for index, rule in enumerate(instance.rules)
    )
    pools = tuple(
        _with_amount(pool, values.get(Member("pool", index))) for index, pool in enumerate(instance.pools)
    )
    problem = compile_problem(replace(instance, rules=rules, pools=pools, pins=pins))
    # A pool that is left out is still what shares of it are taken of: it is only made to hold everything.
    endless = tuple(
        replace(pool, amount=MAX_UNITS) if Member("pool", index) in change.without else pool
        for index, pool in enumerate(pools)
    )
    return replace(problem, instance=replace(problem.instance, pools=endless))


def _rule(rule: Rule, member: Member, change: Change, values: dict[Member, Fraction]) -> Rule:
    if member in change.without:
        return rule.model_copy(update={"enforcement": "report", "penalty": None, "value": Fraction(1)})
    return rule.model_copy(update={"value": values[member]}) if member in values else rule


def _with_amount(pool: Pool, amount: Fraction | None) -> Pool:
    return pool if amount is None else replace(pool, amount=int(amount * 10**pool.decimals))
