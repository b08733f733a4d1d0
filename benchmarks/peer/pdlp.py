"""PDLP of ortools: the linear relaxation only, so a bound and no plan."""

from __future__ import annotations

import time

import numpy as np
from ortools.pdlp import solve_log_pb2, solvers_pb2
from ortools.pdlp.python import pdlp
from scipy.sparse import csc_matrix, csr_matrix

from benchmarks.peer.stated import Answer, Asked, Stated


def solve(asked: Asked) -> Answer:
    """Solve the relaxation. Its bound is the dual objective at the end: right to the tolerance asked for."""
    stated = Stated.load(asked.model)
    began = time.perf_counter()
    written = stated.written()
    shape = (stated.num_rows, stated.num_columns)
    # Rows are brought to a like size first: PDLP's own scaling starts from what it is given.
    largest = np.maximum.reduceat(np.abs(written.value), stated.start[:-1])
    size = np.where(np.diff(stated.start) > 0, largest, 1.0)
    value = written.value / np.repeat(size, np.diff(stated.start))
    program = pdlp.QuadraticProgram()
    program.objective_vector = -written.objective
    program.constraint_matrix = csc_matrix(csr_matrix((value, stated.column, stated.start), shape))
    program.constraint_lower_bounds = np.full(stated.num_rows, -np.inf)
    program.constraint_upper_bounds = written.right / size
    program.variable_lower_bounds, program.variable_upper_bounds = written.lower, written.upper
    asking = solvers_pb2.PrimalDualHybridGradientParams()
    asking.termination_criteria.time_sec_limit = asked.time_limit
    asking.termination_criteria.simple_optimality_criteria.eps_optimal_relative = asked.gap / 10
    asking.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = 1e-6
    asking.num_threads = asked.threads
    built = time.perf_counter() - began
    found = pdlp.primal_dual_hybrid_gradient(program, asking)
    name: str = solve_log_pb2.TerminationReason.Name(found.solve_log.termination_reason)
    stats = found.solve_log.solution_stats.convergence_information
    bound = -stats[0].dual_objective if len(stats) else None
    status = name.removeprefix("TERMINATION_REASON_").lower() + " (relaxation)"
    return Answer(status, None, bound, time.perf_counter() - began, built)
