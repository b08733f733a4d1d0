"""CP-SAT of ortools: the same whole numbers, no scaling needed."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.peer.stated import Answer, Asked, Stated


def solve(asked: Asked) -> Answer:
    """Solve the whole problem."""
    stated = Stated.load(asked.model)
    began = time.perf_counter()
    model = cp_model.CpModel()
    bounds = zip(stated.lower.tolist(), stated.upper.tolist(), strict=True)
    take = [model.new_int_var(low, high, "") for low, high in bounds]
    columns, values = stated.column.tolist(), stated.value.tolist()
    for (first, end), right in zip(pairwise(stated.start.tolist()), stated.right.tolist(), strict=True):
        row = cp_model.LinearExpr.weighted_sum([take[c] for c in columns[first:end]], values[first:end])
        model.add(row <= right)
    model.maximize(cp_model.LinearExpr.weighted_sum(take, stated.objective.tolist()))
    solver = cp_model.CpSolver()
    built = time.perf_counter() - began
    solver.parameters.max_time_in_seconds = max(asked.time_limit - built, 0.01)
    solver.parameters.relative_gap_limit = asked.gap
    solver.parameters.num_workers = asked.threads
    ended = solver.solve(model)
    has_solution = ended in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    found = np.array([solver.value(v) for v in take[: stated.num_options]], float) if has_solution else None
    bound = solver.best_objective_bound / 10.0**stated.digits
    seconds = time.perf_counter() - began
    return Answer(solver.status_name(ended), found, bound if np.isfinite(bound) else None, seconds, built)
