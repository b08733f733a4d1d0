"""The oracle's rows given to HiGHS in floats, and to CP-SAT in exact integers in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import lcm
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint
from scipy.optimize import milp as scipy_milp
from scipy.sparse import csr_array

from tests.oracle.folder import Cell, Folder, read
from tests.oracle.rows import Expression, Rows

UNITS = 10**6
_WORKER = Path(__file__).with_name("cpsat_worker.py")


@dataclass(frozen=True)
class Answer:
    """What a solver says: `optimal` or `infeasible`, the objective, the share of options that cells get."""

    status: str
    objective: Fraction | None = None
    chosen: dict[Cell, dict[str, Fraction]] | None = None


def milp(path: Path, without: Iterable[str] = ()) -> Answer:
    """Return what HiGHS (of scipy) says of an instance, some rules left out."""
    return milp_folder(read(path), without)


def milp_folder(folder: Folder, without: Iterable[str] = ()) -> Answer:
    """Return what HiGHS says of a folder that has been read. Its objective is a float's."""
    rows = Rows(folder, frozenset(without))
    cost = np.zeros(len(rows.variables))
    for variable, weight in rows.objective.terms.items():
        cost[variable] = -float(weight)
    solved = scipy_milp(
        cost,
        integrality=np.array([int(v.is_integer) for v in rows.variables]),
        bounds=Bounds([float(v.lower) for v in rows.variables], [float(v.upper) for v in rows.variables]),
        constraints=_matrix(rows),
        options={"mip_rel_gap": 0.0},
    )
    if solved.status == 2:
        return Answer("infeasible")
    if solved.status != 0:
        raise RuntimeError(f"HiGHS: {solved.message}")
    chosen = {
        cell: {
            option: share
            for option, v in taken.items()
            if (share := Fraction(round(solved.x[v] * 10**9), 10**9)) > 0
        }
        for cell, taken in rows.choice.items()
    }
    return Answer("optimal", Fraction(-solved.fun), {cell: mix for cell, mix in chosen.items() if mix})


def _matrix(rows: Rows) -> list[LinearConstraint]:
    if not rows.rows:
        return []
    scales = [_scale(rows, row) for row in rows.rows]
    stated = list(zip(rows.rows, scales, strict=True))
    data = [float(weight * scale) for row, scale in stated for weight in row.terms.values()]
    columns = [variable for row in rows.rows for variable in row.terms]
    ends = np.cumsum([0, *(len(row.terms) for row in rows.rows)])
    matrix = csr_array((data, columns, ends), shape=(len(rows.rows), len(rows.variables)))
    most = [float(_most(rows, row) * scale) for row, scale in stated]
    return [LinearConstraint(matrix, -np.inf, most)]


def _scale(rows: Rows, row: Expression) -> int:
    """Return what to multiply a row by: a smallest unit of what mixes move is not to pass for nothing."""
    return 1 if all(rows.variables[variable].grid for variable in row.terms) else UNITS


def _most(rows: Rows, row: Expression) -> Fraction:
    """Return the most that a row's terms may add up to, in whole steps of them where they have some.

    What is left over between two steps lets a float's whole numbers be not quite whole: 27.23 once kept to
    27.229995, one of its options being taken to 0.9999995.
    """
    step = rows.grid([Expression(row.terms)]) if row.terms else Fraction(0)
    return -row.constant // step * step if step else -row.constant


def cpsat(path: Path) -> Answer:
    """Return what CP-SAT says of an indivisible instance, in exact integers."""
    return cpsat_folders([read(path)])[0]


def cpsat_folders(folders: list[Folder]) -> list[Answer]:
    """Return what CP-SAT says of some folders, one process for all: it cannot live beside highspy."""
    models = [Rows(folder) for folder in folders]
    asked = json.dumps([_scaled(rows) for rows in models])
    process = subprocess.run(
        [sys.executable, str(_WORKER)], input=asked, capture_output=True, text=True, check=False
    )
    if process.returncode:
        raise RuntimeError(f"CP-SAT: {process.stderr}")
    return [_answer(rows, said) for rows, said in zip(models, json.loads(process.stdout), strict=True)]


def _answer(rows: Rows, said: dict[str, object]) -> Answer:
    if said["status"] == "infeasible":
        return Answer("infeasible")
    counts = said["values"]
    assert isinstance(counts, list)
    objective = rows.objective.constant + sum(
        (w * rows.variables[v].grid * counts[v] for v, w in rows.objective.terms.items()), Fraction(0)
    )
    chosen = {
        cell: {o: Fraction(1) for o, v in taken.items() if counts[v]} for cell, taken in rows.choice.items()
    }
    return Answer("optimal", objective, {cell: mix for cell, mix in chosen.items() if mix})


def _scaled(rows: Rows) -> dict[str, object]:
    """Return the rows in whole numbers: every variable counts its grid."""
    grids = [variable.grid for variable in rows.variables]
    assert all(grids), "a variable without a grid: divisible cells are not for CP-SAT"
    bounds = [[str(-(-v.lower // v.grid)), str(v.upper // v.grid)] for v in rows.variables]

    def whole(terms: dict[int, Fraction], constant: Fraction) -> dict[str, object]:
        weights = {variable: weight * grids[variable] for variable, weight in terms.items()}
        factor = reduce(lcm, (weight.denominator for weight in weights.values()), constant.denominator)
        return {
            "terms": [[v, str(int(w * factor))] for v, w in weights.items()],
            "constant": str(int(constant * factor)),
        }

    return {
        "bounds": bounds,
        "rows": [whole(row.terms, row.constant) for row in rows.rows],
        "objective": whole(rows.objective.terms, Fraction(0)),
    }
