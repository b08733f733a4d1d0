"""The product itself, by either method, so that it stands in the same table."""

from __future__ import annotations

import time
from fractions import Fraction
from math import nan

import numpy as np

from benchmarks.peer.stated import Answer, Asked
from models.solution import Progress, SearchOptions, Watch
from optimizer import pipeline
from optimizer.search import search


def auto(asked: Asked) -> Answer:
    """Search as `fairpool solve --certified` does: the bound is the certified one."""
    return _solve(asked, "auto", is_certified=True)


def monolithic(asked: Asked) -> Answer:
    """Search with `--method monolithic`: the bound is the better of certified and claimed."""
    return _solve(asked, "monolithic", is_certified=False)


def _solve(asked: Asked, method: str, *, is_certified: bool) -> Answer:
    problem = pipeline.check(asked.folder).problem
    if problem is None:
        raise ValueError(f"{asked.folder} has findings")
    options = SearchOptions(
        gap=Fraction(str(asked.gap)),
        time_limit=asked.time_limit,
        method=method,
        threads=asked.threads,
        is_certified=is_certified,
    )
    trace = list[tuple[float, float, float]]()

    def note(news: Progress) -> None:
        objective, bound = (nan if value is None else value for value in (news.objective, news.bound))
        trace.append((news.seconds, objective, bound))

    began = time.perf_counter()
    found = search(problem, options, Watch(note))
    seconds = time.perf_counter() - began
    take = None
    if found.plan is not None:
        take = np.zeros(problem.num_options)
        take[found.plan.choice.options] = found.plan.choice.fractions / 1e9
    bound = found.certified_bound if is_certified else found.bound
    reached = None if bound is None else float(bound)
    if found.plan is not None and reached is not None:
        trace.append((seconds, float(found.plan.objective), reached))
    return Answer(found.status(options), take, reached, seconds, 0.0, tuple(trace))
