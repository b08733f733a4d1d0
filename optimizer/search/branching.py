"""Branching where one price vector leaves a gap: from the prices found, with the best plan known."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from models.instance import Int64
from models.linear import Floats
from models.problem import Problem
from models.solution import Solution, relative_gap
from optimizer.decode import evaluate, whole
from optimizer.improve import improve, repair
from optimizer.lagrangian.branch import Branching, can_branch
from optimizer.lagrangian.certify import printed_bound
from optimizer.lagrangian.dual import Dual, minimise
from optimizer.lagrangian.market import Market, market
from optimizer.search.clock import Clock
from optimizer.search.found import Found

_CELL_NODES, _MOST_NODES = 2_000_000, 4_000
"""Nodes times cells, and nodes, that may be looked at: whoever checks has to recompute each leaf."""

_CLAIMED_NODES = 500
"""The same where what the solver claims is enough for who asked."""

_IMPROVING = 200_000
_IMPROVED = 40
"""Choices of nodes that are mended and improved; the later ones are only looked at."""

_DESCENT, _SEARCH_NODES = 30, 50_000


def branched(
    made: Market, prices: Floats, found: Found, clock: Clock, most_nodes: int = _MOST_NODES
) -> Found:
    """Return what is found once decisions are branched on, where a problem is of a kind that can be."""
    return _Search(made, prices, found, clock, most_nodes).run() if can_branch(made) else found


def proven_by_leaves(problem: Problem, solution: Solution, clock: Clock) -> Solution:
    """Prove what a solver claims, or find a better plan, by prices and leaves."""
    made = market(problem)
    if made is None or solution.plan is None or not can_branch(made):
        return solution
    dual = Dual(made)
    start = minimise(
        dual, np.zeros(dual.num_prices), _DESCENT, _SEARCH_NODES, lambda _: clock.is_over()
    ).prices.astype(np.float64)
    most_nodes = _MOST_NODES if clock.options.is_certified else _CLAIMED_NODES
    found = branched(made, start, Found(solution.plan, solution.certificate), clock, most_nodes)
    assert found.plan is not None
    assert found.certificate is not None
    claimed = solution.claimed_bound
    if claimed is not None and claimed < found.plan.objective:
        claimed = None  # the solver was wrong
    return replace(
        solution,
        plan=found.plan,
        certificate=found.certificate,
        claimed_bound=claimed,
        is_reproducible=solution.is_reproducible and clock.is_reproducible,
    )


class _Search:
    """One tree, and the best plan that its nodes come across."""

    def __init__(self, made: Market, prices: Floats, found: Found, clock: Clock, most_nodes: int) -> None:
        self.most_nodes = min(_CELL_NODES // made.problem.num_cells, most_nodes)
        self.market, self.prices, self.found, self.clock = made, prices, found, clock
        self.problem = made.problem
        self.num_tried = 0

    def run(self) -> Found:
        from optimizer.solve.master import Master

        self.clock.tell("branch")
        plan = self.found.plan
        tree = Branching(
            self.market, self.prices, Master, 0.0 if plan is None else abs(float(plan.objective))
        )
        certificate = tree.run(self.most_nodes, self._is_enough, self._take, self._is_over)
        if certificate is None:
            return self.found
        return Found(self.found.plan, self.found.better(certificate))

    def _is_enough(self, bound: Fraction) -> bool:
        """Say whether a leaf's bound, as printed, is near enough to the best plan."""
        plan = self.found.plan
        if plan is None:
            return False
        printed = printed_bound(self.problem, bound)
        return printed <= plan.objective or relative_gap(plan.objective, printed) <= self.clock.options.gap

    def _is_over(self) -> bool:
        self.clock.tell("branch")
        if self.clock.is_over():
            self.clock.is_reproducible = False
            return True
        return False

    def _take(self, taken: Int64) -> None:
        """Keep a choice of a node, mended and improved, if it is a better plan than the best known."""
        self._keep(taken)
        if self.num_tried >= _IMPROVED:
            return
        self.num_tried += 1
        rows = self.market.rows
        prices = np.zeros(rows.num_rows)
        prices[self.market.priced] = self.prices / self.market.scale
        if (mended := repair(rows, taken, prices, lambda: not self.clock.is_over())) is not None:
            self._keep(improve(rows, mended, prices, _IMPROVING, lambda: not self.clock.is_over()))

    def _keep(self, taken: Int64) -> None:
        plan = evaluate(self.problem, whole(taken[taken >= 0]))
        best = self.found.plan
        if plan.is_feasible and (best is None or plan.objective > best.objective):
            self.found = Found(plan, self.found.certificate)
            self.clock.best = float(plan.objective)
