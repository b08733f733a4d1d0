"""A small linear program that grows by rows, solved again from where it stood by HiGHS's dual simplex."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from optimizer.solve.answer import Floats
from optimizer.solve.simplex import Simplex


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where the minimum is: `values` of the variables, `multipliers` of the rows (zero or more), `value`."""

    values: Floats
    multipliers: Floats
    value: float


class Master:
    """`minimise c.x, A x >= b, low <= x <= high`.

    Parameters
    ----------
    costs
        Shape (variables,).
    """

    def __init__(self, costs: Floats) -> None:
        self._highs = Simplex()
        count = len(costs)
        infinite = np.full(count, highspy.kHighsInf)
        nothing = np.empty(0, np.int32)
        self._highs.addCols(count, costs, -infinite, infinite, 0, nothing, nothing, np.empty(0))
        self._columns = np.arange(count, dtype=np.int32)
        self._num_rows = 0

    def add_rows(self, rows: Floats, right: Floats) -> None:
        """Add rows `rows x >= right`; dense, shape (rows, variables)."""
        where = np.nonzero(rows)
        starts = np.searchsorted(where[0], np.arange(len(rows))).astype(np.int32)
        most = np.full(len(rows), highspy.kHighsInf)
        self._highs.addRows(
            len(rows), right, most, len(where[0]), starts, where[1].astype(np.int32), rows[where]
        )
        self._num_rows += len(rows)

    def drop_rows(self, rows: np.ndarray) -> None:
        """Drop rows by number; those behind them move up."""
        self._highs.deleteRows(len(rows), rows.astype(np.int32))
        self._num_rows -= len(rows)

    def set_right(self, rows: np.ndarray, right: Floats) -> None:
        """Give rows, by number, new right-hand sides; -inf switches a row off."""
        for row, bound in zip(rows.tolist(), right.tolist(), strict=True):
            self._highs.changeRowBounds(row, max(bound, -highspy.kHighsInf), highspy.kHighsInf)

    def minimum(self, low: Floats, high: Floats) -> Minimum | None:
        """Return the minimum within bounds, or None where the solver did not end with one."""
        infinite = highspy.kHighsInf
        self._highs.changeColsBounds(
            len(self._columns),
            self._columns,
            np.clip(low, -infinite, infinite),
            np.clip(high, -infinite, infinite),
        )
        found = self._highs.optimum()
        return None if found is None else Minimum(found.values, np.maximum(found.duals, 0.0), found.value)
