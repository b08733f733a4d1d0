"""One pricing pass over all options against reading the same arrays once, on as many threads."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks._figures import Record
from models.problem import Problem
from models.solution import SearchOptions
from optimizer.lagrangian.dual import Dual, minimise
from optimizer.lagrangian.market import market

_PASSES = 15
_NO_NODES, _FEW_NODES = -1, 1_000
"""Merchants' own limits not looked at, or searched within so many nodes, as far from the best prices."""

_TOUCHED = (
    "cell_start",
    "option_start",
    "values",
    "amounts",
    "is_allowed",
    "must_fund",
    "entry_start",
    "entry_set",
)
"""What a pass reads of `Tables` where no limit inside a merchant binds."""


def passes(problem: Problem, options: SearchOptions) -> list[Record]:
    """Time passes without and with the search of merchants, and streams, in turn; one record of medians."""
    stated = market(problem)
    if stated is None:
        return [{"absent": "amounts that do not fit the pass"}]
    dual = Dual(stated, options.threads)
    start = np.zeros(dual.num_prices)
    prices = minimise(dual, start, 30, _FEW_NODES, lambda _: False).prices
    charges, rewards = dual.charged(prices)
    arrays = [np.asarray(getattr(stated.tables, name)).ravel() for name in _TOUCHED]
    with ThreadPoolExecutor(options.threads) as pool:
        parts = [part for array in arrays for part in np.array_split(array, options.threads)]
        runs: tuple[Callable[[], object], ...] = (
            lambda: dual.pricer.price(charges, rewards, _NO_NODES),
            lambda: dual.pricer.price(charges, rewards, _FEW_NODES),
            lambda: list(pool.map(np.sum, parts)),
        )
        for run in runs:
            run()
        times = [[_seconds(run) for run in runs] for _ in range(_PASSES)]
    bare, searched, stream = (statistics.median(column) for column in zip(*times, strict=True))
    return [
        {
            "seconds": bare,
            "pass_seconds": bare,
            "with_search_seconds": searched,
            "stream_seconds": stream,
            "ratio": bare / stream,
            "mb": sum(array.nbytes for array in arrays) / 1e6,
        }
    ]


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
