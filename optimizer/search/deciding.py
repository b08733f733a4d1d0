"""Whether there is any plan at all: quicker to say than which is the best."""

from __future__ import annotations

from models.plan import Plan
from models.problem import Problem
from models.solution import SearchOptions, Solution, Watch
from optimizer.decode import evaluate, rounded
from optimizer.lagrangian.certify import certify
from optimizer.search.clock import Clock
from optimizer.search.impossible import search_by_leaves
from optimizer.solve import child
from optimizer.solve.answer import Request
from optimizer.solve.answer import Watch as Following
from optimizer.solve.model import Model

_NODES, _CELL_NODES = 300, 20_000
"""Nodes, and nodes times cells, of the tree that looks for any plan, or for a proof that there is none."""

_SHARE = 0.5
"""Share of the time left that the solver may take to break rows by nothing."""

_NOTHING = -1e-7


def decided(problem: Problem, options: SearchOptions, watch: Watch) -> Solution | None:
    """Return any plan, or a proof that there is none; None where neither is found within little work."""
    clock = Clock(options, watch)
    model = Model(problem, clock.checkpoint)
    found = search_by_leaves(problem, model, clock, max(min(_NODES, _CELL_NODES // problem.num_cells), 1))
    if found.proof is not None:
        return Solution(None, found.proof)
    plan = found.plan or _by_solver(problem, model, clock)
    return None if plan is None else Solution(plan, certify(problem, []))


def _by_solver(problem: Problem, model: Model, clock: Clock) -> Plan | None:
    """Let the solver break rows as little as can be, and stop once it breaks none."""
    if clock.is_over():
        return None
    clock.tell("solve")
    request = Request(
        model.feasible(),
        time_limit=clock.time_left() * _SHARE,
        seed=clock.options.seed,
        target=_NOTHING,
    )
    answer = child.run(request, Following(is_cancelled=clock.watch.is_cancelled))
    if answer.values is None:
        return None
    plan = evaluate(problem, rounded(problem, model.take(answer.values)))
    return plan if plan.is_feasible else None
