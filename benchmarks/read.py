"""How long reading takes beside what pyarrow alone needs for the same file.

`python -m benchmarks.read [--rows 1000000] [--repeats 5]` writes a folder of that many option rows, then
times in turn `pyarrow.csv.read_csv` as it comes and `read_instance`, each in a fresh process,
the file in the page cache. Processor seconds say more than seconds on a busy machine.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

_POOLS = "pool,amount,decimals\ncash,900000000.00,2\ntraffic,9000000000,0\n"
_HEADER = "merchant,category,slot,option,cash,traffic,conversions\n"
_OPTIONS_A_CELL = 5
_BLOCK = 100_000

_TIMED = """
import resource, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
if sys.argv[2] == "pyarrow":
    import pyarrow.csv
    started = time.perf_counter(), time.process_time()
    kept = pyarrow.csv.read_csv(folder / "options.csv")
else:
    from optimizer.read import read_instance
    started = time.perf_counter(), time.process_time()
    kept = read_instance(folder)
    assert kept[0] is not None, kept[1]
print(time.perf_counter() - started[0], time.process_time() - started[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> None:
    """Print medians, their ratio and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_instance(folder, arguments.rows)
        size = (folder / "options.csv").stat().st_size
        print(f"{arguments.rows} rows, {size / 1e6:.0f} MB")
        runs = [(_timed(folder, "pyarrow"), _timed(folder, "fairpool")) for __ in range(arguments.repeats)]
    for title, which in (("pyarrow alone", 0), ("read_instance", 1)):
        seconds, processor, peak = (statistics.median(run[which][i] for run in runs) for i in range(3))
        print(f"{title}   {seconds:.3f} s, {processor:.3f} processor s, peak {peak:.0f} MB")
    ratios = [statistics.median(run[1][i] / run[0][i] for run in runs) for i in range(2)]
    print(f"ratio           {ratios[0]:.2f}, of processor seconds {ratios[1]:.2f}")


def write_instance(folder: Path, rows: int) -> None:
    """Write an instance with about `rows` options, sorted by their keys as platforms export them."""
    rng = np.random.default_rng(1)
    cells = max(1, rows // _OPTIONS_A_CELL)
    (folder / "pools.csv").write_text(_POOLS, encoding="utf-8")
    with (folder / "options.csv").open("w", encoding="utf-8") as stream:
        stream.write(_HEADER)
        for begin in range(0, cells, _BLOCK):
            block = range(begin, min(cells, begin + _BLOCK))
            cash = rng.integers(100, 500_000, (len(block), _OPTIONS_A_CELL)).tolist()
            traffic = rng.integers(0, 10_000, (len(block), _OPTIONS_A_CELL)).tolist()
            gain = rng.integers(0, 10**8, (len(block), _OPTIONS_A_CELL)).tolist()
            stream.writelines(
                f"M{cell // 10:06},C{cell % 10 // 2:02},S{cell % 2:02},O{option},"
                f"{cash[i][option] / 100:.2f},{traffic[i][option]},{gain[i][option] / 1e6:.6f}\n"
                for i, cell in enumerate(block)
                for option in range(_OPTIONS_A_CELL)
            )


def _timed(folder: Path, what: str) -> list[float]:
    """Return seconds, processor seconds and peak megabytes of one reading in a process of its own."""
    command = [sys.executable, "-c", _TIMED, str(folder), what]
    return [
        float(text)
        for text in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    ]


if __name__ == "__main__":
    main()
