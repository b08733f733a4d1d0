"""The files of a plan folder, written one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from models.plan import Plan
from models.solution import SearchOptions, Solution
from optimizer.folder import write_synced
from optimizer.write.certificate import certificate_json, prices_of
from optimizer.write.limits import Figures, figures_of, limits_table
from optimizer.write.rows import is_booked, plan_table
from optimizer.write.summary import summary_json
from optimizer.write.table import write_csv, write_parquet

_SUMMARY = "summary.json"


@dataclass(frozen=True, eq=False)
class Written:
    """What stands in a plan folder: its summary, and the figures of every pool and rule."""

    summary: Mapping[str, object]
    limits: tuple[Figures, ...]


def write_plan(
    folder: Path, solution: Solution, plan: Plan, options: SearchOptions, *, is_parquet: bool = False
) -> Written:
    """Write a solution's plan into a folder, which stands beside the one that it will become.

    Parameters
    ----------
    is_parquet
        Write the tables as Parquet instead of CSV.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    prices = prices_of(solution.certificate)
    figures = figures_of(plan, prices)
    limits, counts = limits_table(figures)
    ending, write = ("parquet", write_parquet) if is_parquet else ("csv", write_csv)
    write(folder / f"limits.{ending}", limits)
    booked = is_booked(plan)
    write(folder / f"plan.{ending}", plan_table(plan, ~booked))
    if booked.any():
        write(folder / f"booked.{ending}", plan_table(plan, booked))
    write_synced(folder / "certificate.json", _json(certificate_json(plan.problem, solution.certificate)))
    for number, settled in enumerate(solution.stages, 1):
        write(folder / f"plan-{number}.{ending}", plan_table(settled.plan, ~is_booked(settled.plan)))
        if settled.certificate is not None and settled.certified is not None:
            document = certificate_json(settled.certified, settled.certificate)
            write_synced(folder / f"certificate-{number}.json", _json(document))
    summary = summary_json(solution, plan, prices, counts, options)
    summary["timings"] = {}
    write_synced(folder / _SUMMARY, _json(summary))
    return Written(summary, tuple(figures))


def with_timings(folder: Path, written: Written, timings: Mapping[str, float]) -> Written:
    """Write the seconds of each phase into the summary, for information.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    seconds = {f"{phase}_seconds": f"{taken:.3f}" for phase, taken in timings.items()}
    summary = {**written.summary, "timings": seconds}
    write_synced(folder / _SUMMARY, _json(summary))
    return replace(written, summary=summary)


def _json(document: Mapping[str, object]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
