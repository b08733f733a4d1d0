"""Better plans beside the solver: while its process works on the whole, a thread looks in small parts of it.

Where few rows are shared, parts drawn by chance are searched exactly in whole numbers (`improve.probe`),
until the clock ends that or the whole was searched. Elsewhere kernels are cores around the best plan known:
what the prices of the relaxation nearly tie, in cells drawn by chance (fixed-margin cores, Pisinger 1995;
kernel search, Angelelli, Mansini and Speranza 2010). Each goes through the same formulation to a process of
its own, quick as it is small; chains in whole numbers follow. What is found so depends on the clock: it
counts only where that ends the search.
"""

from __future__ import annotations

import threading

import numpy as np

from models.amount import FRACTION_UNIT
from models.instance import Int64
from models.linear import Floats, Linear, linear
from models.plan import Choice, Plan
from models.problem import Problem
from optimizer.decode import evaluate, rounded
from optimizer.improve import improve, is_probed, probe, repair
from optimizer.lagrangian.core import core
from optimizer.lagrangian.losses import losses
from optimizer.search.clock import Clock
from optimizer.solve import child
from optimizer.solve.answer import Request, Watch
from optimizer.solve.model import Dual, Model

_FIRST_EFFORT, _EFFORT, _PROBES = 2_000_000, 50_000_000, 500_000_000
"""Counted work of the first climb, of those between kernels, and of one round of probes."""

_SIZES = (60, 60, 120, 90)
"""Choices that a kernel leaves open beside the best of each cell, round by round."""

_FIXED = 0.5
"""Share of the cells that a kernel leaves as they are, in all rounds but the first."""

_LARGEST = 1e300
"""Above every loss of what is open, below that of what is not."""

_GRACE_SECONDS = 0.2
"""How long the thread is waited for: a climb or a compilation cannot be interrupted."""

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
        self._thread = threading.Thread(target=self._guarded, daemon=True)
        self._failure: Exception | None = None
        self._rng = np.random.default_rng(clock.options.seed)

    def __enter__(self) -> Beside:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopped.set()

    def stop(self) -> Plan | None:
        """End, and return the best plan; a thread that is busy compiling is left behind.

        Raises
        ------
        Exception
            Whatever went wrong in the thread.
        """
        self._is_stopped.set()
        self._thread.join(_GRACE_SECONDS)
        if self._failure is not None:
            raise self._failure
        return self.plan

    def _guarded(self) -> None:
        try:
            self._run()
        except Exception as failure:  # noqa: BLE001 - raised again where the caller is
            self._failure = failure

    def _keep_going(self) -> bool:
        return not self._is_stopped.is_set() and self.clock.time_left() > 0

    def _run(self) -> None:
        rows = linear(self.problem)
        prices = _of_rows(self.problem, rows, self._duals)
        if self.plan is None:
            self._begin(rows, prices)
        if self.plan is not None and is_probed(rows):
            self._probe(rows, prices)
            return
        turn = 0
        while self.plan is not None and self._keep_going():
            self._kernel(losses(rows, prices), turn)
            self._climb(rows, prices)
            turn += 1

    def _probe(self, rows: Linear, prices: Floats) -> None:
        """Search parts, round by round, until the clock ends it or nothing better is left."""
        seed, is_best = self.clock.options.seed, False
        taken = self.problem.taken(self.plan.choice.options) if self.plan is not None else None
        while taken is not None and not is_best and self._keep_going():
            taken, is_best = probe(rows, taken, prices, (_PROBES, seed), self._keep_going)
            self._take(taken)
            seed += 1

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

    def _climb(self, rows: Linear, prices: Floats) -> None:
        if self.plan is not None and self._keep_going():
            taken = self.problem.taken(self.plan.choice.options)
            self._take(improve(rows, taken, prices, _EFFORT, self._keep_going))

    def _kernel(self, lost: Floats, turn: int) -> None:
        """Let the solver decide what the prices nearly tie, all else as in the best plan known.

        The first kernel looks at all cells, the others at half of them, drawn by chance.
        """
        assert self.plan is not None
        if turn:
            is_fixed = self._rng.random(self.problem.num_cells) < _FIXED
            lost[: self.problem.num_options][is_fixed[self.problem.cell_of_option]] = np.inf
            lost[self.problem.num_options :][is_fixed] = np.inf
        losing = np.sort(lost[(lost > 0) & np.isfinite(lost)])
        size = _SIZES[turn % len(_SIZES)]
        most = float(losing[size]) if len(losing) > size else _LARGEST
        part = core(self.problem, self.problem.taken(self.plan.choice.options), lost, most)
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


def _of_rows(problem: Problem, rows: Linear, duals: list[Dual]) -> Floats:
    """Return the price of every row, in units of the objective and of the row; shape (rows,)."""
    price = {(dual.limits, dual.limit): dual.price for dual in duals}
    keys = zip(rows.row_limits.tolist(), rows.row_limit.tolist(), strict=True)
    written = np.array([price.get(key, 0.0) for key in keys], np.float64)
    return written * 10.0**problem.objective.digits / rows.scale
