"""A core by the solver: the same formulation, and its answer as a plan of the whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.amount import FRACTION_UNIT
from models.plan import Choice, Plan
from optimizer.decode import evaluate, rounded
from optimizer.lagrangian.core import Core
from optimizer.search.clock import Clock
from optimizer.search.found import Found
from optimizer.solve import child
from optimizer.solve.answer import Ended, Incumbent, Request, Watch
from optimizer.solve.model import Model

_TIGHTENINGS = (0.0, 1e-7, 1e-5)
_SHARE = 0.4
"""Share of the time left that one core may take."""

_NODES = 20_000


def better_in_core(clock: Clock, found: Found, part: Core) -> Plan | None:
    """Return a better plan than the one found, all that the core leaves out being as in that plan."""
    assert found.plan is not None
    model = Model(part.problem, clock.checkpoint)
    whole = found.plan.problem
    for tightening in _TIGHTENINGS:
        if clock.is_over():
            break
        request = Request(
            model.arrays(tightening=tightening),
            gap=float(clock.options.gap) / 4,
            time_limit=max(clock.time_left() * _SHARE, 0.01),
            node_limit=_NODES,
            seed=clock.options.seed,
        )
        answer = child.run(request, Watch(_tell(clock), clock.watch.is_cancelled))
        if answer.ended is Ended.stopped and clock.is_over():
            clock.is_reproducible = False
        if answer.values is None:
            return None
        chosen = part.options[rounded(part.problem, model.take(answer.values)).options]
        options = np.sort(np.append(chosen, part.decided))
        plan = evaluate(whole, Choice(options, np.full(len(options), FRACTION_UNIT, np.int64)))
        if plan.is_feasible:
            return plan if plan.objective > found.plan.objective else None
    return None


def _tell(clock: Clock) -> Callable[[Incumbent], None]:
    def tell(_news: Incumbent) -> None:
        clock.tell("core")

    return tell
