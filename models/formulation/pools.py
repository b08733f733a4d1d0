"""Pools: what is drawn from a pool is at most its amount, `sum cost x y <= amount`."""

from __future__ import annotations

from models.formulation.measures import written
from models.formulation.sheet import Sheet


def state(sheet: Sheet) -> None:
    """State one row per pool."""
    problem, part = sheet.problem, sheet.block("pools")
    cells = range(problem.num_cells)
    stated = problem.instance.pools
    rows = [
        (sheet.amount(cells, written(costs)), pool.amount / 10**pool.decimals)
        for costs, pool in zip(problem.pools, stated, strict=True)
    ]
    for index, row in enumerate(sheet.constraints(part, "amount", rows)):
        sheet.rows[row] = (-1, index)
