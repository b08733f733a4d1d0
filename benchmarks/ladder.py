"""The scale ladder: from `instances/tiny` to 20 million cells, phases timed apart, medians of several runs.

`python -m benchmarks.ladder [--only NAME ...] [--repeats 3] [--threads 2] [--time-limit 600] [--figures FILE]
[--home FOLDER] [--quick]`. A rung is one line of the table:

* *solve*: in a warm process, from the compiled arrays to a verified plan: search, write and verify, timed
  apart; reading and compiling are told besides and do not count;
* *whole*: the command `fairpool solve` from the files on the disk to a verified plan folder;
* *edits*: a solved market with its pool or a rule changed, solved again from the plan before; the median of
  20 different edits;
* *pass*: one pricing pass over the options against reading the same arrays once.

Gaps are certified ones (`--certified`). A run that misses its gap says so: its time is then the time limit.
Markets are those of `ladder_market`, kept under `--home` between runs if it is given.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks._figures import Record, keep, machine
from benchmarks.ladder_market import LadderMarket, write_market
from benchmarks.peer.run import ROOT

_KEYS = ("rung",)
_LAUNCHED = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
ended = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": time.perf_counter() - began, "processor_seconds": used.ru_utime + used.ru_stime,
    "peak_mb": used.ru_maxrss / 1024, "exit": ended.returncode, "words": ended.stderr[-300:]}))
"""


@dataclass(frozen=True)
class Rung:
    """One line of the table; without a market: `instances/tiny`."""

    name: str
    kind: str
    market: LadderMarket | None
    gap: str
    is_parquet: bool = False
    most_repeats: int = 9


RUNGS = (
    Rung("tiny, whole", "whole", None, "1e-4"),
    Rung("10 k cells, solve, 1e-4", "solve", LadderMarket(10_000), "1e-4"),
    Rung("10 k cells, solve, 3e-6", "solve", LadderMarket(10_000), "3e-6"),
    Rung("10 k cells, changed, warm", "edits", LadderMarket(10_000), "1e-4", most_repeats=1),
    Rung("100 k cells, solve, 1e-5", "solve", LadderMarket(100_000), "1e-5"),
    Rung("1 M cells, whole, CSV, 1e-5", "whole", LadderMarket(1_000_000), "1e-5", most_repeats=3),
    Rung("20 M cells, whole, Parquet, 1e-6", "whole", LadderMarket(20_000_000), "1e-6", True, 1),
    Rung("1 M cells, pricing pass", "pass", LadderMarket(1_000_000), "1e-5", True, 1),
)

QUICK = (
    Rung("tiny, whole", "whole", None, "1e-4", most_repeats=1),
    Rung("300 cells, solve, 1e-2", "solve", LadderMarket(300), "1e-2", most_repeats=2),
    Rung("300 cells, changed, warm", "edits", LadderMarket(300), "2e-2", most_repeats=1),
    Rung("1 k cells, whole, Parquet, 2e-2", "whole", LadderMarket(1_000), "2e-2", True, 1),
    Rung("10 k cells, pricing pass", "pass", LadderMarket(10_000), "1e-2", True, 1),
)


