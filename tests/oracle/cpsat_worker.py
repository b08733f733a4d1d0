"""Solve integer programs read from standard input with CP-SAT; answer on standard output. Run as a script."""

from __future__ import annotations

import json
import sys
from typing import Any

from ortools.sat.python import cp_model


def solve(stated: dict[str, Any]) -> dict[str, object]:
    """Return the status and the values of one program."""
    model = cp_model.CpModel()
    variables = [
        model.new_int_var(int(low), int(high), f"x{i}") for i, (low, high) in enumerate(stated["bounds"])
    ]

    def total(terms: list[list[Any]]) -> Any:
        return cp_model.LinearExpr.weighted_sum([variables[v] for v, _ in terms], [int(w) for _, w in terms])

    for row in stated["rows"]:
        model.add(total(row["terms"]) <= -int(row["constant"]))
    model.maximize(total(stated["objective"]["terms"]))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return {"status": "infeasible"}
    if status != cp_model.OPTIMAL:
        raise RuntimeError(f"CP-SAT ended with {solver.status_name(status)}: {model.validate()}")
    return {"status": "optimal", "values": [solver.value(v) for v in variables]}


if __name__ == "__main__":
    json.dump([solve(stated) for stated in json.load(sys.stdin)], sys.stdout)
