"""The folder of the plan in force -> what it promised, row by row as written."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.amount import FRACTION_UNIT, MAX_UNITS, VALUE_DIGITS
from models.finding import Finding, ordered
from models.incumbent import Incumbent, Promised
from models.instance import Int64
from models.places import cells_at
from models.problem import Problem
from models.scope import number
from optimizer.read.findings import Findings
from optimizer.read.folder import regular
from optimizer.read.kept import look_up, plan_layout, unguarded
from optimizer.read.source import Source
from optimizer.read.stated import read_stated
from optimizer.read.table import Table

_STEMS, _ENDINGS = ("plan", "booked"), (".csv", ".parquet")


def read_incumbent(folder: Path, problem: Problem) -> tuple[Incumbent | None, list[Finding]]:
    """Return what a plan folder promised, its booked rows included, and what stands against reading it.

    Returns
    -------
    None where any finding is an error. Rows of cells that the instance no longer has are left out and listed.
    Not checked: pools, rules, pins, and whether amounts are those of options; they count as written.

    Raises
    ------
    OSError
        If the folder or a table cannot be read.
    """
    stated, found = read_stated(folder)
    findings = Findings()
    paths = _paths(folder, findings)
    if stated is None or not paths:
        return None, ordered([*found, *findings.all()])
    with Source(paths, findings) as source:
        tables = [source.table(stem, plan_layout(problem.instance)) for stem in paths]
        sha256 = source.hashes().get(paths["plan"].name, "")
    parts = [_part(table, problem, findings) for table in tables if table is not None]
    if findings.has_error or len(parts) < len(paths):
        return None, ordered(findings.all())
    promised, gone = _joined([part for part, _gone in parts]), [keys for _part, own in parts for keys in own]
    return Incumbent(promised, stated.summary, sha256, tuple(sorted(set(gone)))), ordered(findings.all())


def _paths(folder: Path, findings: Findings) -> dict[str, Path]:
    names = {path.name for path in folder.iterdir()}
    paths: dict[str, Path] = {}
    for stem in _STEMS:
        own = [stem + ending for ending in _ENDINGS if stem + ending in names]
        if len(own) > 1:
            findings.add("FIL-02", own[0], name=own[1])
        if own:
            paths[stem] = regular(folder / own[0])
    if "plan" not in paths:
        findings.add("OPR-01", "plan.csv")
        return {}
    return paths


def _part(table: Table, problem: Problem, findings: Findings) -> tuple[Promised, list[tuple[str, ...]]]:
    """Return the rows of one table, and the keys of cells that are gone."""
    instance = problem.instance
    names = tuple(instance.options.keys)
    is_guarded = not table.file.endswith(".parquet")
    texts = [
        tuple(map(unguarded, column)) if is_guarded else tuple(column)
        for column in (table.columns[name] for name in (*names, "option"))
    ]
    cells = cells_at(problem, texts[:-1])
    there = np.flatnonzero(cells >= 0)
    _has_cell, options = look_up(texts, instance)
    fractions = np.full(len(table.rows), FRACTION_UNIT, np.int64)
    if "fraction" in table.columns:
        fractions = _units(table, "fraction", 9, FRACTION_UNIT, findings)
    costs = tuple(_units(table, pool.name, pool.decimals, 0, findings)[there] for pool in instance.pools)
    values = {name: _units(table, name, VALUE_DIGITS, 0, findings)[there] for name in instance.options.values}
    part = Promised(cells[there], options[there], fractions[there], costs, values)
    keys = list(zip(*texts[:-1], strict=True))
    return part, [keys[row] for row in np.flatnonzero(cells < 0).tolist()]


def _units(table: Table, name: str, decimals: int, missing: int, findings: Findings) -> Int64:
    """Return a column in smallest units; `missing` where the table, or a cell of it, states nothing."""
    units = np.full(len(table.rows), missing, np.int64)
    for place, text in enumerate(table.columns.get(name, ())):
        if not text:
            continue
        value = number(text)
        scaled = None if value is None else value * 10**decimals
        if scaled is None or scaled.denominator != 1 or abs(scaled) > MAX_UNITS:
            findings.add("OPR-02", table.file, table.rows[place], name, text)
        else:
            units[place] = int(scaled)
    return units


def _joined(parts: list[Promised]) -> Promised:
    cells = np.concatenate([part.cells for part in parts])
    order = np.argsort(cells, kind="stable")
    return Promised(
        cells[order],
        np.concatenate([part.options for part in parts])[order],
        np.concatenate([part.fractions for part in parts])[order],
        tuple(
            np.concatenate(columns)[order] for columns in zip(*(part.costs for part in parts), strict=True)
        ),
        {name: np.concatenate([part.values[name] for part in parts])[order] for name in parts[0].values},
    )
