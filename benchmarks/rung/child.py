"""One rung in a process of its own, as `ladder` starts it.

Usage: `python -m benchmarks.rung.child KIND FOLDER GAP SECONDS THREADS REPEATS`.
It warms up, reads and compiles the market, runs, and prints one JSON document a run.
"""

from __future__ import annotations

import json
import sys
import time
from fractions import Fraction
from pathlib import Path

from benchmarks._figures import Record
from benchmarks._warm import warm
from benchmarks.peer.child import peak_mb
from benchmarks.rung.edits import edits
from benchmarks.rung.passes import passes
from benchmarks.rung.solve import solve
from models.solution import SearchOptions
from optimizer import pipeline


def main(kind: str, folder: str, gap: str, *others: str) -> None:
    """Run one rung and print its runs."""
    seconds, threads, repeats = others
    # The method is the one that a search takes by itself.
    options = SearchOptions(
        gap=Fraction(gap), time_limit=float(seconds), threads=int(threads), is_certified=True
    )
    warm()
    began = time.perf_counter()
    problem = pipeline.check(Path(folder)).problem
    if problem is None:
        raise SystemExit(f"{folder} has findings: fairpool check {folder}")
    read: Record = {"read_and_compile_seconds": time.perf_counter() - began}
    if kind == "edits":
        runs = edits(Path(folder), problem, options)
    elif kind == "pass":
        runs = passes(problem, options)
    else:
        runs = [solve(Path(folder), problem, options) for _ in range(int(repeats))]
    for run in runs:
        print(json.dumps(run | read | {"peak_mb": peak_mb()}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
