"""HiGHS through Pyomo's own interface (appsi), on the product's formulation."""

from __future__ import annotations

import time

import numpy as np
from pyomo.contrib.appsi.base import TerminationCondition
from pyomo.contrib.appsi.solvers.highs import Highs

from benchmarks.peer.stated import Answer, Asked
from models.formulation import formulate
from optimizer import pipeline


def solve(asked: Asked) -> Answer:
    """Solve the whole problem; building the Pyomo model counts."""
    problem = pipeline.check(asked.folder).problem
    if problem is None:
        raise ValueError(f"{asked.folder} has findings")
    began = time.perf_counter()
    stated = formulate(problem)
    built = time.perf_counter() - began
    solver = Highs()
    solver.config.load_solution = False
    solver.config.time_limit = asked.time_limit
    solver.config.mip_gap = asked.gap
    solver.highs_options = {"threads": asked.threads, "output_flag": False}
    found = solver.solve(stated.model)
    ended = TerminationCondition(found.termination_condition).name
    take = None
    if found.best_feasible_objective is not None and np.isfinite(found.best_feasible_objective):
        values = found.solution_loader.get_primals(stated.take)
        take = np.array([values[variable] or 0.0 for variable in stated.take])
    bound = found.best_objective_bound
    has_bound = bound is not None and np.isfinite(bound)
    return Answer(ended, take, float(bound) if has_bound else None, time.perf_counter() - began, built)
