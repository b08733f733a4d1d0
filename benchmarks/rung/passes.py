"""One pricing pass over all options against reading the same arrays once."""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks._figures import Record
from models.problem import Problem
from models.solution import SearchOptions

_PASSES = 9
_BUDGET = 1_000
"""Nodes that the search of one merchant may look at, as in a descent."""

Priced = tuple[Callable[[], object], list[np.ndarray]]


def passes(problem: Problem, options: SearchOptions) -> list[Record]:
    """Time passes and streams in turn; one record of medians."""
    found = pricing_pass(problem, options.threads)
    if found is None:
        return [{"absent": "no pricing pass in this version"}]
    run, arrays = found
    run()
    times = [(_seconds(run), _seconds(lambda: [array.sum() for array in arrays])) for _ in range(_PASSES)]
    one, other = (statistics.median(column) for column in zip(*times, strict=True))
    megabytes = sum(array.nbytes for array in arrays) / 1e6
    return [
        {"seconds": one, "pass_seconds": one, "stream_seconds": other, "ratio": one / other, "mb": megabytes}
    ]


def pricing_pass(problem: Problem, threads: int) -> Priced | None:
    """Return a pricing pass at prices of a short descent, and the arrays of options that it reads.

    The one place to change when the engine's interface does. None where the engine has no such pass, or
    where a problem's amounts do not fit it.
    """
    try:
        stated = importlib.import_module("optimizer.lagrangian.market")
        duals = importlib.import_module("optimizer.lagrangian.dual")
    except ImportError:
        return None
    market = stated.market(problem)
    if market is None:
        return None
    dual: Any = duals.Dual(market, threads)
    start = np.zeros(dual.num_prices)
    priced = duals.minimise(dual, start, 30, _BUDGET, lambda _: False)
    prices = np.asarray(priced.prices, np.float64)
    tables = market.tables
    names = (
        "option_start",
        "values",
        "amounts",
        "is_allowed",
        "entry_start",
        "entry_set",
        "own_start",
        "own_set",
    )
    return lambda: dual.at(prices, _BUDGET), [np.asarray(getattr(tables, name)) for name in names]


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
