"""PDLP of ortools: the linear relaxation only, so a bound and no plan."""

from __future__ import annotations

import time

import numpy as np
from ortools.pdlp import solve_log_pb2, solvers_pb2
from ortools.pdlp.python import pdlp
from scipy.sparse import csc_matrix, csr_matrix

from benchmarks.peer.stated import Answer, Asked, Stated


def solve(asked: Asked) -> Answer:
    """Solve the relaxation; its bound is the dual objective, right to the tolerance, none if cut off."""
    stated = Stated.load(asked.model)
    began = time.perf_counter()
    written = stated.written()
    shape = (stated.num_rows, stated.num_columns)
    # Columns are measured in their upper bounds, and rows by their largest coefficient: PDLP's own scaling
    # starts from what it is given, and amounts in fen beside shares of 1 defeat it.
    unit = np.where(np.isfinite(written.upper), np.maximum(written.upper, 1.0), 1.0)
    value = written.value * unit[stated.column]
    row = np.repeat(np.arange(stated.num_rows), np.diff(stated.start))
    size = np.zeros(stated.num_rows)
    np.maximum.at(size, row, np.abs(value))
    size[size == 0] = 1.0
    value /= size[row]
    program = pdlp.QuadraticProgram()
    program.objective_vector = -written.objective * unit
    program.constraint_matrix = csc_matrix(csr_matrix((value, stated.column, stated.start), shape))
    program.constraint_lower_bounds = np.full(stated.num_rows, -np.inf)
    program.constraint_upper_bounds = written.right / size
    program.variable_lower_bounds, program.variable_upper_bounds = written.lower / unit, written.upper / unit
    asking = solvers_pb2.PrimalDualHybridGradientParams()
    asking.termination_criteria.time_sec_limit = asked.time_limit
    asking.termination_criteria.simple_optimality_criteria.eps_optimal_relative = asked.gap / 10
    asking.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = 1e-6
    asking.num_threads = asked.threads
    built = time.perf_counter() - began
    found = pdlp.primal_dual_hybrid_gradient(program, asking)
    name: str = solve_log_pb2.TerminationReason.Name(found.solve_log.termination_reason)
    stats = found.solve_log.solution_stats.convergence_information
    is_solved = name == "TERMINATION_REASON_OPTIMAL"
    bound = -stats[0].dual_objective if len(stats) and is_solved else None
    status = name.removeprefix("TERMINATION_REASON_").lower() + " (relaxation)"
    return Answer(status, None, bound, time.perf_counter() - began, built)
