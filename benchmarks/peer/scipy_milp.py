"""scipy's `milp`: the HiGHS that it carries."""

from __future__ import annotations

import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from benchmarks.peer.stated import Answer, Asked, Stated


def solve(asked: Asked) -> Answer:
    """Solve the whole problem. scipy takes no number of threads."""
    stated = Stated.load(asked.model)
    began = time.perf_counter()
    written = stated.written()
    matrix = csr_array((written.value, stated.column, stated.start), (stated.num_rows, stated.num_columns))
    rows = LinearConstraint(matrix, -np.inf, written.right)
    built = time.perf_counter() - began
    found = milp(
        -written.objective,
        integrality=np.ones(stated.num_columns),
        bounds=Bounds(written.lower, written.upper),
        constraints=rows,
        options={"time_limit": asked.time_limit, "mip_rel_gap": asked.gap},
    )
    take = None if found.x is None else found.x[: stated.num_options]
    dual = getattr(found, "mip_dual_bound", None)
    bound = None if dual is None or not np.isfinite(dual) else -float(dual)
    status = found.message.partition(".")[0]
    return Answer(status, take, bound, time.perf_counter() - began, built)
