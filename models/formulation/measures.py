"""Measures: the amount of a measure in each set of cells, as sums over the variables.

`cells` adds up funded cells; `merchants` needs one binary z per set and merchant: z = 1 if and only if one of
the merchant's cells in the set is funded, or its amount there reaches the threshold (big-M with the tightest
constants that the options give).
"""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
from pyomo.core.base.var import VarData

from models.formulation.sheet import Sheet, Sum, Threshold
from models.problem import Amounts, Cells, Integers, Merchants, Problem, Total
from models.reach import merchant_pairs, reach, steps

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]

_TOLERANCE = 2 * 10**-6
"""Share of a threshold by which a solver may fall short of it."""


def written(amounts: Amounts) -> Floats:
    """Return the amount of each option in written units."""
    return amounts.coefficients.astype(np.float64) / 10.0**amounts.digits


def sums(sheet: Sheet, part: pyo.Block, name: str, total: Total) -> list[Sum]:
    """Return the amount of the total's measure in each set; merchants' binaries are added as `name`."""
    found = _sums(sheet, part, name, total)
    if total.held is not None:
        for amount, held in zip(found, total.held.tolist(), strict=True):
            amount.constant += held / 10.0**total.measure.digits
    return found


def _sums(sheet: Sheet, part: pyo.Block, name: str, total: Total) -> list[Sum]:
    if isinstance(total.measure, Merchants):
        return _merchants(sheet, part, name, total)
    members = np.split(total.cells, np.searchsorted(total.sets, np.arange(1, total.num_sets)))
    if total.num_sets == 0:
        return []
    if isinstance(total.measure, Cells):
        return [_add_up([sheet.funded(cell) for cell in cells.tolist()]) for cells in members]
    per_option = written(total.measure)
    return [sheet.amount(cells.tolist(), per_option) for cells in members]


def _merchants(sheet: Sheet, part: pyo.Block, name: str, total: Total) -> list[Sum]:
    measure = total.measure
    assert isinstance(measure, Merchants)
    split = merchant_pairs(sheet.problem, total)
    by_pair, pairs = split
    counted = sheet.variables(part, name, len(pairs), pyo.Binary)
    if measure.reaches is None:
        _link_funded(sheet, part, name, by_pair, counted)
    else:
        _link_threshold(sheet, part, name, total, split, counted)
    counts = [Sum() for _ in range(total.num_sets)]
    for variable, which in zip(counted, pairs[:, 0].tolist(), strict=True):
        counts[which].add(1.0, Sum([1.0], [variable]))
    return counts


def _link_funded(sheet: Sheet, part: pyo.Block, name: str, by_pair: Total, counted: list[VarData]) -> None:
    """State z >= funded(c) for each cell, and z <= sum of funded(c)."""
    rows: list[tuple[Sum, float]] = []
    none_funded = [Sum([1.0], [variable]) for variable in counted]
    for cell, pair in zip(by_pair.cells.tolist(), by_pair.sets.tolist(), strict=True):
        funded = sheet.funded(cell)
        rows.append((Sum([-1.0], [counted[pair]]).add(1.0, funded), 0.0))
        none_funded[pair].add(-1.0, funded)
    sheet.constraints(part, f"{name}_link", [*rows, *((row, 0.0) for row in none_funded)])


def _link_threshold(
    sheet: Sheet,
    part: pyo.Block,
    name: str,
    total: Total,
    split: tuple[Total, Integers],
    counted: list[VarData],
) -> None:
    """State amount >= needed where z = 1, and amount <= the next below that there can be where z = 0."""
    measure, (by_pair, pairs) = total.measure, split
    assert isinstance(measure, Merchants)
    assert measure.reaches is not None
    inner = Total(measure.reaches, by_pair.cells, by_pair.sets, by_pair.num_sets)
    amounts = sums(sheet, part, name, inner)
    least, largest = (ends.tolist() for ends in reach(sheet.problem, inner))
    lost, scale = _lost(sheet.problem, inner).tolist(), 10.0**inner.measure.digits
    rows: list[tuple[Sum, float]] = []
    moved: list[tuple[int, int, int]] = []
    for pair, step in enumerate(steps(sheet.problem, inner).tolist()):
        amount, variable, low, high = amounts[pair], counted[pair], least[pair], largest[pair]
        needed = measure.thresholds[int(pairs[pair, 1])]
        threshold = -(-needed // step) * step  # the least amount there can be that reaches
        below = threshold - step
        if low >= threshold:
            variable.setlb(1)
        elif high < threshold:
            variable.setub(0)
        else:
            reached = Sum([(threshold - low) / scale], [variable]).add(-1.0, amount)
            missed = Sum([-(high - below) / scale], [variable]).add(1.0, amount)
            rows += [(reached, -low / scale), (missed, below / scale)]
            clear = lost[pair] + int(abs(needed) * _TOLERANCE) + 1
            moved.append((pair, min(clear, below - low), min(clear, high - threshold)))
    stated = iter(sheet.constraints(part, f"{name}_link", rows))
    for pair, below, above in moved:
        row = next(stated), next(stated)
        if lost[pair]:
            sheet.thresholds.append(
                Threshold(total, pair, counted[pair], row[1], row[0], below / scale, above / scale)
            )


def _lost(problem: Problem, inner: Total) -> Integers:
    """Return the most that rounding mixes moves each set's amount, in its units; shape (sets,)."""
    lost = np.zeros(inner.num_sets, np.int64)
    if isinstance(inner.measure, Amounts):
        of_row = sum(abs(factor) for _column, factor in inner.measure.terms)
        np.add.at(lost, inner.sets, np.where(problem.is_divisible, 2 * of_row, 0)[inner.cells])
    return lost


def _add_up(parts: list[Sum]) -> Sum:
    total = Sum()
    for part in parts:
        total.add(1.0, part)
    return total
