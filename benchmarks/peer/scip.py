"""SCIP through pyscipopt, which has to be there: `uv pip install pyscipopt` into an environment of its own.

The problem is handed over as a free MPS file: building expressions in Python takes many times as long.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyscipopt

from benchmarks.peer.stated import Answer, Asked, Stated


def solve(asked: Asked) -> Answer:
    """Solve the whole problem, on one thread: SCIP has no more."""
    stated = Stated.load(asked.model)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "problem.mps"
        with file.open("w", encoding="ascii") as out:
            out.writelines(_mps(stated))
        model = pyscipopt.Model()
        model.hideOutput()
        model.readProblem(str(file))
    built = time.perf_counter() - began
    model.setParam("limits/time", max(asked.time_limit - built, 0.01))
    model.setParam("limits/gap", asked.gap)
    model.optimize()
    take, bound = None, -model.getDualbound()
    if model.getNSols():
        best, take = model.getBestSol(), np.zeros(stated.num_options)
        for variable in model.getVars():
            number = int(variable.name[1:])
            if number < stated.num_options:
                take[number] = model.getSolVal(best, variable)
    is_bound = abs(bound) < model.infinity()
    return Answer(model.getStatus(), take, bound if is_bound else None, time.perf_counter() - began, built)


def _mps(stated: Stated) -> Iterator[str]:
    """Write a minimisation of the negative objective: not every reader knows a sense."""
    written = stated.written()
    yield "NAME problem\nROWS\n N cost\n"
    yield from (f" L r{row}\n" for row in range(stated.num_rows))
    row = np.repeat(np.arange(stated.num_rows), np.diff(stated.start))
    order = np.argsort(stated.column, kind="stable")
    rows, values = row[order].tolist(), written.value[order].tolist()
    ends = np.searchsorted(stated.column[order], np.arange(stated.num_columns + 1)).tolist()
    yield "COLUMNS\n M1 'MARKER' 'INTORG'\n"
    for column, cost in enumerate(written.objective.tolist()):
        yield f" x{column} cost {-cost!r}\n"
        for entry in range(ends[column], ends[column + 1]):
            yield f" x{column} r{rows[entry]} {values[entry]!r}\n"
    yield " M2 'MARKER' 'INTEND'\nRHS\n"
    yield from (f" b r{row} {right!r}\n" for row, right in enumerate(written.right.tolist()))
    yield "BOUNDS\n"
    for column, (low, high) in enumerate(zip(written.lower.tolist(), written.upper.tolist(), strict=True)):
        yield f" LO d x{column} {low!r}\n"
        yield f" UP d x{column} {high!r}\n" if np.isfinite(high) else f" PL d x{column}\n"
    yield "ENDATA\n"
