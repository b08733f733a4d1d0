"""How large values, amounts and prices may be for the pricing pass to stay within 64 bits, and exact.

A merchant is priced in 64-bit integers. Let R be `room`. Values are scaled so that the largest ones of a
merchant's cells add up to at most R. The price of a term (a set in a row) is at most R / (A x |factor|), A
being the most that the largest amounts of its measure add up to over a merchant's cells: what a term makes
of all of a merchant's cells is at most R, whatever options are taken. A cell is in at most n terms of a
measure, so the terms of the measure together make at most n R of a merchant, and all measures N R, N the sum
of their n. A merchant is in at most C counts, each of a reward of at most R. Every sum that is formed over a
merchant, in whatever order, is then at most (1 + N + C) R, which is at most 2^61 by the choice of R; so are
products and the charge of one cell, which are parts of such sums (as A >= 1). 2^61 also keeps clear of the
-2^62 that stands for "nothing". Sums over merchants are Python integers; sums of amounts fit by `compile`.

Floats enter in two places only. Limits that stay inside have right-hand sides, factors and sums of at most
2^53, where floats are whole numbers; others are priced. Rows whose factors floats do not hold have price 0.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from models.instance import Int64
from models.linear import Bools, Floats, Linear
from models.problem import Problem
from optimizer.lagrangian.tables import COUNT, Tables

_MOST_BITS, _SUM_BITS = 57, 61
_TOP_BITS = 52
"""Prices of `top` rules, and so their products with weights, are whole numbers as floats too."""

_EXACT = 2.0**53
_SURE = 1.0 - 2.0**-40
"""Takes off by far more than the rounding of the few float operations that follow."""

_MOST_SCALE = 10**12


def room(tables: Tables, set_terms: Int64) -> float:
    """Return R, a power of two.

    Parameters
    ----------
    set_terms
        Terms that charge each coupling set; shape (sets,).
    """
    num_cells, num_merchants = len(tables.option_start) - 1, len(tables.cell_start) - 1
    cell = np.repeat(np.arange(num_cells), np.diff(tables.entry_start))
    measure = tables.set_measure[tables.entry_set]
    terms = 0
    for which in range(len(tables.amounts)):
        is_own = measure == which
        of_cell = np.bincount(cell[is_own], set_terms[tables.entry_set[is_own]], num_cells)
        whole = tables.everywhere[tables.set_measure[tables.everywhere] == which]
        terms += int(of_cell.max(initial=0)) + int(set_terms[whole].sum())
    is_count = tables.line_kind == COUNT
    merchant = np.repeat(np.arange(num_merchants), np.diff(tables.line_start))
    counts = int(np.bincount(merchant[is_count], minlength=1).max())
    return 2.0 ** min(_MOST_BITS, _SUM_BITS - (terms + counts).bit_length())


def value_scale(rows: Linear, most: float) -> int:
    """Return the largest power of ten by which the values of a merchant's cells together fit; 0: none."""
    largest = max(float(by_merchant(rows, np.abs(rows.values)).max()), 1.0)
    if largest >= most * _SURE:
        return 0
    scale = 1
    while largest * scale * 10 < most * _SURE and scale < _MOST_SCALE:
        scale *= 10
    return scale


def by_merchant(rows: Linear, amounts: Floats) -> Floats:
    """Return the sum over each merchant's cells of their largest amounts; shape (merchants,)."""
    largest = np.maximum.reduceat(amounts, rows.option_start[:-1])
    return np.add.reduceat(largest, rows.cell_start[:-1])


def reaches(tables: Tables, rows: Linear) -> Floats:
    """Return by measure the most that a merchant's largest amounts add up to, at least 1."""
    found = [float(by_merchant(rows, np.abs(a).astype(np.float64)).max()) for a in tables.amounts]
    return np.asarray(np.maximum(np.array(found), 1.0))


def most_of_rows(
    problem: Problem, rows: Linear, numbers: Int64, of_room: tuple[Int64, Floats, Int64], scale: int
) -> Floats:
    """Return the largest price of each priced row, whole; of a soft row at most its penalty, exactly.

    Parameters
    ----------
    numbers
        The priced rows.
    of_room
        Terms: index into `numbers`, largest price of the set by room, and factor.
    """
    entry, of_set, factor = of_room
    most = np.full(len(numbers), np.inf)
    np.minimum.at(most, entry, of_set / np.maximum(np.abs(factor), 1))
    most = np.floor(np.minimum(most, 2.0**_MOST_BITS) * _SURE)
    inexact = np.abs(rows.set_factor) > _EXACT
    most[np.isin(numbers, rows.set_row[inexact])] = 0.0
    value = 10**problem.objective.digits * scale
    for place in np.flatnonzero(np.isfinite(rows.penalty[numbers])).tolist():
        row = int(numbers[place])
        penalty = problem.limits[int(rows.row_limits[row])].rule.penalty
        assert penalty is not None
        most[place] = min(most[place], _at_most(penalty * value / int(rows.scale[row])))
    return np.asarray(most)


def most_of_counts(problem: Problem, counts: tuple[tuple[int, int], ...], most: float, scale: int) -> Floats:
    """Return the largest reward of each count; of a soft limit at most its penalty, exactly."""
    value = 10**problem.objective.digits * scale
    penalties = [problem.limits[index].rule.penalty for index, _ in counts]
    return np.array([most if p is None else min(most, _at_most(p * value)) for p in penalties], np.float64)


def most_of_top(
    penalty: Fraction | None, share: Fraction, ends: tuple[float, float], num_groups: int
) -> float:
    """Return the largest price of a `top` rule, a whole number.

    Parameters
    ----------
    penalty
        What it loses at most per unit, in units of value per row unit; None: the rule is hard.
    share
        What a unit of its basis allows.
    ends
        Largest price by room of its groups' sets, and of its basis.
    """
    most = min(ends[0], 2.0**_TOP_BITS)
    if share:
        most = min(most, ends[1] / abs(float(share)))
    most = min(most, 2.0**_SUM_BITS / max(num_groups, 1))
    whole = float(np.floor(most * _SURE))
    return whole if penalty is None else min(whole, _at_most(penalty))


def are_exact(rows: Linear, reach: tuple[Floats, Floats]) -> Bools:
    """Say which rows floats hold exactly, whatever is chosen; shape (rows,).

    Parameters
    ----------
    reach
        Least and largest use of every set.
    """
    entry_set = np.repeat(np.arange(len(rows.set_start) - 1), np.diff(rows.set_start))
    sums = np.zeros(rows.num_rows)
    np.add.at(sums, rows.set_row, np.abs(rows.set_factor) * np.maximum(-reach[0], reach[1])[entry_set])
    factors = np.zeros(rows.num_rows)
    np.maximum.at(factors, rows.set_row, np.abs(rows.set_factor))
    limit = _EXACT * _SURE
    return (sums <= limit) & (np.abs(rows.right) <= limit) & (factors <= limit)


def _at_most(value: Fraction) -> float:
    """Return a whole float at or below a number."""
    whole = value.numerator // value.denominator
    found = float(whole)
    return found if int(found) <= whole else float(np.nextafter(found, 0.0))
