"""By how little priced rows must be broken under some decisions: a linear program solved again and again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import highspy
import numpy as np

from models.certificate import Decision
from models.instance import Int64
from optimizer.solve.answer import Answer, Arrays, Ended
from optimizer.solve.highs import lp_of
from optimizer.solve.silent import Silent

_MOST_ITERATIONS = 50_000
_MOST_SECONDS = 20.0
"""What one solve may take: counted work first; the clock is there for a solver that hangs between counts."""


class Elastic:
    """The linear relaxation of `Model.feasible`, with options taken or avoided, from where it stood last.

    Parameters
    ----------
    arrays
        Of `Model.feasible`.
    columns
        Variable of each option, -1 where it has none; shape (options,).
    """

    def __init__(self, arrays: Arrays, columns: Int64) -> None:
        self._highs, self._arrays, self._columns = Silent(), arrays, columns
        options: dict[str, Any] = {
            "output_flag": False,
            "threads": 1,
            "solver": "simplex",
            "presolve": "off",
            "simplex_iteration_limit": _MOST_ITERATIONS,
        }
        for name, value in options.items():
            self._highs.setOptionValue(name, value)
        self._highs.passModel(lp_of(arrays, is_relaxed=True))
        self._changed: set[int] = set()

    def solve(self, where: Iterable[Decision]) -> Answer:
        """Return the solution, and the prices of the rows, under decisions."""
        decided = {int(self._columns[one.option]): float(one.is_taken) for one in where}
        decided.pop(-1, None)
        for column in sorted(self._changed | decided.keys()):
            low, high = float(self._arrays.low[column]), float(self._arrays.high[column])
            if column in decided:
                low = high = decided[column]
            self._highs.changeColBounds(column, low, high)
        self._changed = set(decided)
        # The clock of HiGHS runs on over all solves.
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + _MOST_SECONDS)
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return Answer(Ended.failed)
        solution = self._highs.getSolution()
        values, duals = np.array(solution.col_value), np.array(solution.row_dual)
        if not (np.isfinite(values).all() and np.isfinite(duals).all()):
            return Answer(Ended.failed)
        return Answer(Ended.optimal, values, self._highs.getInfo().objective_function_value, duals)
