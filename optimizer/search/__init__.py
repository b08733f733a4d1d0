"""The search: Problem -> Solution. With `pipeline`, the only place that composes stages.

Prices come first, where the problem is more than a handful of cells: they give a bound that anyone can
recompute, and merchants' choices that are mixed into a plan. Where the gap asked for is not met so, HiGHS
works on the whole, begun with what is known, and with a second thread plans are looked for beside it. Nothing
that floats say is taken as it stands (see `whole`).
"""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

from models.plan import Plan
from models.problem import Problem
from models.solution import SearchOptions, Solution, Watch
from optimizer.lagrangian.certify import certify
from optimizer.search.canonical import in_canonical_order
from optimizer.search.clock import Clock, Over
from optimizer.search.found import NOTHING, Found
from optimizer.search.knapsack import LEAST_OPTIONS, best_of_knapsack
from optimizer.solve.answer import Answer, Ended

__all__ = ["best", "decide", "search"]

_FEW_OPTIONS = 2_000
"""Problems of up to so many options go to the solver whole first; prices then prove what it claims."""

_FEW_SINGLE_OPTIONS = 5_000
"""The same where each merchant has one cell: prices then prove no more than the linear relaxation does."""

_MOST_DECIDED = 50_000
"""Options up to which any plan is looked for before a good one."""

_ANY_GAP = Fraction(10**15)


def search(problem: Problem, options: SearchOptions, watch: Watch, begun: Plan | None = None) -> Solution:
    """Find the best plan of a problem within the time and gap asked for.

    Parameters
    ----------
    begun
        A plan of the problem that is known to meet every hard rule: none that is worse is returned.
    """
    return _in_order(problem, options, watch, begun, is_proven=True)


def best(problem: Problem, options: SearchOptions, watch: Watch) -> Solution:
    """Find the best plan as `search` does, but take the solver's word for how good it is."""
    return _in_order(problem, options, watch, None, is_proven=False)


def _in_order(
    problem: Problem, options: SearchOptions, watch: Watch, begun: Plan | None, *, is_proven: bool
) -> Solution:
    """Search a problem in an order in which names say nothing."""
    made = None if options.warm is not None else in_canonical_order(problem, options.seed)
    if made is None:
        return _searched(problem, options, watch, begun, is_proven=is_proven)
    return made.restored(_searched(made.problem, options, watch, made.begun(begun), is_proven=is_proven))


def _searched(
    problem: Problem, options: SearchOptions, watch: Watch, begun: Plan | None, *, is_proven: bool
) -> Solution:
    """Search a problem in the order in which it stands."""
    clock = Clock(options, watch)
    found = NOTHING if begun is None else Found(begun)
    is_single = problem.num_cells == problem.num_merchants
    is_small = problem.num_options <= (_FEW_SINGLE_OPTIONS if is_single else _FEW_OPTIONS)
    try:
        if options.method == "lagrangian" or (options.method == "auto" and not is_small):
            from optimizer.search.priced import priced  # numba and scipy are not for the smallest

            found = priced(problem, clock, found)
            if found.meets(options):
                return _solution(problem, found, clock)
            clock.checkpoint()
        solution = _knapsack(problem, options) or _whole(problem, clock, found)
        if is_proven and is_small and _wants_proof(solution, clock):
            from optimizer.search.branching import proven_by_leaves

            return proven_by_leaves(problem, solution, clock)
        return solution
    except Over:
        clock.is_reproducible = False
        if found.plan is not None:
            return _solution(problem, found, clock)
        from optimizer.search.whole import why_none

        return Solution(
            None, certify(problem, []), is_reproducible=False, remark=why_none(Answer(Ended.stopped))
        )


def decide(problem: Problem, options: SearchOptions, watch: Watch) -> Solution:
    """Find any plan, or prove that there is none; in what time there is."""
    began = time.monotonic()
    if problem.num_options <= _MOST_DECIDED:
        from optimizer.search.deciding import decided

        try:
            solution = decided(problem, options, watch)
        except Over:
            solution = None
        if solution is not None:
            return solution
    left = max(options.time_limit - (time.monotonic() - began), 0.0)
    return search(problem, replace(options, gap=_ANY_GAP, time_limit=left), watch)


def _knapsack(problem: Problem, options: SearchOptions) -> Solution | None:
    """Return the best plan of a knapsack as such, where a problem is one."""
    if options.method == "monolithic" or problem.num_options < LEAST_OPTIONS:
        return None
    plan = best_of_knapsack(problem)
    return None if plan is None else Solution(plan, certify(problem, []), plan.objective)


def _whole(problem: Problem, clock: Clock, found: Found) -> Solution:
    from optimizer.search.whole import Whole  # Pyomo is not for those who do not need it

    return Whole(problem, clock, found).run()


def _wants_proof(solution: Solution, clock: Clock) -> bool:
    """Say whether there is a plan whose certified gap is above the one asked for, and time to prove more."""
    gap = solution.certified_gap
    return gap is not None and gap > clock.options.gap and not clock.is_over()


def _solution(problem: Problem, found: Found, clock: Clock) -> Solution:
    certificate = found.certificate or certify(problem, [])
    return Solution(found.plan, certificate, None, clock.is_reproducible)
