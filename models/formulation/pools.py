"""Pools: what is drawn from a pool is at most its amount, `sum cost x y <= amount`.

As plans are written, a funded cell draws at least one smallest unit of every pool of which its options cost
something. Where being funded can pay, what it draws less than that is made up for: cost x y + e >= unit.
"""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.formulation.measures import written
from models.formulation.sheet import Sheet, Sum


def state(sheet: Sheet) -> None:
    """State one row per pool."""
    problem, part = sheet.problem, sheet.block("pools")
    cells = range(problem.num_cells)
    stated = problem.instance.pools
    rows = [
        (sheet.amount(cells, written(costs)), pool.amount / 10**pool.decimals)
        for costs, pool in zip(problem.pools, stated, strict=True)
    ]
    for index, (row, _) in enumerate(rows):
        row.add(1.0, _made_up(sheet, part, index))
    for index, row in enumerate(sheet.constraints(part, "amount", rows)):
        sheet.rows[row] = (-1, index)


def _made_up(sheet: Sheet, part: pyo.Block, pool: int) -> Sum:
    """Return what funded cells draw of a pool beyond cost x y."""
    costs = sheet.problem.pools[pool]
    if not sheet.traces:
        return Sum()
    cheapest = np.minimum.reduceat(costs.coefficients, sheet.problem.option_start[:-1]).tolist()
    cells = [cell for cell, least in sheet.traces.items() if 0 < cheapest[cell] < 1.0 / least]
    if not cells:
        return Sum()
    made_up = sheet.variables(part, f"made_up{pool}", len(cells), pyo.NonNegativeReals)
    unit, per_option = 10.0**-costs.digits, written(costs)
    rows = [
        (Sum([-1.0], [more]).add(unit, sheet.funded(cell)).add(-1.0, sheet.amount([cell], per_option)), 0.0)
        for cell, more in zip(cells, made_up, strict=True)
    ]
    sheet.constraints(part, f"made_up{pool}_link", rows)
    return Sum([1.0] * len(cells), list(made_up))
