"""Limits that are one linear row over the options, in exact integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from models.instance import Int64
from models.problem import Amounts, Cells, Integers, Limits, Merchants, Problem, Total


@dataclass(frozen=True, eq=False)
class Row:
    """`sum coefficients x take <= right`; `at_least` is negated, a basis in the plan stands on the left.

    Attributes
    ----------
    options
        Options with a coefficient, ascending; shape (entries,).
    coefficients
        Python integers: the amount in written units times `scale`; shape (entries,).
    right
        In written units.
    """

    options: Int64
    coefficients: Integers
    scale: int
    right: Fraction


def pool_row(problem: Problem, pool: int) -> Row:
    """Return the row of a pool."""
    amounts, stated = problem.pools[pool], problem.instance.pools[pool]
    options = np.flatnonzero(amounts.coefficients)
    scale = 10**amounts.digits
    return Row(options, amounts.coefficients[options].astype(object), scale, Fraction(stated.amount, scale))


def is_linear(problem: Problem, limits: Limits, limit: int) -> bool:
    """Say whether a limit is one linear row that every plan which meets it satisfies."""
    if limits.rule.kind not in ("limit", "window"):
        return False
    totals = [total for total in (limits.total, limits.basis) if total is not None]
    if not all(_is_linear_measure(problem, total) for total in totals):
        return False
    return limits.rule.applies == "always" or holds_unfunded(limits, limit)


def holds_unfunded(limits: Limits, limit: int) -> bool:
    """Say whether a group without any funded cell satisfies its limit, its amount being 0."""
    if any(total is not None and _counts_unfunded(total) for total in (limits.total, limits.basis)):
        return False
    if limits.basis is not None:
        return limits.rule.of is None and limits.rule.basis.kind == "measure"  # the basis is 0 as well
    constant = limits.constants[limit]
    return constant >= 0 if limits.rule.sense == "at_most" else constant <= 0


def _counts_unfunded(total: Total) -> bool:
    """Say whether a merchant counts without any funded cell: nothing reaches a threshold of zero or less."""
    return isinstance(total.measure, Merchants) and min(total.measure.thresholds, default=1) <= 0


def limit_row(problem: Problem, limits: Limits, limit: int) -> Row:
    """Return the row of a limit for which `is_linear` holds; `soft` limits as if they were hard."""
    sign = 1 if limits.rule.sense == "at_most" else -1
    parts = [_part(problem, limits.total, limit, Fraction(sign))]
    if limits.basis is not None and limits.basis_sets is not None:
        parts.append(_part(problem, limits.basis, int(limits.basis_sets[limit]), -sign * limits.rule.value))
    return _added(parts, sign * limits.constants[limit])


def is_priceable_top(problem: Problem, limits: Limits) -> bool:
    """Say whether weighted sums of a `top` rule's groups are rows that every plan within it satisfies."""
    totals = [total for total in (limits.total, limits.basis) if total is not None]
    if limits.rule.kind != "top" or not all(_is_linear_measure(problem, total) for total in totals):
        return False
    measure = limits.total.measure
    return isinstance(measure, Cells) or (
        isinstance(measure, Amounts) and int(measure.coefficients.min()) >= 0
    )


def is_priceable_ratio(problem: Problem, limits: Limits) -> bool:
    """Say whether `amount(high)/basis(high) - value x amount(low)/basis(low) <= 0` is a row of every plan."""
    return limits.rule.applies == "always" and _is_linear_measure(problem, limits.total)


def is_exact_top(problem: Problem, limits: Limits) -> bool:
    """Say whether weighted sums of a `top` rule's groups are such rows where the weights sum to k exactly."""
    is_amount = limits.rule.kind == "top" and isinstance(limits.total.measure, Amounts)
    return is_amount and limits.basis is None and _is_linear_measure(problem, limits.total)


def top_row(problem: Problem, limits: Limits, weights: Sequence[tuple[int, Fraction]]) -> Row:
    """Return `sum of weight x amount <= cap`: valid for weights in [0, 1] that sum to at most k."""
    parts = [_part(problem, limits.total, group, weight) for group, weight in weights]
    if limits.basis is not None:
        parts.append(_part(problem, limits.basis, 0, -limits.rule.value))
    return _added(parts, limits.constants[0])


def rounding_loss(problem: Problem, index: int, limit: int) -> float:
    """Return the most that rounding one row of a plan to smallest units moves a limit of a rule (-1: a pool).

    In written units; an amount is rounded by less than one unit of each pool or value that it counts.
    """
    if index < 0:
        return float(10.0 ** -problem.pools[limit].digits)
    limits = problem.limits[index]
    loss = _units(limits.total)
    return loss if limits.basis is None else loss + abs(float(limits.rule.value)) * _units(limits.basis)


def _units(total: Total) -> float:
    if not isinstance(total.measure, Amounts):
        return 0.0
    return float(sum(abs(factor) for _, factor in total.measure.terms)) * 10.0**-total.measure.digits


def _added(parts: Sequence[tuple[Int64, Integers, int]], right: Fraction) -> Row:
    scale = max(scale for _, _, scale in parts)
    options = np.unique(np.concatenate([options for options, _, _ in parts]))
    coefficients: Integers = np.zeros(len(options), object)
    for part_options, part_coefficients, part_scale in parts:
        coefficients[np.searchsorted(options, part_options)] += part_coefficients * (scale // part_scale)
    return Row(options, coefficients, scale, right)


def _is_linear_measure(problem: Problem, total: Total) -> bool:
    if isinstance(total.measure, Cells):
        return not problem.is_divisible.any()  # a fraction of a cell counts whole
    return isinstance(total.measure, Amounts)


def _part(problem: Problem, total: Total, which: int, factor: Fraction) -> tuple[Int64, Integers, int]:
    """Return factor x the amount of one set: options, Python integers, and their scale, a power of ten."""
    cells = total.cells_of(which)
    starts, counts = (
        problem.option_start[cells],
        problem.option_start[cells + 1] - problem.option_start[cells],
    )
    offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    options = np.repeat(starts, counts) + offset
    measure = total.measure
    amounts: Integers = (
        measure.coefficients[options] if isinstance(measure, Amounts) else np.ones(len(options), int)
    )
    decimals = 0
    while (factor * 10**decimals).denominator != 1:  # values are decimal texts, so this ends
        decimals += 1
    return options, amounts.astype(object) * int(factor * 10**decimals), 10 ** (decimals + measure.digits)
