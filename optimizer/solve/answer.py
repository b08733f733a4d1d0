"""What is asked of a solver, and what it answers; nothing here is believed before it is checked exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Ended(Enum):
    """How a run of the solver ended, in its own words."""

    optimal = "optimal"
    infeasible = "infeasible"
    stopped = "stopped"
    failed = "failed"


@dataclass(frozen=True, eq=False)
class Arrays:
    """`maximise c.x, A x <= b, low <= x <= high`, some x whole; A by rows: what crosses to the solver."""

    c: Floats
    starts: NDArray[np.int32]
    columns: NDArray[np.int32]
    coefficients: Floats
    right: Floats
    low: Floats
    high: Floats
    is_whole: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Request:
    """One run.

    Attributes
    ----------
    is_relaxed
        Leave out that variables are whole (a linear program): the answer then has the rows' prices.
    gap, absolute_gap
        Stop when the bound is within this share, or this much, of the best solution.
    node_limit
        Stop after so many branch and bound nodes; counted, so that the answer does not depend on the clock.
    start
        A solution to start from, per variable; None: none.
    target
        Stop at a solution that is worth so much; None: do not.
    is_presolved
        Let the solver reduce the model first; where last digits decide, its reductions have been seen to lose
        the best.
    """

    arrays: Arrays
    is_relaxed: bool = False
    gap: float = 0.0
    absolute_gap: float = 0.0
    time_limit: float = 600.0
    node_limit: int | None = None
    seed: int = 0
    start: Floats | None = None
    target: float | None = None
    is_presolved: bool = True


@dataclass(frozen=True)
class Incumbent:
    """How far a run has come: seconds since it began, its best objective and bound (None: none yet)."""

    seconds: float
    objective: float | None
    bound: float | None


@dataclass(frozen=True, eq=False)
class Answer:
    """How a run ended.

    Attributes
    ----------
    values
        Value of each variable in the best solution, or None.
    bound
        What the solver says no solution exceeds, or None.
    prices
        Dual value of each row, for a relaxed run that ended optimal.
    nodes
        Branch and bound nodes.
    remark
        What went wrong, in the solver's words.
    """

    ended: Ended
    values: Floats | None = None
    bound: float | None = None
    prices: Floats | None = None
    nodes: int = 0
    remark: str = ""


@dataclass(frozen=True)
class Watch:
    """How a caller follows a run and stops it: `progress` is told of news, `is_cancelled` is asked often."""

    progress: Callable[[Incumbent], Any] = lambda _: None
    is_cancelled: Callable[[], bool] = lambda: False
