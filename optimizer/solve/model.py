"""A problem's formulation as arrays: made once, run as often as needed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC
from pyomo.environ import maximize
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler, LinearStandardFormInfo
from scipy.sparse import csr_array, hstack, vstack

from models.formulation import Formulation, formulate
from models.formulation.choice import CHOICE
from models.instance import Int64
from models.problem import Problem, Total
from models.row import rounding_loss
from optimizer.solve.answer import Answer, Arrays, Floats
from optimizer.solve.pairs import pairs_of

Bools = NDArray[np.bool_]

_TIED = 1e-12
_OPEN_PER_ROW = 40
"""Decisions that a core leaves open in each row with a price, however dear they are."""
_WIDE = 1e6


@dataclass(frozen=True)
class Cut:
    """`sum coefficient x take[option] <= right`: a row of every plan, beside those of the formulation.

    Attributes
    ----------
    carries
        (number, coefficient) pairs: whole numbers of zero or more that the row counts beside the options; the
        same number in two cuts is the same variable.
    """

    options: tuple[int, ...]
    coefficients: tuple[float, ...]
    right: float
    carries: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Dual:
    """The price of a limit as a solver gives it; `weights` of a `top`'s groups, `pairs` of a `ratio`'s."""

    limits: int
    limit: int
    price: float
    weights: tuple[tuple[int, float], ...] = ()
    pairs: tuple[tuple[int, int, float], ...] = ()


@dataclass(frozen=True, eq=False)
class Reach:
    """A merchant that counts where it reaches a threshold: see `Threshold` of the formulation.

    Attributes
    ----------
    column
        The variable that is 1 where the merchant counts.
    rows
        Of the variable at 0 and at 1: the row that then holds.
    """

    total: Total
    pair: int
    column: int
    rows: tuple[int, int]


class Model:
    """The Pyomo formulation of a problem, compiled to `maximise c.x, A x <= b`.

    Rows and objective are scaled by powers of two so that the geometric mean of their
    coefficients is about 1: a solver's tolerance is
    absolute, and amounts span twelve digits.

    Attributes
    ----------
    rows
        (index of the rule's limits or -1 for pools, limit or pool) -> row; a row without variables is
        missing.
    thresholds
        Those that rounding a mix to smallest units may miss.

    Parameters
    ----------
    checkpoint
        Called often while the model is stated; what it raises ends that.
    """

    def __init__(self, problem: Problem, checkpoint: Callable[[], None] = lambda: None) -> None:
        self._problem = problem
        with PauseGC():  # millions of terms and no garbage: looking for it takes longer than the rest
            self._state(problem, checkpoint)

    def _state(self, problem: Problem, checkpoint: Callable[[], None]) -> None:
        stated = formulate(problem, checkpoint)
        checkpoint()
        form = LinearStandardFormCompiler().write(stated.model, set_sense=maximize)
        position = {id(variable): index for index, variable in enumerate(form.columns)}
        self._take: Int64 = np.array([position.get(id(variable), -1) for variable in stated.take], np.int64)
        self._absent = np.array([float(variable.lb or 0.0) for variable in stated.take])
        self._decimals = [pool.decimals for pool in problem.instance.pools]
        self.rows = {
            stated.rows[constraint]: row
            for row, (constraint, _) in enumerate(form.rows)
            if constraint in stated.rows
        }
        self._is_choice_row = np.array([con.parent_component().name == CHOICE for con, _ in form.rows], bool)
        self._over = {row: stated.over[con] for row, (con, _) in enumerate(form.rows) if con in stated.over}
        self._between = {
            row: stated.between[con] for row, (con, _) in enumerate(form.rows) if con in stated.between
        }
        self._matrix, self._right, self._scales = _scaled_rows(form)
        self._clear: dict[int, float] = {}
        self.thresholds = self._reaches(stated, form, position)
        costs = form.c.toarray().ravel()
        self._objective_scale = _power_of_two(costs)
        self._costs: Floats = costs / self._objective_scale
        bounds = [variable.bounds for variable in form.columns]
        self._low: Floats = np.array([-np.inf if low is None else low for low, _ in bounds], np.float64)
        self._high: Floats = np.array([np.inf if high is None else high for _, high in bounds], np.float64)
        self._is_whole = np.array([variable.is_integer() for variable in form.columns], bool)

    @cached_property
    def _lost(self) -> Floats:
        """By what rounding one row of a plan can move every row with a limit, as scaled."""
        lost = np.zeros(len(self._right))
        for which, row in self.rows.items():
            lost[row] = rounding_loss(self._problem, *which) / self._scales[row]
        return lost

    def _reaches(
        self, stated: Formulation, form: LinearStandardFormInfo, position: dict[int, int]
    ) -> list[Reach]:
        row_of = {con: row for row, (con, _) in enumerate(form.rows)} if stated.thresholds else {}
        found = []
        for one in stated.thresholds:
            rows = row_of[one.missed], row_of[one.reached]
            for row, clear in zip(rows, (one.clear_of_missed, one.clear_of_reached), strict=True):
                self._clear[row] = clear / float(self._scales[row])
            found.append(Reach(one.total, one.pair, position[id(one.counted)], rows))
        return found

    @property
    def is_wide(self) -> bool:
        """Whether some row adds amounts so far apart that a solver has been seen to lose the best plan."""
        sizes = abs(self._matrix)
        largest = sizes.max(axis=1).toarray().ravel()
        sizes.data = 1.0 / sizes.data
        return bool((largest * sizes.max(axis=1).toarray().ravel() > _WIDE).any())

    @property
    def num_columns(self) -> int:
        """How many variables there are."""
        return len(self._costs)

    def arrays(self, cuts: Sequence[Cut] = (), tightening: float = 0.0, roundings: int = 0) -> Arrays:
        """Return the model as arrays.

        Parameters
        ----------
        tightening
            Every priced row's right-hand side is lowered by this share of its largest coefficient, so that
            what the solver's tolerance lets through still holds exactly.
        roundings
            And by what so many rows of a plan can lose when their fractions are rounded to smallest units.
        """
        right = self._right.copy()
        priced = list(self.rows.values())
        if tightening:
            largest = np.asarray(abs(self._matrix).max(axis=1).todense()).ravel()
            right[priced] -= tightening * largest[priced]
        if roundings:
            right[priced] -= roundings * self._lost[priced]
        return self._with_rows(self._costs, right, [], cuts)

    def polished(self, values: Floats, amiss: Collection[int], roundings: int, cuts: Sequence[Cut]) -> Arrays:
        """Return the arrays in which only amounts are still open: all whole variables are as in a solution.

        Parameters
        ----------
        amiss
            Rows to keep clear of: limits by what so many `roundings` can lose, thresholds by what it takes.
        """
        arrays = self.arrays(cuts)
        for row in amiss:
            arrays.right[row] -= self._clear[row] if row in self._clear else roundings * self._lost[row]
        low = np.where(arrays.is_whole, np.rint(values), arrays.low)
        return replace(arrays, low=low, high=np.where(arrays.is_whole, low, arrays.high))

    def without(self, given_up: Mapping[int, int], cuts: Sequence[Cut]) -> Arrays:
        """Return the arrays with the variables of some thresholds held at 0 or 1."""
        arrays = self.arrays(cuts)
        columns = [self.thresholds[number].column for number in given_up]
        arrays.low[columns] = arrays.high[columns] = list(given_up.values())
        return arrays

    def cheapest(self, pool: int, objective: float, drawn: Sequence[int], cuts: Sequence[Cut]) -> Arrays:
        """Return the arrays that ask for the least draw from one pool among plans that reach `objective`.

        Parameters
        ----------
        drawn
            Draw from the pools before this one, in smallest units, which may not rise.
        """
        row = self._matrix[[self.rows[-1, pool]], :].toarray().ravel()
        rows = [csr_array(-self._costs.reshape(1, -1))]
        right = [-objective / self._objective_scale]
        for before, units in enumerate(drawn):
            if (-1, before) in self.rows:
                index = self.rows[-1, before]
                rows.append(self._matrix[[index], :])
                right.append(units / 10.0 ** self._decimals[before] / self._scales[index])
        return self._with_rows(-row, np.append(self._right, right), rows, cuts)

    def feasible(self) -> Arrays:
        """Return the arrays that ask for any plan at all, priced rows broken as little as can be."""
        return self._elastic(sorted(self.rows.values()), np.zeros(self.num_columns), 1.0, self._right)

    def best_effort(self, tightening: float) -> Arrays:
        """Return the arrays that break hard rules as little as can be, pools never, and then are best."""
        rules = [
            row for (limits, _), row in sorted(self.rows.items(), key=lambda item: item[1]) if limits >= 0
        ]
        weight = 1e4 * max(float(np.abs(self._costs).max(initial=0.0)), 1.0)
        right = self._right.copy()
        for (limits, _), row in self.rows.items():
            right[row] -= tightening * abs(right[row]) if limits < 0 else 0.0
        return self._elastic(rules, self._costs, weight, right)

    def _elastic(self, rows: list[int], costs: Floats, weight: float, right: Floats) -> Arrays:
        count = len(rows)
        broken_by = csr_array((-np.ones(count), (rows, np.arange(count))), shape=(len(right), count))
        matrix = csr_array(hstack([self._matrix, broken_by]))
        all_costs = np.append(costs, np.full(count, -weight))
        low, high = np.append(self._low, np.zeros(count)), np.append(self._high, np.full(count, np.inf))
        is_whole = np.append(self._is_whole, np.zeros(count, bool))
        return Arrays(all_costs, *_parts(matrix), right, low, high, is_whole)

    def take(self, values: Floats) -> Floats:
        """Return the fraction of each option that a solution takes; shape (options,)."""
        return np.where(self._take >= 0, values[self._take], self._absent)

    @property
    def columns(self) -> Int64:
        """Variable of each option, -1 where it has none; shape (options,)."""
        return self._take

    def objective(self, amount: float) -> float:
        """Turn an objective value of the arrays into objective units."""
        return amount * self._objective_scale

    def worth(self, values: Floats) -> float:
        """Return what a solution is worth in objective units."""
        return self.objective(float(self._costs @ values[: self.num_columns]))

    def prices(self, duals: Floats, *, is_feasibility: bool = False) -> list[Dual]:
        """Turn the rows' dual values into prices per written unit; `is_feasibility`: of `feasible()`."""
        scaled = np.maximum(duals, 0.0) / self._scales * (1.0 if is_feasibility else self._objective_scale)
        weights: dict[int, list[tuple[int, float]]] = {}
        for row, (limits, group) in self._over.items():
            cap = self.rows.get((limits, 0))
            if cap is not None and scaled[cap] > 0 and scaled[row] > 0:
                weights.setdefault(limits, []).append((group, float(scaled[row] / scaled[cap])))
        pairs = pairs_of(self._problem, self._between, scaled)
        return [
            Dual(limits, limit, float(scaled[row]), tuple(weights.get(limits, ())), pairs.get(limits, ()))
            for (limits, limit), row in self.rows.items()
            if scaled[row] > 0
        ]

    def core(self, relaxed: Answer, size: int) -> Arrays:
        """Return the arrays in which only decisions that the relaxation's prices nearly tie are still open.

        Priced, each cell has a best choice (nothing included), and every other choice a loss against it. Open
        are the choices with the `size` smallest losses above zero (Pisinger 1995), and those that move a row
        with a price most cheaply: without them whole options might not meet it. What the core finds is a
        plan of the whole; its bound is not.
        """
        assert relaxed.prices is not None
        prices = np.where(self._is_choice_row, 0.0, relaxed.prices)
        values = np.where(self._take >= 0, (self._costs - self._matrix.T @ prices)[self._take], 0.0)
        first, cell = self._problem.option_start[:-1], self._problem.cell_of_option
        best = np.maximum(np.maximum.reduceat(values, first), 0.0)
        loss = best[cell] - values
        ranked = np.sort(np.concatenate([loss[loss > _TIED], best[best > _TIED]]))
        limit = ranked[size] if len(ranked) > size else np.inf
        is_open = (loss <= limit) | (self._take < 0)
        may_drop = (best <= limit) | self._problem.is_divisible
        self._open_binding_rows(relaxed.prices, loss, best, (is_open, may_drop))
        is_only = np.add.reduceat(is_open.astype(np.int64), first) == 1
        is_taken = (is_only & ~may_drop)[cell] & is_open & (self._take >= 0)
        low, high = self._low.copy(), self._high.copy()
        high[self._take[~is_open]] = 0.0
        low[self._take[is_taken]] = 1.0
        return replace(self.arrays(), low=np.minimum(low, self._high), high=np.maximum(high, self._low))

    def _open_binding_rows(
        self, prices: Floats, loss: Floats, best: Floats, flags: tuple[Bools, Bools]
    ) -> None:
        """Open, for each row with a price, the decisions that lose least per amount by which they move it."""
        is_open, may_drop = flags
        option_of = np.full(self.num_columns, -1, np.int64)
        option_of[self._take[self._take >= 0]] = np.flatnonzero(self._take >= 0)
        cell = self._problem.cell_of_option
        for row in np.flatnonzero((prices > 0) & ~self._is_choice_row).tolist():
            entries = slice(self._matrix.indptr[row], self._matrix.indptr[row + 1])
            options = option_of[self._matrix.indices[entries]]
            moves = np.abs(self._matrix.data[entries])[options >= 0]
            options = options[options >= 0]
            is_open[options[np.argsort(loss[options] / moves, kind="stable")[:_OPEN_PER_ROW]]] = True
            drops = np.argsort((best[cell[options]] + loss[options]) / moves, kind="stable")[:_OPEN_PER_ROW]
            may_drop[cell[options[drops]]] = True

    def _with_rows(
        self, costs: Floats, right: Floats, rows: Sequence[csr_array], cuts: Sequence[Cut]
    ) -> Arrays:
        """Return the model with rows and cuts below its own; `right` is of the model's rows and of `rows`."""
        carries = 1 + max((number for cut in cuts for number, _ in cut.carries), default=-1)
        parts = [self._matrix, *rows]
        if carries:
            parts = [hstack([part, csr_array((part.shape[0], carries))]) for part in parts]
        cut_rows = [self._cut_row(cut, carries) for cut in cuts]
        matrix = csr_array(vstack([*parts, *(row for row, _ in cut_rows)]))
        return Arrays(
            np.append(costs, np.zeros(carries)),
            *_parts(matrix),
            np.append(right, [row_right for _, row_right in cut_rows]),
            np.append(self._low, np.zeros(carries)),
            np.append(self._high, np.full(carries, np.inf)),
            np.append(self._is_whole, np.ones(carries, bool)),
        )

    def _cut_row(self, cut: Cut, num_carries: int) -> tuple[csr_array, float]:
        """Return a cut as a row and its right-hand side; an option without a variable counts as fixed."""
        options, coefficients = np.array(cut.options, np.int64), np.array(cut.coefficients)
        columns = self._take[options]
        is_fixed = columns < 0
        right = cut.right - float(coefficients[is_fixed] @ self._absent[options[is_fixed]])
        places = [*columns[~is_fixed].tolist(), *(self.num_columns + number for number, _ in cut.carries)]
        entries = [*coefficients[~is_fixed].tolist(), *(coefficient for _, coefficient in cut.carries)]
        shape = (1, self.num_columns + num_carries)
        return csr_array((entries, ([0] * len(places), places)), shape=shape), right


def _scaled_rows(form: LinearStandardFormInfo) -> tuple[csr_array, Floats, Floats]:
    matrix = csr_array(form.A)
    counts = np.diff(matrix.indptr)
    sums = np.zeros(len(counts))
    np.add.at(sums, np.repeat(np.arange(len(counts)), counts), np.log2(np.abs(matrix.data)))
    scales = 2.0 ** np.round(sums / np.maximum(counts, 1))
    matrix.data = matrix.data / np.repeat(scales, counts)
    return matrix, np.asarray(form.rhs, np.float64) / scales, scales


def _power_of_two(coefficients: Floats) -> float:
    """Return the power of two next to the geometric mean of the magnitudes; 1 where there is none."""
    magnitudes = np.abs(coefficients[coefficients != 0])
    return float(2.0 ** np.round(np.log2(magnitudes).mean())) if len(magnitudes) else 1.0


def _parts(matrix: csr_array) -> tuple[np.ndarray, np.ndarray, Floats]:
    return matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data.astype(np.float64)
