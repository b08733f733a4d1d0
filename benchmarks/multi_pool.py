"""Several pools at once: what each method has after 2, 5, 10 and 20 seconds, plan and bound.

`python -m benchmarks.multi_pool [--seconds 2 5 10 20] [--methods auto monolithic] [--threads 2]
[--folders ...] [--figures FILE] [--quick]` searches `instances/mmkp/*`, generated knapsacks of classes x
items x resources (`benchmarks/market/classes.py`) and ladder markets with three pools, each method from the
compiled problem, in this process once it is warm. The gap asked for is 0, so that each uses all of its time
or proves its plan. Both bounds are told: the certified one, and the better of it and what the solver claims.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from benchmarks._best_known import best_known
from benchmarks._figures import Record, keep, machine
from benchmarks._warm import warm
from benchmarks.ladder_market import LadderMarket, write_market
from benchmarks.market.classes import Classes, write_classes
from benchmarks.peer.run import ROOT
from models.problem import Problem
from models.solution import SearchOptions, Watch
from optimizer import pipeline
from optimizer.search import search

_KEYS = ("instance", "method", "seconds_asked")
_CLASSES = (
    Classes(50, 10, 5),
    Classes(100, 10, 10),
    Classes(200, 20, 5),
    Classes(500, 10, 20),
    Classes(1_000, 10, 10),
    Classes(200, 20, 10, is_correlated=False),
)
_MARKETS = (LadderMarket(1_000, "pools"), LadderMarket(5_000, "pools"))


def main() -> None:
    """Print the table in Markdown and keep the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, nargs="+", default=[2, 5, 10, 20])
    parser.add_argument("--methods", nargs="+", default=["auto", "monolithic"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folders", type=Path, nargs="+", help="these only, nothing generated")
    parser.add_argument("--figures", type=Path, help="add the figures to a JSON file")
    parser.add_argument("--quick", action="store_true", help="I01, I04 and one generated, 1 and 2 seconds")
    asked = parser.parse_args()
    if asked.quick:
        asked.seconds = [1, 2]
    warm()
    columns = ["instance", "best known", "method", "seconds asked", "objective"]
    columns += ["certified bound", "bound", "gap", "seconds"]
    print("| " + " | ".join(columns) + " |\n|---|--:|---|" + "--:|" * 6)
    with tempfile.TemporaryDirectory() as name:
        for folder in _folders(asked, Path(name)):
            problem = pipeline.check(folder).problem
            if problem is None:
                raise SystemExit(f"{folder} has findings: fairpool check {folder}")
            records = [
                _searched(problem, folder, method, seconds, asked.threads)
                for seconds in asked.seconds
                for method in asked.methods
            ]
            if asked.figures is not None:
                keep(asked.figures, records, _KEYS)


def _folders(asked: argparse.Namespace, home: Path) -> Iterator[Path]:
    if asked.folders is not None:
        yield from asked.folders
        return
    stated = sorted(path for path in (ROOT / "instances" / "mmkp").iterdir() if path.is_dir())
    yield from [path for path in stated if path.name in ("I01", "I04")] if asked.quick else stated
    for classes in _CLASSES[:1] if asked.quick else _CLASSES:
        write_classes(home / classes.name, classes)
        yield home / classes.name
    for market in () if asked.quick else _MARKETS:
        write_market(home / market.name, market)
        yield home / market.name


def _searched(problem: Problem, folder: Path, method: str, seconds: float, threads: int) -> Record:
    """Search once, print a line and return its figures."""
    options = SearchOptions(gap=Fraction(0), time_limit=seconds, method=method, threads=threads)
    began = time.perf_counter()
    found = search(problem, options, Watch())
    taken = time.perf_counter() - began
    record: Record = {
        "instance": folder.name,
        "method": method,
        "seconds_asked": seconds,
        "best_known": best_known(folder),
        "objective": None if found.plan is None else float(found.plan.objective),
        "certified_bound": None if found.certified_bound is None else float(found.certified_bound),
        "bound": None if found.bound is None else float(found.bound),
        "gap": None if found.gap is None else float(found.gap),
        "seconds": taken,
    }
    figures = [_text(record[key]) for key in ("objective", "certified_bound", "bound")]
    gap = "" if found.gap is None else f"{float(found.gap):.1e}"
    head = f"| {folder.name} | {_text(record['best_known'])} | {method} | {seconds:g} | "
    print(head + " | ".join([*figures, gap, f"{taken:.1f}"]) + " |", flush=True)
    return record | {"cells": problem.num_cells, "pools": len(problem.pools), "threads": threads} | machine()


def _text(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else ""


if __name__ == "__main__":
    main()
