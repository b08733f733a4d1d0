"""The rows of a plan, fairpool's own or a planner's -> the choice that they are, with every finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.amount import FRACTION_UNIT
from models.finding import Finding, ordered
from models.instance import Int64
from models.plan import Choice
from models.problem import Problem
from models.scope import number
from optimizer.read.cells import Cells
from optimizer.read.findings import Findings
from optimizer.read.folder import regular
from optimizer.read.kept import look_up, plan_file, plan_layout, unguarded
from optimizer.read.source import Source
from optimizer.read.suggest import hint
from optimizer.read.table import Table


def read_choice(place: Path, problem: Problem) -> tuple[Choice | None, list[Finding]]:
    """Return what a plan chooses, and what stands against that.

    Parameters
    ----------
    place
        A plan folder, or a table in CSV or Parquet with the cell keys and `option`; `fraction` may be there.

    Returns
    -------
    None where any finding is an error. Not checked: pools, rules, pins, and any amounts that the rows state.

    Raises
    ------
    OSError
        If the folder or the table cannot be read.
    """
    findings = Findings()
    path = plan_file(place, findings) if place.is_dir() else regular(place)
    if path is None:
        return None, ordered(findings.all())
    with Source({"plan": path}, findings) as source:
        table = source.table("plan", plan_layout(problem.instance))
    choice = None if table is None or findings.has_error else _choice(table, problem, findings)
    return None if findings.has_error else choice, ordered(findings.all())


def _choice(table: Table, problem: Problem, findings: Findings) -> Choice | None:
    instance = problem.instance
    if "segment" in table.columns and "segment" not in instance.options.keys:
        findings.add("CHO-01", table.file, 1, "segment")
        return None
    texts = _texts(table, (*instance.options.keys, "option"))
    has_cell, found = look_up(texts, instance)
    _report_unknown(table, texts, has_cell, found, problem, findings)
    fractions = _fractions(table, findings)
    if findings.has_error:
        return None
    order = np.argsort(found, kind="stable")
    is_some = fractions[order] > 0
    choice = Choice(found[order][is_some], fractions[order][is_some])
    _report_shared(table, choice, order[is_some], problem, findings)
    return choice


def _texts(table: Table, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    columns = [table.columns[name] for name in names]
    if table.file.endswith(".parquet"):
        return [tuple(column) for column in columns]
    return [tuple(map(unguarded, column)) for column in columns]


def _report_unknown(
    table: Table,
    texts: list[tuple[str, ...]],
    has_cell: NDArray[np.bool_],
    found: Int64,
    problem: Problem,
    findings: Findings,
) -> None:
    """Report rows whose cell the instance does not have, or whose cell does not offer the option."""
    lost = np.flatnonzero(found < 0).tolist()
    cells = Cells(problem.instance.options) if lost else None
    for place in lost:
        keys, option = tuple(column[place] for column in texts[:-1]), texts[-1][place]
        cell = ", ".join(keys)
        if not has_cell[place] or cells is None:
            findings.add("CHO-02", table.file, table.rows[place], value=cell)
        else:
            facts = {"cell": cell, "hint": hint(option, cells.options_of(keys))}
            findings.add("CHO-03", table.file, table.rows[place], "option", option, **facts)


def _fractions(table: Table, findings: Findings) -> Int64:
    """Return the fraction of every row in 1e-9; without the column every row is whole."""
    texts = table.columns.get("fraction")
    fractions = np.full(len(table.rows), FRACTION_UNIT, np.int64)
    for place, text in enumerate(texts or ()):
        value = number(text) if text else None
        units = None if value is None else value * FRACTION_UNIT
        if units is None or units.denominator != 1 or not 0 <= units <= FRACTION_UNIT:
            if text:
                findings.add("CHO-04", table.file, table.rows[place], "fraction", text)
            continue
        fractions[place] = int(units)
    return fractions


def _report_shared(table: Table, choice: Choice, places: Int64, problem: Problem, findings: Findings) -> None:
    """Report cells that hold more than one option, or a mix that a cell cannot hold."""
    cells = problem.cells_of(choice.options)
    rank = np.empty(problem.num_options, np.int64)
    if len(problem.ladder):
        rank[problem.ladder] = np.arange(problem.num_options)
    start = 0
    for end in [*(np.flatnonzero(np.diff(cells)) + 1).tolist(), len(cells)]:
        own, cell = slice(start, end), int(cells[start]) if end > start else 0
        if end > start and not _is_possible(choice, own, cell, rank, problem):
            row = table.rows[int(places[end - 1])]
            findings.add("CHO-05", table.file, row, value=_named(cell, problem))
        start = end


def _is_possible(choice: Choice, own: slice, cell: int, rank: Int64, problem: Problem) -> bool:
    """Say whether a cell can hold these rows: one whole option, or a mix of two that are adjacent."""
    options, fractions = choice.options[own], choice.fractions[own]
    if not problem.is_divisible[cell]:
        return len(options) == 1 and int(fractions[0]) == FRACTION_UNIT
    places = np.sort(rank[options])
    is_mix = len(options) == 2 and int(places[1] - places[0]) == 1 and int(fractions.sum()) == FRACTION_UNIT
    is_first = len(options) == 1 and (
        int(fractions[0]) == FRACTION_UNIT or int(places[0]) == int(problem.option_start[cell])
    )
    return is_first or is_mix


def _named(cell: int, problem: Problem) -> str:
    keys = zip(problem.instance.options.keys.values(), problem.cell_keys[cell].tolist(), strict=True)
    return ", ".join(column.texts[code] for column, code in keys)
