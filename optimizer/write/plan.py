"""The files of a plan folder, as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from models.plan import Plan
from models.solution import SearchOptions, Solution
from optimizer.write.certificate import certificate_json, prices_of
from optimizer.write.limits import limits_csv, lines
from optimizer.write.rows import plan_csv
from optimizer.write.summary import summary_json


@dataclass(frozen=True, eq=False)
class PlanFiles:
    """A plan folder in memory: file name -> bytes, its summary, every limit as a row of `limits.csv`."""

    files: Mapping[str, bytes]
    summary: Mapping[str, object]
    limits: tuple[tuple[str, ...], ...]


def plan_files(
    solution: Solution, plan: Plan, options: SearchOptions, timings: Mapping[str, float]
) -> PlanFiles:
    """Write a solution's plan as the files of a plan folder.

    Parameters
    ----------
    timings
        Phase -> seconds, for information.
    """
    prices = prices_of(solution.certificate)
    every_limit = list(lines(plan, prices))
    limits, counts = limits_csv(every_limit)
    summary = summary_json(solution, plan, prices, counts, options)
    summary["timings"] = {f"{phase}_seconds": f"{seconds:.3f}" for phase, seconds in timings.items()}
    files = {
        "plan.csv": plan_csv(plan),
        "limits.csv": limits,
        "certificate.json": _json(certificate_json(plan.problem, solution.certificate)),
        "summary.json": _json(summary),
    }
    return PlanFiles(files, summary, tuple(line.figures for line in every_limit))


def _json(document: Mapping[str, object]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
