"""Stages of the objective, one after the other: what each reaches is a rule of those that come after.

Lexicographic optimisation by constraints (Isermann 1982): a stage is the same problem with another aim and
one more hard rule, so everything that searches, writes and proves takes it as it is.
"""

from __future__ import annotations

import time
from dataclasses import replace

from models.instance import Instance
from models.language import _
from models.plan import Plan
from models.problem import Problem
from models.rule import Rule
from models.settings import Stage
from models.solution import SearchOptions, Settled, Solution, Watch
from models.warm import Warm
from optimizer.compile import compile_problem
from optimizer.decode import evaluate
from optimizer.lagrangian.certify import certify
from optimizer.search import search
from optimizer.search.floors import floor_of, stage_of
from optimizer.search.worst import Asking, raised

_LEAST_SECONDS = 0.01


def search_in_stages(problem: Problem, options: SearchOptions, watch: Watch) -> Solution:
    """Find the best plan by stages, within the time asked for; what no stage needs is left to the next.

    Where no plan can meet the hard rules, the solution is that of the problem without stages.
    """
    return _Stages(problem, options, watch).run()


class _Stages:
    """One search by stages."""

    def __init__(self, problem: Problem, options: SearchOptions, watch: Watch) -> None:
        self.problem, self.options, self.watch = problem, options, watch
        self.instance: Instance = problem.instance
        self.stages = self.instance.settings.objective.stages
        self.floors: tuple[Rule, ...] = ()
        self.settled: list[Settled] = []
        self.known: Plan | None = None
        self.is_reproducible = True
        self.began = time.monotonic()

    def run(self) -> Solution:
        for number, stage in enumerate(self.stages, 1):
            ended = self._maximised(number, stage) if stage.worst is None else self._raised(number, stage)
            if isinstance(ended, Solution):
                return ended
            self.settled.append(ended)
            self.floors += (floor_of(self.instance, number, ended.floor),)
            self.known = ended.plan
        last = self._compiled(len(self.stages) + 1, ())
        asked = replace(self._asked(len(self.stages) + 1), warm=self._warm(last))
        found = search(last, asked, self.watch, self._begun(last))
        is_reproducible = found.is_reproducible and self.is_reproducible
        return replace(found, is_reproducible=is_reproducible, stages=tuple(self.settled))

    def _compiled(self, number: int, own: tuple[Rule, ...]) -> Problem:
        return compile_problem(stage_of(self.instance, number, (*self.floors, *own)))

    def _begun(self, problem: Problem) -> Plan | None:
        """Return the plan of the stage before as one of this stage's problem."""
        return None if self.known is None else evaluate(problem, self.known.choice)

    def _asked(self, number: int) -> SearchOptions:
        """Return what a stage's search is asked for: an equal share of the time left."""
        left = self.options.time_limit - (time.monotonic() - self.began)
        seconds = max(left / (len(self.stages) + 2 - number), _LEAST_SECONDS)
        return replace(self.options, time_limit=seconds, is_best_effort=False, warm=None)

    def _warm(self, last: Problem) -> Warm | None:
        """Return what the last stage begins with, its prices being those of the same rules."""
        warm = self.options.warm
        if warm is None:
            return None
        place = {limits.rule.rule: at for at, limits in enumerate(last.limits)}
        names = [limits.rule.rule for limits in self.problem.limits]
        prices = (
            price if price.limits < 0 else replace(price, limits=place[names[price.limits]])
            for price in warm.prices
        )
        return replace(warm, prices=tuple(prices))

    def _maximised(self, number: int, stage: Stage) -> Settled | Solution:
        problem = self._compiled(number, ())
        found = search(problem, self._asked(number), self.watch, self._begun(problem))
        self.is_reproducible &= found.is_reproducible
        if found.plan is None:
            return self._without_stages(found)
        reached = found.plan.objective
        return Settled(
            stage,
            found.plan,
            reached,
            reached - stage.within * abs(reached),
            problem,
            found.certificate,
            found.certified_bound,
            found.claimed_bound,
        )

    def _raised(self, number: int, stage: Stage) -> Settled | Solution:
        """Raise the worst-off as far as it goes."""
        ends = time.monotonic() + self._asked(number).time_limit
        asking = Asking(
            lambda value, asked: self._compiled(number, (floor_of(self.instance, number, value, asked),)),
            lambda problem, asked, begun: search(problem, asked, self.watch, begun),
            lambda: 0.0 if self.watch.is_cancelled() else ends - time.monotonic(),
            replace(self.options, is_best_effort=False, warm=None),
        )
        raising = raised(stage, number, asking, self.known)
        self.is_reproducible &= raising.is_reproducible
        if raising.settled is None:
            return self._without_stages(raising.last)
        return raising.settled

    def _without_stages(self, ended: Solution | None) -> Solution:
        """Say of the hard rules alone that no plan meets them; a plan found so late is no plan by stages."""
        remark = _("a stage found no plan in its share of the time")
        if ended is not None and ended.remark:
            remark = ended.remark
        if self.settled:
            return Solution(None, certify(self.problem, []), is_reproducible=False, remark=remark)
        asked = replace(self._asked(1), is_best_effort=self.options.is_best_effort)
        found = search(self.problem, asked, self.watch)
        if found.plan is None or found.is_best_effort:
            return found
        return replace(found, plan=None, is_reproducible=False, remark=remark)
