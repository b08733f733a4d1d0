"""That no plan exists, proven by leaves: decisions split the choices until prices refute every part.

One price vector refutes what the linear relaxation cannot mix. Where only whole options cannot meet the rules
(every cost a multiple of ten, and 55 to be spent), options are taken and avoided (branch and bound; Land and
Doig 1960) until in each part the priced rows cannot all hold. What prices prove is computed in exact
integers: floats decide where to split, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.certificate import Certificate, Decision, Leaf
from models.instance import Int64
from models.linear import Bools, Floats
from models.plan import LimitUse, Plan
from models.problem import FREE, Limits, Problem
from optimizer.decode import amounts_of, evaluate, rounded
from optimizer.lagrangian.certify import certify, together
from optimizer.search.clock import Clock
from optimizer.solve.answer import Ended
from optimizer.solve.elastic import Elastic
from optimizer.solve.model import Dual, Model

_CELL_NODES, _MOST_NODES = 2_000_000, 4_000
"""Nodes times cells, and nodes, that may be looked at: whoever checks has to recompute each leaf."""

_WHOLE = 1e-6
_MOST_TRIED = 20
"""Broken limits whose price is tried by itself once everything is decided."""

Where = tuple[Decision, ...]


@dataclass(frozen=True, eq=False)
class Searched:
    """What a tree came to: a plan after all, a proof that there is none, or neither within its work."""

    plan: Plan | None = None
    proof: Certificate | None = None


def search_by_leaves(problem: Problem, model: Model, clock: Clock, most_nodes: int = _MOST_NODES) -> Searched:
    """Split choices until every part is refuted, a plan is met, or the counted work is done."""
    most_nodes = min(_CELL_NODES // problem.num_cells, most_nodes)
    if clock.is_over() or not most_nodes:
        return Searched()
    return _Tree(problem, model, clock).run(most_nodes)


class _Tree:
    def __init__(self, problem: Problem, model: Model, clock: Clock) -> None:
        self.problem, self.model, self.clock = problem, model, clock
        self.elastic = Elastic(model.feasible(), model.columns)
        self.cell_of_option = problem.cell_of_option
        self.leaves: list[Leaf] = []

    def run(self, most_nodes: int) -> Searched:
        waiting: list[Where] = [()]
        for _ in range(most_nodes):
            if not waiting:
                break
            self.clock.tell("branch")
            if self.clock.is_over():
                self.clock.is_reproducible = False
                return Searched()
            where = waiting.pop()
            parts = self._refuted_or_split(where)
            if isinstance(parts, Plan):
                return Searched(plan=parts)
            if parts is None:
                return Searched()
            waiting += parts
        if waiting:
            return Searched()
        ordered = sorted(self.leaves, key=lambda leaf: [(one.option, not one.is_taken) for one in leaf.where])
        return Searched(proof=together(ordered))

    def _refuted_or_split(self, where: Where) -> list[Where] | Plan | None:
        """Return the parts that are left to look at, a plan, or None where nothing more can be done."""
        relaxed = self.elastic.solve(where)
        if relaxed.ended is not Ended.optimal or relaxed.values is None or relaxed.prices is None:
            return None
        if self._is_refuted(self.model.prices(relaxed.prices, is_feasibility=True), where):
            return []
        shares = self.model.take(relaxed.values)
        plan = evaluate(self.problem, rounded(self.problem, _within(shares, where)))
        if plan.is_feasible:
            return plan
        option = self._split(shares, where, plan)
        if option >= 0:
            return [(*where, Decision(option, is_taken)) for is_taken in (False, True)]
        tried = (self._is_refuted([price], where) for price in _prices_of_broken(plan))
        return [] if any(tried) else None

    def _is_refuted(self, prices: list[Dual], where: Where) -> bool:
        """Keep a leaf if prices prove that it holds no plan."""
        (leaf,) = certify(self.problem, prices, "infeasible", self._needed(where)).leaves
        if leaf.bound < 0:
            self.leaves.append(leaf)
        return leaf.bound < 0

    def _needed(self, where: Where) -> Where:
        """Return decisions without those that are implied: options avoided in a cell with one taken."""
        decided = {int(self.cell_of_option[one.option]) for one in where if one.is_taken}
        return tuple(
            one for one in where if one.is_taken or int(self.cell_of_option[one.option]) not in decided
        )

    def _split(self, shares: Floats, where: Where, plan: Plan) -> int:
        """Return the option nearest to one half, else one of a broken limit, else any (-1: none is left)."""
        is_open = self._is_open(where)
        distance = np.where(is_open, np.abs(shares - 0.5), 1.0)
        option = int(distance.argmin()) if len(distance) else -1
        if option >= 0 and distance[option] < 0.5 - _WHOLE:
            return option
        is_taken = np.zeros(len(is_open), bool)
        is_taken[plan.choice.options] = True
        is_broken = self._is_of_broken(plan)
        for wanted in (is_open & is_broken & is_taken, is_open & is_broken, is_open):
            if wanted.any():
                return int(wanted.argmax())
        return -1

    def _is_open(self, where: Where) -> Bools:
        """Say which options are neither taken nor avoided yet; shape (options,)."""
        problem = self.problem
        is_free = (problem.pinned == FREE) & ~problem.is_divisible
        is_free[[int(self.cell_of_option[one.option]) for one in where if one.is_taken]] = False
        is_open: Bools = is_free[self.cell_of_option]
        is_open[[one.option for one in where]] = False
        return is_open

    def _is_of_broken(self, plan: Plan) -> Bools:
        """Say which options stand in the cells of limits that a plan breaks; pools are every cell's."""
        is_broken = np.full(self.problem.num_cells, max(plan.overspent, default=0) > 0)
        for use in _broken(plan):
            for limit in np.flatnonzero(use.is_broken).tolist():
                is_broken[_cells_of(use.limits, limit)] = True
        return np.asarray(is_broken[self.cell_of_option])


