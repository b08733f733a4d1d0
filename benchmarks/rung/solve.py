"""From compiled arrays to a verified plan, phases timed apart."""

from __future__ import annotations

import itertools
import tempfile
import time
from pathlib import Path

from benchmarks._figures import Record
from models.problem import Problem
from models.solution import SearchOptions, Solution, Watch
from optimizer.search import search
from optimizer.verify import verify
from optimizer.write import write_plan


def solve(folder: Path, problem: Problem, options: SearchOptions) -> Record:
    """Search, write and verify once.

    Parameters
    ----------
    folder
        The instance's: `verify` reads it again, sharing nothing with what made the plan.

    Raises
    ------
    SystemExit
        If the plan fails verification.
    """
    times = [time.perf_counter()]
    found = search(problem, options, Watch())
    times.append(time.perf_counter())
    if found.plan is None:
        return {"seconds": times[1] - times[0], "search_seconds": times[1] - times[0], "remark": found.remark}
    with tempfile.TemporaryDirectory() as plan:
        write_plan(Path(plan), found, found.plan, options)
        times.append(time.perf_counter())
        verified = verify(folder, Path(plan))
        times.append(time.perf_counter())
    if not verified.is_verified:
        raise SystemExit(f"{folder}: the plan fails verification: {verified.findings[:3]}")
    phases = (after - before for before, after in itertools.pairwise(times))
    named = dict(zip(("search_seconds", "write_seconds", "verify_seconds"), phases, strict=True))
    return {"seconds": times[-1] - times[0], **reached(found), **named}


def reached(found: Solution) -> Record:
    """Return the objective and certified gap of a solution with a plan."""
    assert found.plan is not None
    gap = found.certified_gap
    return {
        "objective": float(found.plan.objective),
        "certified_gap": None if gap is None else float(gap),
    }
