"""How long reading and compiling take beside what pyarrow alone needs for the same options.csv.

`python -m benchmarks.read [--rows 5000000] [--repeats 5] [--quick]` generates a folder of about that many
option rows (11 columns, 15 rules; see `fairpool generate`), then runs in turn `pyarrow.csv.read_csv` as it
comes, and `read_instance` with `compile_problem`, each in a fresh process, libraries imported, the file in
the page cache. Processor seconds (user and system, of all threads) say more than seconds on a busy machine.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from optimizer.generate import generate

_ROWS, _QUICK_ROWS = 5_000_000, 250_000
_CELLS_A_MERCHANT, _OPTIONS_A_CELL = 5, 5

_TIMED = """
import resource, sys, time
from pathlib import Path
import numpy, pyarrow.csv
from optimizer.compile import compile_problem
from optimizer.read import read_instance

def clock():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime

folder, times = Path(sys.argv[1]), [clock()]
if sys.argv[2] == "pyarrow":
    kept = pyarrow.csv.read_csv(folder / "options.csv")
    times.append(clock())
else:
    instance, findings = read_instance(folder)
    times.append(clock())
    assert instance is not None, findings
    kept = compile_problem(instance)
    times.append(clock())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
for begun, ended in zip(times, times[1:]):
    print(ended[0] - begun[0], ended[1] - begun[1], peak)
"""

Figures = tuple[float, float, float]
"""Seconds, processor seconds, and the process's peak memory in megabytes."""


def main() -> None:
    """Print medians and minima, their ratios and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=_ROWS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help=f"{_QUICK_ROWS} rows, three times")
    asked = parser.parse_args()
    rows, repeats = (_QUICK_ROWS, 3) if asked.quick else (asked.rows, asked.repeats)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "instance"
        merchants = max(1, rows // (_CELLS_A_MERCHANT * _OPTIONS_A_CELL))
        generate(folder, merchants=merchants, cells_per_merchant=_CELLS_A_MERCHANT, options=_OPTIONS_A_CELL)
        with (folder / "options.csv").open("rb") as stream:
            count = sum(1 for __ in stream) - 1
        print(f"{count} option rows, {(folder / 'options.csv').stat().st_size / 1e6:.0f} MB")
        runs = [(*_timed(folder, "pyarrow"), *_timed(folder, "fairpool")) for __ in range(repeats)]
    runs = [(alone, read, compiled, _together(read, compiled)) for alone, read, compiled in runs]
    _print_table("median", runs, statistics.median)
    _print_table("least", runs, min)


def _print_table(title: str, runs: list[tuple[Figures, ...]], pick: Callable[[list[float]], float]) -> None:
    """Print what stands for all runs; the ratio of medians is taken run by run."""
    print(f"\n| {title} | seconds | processor seconds | peak MB |\n|---|--:|--:|--:|")
    for name, which in (("pyarrow alone", 0), ("read", 1), ("compile", 2), ("read and compile", 3)):
        seconds, processor, peak = (pick([run[which][i] for run in runs]) for i in range(3))
        print(f"| {name} | {seconds:.2f} | {processor:.2f} | {peak:.0f} |")
    if pick is min:
        ratios = [pick([run[3][i] for run in runs]) / pick([run[0][i] for run in runs]) for i in range(2)]
    else:
        ratios = [pick([run[3][i] / run[0][i] for run in runs]) for i in range(2)]
    print(f"| ratio | {ratios[0]:.2f} | {ratios[1]:.2f} | |")


def _together(one: Figures, other: Figures) -> Figures:
    return one[0] + other[0], one[1] + other[1], max(one[2], other[2])


def _timed(folder: Path, what: str) -> list[Figures]:
    """Return the figures of each phase of one process."""
    command = [sys.executable, "-c", _TIMED, str(folder), what]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    phases = (line.split() for line in printed.splitlines())
    return [(float(seconds), float(processor), float(peak)) for seconds, processor, peak in phases]


if __name__ == "__main__":
    main()
