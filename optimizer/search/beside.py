"""Better plans beside the solver: while its process works on the whole, a thread looks in small parts of it.

Kernels are cores around the best plan known: what the prices of the relaxation nearly tie, under prices that
are varied from round to round (fixed-margin cores, Pisinger 1995; kernel search, Angelelli, Mansini and
Speranza 2010). Each goes through the same formulation to a process of its own, quick as it is small, and swaps
and chains in whole numbers follow. What is found so depends on the clock: it counts only where that ends
the search.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from models.amount import FRACTION_UNIT
from models.instance import Int64
from models.linear import Floats, Linear, linear
from models.plan import Choice, Plan
from models.problem import Problem
from optimizer.decode import evaluate, rounded
from optimizer.improve import improve, repair
from optimizer.lagrangian.core import core
from optimizer.lagrangian.losses import losses
from optimizer.search.clock import Clock
from optimizer.solve import child
from optimizer.solve.answer import Request, Watch
from optimizer.solve.model import Dual, Model

_FIRST_EFFORT, _EFFORT = 2_000_000, 100_000_000
"""Counted work of the first climb, and of those between kernels."""

_SIZES = (60, 30, 120, 60, 250)
"""Choices that a kernel leaves open beside the best of each cell, round by round."""

_VARIATION = 0.1
"""Spread of the prices of all rounds but the first (standard deviation of logs)."""

_NODES = 1_000
_SECONDS = 1.0
"""What one kernel may take."""


class Beside:
    """One search beside the solver, from the prices of the linear relaxation.

    Parameters
    ----------
    prices
        Of the relaxation.
    plan
        The best plan known, or None.

    Notes
    -----
    The watch is left alone, as it belongs to the searching thread.
    """

    def __init__(self, problem: Problem, clock: Clock, prices: list[Dual], plan: Plan | None) -> None:
        self.problem, self.clock, self.plan = problem, clock, plan
        self._duals = prices
        self._is_stopped = threading.Event()
        self._threads = ThreadPoolExecutor(1)
        self._rng = np.random.default_rng(clock.options.seed)

    def __enter__(self) -> Beside:
        self._running = self._threads.submit(self._run)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopped.set()
        self._threads.shutdown()

    def stop(self) -> Plan | None:
        """End, and return the best plan."""
        self._is_stopped.set()
        self._running.result()
        return self.plan

    def _keep_going(self) -> bool:
        return not self._is_stopped.is_set() and self.clock.time_left() > 0

    def _run(self) -> None:
        rows = linear(self.problem)
        prices = _of_rows(self.problem, rows, self._duals)
        if self.plan is None:
            self._begin(rows, prices)
        turn = 0
        while self.plan is not None and self._keep_going():
            varied = prices
            if turn:
                varied = prices * np.exp(_VARIATION * self._rng.standard_normal(len(prices)))
            self._kernel(losses(rows, varied), _SIZES[turn % len(_SIZES)])
            self._climb(rows, varied, _EFFORT)
            turn += 1

    def _begin(self, rows: Linear, prices: Floats) -> None:
        """Mend what the prices like best, and climb."""
        lost = losses(rows, prices)
        first = self.problem.option_start
        taken = np.array(
            [
                -1 if not lost[first[-1] + cell] > 0 else a + np.argmin(lost[a:b])
                for cell, (a, b) in enumerate(zip(first[:-1].tolist(), first[1:].tolist(), strict=True))
            ],
            np.int64,
        )
        mended = repair(rows, taken, prices, self._keep_going)
        if mended is not None:
            self._take(improve(rows, mended, prices, _FIRST_EFFORT, self._keep_going))

    def _climb(self, rows: Linear, prices: Floats, effort: int) -> None:
        if self.plan is not None and self._keep_going():
            taken = _taken(self.problem, self.plan)
            self._take(improve(rows, taken, prices, effort, self._keep_going))

    def _kernel(self, lost: Floats, size: int) -> None:
        """Let the solver decide what the prices nearly tie, all else as in the best plan known."""
        assert self.plan is not None
        losing = np.sort(lost[(lost > 0) & np.isfinite(lost)])
        most = float(losing[size]) if len(losing) > size else float("inf")
        part = core(self.problem, _taken(self.problem, self.plan), lost, most)
        if not part.problem.num_options:
            return
        model = Model(part.problem)
        request = Request(
            model.arrays(),
            time_limit=max(min(_SECONDS, self.clock.time_left()), 0.01),
            node_limit=_NODES,
            seed=self.clock.options.seed,
        )
        answer = child.run(request, Watch(is_cancelled=lambda: not self._keep_going()))
        if answer.values is not None:
            chosen = part.options[rounded(part.problem, model.take(answer.values)).options]
            self._take_options(np.append(chosen, part.decided))

    def _take(self, taken: Int64) -> None:
        self._take_options(taken[taken >= 0])

    def _take_options(self, options: Int64) -> None:
        """Keep a choice if it is a plan, and better than what is known."""
        whole = np.full(len(options), FRACTION_UNIT, np.int64)
        plan = evaluate(self.problem, Choice(np.sort(options), whole))
        if plan.is_feasible and (self.plan is None or plan.objective > self.plan.objective):
            self.plan = plan


def _taken(problem: Problem, plan: Plan) -> Int64:
    """Return the option that each cell takes, or -1; shape (cells,)."""
    taken = np.full(problem.num_cells, -1, np.int64)
    options = plan.choice.options
    taken[np.searchsorted(problem.option_start, options, side="right") - 1] = options
    return taken


def _of_rows(problem: Problem, rows: Linear, duals: list[Dual]) -> Floats:
    """Return the price of every row, in units of the objective and of the row; shape (rows,)."""
    price = {(dual.limits, dual.limit): dual.price for dual in duals}
    keys = zip(rows.row_limits.tolist(), rows.row_limit.tolist(), strict=True)
    written = np.array([price.get(key, 0.0) for key in keys], np.float64)
    return written * 10.0**problem.objective.digits / rows.scale
