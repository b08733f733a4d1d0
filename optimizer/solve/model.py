"""A problem's formulation as arrays: made once, run as often as needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyomo.environ import maximize
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler, LinearStandardFormInfo
from scipy.sparse import csr_array, vstack

from models.formulation import formulate
from models.instance import Int64
from models.problem import Problem
from optimizer.solve.answer import Arrays, Floats


@dataclass(frozen=True)
class Cut:
    """`sum coefficient x take[option] <= right`: a row that every plan satisfies, beside those of the formulation."""

    options: tuple[int, ...]
    coefficients: tuple[float, ...]
    right: float


class Model:
    """The Pyomo formulation of a problem, compiled to `maximise c.x, A x <= b`.

    Rows and objective are scaled by powers of two so that their median coefficient is about 1: a solver's tolerance is
    absolute, and amounts span twelve digits.

    Attributes
    ----------
    rows
        (index of the rule's limits or -1 for pools, limit or pool) -> row; a row without variables is missing.
    """

    def __init__(self, problem: Problem) -> None:
        stated = formulate(problem)
        form = LinearStandardFormCompiler().write(stated.model, set_sense=maximize)
        position = {id(variable): index for index, variable in enumerate(form.columns)}
        self._take: Int64 = np.array([position.get(id(variable), -1) for variable in stated.take], np.int64)
        self._absent = np.array([float(variable.lb or 0.0) for variable in stated.take])
        self.rows = {
            stated.rows[constraint]: row
            for row, (constraint, _) in enumerate(form.rows)
            if constraint in stated.rows
        }
        self._matrix, self._right, self._scales = _scaled_rows(form)
        costs = form.c.toarray().ravel()
        self._objective_scale = _power_of_two(costs)
        self._costs: Floats = costs / self._objective_scale
        bounds = [variable.bounds for variable in form.columns]
        self._low: Floats = np.array([-np.inf if low is None else low for low, _ in bounds], np.float64)
        self._high: Floats = np.array([np.inf if high is None else high for _, high in bounds], np.float64)
        self._is_whole = np.array([variable.is_integer() for variable in form.columns], bool)

    @property
    def num_columns(self) -> int:
        """How many variables there are."""
        return len(self._costs)

    def arrays(self, cuts: Sequence[Cut] = (), tightening: float = 0.0) -> Arrays:
        """Return the model as arrays.

        Parameters
        ----------
        tightening
            Every priced row's right-hand side is lowered by this share of its largest coefficient, so that what the
            solver's tolerance lets through still holds exactly.
        """
        right = self._right.copy()
        if tightening:
            largest = np.asarray(abs(self._matrix).max(axis=1).todense()).ravel()
            priced = list(self.rows.values())
            right[priced] -= tightening * largest[priced]
        return self._with_rows(self._costs, right, [self._cut_row(cut) for cut in cuts], [cut.right for cut in cuts])

    def cheapest(self, pool: int, objective: float) -> Arrays:
        """Return the arrays that ask for the least draw from one pool among plans that reach `objective`."""
        row = self._matrix[[self.rows[-1, pool]], :].toarray().ravel()
        reaches = csr_array(-self._costs.reshape(1, -1))
        return self._with_rows(-row, self._right, [reaches], [-objective / self._objective_scale])

    def feasible(self) -> Arrays:
        """Return the arrays that ask for any plan at all, however much each priced row is broken: less is better."""
        priced = sorted(self.rows.values())
        count = len(priced)
        broken_by = csr_array((-np.ones(count), (priced, np.arange(count))), shape=(len(self._right), count))
        matrix = csr_array(vstack([self._matrix.T, broken_by.T]).T)
        costs = np.append(np.zeros(self.num_columns), -np.ones(count))
        low, high = np.append(self._low, np.zeros(count)), np.append(self._high, np.full(count, np.inf))
        is_whole = np.append(self._is_whole, np.zeros(count, bool))
        return Arrays(costs, *_parts(matrix), self._right, low, high, is_whole)

    def take(self, values: Floats) -> Floats:
        """Return the fraction of each option that a solution takes; shape (options,)."""
        return np.where(self._take >= 0, values[self._take], self._absent)

    def objective(self, amount: float) -> float:
        """Turn an objective value of the arrays into objective units."""
        return amount * self._objective_scale

    def prices(self, duals: Floats, *, is_feasibility: bool = False) -> dict[tuple[int, int], float]:
        """Turn the rows' dual values into prices per written unit; `is_feasibility`: of `feasible()`."""
        scale = 1.0 if is_feasibility else self._objective_scale
        return {
            limit: float(duals[row] * scale / self._scales[row]) for limit, row in self.rows.items() if duals[row] > 0
        }

    def _cut_row(self, cut: Cut) -> csr_array:
        columns = self._take[list(cut.options)]
        return csr_array((cut.coefficients, ([0] * len(columns), columns)), shape=(1, self.num_columns))

    def _with_rows(self, costs: Floats, right: Floats, rows: list[csr_array], rights: list[float]) -> Arrays:
        matrix = csr_array(vstack([self._matrix, *rows])) if rows else self._matrix
        return Arrays(costs, *_parts(matrix), np.append(right, rights), self._low, self._high, self._is_whole)


def _scaled_rows(form: LinearStandardFormInfo) -> tuple[csr_array, Floats, Floats]:
    matrix = csr_array(form.A)
    counts = np.diff(matrix.indptr)
    scales = np.array([_power_of_two(row) for row in np.split(matrix.data, matrix.indptr[1:-1])], np.float64)
    matrix.data = matrix.data / np.repeat(scales, counts)
    return matrix, np.asarray(form.rhs, np.float64) / scales, scales


def _power_of_two(coefficients: Floats) -> float:
    """Return the power of two next to the median magnitude; 1 where there is none."""
    magnitudes = np.abs(coefficients[coefficients != 0])
    return float(2.0 ** np.round(np.log2(np.median(magnitudes)))) if len(magnitudes) else 1.0


def _parts(matrix: csr_array) -> tuple[np.ndarray, np.ndarray, Floats]:
    return matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data.astype(np.float64)