def main() -> None:
    """Climb, print the table in Markdown and keep the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", help="rungs whose names hold one of these texts")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--time-limit", type=float, default=600.0)
    parser.add_argument("--figures", type=Path, help="add the figures to a JSON file")
    parser.add_argument("--home", type=Path, help="where markets are kept between runs")
    parser.add_argument("--quick", action="store_true", help="small rungs, a time limit of 20 seconds")
    asked = parser.parse_args()
    if asked.quick:
        asked.time_limit = min(asked.time_limit, 20.0)
    rungs = [r for r in (QUICK if asked.quick else RUNGS) if _is_wanted(r.name, asked.only)]
    print("| rung | seconds | gap reached | phases (seconds) | peak MB | runs |\n|---|--:|--:|---|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        for rung in rungs:
            record = _climbed(rung, asked, asked.home or Path(name))
            print(_line(record), flush=True)
            if asked.figures is not None:
                keep(asked.figures, [record], _KEYS)


def _is_wanted(name: str, only: list[str] | None) -> bool:
    return only is None or any(text in name for text in only)


def _climbed(rung: Rung, asked: argparse.Namespace, home: Path) -> Record:
    """Run one rung as often as it is worth and return its medians."""
    folder = ROOT / "instances" / "tiny"
    if rung.market is not None:
        folder = home / (rung.market.name + ("-parquet" if rung.is_parquet else ""))
        if not folder.exists():
            write_market(folder, rung.market, is_parquet=rung.is_parquet)
    repeats = max(1, min(asked.repeats, rung.most_repeats))
    if rung.kind == "whole":
        runs = [_whole(folder, rung, asked) for _ in range(repeats)]
    else:
        runs = _in_one_process(folder, rung, repeats, asked)
    return {
        "rung": rung.name,
        "kind": rung.kind,
        "cells": rung.market.num_cells if rung.market else None,
        "gap_asked": float(rung.gap),
        **_medians(runs),
        "num_runs": len(runs),
        "threads": asked.threads,
        **machine(),
    }


def _whole(folder: Path, rung: Rung, asked: argparse.Namespace) -> Record:
    """Run the command once; its own summary tells the phases and the gap."""
    with tempfile.TemporaryDirectory(dir=folder.parent if rung.market else None) as name:
        plan = Path(name) / "plan"
        numbers = ["--gap", rung.gap, "--time-limit", str(asked.time_limit), "--threads", str(asked.threads)]
        command = [
            sys.executable,
            "cli.py",
            "solve",
            str(folder),
            "--out",
            str(plan),
            *numbers,
            "--certified",
        ]
        command += ["--parquet"] if rung.is_parquet else []
        launched = [sys.executable, "-c", _LAUNCHED, *command]
        printed = subprocess.run(launched, check=True, cwd=ROOT, capture_output=True, text=True).stdout
        found: Record = json.loads(printed)
        if found["exit"] not in (0, 5):
            raise SystemExit(f"{rung.name}: exit {found['exit']}: {found['words']}")
        if not plan.exists():
            return {"seconds": found["seconds"], "peak_mb": found["peak_mb"], "exit": found["exit"]}
        summary = json.loads((plan / "summary.json").read_text(encoding="utf-8"))
    return {
        "seconds": found["seconds"],
        "processor_seconds": found["processor_seconds"],
        "objective": float(summary["objective"]),
        "certified_gap": float(summary["certified_gap"]),
        "peak_mb": found["peak_mb"],
        "exit": found["exit"],
        **{key: float(value) for key, value in summary["timings"].items()},
    }


def _in_one_process(folder: Path, rung: Rung, repeats: int, asked: argparse.Namespace) -> list[Record]:
    """Let a fresh process warm up and run the rung; it prints one JSON document a run."""
    what = [rung.kind, str(folder), rung.gap, str(asked.time_limit), str(asked.threads), str(repeats)]
    command = [sys.executable, "-m", "benchmarks.rung.child", *what]
    ended = subprocess.run(command, check=False, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if ended.returncode != 0:
        raise SystemExit(f"{rung.name}: the process ended with {ended.returncode}")
    return [json.loads(line) for line in ended.stdout.splitlines()]


def _medians(runs: list[Record]) -> Record:
    """Return the median of every figure that all runs have; the largest gap and peak."""
    common = [key for key in runs[0] if all(key in run for run in runs)] if runs else []
    found: Record = {}
    for key in common:
        values = [run[key] for run in runs]
        numbers = [
            value for value in values if isinstance(value, int | float) and not isinstance(value, bool)
        ]
        if len(numbers) < len(values):
            found[key] = values[0]
        else:
            pick = max if key in ("certified_gap", "peak_mb", "exit") else statistics.median
            found[key] = pick(numbers)
    return found


def _line(record: Record) -> str:
    seconds, gap = record.get("seconds"), record.get("certified_gap")
    phases = [
        f"{key.removesuffix('_seconds')} {value:.2f}"
        for key, value in record.items()
        if key.endswith("_seconds") and isinstance(value, float)
    ]
    told = "" if not isinstance(gap, float) else f"{gap:.1e}"
    if isinstance(gap, float) and isinstance(record["gap_asked"], float) and gap > record["gap_asked"]:
        told += " (missed)"
    if isinstance(record.get("ratio"), float):
        told = f"{record['ratio']:.1f} x streaming"
    if "absent" in record:
        told = str(record["absent"])
    peak = record.get("peak_mb")
    figures = [
        f"{seconds:.3g}" if isinstance(seconds, float) else "",
        told,
        ", ".join(phases),
        f"{peak:.0f}" if isinstance(peak, float) else "",
        str(record["num_runs"]),
    ]
    return f"| {record['rung']} | " + " | ".join(figures) + " |"


if __name__ == "__main__":
    main()
