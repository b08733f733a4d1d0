"""The one place where the tests of the rule language and of agreement touch the product."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from models.amount import FRACTION_UNIT
from models.codes import Severity
from models.finding import Finding
from models.headers import LIMIT_COLUMNS
from models.plan import Choice, Plan
from models.problem import Problem
from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.decode import evaluate
from optimizer.verify.family import families_of
from optimizer.verify.holdings import Holdings
from optimizer.verify.judging import judge
from optimizer.verify.loading import load
from optimizer.verify.plan import columns_of, read_plan
from optimizer.verify.report import Report
from optimizer.write.limits import figures_of, limits_table
from tests import oracle
from tests.oracle.evaluation import held, written

Chosen = Mapping[tuple[str, ...], Mapping[str, Fraction]]
Row = dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """How a solve ended.

    Attributes
    ----------
    status
        `plan` (verified), `infeasible` (proven), `unproven` (none found, which proves nothing), `refused`
        (findings), `rejected` (a plan that failed verification).
    chosen
        Cell -> option -> fraction, as `plan.csv` has it.
    """

    status: str
    objective: Fraction | None = None
    bound: Fraction | None = None
    chosen: dict[tuple[str, ...], dict[str, Fraction]] | None = None
    findings: tuple[Finding, ...] = ()


def product_solve(folder: Path) -> Outcome:
    """Solve an instance to a gap of zero, through everything from reading to the published plan folder."""
    out = folder.with_name(f"{folder.name}-plan")
    options = SearchOptions(gap=Fraction(0), time_limit=60)
    solved = pipeline.solve(folder, out, choose=lambda _: options)
    if solved.rejected:
        return Outcome("rejected", findings=solved.rejected)
    if solved.solution is None:
        is_conflict = solved.checked.problem is not None
        return Outcome("infeasible" if is_conflict else "refused", findings=solved.checked.findings)
    if solved.plan is None:
        return Outcome("infeasible" if solved.solution.is_infeasible else "unproven")
    chosen = _chosen(out / "plan.csv")
    return Outcome("plan", solved.plan.objective, solved.solution.bound, chosen)


def product_limits(folder: Path, chosen: Chosen) -> tuple[list[Row], Plan]:
    """Return the rows of `limits.csv` that the product's compile, decode and write make of a plan."""
    checked = pipeline.check(folder)
    wrong = [str(found) for found in checked.findings if found.severity is Severity.error]
    assert checked.problem is not None, wrong
    plan = evaluate(checked.problem, _choice(checked.problem, chosen))
    columns, _counts = limits_table(figures_of(plan, {}))
    rows = zip(*(column.cells.to_pylist() for column in columns), strict=True)
    return [dict(zip(LIMIT_COLUMNS, row, strict=True)) for row in rows], plan


def verify_limits(folder: Path, chosen: Chosen) -> list[Row]:
    """Return the rows of `limits.csv` that the verifier computes for a plan."""
    instance, report = load(folder, ()), Report()
    plan_folder = folder.with_name(f"{folder.name}-plan")
    plan_folder.mkdir()
    _write_plan(folder, plan_folder / "plan.csv", columns_of(instance), chosen)
    holdings = Holdings(instance, read_plan(report, instance, plan_folder))
    assert [str(found) for found in report.findings] == []
    return [
        {
            "rule": family.name,
            "group": limit.group,
            "measure": family.rule.measure.text,
            "sense": family.rule.sense,
            "limit": limit.limit,
            "used": limit.used,
            "slack": limit.slack,
            "status": limit.status(Fraction(0)),
        }
        for family in families_of(instance)
        for limit in judge(instance, holdings, family)
    ]


def _choice(problem: Problem, chosen: Chosen) -> Choice:
    """Return the indices of chosen options: options stand in the order of their keys and names."""
    options = problem.instance.options
    columns = [*options.keys.values(), options.option]
    index = {
        tuple(column.texts[column.codes[row]] for column in columns): row
        for row in range(len(options.option.codes))
    }
    taken = sorted(
        (index[(*cell, option)], int(fraction * FRACTION_UNIT))
        for cell, mix in chosen.items()
        for option, fraction in mix.items()
    )
    return Choice(
        np.array([row for row, _ in taken], np.int64), np.array([units for _, units in taken], np.int64)
    )


def _write_plan(folder: Path, file: Path, columns: tuple[str, ...], chosen: Chosen) -> None:
    """Write a plan as the oracle reckons it."""
    read = oracle.read(folder)
    rows = []
    for cell, mix in sorted(chosen.items()):
        for option, fraction in sorted(mix.items()):
            row = dict(zip(read.keys, cell, strict=True)) | {"option": option}
            amounts = held(read, cell, {option: fraction})
            row |= {pool: written(amounts[pool], own.decimals, True) for pool, own in read.pools.items()}
            row |= {value: written(amounts[value], 6, False) for value in read.values}
            row["fraction"] = written(fraction, 9, False) if read.is_divisible(cell) else ""
            rows.append({column: _guarded(row[column], column) for column in columns})
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _guarded(text: str, column: str) -> str:
    """Return a text with the `'` that keeps a spreadsheet from taking it for a formula."""
    is_text = column in (*oracle.KEYS, "option")
    return f"'{text}" if is_text and text.startswith(("=", "+", "-", "@", "'")) else text


def _chosen(file: Path) -> dict[tuple[str, ...], dict[str, Fraction]]:
    """Read a plan; one leading `'` that guards a text from spreadsheets is stripped."""
    chosen: dict[tuple[str, ...], dict[str, Fraction]] = {}
    with file.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            texts = [row[key].removeprefix("'") for key in oracle.KEYS if key in row]
            option = row["option"].removeprefix("'")
            chosen.setdefault(tuple(texts), {})[option] = Fraction(row.get("fraction") or 1)
    return chosen
