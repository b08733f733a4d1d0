"""The two plots of the README, drawn from the figures that the other benchmarks keep.

`python -m benchmarks.curves [--figures FOLDER] [--out FOLDER] [--quick]` reads `ladder.json`, `peers.json`
and `traces.json` of `benchmarks/figures` and writes `time.svg` (time against size: the ladder, and each peer
on the ladder's market of the mix `caps`; hollow where the gap asked for was not met) and `gap.svg` (gap
against time on the largest such market that has traces). With `--quick` the pictures are drawn and thrown
away.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks._figures import FOLDER, Record, load
from benchmarks._plot import Plot, Point, Series

_MARKET = re.compile(r"ladder-(\d+)-caps-1")
_LEAST_GAP = 1e-8
"""A gap of nothing is drawn here: the axis is logarithmic."""

_ORDER = (
    "fairpool",
    "fairpool auto",
    "highs",
    "pyomo highs",
    "scipy milp",
    "scip",
    "cp-sat",
    "fairpool monolithic",
)


def main() -> None:
    """Draw what there are figures for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--figures", type=Path, default=FOLDER)
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--quick", action="store_true", help="draw and throw away")
    asked = parser.parse_args()
    plots = {
        "time.svg": time_against_size(
            load(asked.figures / "ladder.json"), load(asked.figures / "peers.json")
        ),
        "gap.svg": gap_against_time(load(asked.figures / "traces.json")),
    }
    with tempfile.TemporaryDirectory() as thrown:
        for name, plot in plots.items():
            if not plot.series:
                print(f"{name}: NO FIGURES yet", file=sys.stderr)
                continue
            file = (Path(thrown) if asked.quick else asked.out) / name
            file.write_text(plot.svg(), encoding="utf-8")
            print(f"{name}: {len(plot.series)} series, {sum(len(s.points) for s in plot.series)} points")


def time_against_size(ladder: Sequence[Record], peers: Sequence[Record]) -> Plot:
    """Plot seconds against cells: the ladder's rungs `solve` and `whole`, and the peers on its market."""
    points: dict[str, list[Point]] = {}
    for record in ladder:
        cells, seconds = _number(record, "cells"), _number(record, "seconds")
        if record.get("kind") in ("solve", "whole") and cells and seconds:
            gap = _number(record, "certified_gap")
            is_open = gap is None or gap > (_number(record, "gap_asked") or 0.0)
            points.setdefault("fairpool", []).append(Point(cells, seconds, is_open))
    for record in peers:
        found, seconds = _MARKET.fullmatch(str(record.get("instance"))), _number(record, "seconds")
        if found and seconds and not str(record["status"]).endswith("(relaxation)"):
            gap = _number(record, "gap")
            is_open = gap is None or gap > (_number(record, "gap_asked") or 0.0)
            points.setdefault(str(record["peer"]), []).append(Point(float(found[1]), seconds, is_open))
    series = tuple(Series(name, _ascending(points[name])) for name in _ORDER if name in points)
    return Plot("Time to the gap asked for (hollow: not reached)", "cells", "seconds", series)


def gap_against_time(traces: Sequence[Record]) -> Plot:
    """Plot how the gap falls, on the largest market of the mix `caps` that any peer has a trace of.

    Gaps are what a peer says while it runs, so the product's is the better of claimed and certified.
    """
    traces = [trace for trace in traces if _MARKET.fullmatch(str(trace.get("instance")))]
    largest = max((_number(trace, "cells") or 0.0 for trace in traces), default=0.0)
    series = []
    for name in _ORDER:
        for trace in traces:
            points = _falling(trace.get("points"))
            if trace.get("peer") == name and _number(trace, "cells") == largest and points:
                series.append(Series(name, points, is_steps=True))
    title = f"Gap over time as each tells it; {int(largest):,} cells"
    return Plot(title, "seconds", "gap", tuple(series))


def _falling(points: object) -> tuple[Point, ...]:
    """Return the points where a gap falls, and the last one; a step apart at least."""
    if not isinstance(points, list):
        return ()
    stated = [Point(max(float(s), 0.01), max(float(gap), _LEAST_GAP)) for s, gap in points]
    kept = stated[:1]
    for point in stated[1:]:
        if point.y < kept[-1].y * 0.999:
            kept.append(point)
    last = stated[-1:] if stated and stated[-1].x > kept[-1].x else []
    found = [*kept, *(Point(p.x, kept[-1].y) for p in last)]
    assert all(a.x <= b.x for a, b in pairwise(found))
    return tuple(found)


def _ascending(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return one point a size, the quickest, in order of size."""
    quickest = {point.x: point for point in sorted(points, key=lambda point: (point.x, -point.y))}
    return tuple(quickest.values())


def _number(record: Record, key: str) -> float | None:
    value = record.get(key)
    return float(value) if isinstance(value, int | float) else None


if __name__ == "__main__":
    main()
