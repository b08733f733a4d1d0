"""The files of a plan folder, as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from models.plan import Plan
from models.solution import SearchOptions, Solution
from optimizer.write.certificate import certificate_json, prices_of
from optimizer.write.limits import limits_table, lines
from optimizer.write.rows import plan_table
from optimizer.write.summary import summary_json
from optimizer.write.table import csv_bytes, parquet_bytes


@dataclass(frozen=True, eq=False)
class PlanFiles:
    """A plan folder in memory: file name -> bytes, its summary, every limit as a row of `limits.csv`."""

    files: Mapping[str, bytes]
    summary: Mapping[str, object]
    limits: tuple[tuple[str, ...], ...]

    def timed(self, timings: Mapping[str, float]) -> PlanFiles:
        """Return the same files with the seconds of each phase in the summary, for information."""
        seconds = {f"{phase}_seconds": f"{taken:.3f}" for phase, taken in timings.items()}
        summary = {**self.summary, "timings": seconds}
        return replace(self, files={**self.files, "summary.json": _json(summary)}, summary=summary)


def plan_files(
    solution: Solution, plan: Plan, options: SearchOptions, *, is_parquet: bool = False
) -> PlanFiles:
    """Write a solution's plan as the files of a plan folder.

    Parameters
    ----------
    is_parquet
        Write the tables as Parquet instead of CSV.
    """
    prices = prices_of(solution.certificate)
    every_limit = list(lines(plan, prices))
    limits, counts = limits_table(every_limit)
    summary = summary_json(solution, plan, prices, counts, options)
    summary["timings"] = {}
    ending, written = ("parquet", parquet_bytes) if is_parquet else ("csv", csv_bytes)
    files = {
        f"plan.{ending}": written(plan_table(plan)),
        f"limits.{ending}": written(limits),
        "certificate.json": _json(certificate_json(plan.problem, solution.certificate)),
        "summary.json": _json(summary),
    }
    return PlanFiles(files, summary, tuple(line.figures for line in every_limit))


def _json(document: Mapping[str, object]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
