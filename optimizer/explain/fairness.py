"""How evenly a plan gives: each group's share beside that of merchants, of sales and of potential."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from models.amount import fraction_to_text, units_to_text
from models.instance import Int64
from models.plan import Plan
from models.problem import Groups
from models.rationals import Integers, Rationals, exact_sum, peak

_DIGITS = 12
_POINTS = 10
_FITS = 2**62


@dataclass(frozen=True)
class Sales:
    """What merchants sell by themselves.

    Attributes
    ----------
    column
        Attribute of merchants that states it.
    amounts
        One per merchant of the problem.
    num_unknown
        Merchants whose attribute is blank or no number: they count 0.
    """

    column: str
    amounts: Rationals
    num_unknown: int


def fairness_json(
    plan: Plan, figures: Mapping[str, object], columns: Sequence[Groups], sales: Sales | None
) -> dict[str, object]:
    """Return the figures of the first pool.

    Parameters
    ----------
    figures
        `measure`, `top_shares`, `gini` and `coverage`, as the plan's summary has them.
    columns
        The cells divided by one column each.
    """
    names = ("measure", "top_shares", "gini", "coverage")
    return {
        **{name: figures[name] for name in names},
        "lorenz": _lorenz(_by_merchant(plan)),
        "sales": None if sales is None else {"column": sales.column, "unknown": sales.num_unknown},
        "by": [_divided(plan, groups, sales) for groups in columns],
    }


def _by_merchant(plan: Plan) -> Integers:
    amounts = np.zeros(plan.problem.num_merchants, plan.costs[0].dtype)
    np.add.at(amounts, plan.problem.merchant_of_cell[plan.cells], plan.costs[0])
    return amounts


def _lorenz(amounts: Integers) -> list[dict[str, str]]:
    """Return which share goes to the tenth, two tenths ... of merchants that get least (Lorenz 1905).

    Between merchants the curve is a straight line.
    """
    ascending, count = np.sort(amounts), len(amounts)
    total = exact_sum(amounts)
    points = []
    for point in range(_POINTS + 1):
        whole, rest = divmod(count * point, _POINTS)
        below = Fraction(exact_sum(ascending[:whole]))
        if rest:
            below += Fraction(rest, _POINTS) * int(ascending[whole])
        share = below / total if total else Fraction(point, _POINTS)
        points.append(
            {"merchants": _text(Fraction(point, _POINTS)), "share": fraction_to_text(share, _DIGITS)}
        )
    return points


def _divided(plan: Plan, groups: Groups, sales: Sales | None) -> dict[str, object]:
    """Return each group's amount, and its share of whatever it may be held against."""
    problem, count = plan.problem, groups.count
    used = _summed(groups.of_cell[plan.cells], plan.costs[0], count)
    potential = _summed(groups.of_cell, _potentials(plan), count)
    is_of_merchants = groups.columns[0].key == "merchant"
    sold = None if sales is None or not is_of_merchants else _sold(plan, groups, sales)
    merchants = _num_merchants(plan, groups, np.arange(problem.num_cells))
    funded = _num_merchants(plan, groups, plan.cells)
    rows = [
        {
            "group": groups.keys(group)[0],
            "used": units_to_text(int(used[group]), problem.instance.pools[0].decimals),
            "share": _share(int(used[group]), exact_sum(used)),
            "merchants": int(merchants[group]),
            "funded_merchants": int(funded[group]),
            "share_of_merchants": _share(int(merchants[group]), problem.num_merchants),
            "share_of_sales": None if sold is None else _share(int(sold[group]), exact_sum(sold)),
            "share_of_potential": _share(int(potential[group]), exact_sum(potential)),
        }
        for group in range(count)
    ]
    return {"column": groups.columns[0].label, "groups": rows}


def _potentials(plan: Plan) -> Integers:
    """Return what each cell could add at most: its best option, or nothing; shape (cells,)."""
    worth: Integers = np.maximum.reduceat(plan.problem.objective.coefficients, plan.problem.option_start[:-1])
    return np.maximum(worth, 0)


def _sold(plan: Plan, groups: Groups, sales: Sales) -> Integers:
    of_merchant, amounts = groups.of_cell[plan.problem.cell_start[:-1]], sales.amounts.numerators
    fits = peak(amounts) * len(amounts) < _FITS
    return _summed(of_merchant, amounts if fits else amounts.astype(object), groups.count)


def _num_merchants(plan: Plan, groups: Groups, cells: Int64) -> NDArray[np.int64]:
    """Return how many merchants have one of some cells in each group; shape (groups,)."""
    pairs = np.unique(plan.problem.merchant_of_cell[cells] * groups.count + groups.of_cell[cells])
    return np.bincount(pairs % groups.count, minlength=groups.count)


def _summed(group: NDArray[np.integer], amounts: Integers, count: int) -> Integers:
    sums: Integers = np.zeros(count, amounts.dtype)
    np.add.at(sums, group, amounts)
    return sums


def _share(part: int, total: int) -> str:
    return _text(Fraction(part, total)) if total else "0"


def _text(share: Fraction) -> str:
    return fraction_to_text(share, _DIGITS)
