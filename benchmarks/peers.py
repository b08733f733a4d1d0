"""The product and other solvers side by side: same arrays, same time limit and gap, a process each.

`python -m benchmarks.peers [--cells 1000 10000] [--mixes caps floors ...] [--folders FOLDER ...]
[--peers highs scip ...] [--time-limit 60] [--gap 1e-4] [--threads 2] [--scip-python PYTHON]
[--figures FILE] [--traces FILE] [--table] [--quick]` solves the ladder's market (`ladder_market`) at each
size and mix, and the folders, with each peer. Every plan is counted again in exact integers
(`optimizer.decode.evaluate`), so an objective is what the plan is worth, and one that breaks a hard rule says
so. Best known values are read from the "**Best known" line of a folder's README. pyscipopt is no dependency
of the project: install it into an environment of its own (`uv venv scip; uv pip install --python scip
pyscipopt`, then `--scip-python scip/bin/python`); without it SCIP is skipped loudly.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks._best_known import best_known
from benchmarks._figures import FOLDER, Record, keep, load, machine
from benchmarks.ladder_market import LadderMarket, write_market
from benchmarks.market.mixes import MIXES
from benchmarks.peer.arrays import NotStatedError, state
from benchmarks.peer.child import PEERS
from benchmarks.peer.run import ROOT, Run, run_peer
from benchmarks.peer.stated import Asked
from models.problem import Problem
from optimizer import pipeline

_KEYS = ("instance", "peer", "gap_asked", "time_limit")


def main() -> None:
    """Run every peer on every instance, print a table in Markdown and keep the figures."""
    asked = _asked()
    if asked.table:
        print("\n".join(compact(load(asked.figures or FOLDER / "peers.json"))))
        return
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for folder, label in _folders(asked, home):
            records = _compared(folder, label, asked, home)
            traces = [_trace(record) for record in records if record["trace"]]
            if asked.figures is not None:
                keep(asked.figures, [_without_trace(record) for record in records], _KEYS)
            if asked.traces is not None:
                keep(asked.traces, traces, ("instance", "peer"))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--mixes", nargs="+", choices=list(MIXES), default=list(MIXES))
    parser.add_argument("--folders", type=Path, nargs="*", default=[])
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--scip-python", default=sys.executable, help="an interpreter that has pyscipopt")
    parser.add_argument(
        "--figures", type=Path, help=f"add the figures to a JSON file, as {FOLDER.name}/peers.json"
    )
    parser.add_argument("--traces", type=Path, help="add how gaps fell to a JSON file, for benchmarks.curves")
    parser.add_argument(
        "--table", action="store_true", help="only print the figures kept, a line an instance"
    )
    parser.add_argument("--quick", action="store_true", help="500 cells, one mix, I01 and uncorr, 5 seconds")
    asked = parser.parse_args()
    if asked.quick:
        asked.cells, asked.mixes, asked.time_limit = [500], ["caps"], 5.0
        asked.folders = [ROOT / "instances" / "mmkp" / "I01", ROOT / "instances" / "mckp" / "uncorr"]
    return asked


def _folders(asked: argparse.Namespace, home: Path) -> Iterator[tuple[Path, str]]:
    for num_cells in asked.cells:
        for mix in asked.mixes:
            market = LadderMarket(num_cells, mix)
            write_market(home / market.name, market)
            yield home / market.name, market.name
    for folder in asked.folders:
        yield folder, f"{folder.resolve().parent.name}/{folder.name}"


def _compared(folder: Path, label: str, asked: argparse.Namespace, home: Path) -> list[Record]:
    """Run the peers on one folder."""
    problem = pipeline.check(folder).problem
    if problem is None:
        raise SystemExit(f"{folder} has findings: fairpool check {folder}")
    model = home / "model.npz"
    if not _is_stated(problem, model, label):
        return []
    known = best_known(folder)
    print(f"\n### {label}: {problem.num_cells} cells, {problem.num_options} options", end="")
    print(f"; best known {known}\n" if known is not None else "\n")
    print("| peer | status | objective | bound | gap | seconds | of them building | peak MB |")
    print("|---|---|--:|--:|--:|--:|--:|--:|", flush=True)
    want = Asked(asked.gap, asked.time_limit, asked.threads, model, folder)
    records = list[Record]()
    for peer in asked.peers:
        run = run_peer(peer, problem, want, asked.scip_python if peer == "scip" else sys.executable)
        print(_line(peer, run), flush=True)
        sizes = {"cells": problem.num_cells, "options": problem.num_options, "threads": asked.threads}
        stated = {"instance": label, "peer": peer, "gap_asked": asked.gap, "time_limit": asked.time_limit}
        if run.status != "absent":
            records.append({**stated, **sizes, "best_known": known, **asdict(run), **machine()})
    return records


def compact(records: Sequence[Record]) -> list[str]:
    """Return a table in Markdown: a line an instance and time limit, a column a peer.

    A plan is shown by how far it is below the best objective in its line (or the best known), and by its gap
    and seconds.
    """
    peers = [peer for peer in PEERS if any(record["peer"] == peer for record in records)]
    lines = ["| instance | limit (s) | best objective | " + " | ".join(peers) + " |"]
    lines.append("|---|--:|--:|" + "---|" * len(peers))
    for instance, limit in dict.fromkeys((str(r["instance"]), r["time_limit"]) for r in records):
        line = [r for r in records if r["instance"] == instance and r["time_limit"] == limit]
        reached = [r["objective"] for r in line if r["is_feasible"]] + [r["best_known"] for r in line]
        best = max((float(value) for value in reached if isinstance(value, int | float)), default=0.0)
        shown = {str(r["peer"]): _shown(r, best) for r in line}
        cells = " | ".join(shown.get(peer, "") for peer in peers)
        lines.append(f"| {instance} | {limit:g} | {best:.10g} | {cells} |")
    return lines


def _shown(record: Record, best: float) -> str:
    objective, bound, gap, seconds = (record[key] for key in ("objective", "bound", "gap", "seconds"))
    time = f"{seconds:.1f} s" if isinstance(seconds, int | float) else str(record["status"])
    if not isinstance(objective, int | float):
        if isinstance(bound, int | float) and best:
            return f"bound {(bound - best) / best:+.1e}; {time}"
        return f"{record['status']}; {time}" if record["status"] == "killed" else f"no plan; {time}"
    if not record["is_feasible"]:
        return f"breaks a rule; {time}"
    below = "best" if objective >= best * (1 - 1e-12) else f"-{(best - objective) / best:.1e}"
    return f"{below}; gap {gap:.1e}; {time}" if isinstance(gap, float) else f"{below}; {time}"


def _without_trace(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != "trace"}


def _trace(record: Record) -> Record:
    points = [[float(f"{number:.4g}") for number in point] for point in record["trace"]]  # type: ignore[attr-defined]
    stated = {key: record[key] for key in ("instance", "peer", "cells", "time_limit", "threads")}
    return {**stated, "points": points, **machine()}


def _is_stated(problem: Problem, model: Path, label: str) -> bool:
    try:
        state(problem).save(model)
    except NotStatedError as error:
        print(f"{label} is NOT COMPARED: the arrays do not state {error}", file=sys.stderr)
        return False
    return True


def _line(peer: str, run: Run) -> str:
    objective = _number(run.objective) + (" (breaks a rule)" if run.is_feasible is False else "")
    gap = "" if run.gap is None else f"{run.gap:.1e}"
    figures: Sequence[str] = (
        objective,
        _number(run.bound),
        gap,
        _number(run.seconds, 1),
        _number(run.build_seconds, 1),
        _number(run.peak_mb, 0),
    )
    return f"| {peer} | {run.status} | " + " | ".join(figures) + " |"


def _number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"


if __name__ == "__main__":
    main()
