"""Which pool or hard linear limit many options would break, each by itself, in exact integers.

Looked at are the limits over the option's own cell; rules of other kinds (counts of merchants, `top`,
`ratio`, `if_funded` that is no linear row) are left aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm

import numpy as np

from models.instance import Int64
from models.plan import Plan
from models.problem import Amounts, Cells, Limits, Merchants, Total
from models.rationals import Integers, product
from models.row import is_linear
from models.why import Stop


def first_stops(plan: Plan, options: Int64) -> list[Stop | None]:
    """Return for each option of an unfunded cell the first limit that it breaks: pools first, then rules.

    Parameters
    ----------
    options
        Of cells that hold nothing, at most one a cell, ascending; shape (n,).
    """
    found: list[Stop | None] = [None] * len(options)
    for at, stop in (*_of_pools(plan, options), *_of_rules(plan, options)):
        if found[at] is None:
            found[at] = stop
    return found


def _of_pools(plan: Plan, options: Int64) -> Iterator[tuple[int, Stop]]:
    for pool, (amounts, over) in enumerate(zip(plan.problem.pools, plan.overspent, strict=True)):
        drawn = amounts.coefficients[options]
        for at in np.flatnonzero((drawn > 0) & (drawn > -over)).tolist():
            yield at, Stop(-1, pool, Fraction(int(drawn[at]) + over, 10**amounts.digits))


def _of_rules(plan: Plan, options: Int64) -> Iterator[tuple[int, Stop]]:
    cells = plan.problem.cells_of(options)
    for index, use in enumerate(plan.uses):
        limits = use.limits
        if limits.rule.enforcement != "hard" or limits.rule.kind not in ("limit", "window"):
            continue
        if not limits.count or isinstance(limits.total.measure, Merchants):
            continue
        at, sets = _members(limits.total, cells)
        if not len(at):
            continue
        yield from _broken(plan, index, options, (at, sets))


def _broken(
    plan: Plan, index: int, options: Int64, members: tuple[Int64, Int64]
) -> Iterator[tuple[int, Stop]]:
    """Yield what breaks the limits of one rule; `members` are pairs of a place in `options` and a limit."""
    use, (at, sets) = plan.uses[index], members
    limits, problem = use.limits, plan.problem
    sign = 1 if limits.rule.sense == "at_most" else -1
    amounts = product(_amounts(limits.total, options[at]), sign)
    digits, factor = 10**limits.total.measure.digits, Fraction(0)
    based: Integers = np.zeros(len(at), np.int64)
    if limits.basis is not None and limits.basis_sets is not None:
        if isinstance(limits.basis.measure, Merchants):
            return
        is_in = _is_in_basis(limits, options, members, plan)
        based = np.where(is_in, _amounts(limits.basis, options[at]), 0)
        factor = -sign * limits.rule.value / 10**limits.basis.measure.digits
    excess = use.excesses
    scale = lcm(digits, factor.denominator, excess.denominator)
    added = product(amounts, scale // digits).astype(object)
    added = added + based.astype(object) * int(factor * scale)
    after = added + product(excess.numerators[sets], scale // excess.denominator).astype(object)
    for place in np.flatnonzero((added > 0) & (after > 0)).tolist():
        limit = int(sets[place])
        if is_linear(problem, limits, limit):
            yield int(at[place]), Stop(index, limit, Fraction(int(after[place]), scale))


def _is_in_basis(
    limits: Limits, options: Int64, members: tuple[Int64, Int64], plan: Plan
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say for each pair whether the option counts in the basis of the limit as well."""
    assert limits.basis is not None
    assert limits.basis_sets is not None
    at, sets = members
    cells = plan.problem.cells_of(options)
    places, of_basis = _members(limits.basis, cells)
    count = limits.basis.num_sets
    known = places * count + of_basis
    return np.isin(at * count + limits.basis_sets[sets].astype(np.int64), known)


def _members(total: Total, cells: Int64) -> tuple[Int64, Int64]:
    """Return pairs of a place in `cells` (ascending) and a set that the cell is in."""
    place = np.searchsorted(cells, total.cells)
    is_in = place < len(cells)
    is_in[is_in] = cells[place[is_in]] == total.cells[is_in]
    return place[is_in], total.sets[is_in].astype(np.int64)


def _amounts(total: Total, options: Int64) -> Integers:
    measure = total.measure
    assert isinstance(measure, Amounts | Cells)
    return measure.coefficients[options] if isinstance(measure, Amounts) else np.ones(len(options), np.int64)
