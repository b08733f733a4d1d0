"""The search: Problem -> Solution. With `pipeline`, the only place that composes stages.

Prices come first, where the problem is more than a handful of cells: they give a bound that anyone can
recompute, and merchants' choices that are mixed into a plan. Where the gap asked for is not met so, HiGHS
works on the whole, begun with what is known. Nothing that floats say is taken as it stands (see `whole`).
"""

from __future__ import annotations

from models.linear import linear
from models.problem import Problem
from models.solution import SearchOptions, Solution, Watch
from optimizer.lagrangian.certify import certify
from optimizer.search.clock import Clock, Over
from optimizer.search.found import NOTHING, Found
from optimizer.solve.answer import Answer, Ended

__all__ = ["search"]

_FEW_OPTIONS = 2_000
"""Problems of up to so many options go to the solver whole first; prices then prove what it claims."""

_FEWEST_OPTIONS, _FEW_PRICES = 300, 2
"""But knapsacks of more options than a handful, which solvers find hard and prices with leaves do not."""


def search(problem: Problem, options: SearchOptions, watch: Watch) -> Solution:
    """Find the best plan of a problem within the time and gap asked for."""
    clock = Clock(options, watch)
    found = NOTHING
    try:
        is_small = problem.num_options <= _FEW_OPTIONS
        if options.method == "lagrangian" or (options.method == "auto" and _is_for_prices(problem)):
            from optimizer.search.priced import priced  # numba and scipy are not for the smallest

            found = priced(problem, clock)
            if found.meets(options) or (found.plan is not None and clock.is_over()):
                return _solution(problem, found, clock)
        from optimizer.search.whole import Whole

        solution = Whole(problem, clock, found).run()
        if is_small and _wants_proof(solution, clock):
            from optimizer.search.branching import proven_by_leaves

            return proven_by_leaves(problem, solution, clock)
        return solution
    except Over:
        if found.plan is not None:
            return _solution(problem, found, clock)
        from optimizer.search.whole import why_none

        return Solution(
            None, certify(problem, []), is_reproducible=False, remark=why_none(Answer(Ended.stopped))
        )


def _is_for_prices(problem: Problem) -> bool:
    """Say whether prices come first: in all problems but small ones, and in small ones of next to no prices."""
    if problem.num_options > _FEW_OPTIONS or problem.num_options <= _FEWEST_OPTIONS:
        return problem.num_options > _FEW_OPTIONS
    rows = linear(problem)
    return rows.is_complete and int((rows.row_merchant < 0).sum()) <= _FEW_PRICES


def _wants_proof(solution: Solution, clock: Clock) -> bool:
    """Say whether there is a plan whose certified gap is above the one asked for, and time to prove more."""
    gap = solution.certified_gap
    return gap is not None and gap > clock.options.gap and not clock.is_over()


def _solution(problem: Problem, found: Found, clock: Clock) -> Solution:
    certificate = found.certificate or certify(problem, [])
    return Solution(found.plan, certificate, None, clock.is_reproducible)
