"""One instance solved again and again with changes; each search begins with what an earlier one found.

What explains a plan asks here what would be without a rule, with more of a pool, or with a merchant left out:
the answers are plans with proven bounds, not guesses from prices.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from models.certificate import Price
from models.instance import Instance
from models.problem import Problem
from models.rule import Rule
from models.solution import SearchOptions, Solution, Watch
from models.warm import Warm
from optimizer.arithmetic import conflicts
from optimizer.compile import compile_problem
from optimizer.lagrangian.certify import certify
from optimizer.search import search

__all__ = ["Basis", "WhatIf"]

_LEAST_SECONDS = 1.0


@dataclass(frozen=True, eq=False)
class Basis:
    """A solved problem that searches of changed instances may begin with."""

    problem: Problem
    warm: Warm

    def warm_for(self, problem: Problem) -> Warm | None:
        """Return what makes sense of it for another problem of the same options; None for other options."""
        if problem.num_options != self.problem.num_options:
            return None
        place = {limits.rule.rule: at for at, limits in enumerate(problem.limits)}
        moved = []
        for price in self.warm.prices:
            if price.limits < 0:
                moved.append(price)
                continue
            rule = self.problem.limits[price.limits].rule
            at = place.get(rule.rule)
            if at is not None and _has_same_limits(rule, problem.limits[at].rule):
                moved.append(Price(at, price.limit, price.price, price.weights))
        return Warm(tuple(moved), self.warm.options)


def _has_same_limits(one: Rule, other: Rule) -> bool:
    """Say whether two rules expand to the same limits, whatever their values."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("kind", "measure", "where", "by", "sense", "k", "k_is_share", "basis", "of")
    )


class WhatIf:
    """Solves changed instances of the same options.

    Parameters
    ----------
    options
        What each search is asked for; `time_limit` is that of all searches together.
    basis
        What the first search begins with; None: nothing.
    """

    def __init__(self, options: SearchOptions, watch: Watch, basis: Basis | None = None) -> None:
        self.options, self.watch, self.basis = options, watch, basis
        self._ends = time.monotonic() + options.time_limit
        self.num_solved = 0

    def seconds_left(self) -> float:
        """Return what is left of the time for all searches together; zero or less once it is over."""
        return self._ends - time.monotonic()

    def __call__(self, instance: Instance, *, seconds: float | None = None) -> Solution:
        """Solve a changed instance: a plan with its bound, or a proof that there is none, or neither.

        Parameters
        ----------
        seconds
            What this search may take; None: what is left.
        """
        problem = compile_problem(instance)
        if any(finding.severity.value == "conflict" for finding in conflicts(problem)):
            return Solution(None, certify(problem, []), is_proven_impossible=True)
        left = max(self.seconds_left(), _LEAST_SECONDS)
        limit = left if seconds is None else min(left, seconds)
        warm = None if self.basis is None else self.basis.warm_for(problem)
        solution = search(problem, replace(self.options, time_limit=limit, warm=warm), self.watch)
        self.num_solved += 1
        if solution.plan is not None and self.basis is None:
            self.basis = Basis(problem, Warm.of(solution.plan, solution.certificate))
        return solution
