"""A mix by the solver: near-optimal choices as columns, the limits that they can break as rows.

The restricted master of column generation as an integer program. Every slot keeps its first column or takes
another, and only the difference is written down: a few thousand columns of two or three numbers each, which
HiGHS searches well.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack

from models.instance import Int64
from models.linear import Bools, Floats
from optimizer.lagrangian.columns import Mixable
from optimizer.search.clock import Clock
from optimizer.solve import child
from optimizer.solve.answer import Arrays, Ended, Incumbent, Request, Watch

_SHARE = 0.5
"""Share of the time left that one mix may take."""

_LARGEST = 1e4
"""What the largest gain of a column is scaled to."""


def mixed_by_solver(
    clock: Clock, open_: Mixable, prices: Floats, known: Int64, aim: tuple[float, int]
) -> Int64 | None:
    """Return the solver's best mix as a choice of all cells; None: it finds none.

    Parameters
    ----------
    prices
        Per row unit, in units of the objective; they make rows comparable; shape (rows,).
    known
        A choice of all cells to begin with.
    aim
        Units of the objective at which to stop, and most branch and bound nodes.
    """
    program = _Program(open_, prices)
    goal, nodes = aim
    if not len(program.others):
        return None
    request = Request(
        program.arrays(),
        time_limit=max(clock.time_left() * _SHARE, 0.01),
        node_limit=nodes,
        seed=clock.options.seed,
        start=program.values(open_.found(known)),
        target=program.scaled(goal),
    )
    answer = child.run(request, Watch(_tell(clock), clock.watch.is_cancelled))
    if answer.ended is Ended.stopped and clock.is_over():
        clock.is_reproducible = False
    return None if answer.values is None else open_.written(program.columns(answer.values))


class _Program:
    """One mix.

    Its variables are the columns that are not the first of their slots, then by how much each soft row is
    broken.
    """

    def __init__(self, open_: Mixable, prices: Floats) -> None:
        columns, rows = open_.columns, open_.rows
        self.open = open_
        slot = np.repeat(np.arange(columns.num_slots), np.diff(columns.start))
        self.others = np.setdiff1d(np.arange(len(columns.value)), open_.first)
        self.slot = slot[self.others]
        gains = columns.value[self.others] - columns.value[open_.first[self.slot]]
        self.unit = _LARGEST / max(float(np.abs(gains).max(initial=0.0)), 1.0)
        self.gains = gains * self.unit
        differences = self._differences()
        kept = np.flatnonzero(_can_bind(differences, open_.left, rows.penalty))
        usual = np.median(prices[prices > 0]) if (prices > 0).any() else 1.0
        scale = np.where(prices > 0, prices, usual)[kept] * self.unit
        self.rows = differences[kept] * scale[:, None]
        self.right = open_.left[kept] * scale
        self.soft = np.flatnonzero(np.isfinite(rows.penalty[kept]))
        self.penalty = rows.penalty[kept][self.soft] * self.unit / scale[self.soft]

    def _differences(self) -> csr_array:
        """Return what the other columns add to the rows against the first of their slots."""
        columns = self.open.columns
        size = np.diff(columns.row_start)
        places = columns.row, np.repeat(np.arange(len(size)), size)
        amounts = coo_array((columns.amount, places), (self.open.rows.num_rows, len(size))).tocsc()
        found = (amounts[:, self.others] - amounts[:, self.open.first[self.slot]]).tocsr()
        found.eliminate_zeros()
        return found

    def arrays(self) -> Arrays:
        """Return the program as it crosses to the solver."""
        num_others, num_soft, num_slots = len(self.others), len(self.soft), self.open.columns.num_slots
        places = self.soft, np.arange(num_soft)
        broken = csr_array((-np.ones(num_soft), places), (self.rows.shape[0], num_soft))
        at_most_one = csr_array(
            (np.ones(num_others), (self.slot, np.arange(num_others))), (num_slots, num_others)
        )
        nothing = csr_array((num_slots, num_soft))
        matrix = vstack([hstack([self.rows, broken]), hstack([at_most_one, nothing])], "csr")
        return Arrays(
            c=np.append(self.gains, -self.penalty),
            starts=matrix.indptr.astype(np.int32),
            columns=matrix.indices.astype(np.int32),
            coefficients=matrix.data,
            right=np.append(self.right, np.ones(num_slots)),
            low=np.zeros(num_others + num_soft),
            high=np.append(np.ones(num_others), np.full(num_soft, np.inf)),
            is_whole=np.append(np.ones(num_others, bool), np.zeros(num_soft, bool)),
        )

    def values(self, columns: Int64) -> Floats:
        """Return the variables of a column in every slot."""
        taken = np.isin(self.others, columns).astype(np.float64)
        broken = (self.rows @ taken - self.right)[self.soft]
        return np.append(taken, np.maximum(broken, 0.0))

    def columns(self, values: Floats) -> Int64:
        """Return the column of every slot."""
        found = self.open.first.copy()
        is_taken = values[: len(self.others)] > 0.5
        found[self.slot[is_taken]] = self.others[is_taken]
        return found

    def scaled(self, goal: float) -> float:
        """Return units of the objective as the program counts them."""
        taken = self.open.taken
        return (goal - float(self.open.rows.values[taken[taken >= 0]].sum())) * self.unit


def _can_bind(differences: csr_array, left: Floats, penalty: Floats) -> Bools:
    """Say which rows the columns can break, or have broken and can mend; shape (rows,)."""
    most = differences.maximum(0).sum(axis=1)
    touched = np.diff(differences.indptr) > 0
    return np.asarray(touched & np.isfinite(left) & (most > left) & (penalty > 0))


def _tell(clock: Clock) -> Callable[[Incumbent], None]:
    def tell(_news: Incumbent) -> None:
        clock.tell("mix")

    return tell