def _within(shares: Floats, where: Where) -> Floats:
    """Return shares in which what is decided is exactly so."""
    found = shares.copy()
    for one in where:
        found[one.option] = float(one.is_taken)
    return found


def _broken(plan: Plan) -> Iterator[LimitUse]:
    return (use for use in plan.uses if use.limits.rule.enforcement == "hard" and use.is_broken.any())


def _cells_of(limits: Limits, limit: int) -> Int64:
    whole = limits.total.cells if limits.count == 1 else limits.total.cells_of(limit)
    return np.asarray(whole, np.int64)


def _prices_of_broken(plan: Plan) -> Iterator[Dual]:
    """Go through prices of 1 on single limits that a plan breaks: all being decided, they say it exactly."""
    for pool, over in enumerate(plan.overspent):
        if over > 0:
            yield Dual(-1, pool, 1.0)
    places = {id(limits): index for index, limits in enumerate(plan.problem.limits)}
    for use in _broken(plan):
        index = places[id(use.limits)]
        for limit in np.flatnonzero(use.is_broken).tolist()[:_MOST_TRIED]:
            yield _price_of(plan, use, index, limit)


def _price_of(plan: Plan, use: LimitUse, index: int, limit: int) -> Dual:
    limits = use.limits
    if limits.rule.kind not in ("top", "ratio"):
        return Dual(index, limit, 1.0)
    amounts = amounts_of(plan.problem, plan.choice, limits.total)
    if limits.rule.kind == "top":
        largest = sorted(range(len(amounts)), key=lambda group: -amounts[group])[: limits.num_largest]
        return Dual(index, limit, 1.0, tuple((group, 1.0) for group in sorted(largest)))
    compared = [group for group, basis in enumerate(limits.constants) if basis]
    per_basis = {group: amounts[group] / limits.constants[group] for group in compared}
    high, low = max(compared, key=per_basis.__getitem__), min(compared, key=per_basis.__getitem__)
    return Dual(index, limit, 1.0, (), ((high, low, 1.0),))
