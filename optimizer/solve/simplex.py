"""The simplex method on a small linear program in this process, again and again from where it stood."""

from __future__ import annotations

from typing import Any, NamedTuple

import highspy
import numpy as np

from optimizer.solve.answer import Floats
from optimizer.solve.silent import Silent

_MOST_ITERATIONS = 50_000
_MOST_SECONDS = 20.0
"""What one solve may take: counted work first; the clock is there for a solver that hangs between counts."""


class Optimum(NamedTuple):
    """A finite optimum: `values` of the variables, `duals` of the rows, `value` of the objective."""

    values: Floats
    duals: Floats
    value: float


class Simplex(Silent):
    """HiGHS's simplex on one thread, without presolve, so that it goes on from its last basis."""

    def __init__(self) -> None:
        super().__init__()
        options: dict[str, Any] = {
            "output_flag": False,
            "threads": 1,
            "solver": "simplex",
            "presolve": "off",
            "simplex_iteration_limit": _MOST_ITERATIONS,
        }
        for name, value in options.items():
            self.setOptionValue(name, value)

    def optimum(self) -> Optimum | None:
        """Solve, and return the optimum; None where the solver did not end with a finite one."""
        # The clock of HiGHS runs on over all solves.
        self.setOptionValue("time_limit", self.getRunTime() + _MOST_SECONDS)
        self.run()
        if self.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self.getSolution()
        values, duals = np.array(solution.col_value), np.array(solution.row_dual)
        value = float(self.getInfo().objective_function_value)
        is_finite = np.isfinite(values).all() and np.isfinite(duals).all() and np.isfinite(value)
        return Optimum(values, duals, value) if is_finite else None
