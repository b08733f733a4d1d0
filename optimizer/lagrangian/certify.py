"""Prices -> a certificate, in exact arithmetic.

A price p >= 0 on every row `a.y <= b` proves, for every plan that meets the rows,
`value(y) <= p.b + max over y of (value(y) - p.a.y)`, and the maximum falls apart by cell (weak duality).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from models.amount import floor_units
from models.certificate import Certificate, Decision, Leaf, Price
from models.problem import FREE, Limits, Merchants, Problem
from models.row import is_exact_top, is_linear, is_priceable_ratio, is_priceable_top
from optimizer.lagrangian.counts import (
    Allowance,
    Count,
    best_with_counts,
    counts_of,
    is_priceable_count,
    right_hand_side,
)
from optimizer.lagrangian.priced import Priced, best_of_cells, price_options
from optimizer.lagrangian.rewards import counts_of_rewards, worth_of_cells
from optimizer.lagrangian.wide import Wide

_SIGNIFICANT_DIGITS = 12
_INFEASIBLE_DECIMALS = 12
_WEIGHT_DECIMALS = 9
_PAID = -1
"""Stands for the rule of what the objective counts."""


class Given(Protocol):
    """A price as a solver gives it; see `Price`."""

    @property
    def limits(self) -> int:
        """Index of the rule's limits; -1: pools."""

    @property
    def limit(self) -> int:
        """Number of the limit, or of the pool."""

    @property
    def price(self) -> float:
        """Price per written unit of the measure."""

    @property
    def weights(self) -> tuple[tuple[int, float], ...]:
        """(group, weight) pairs of a `top` rule."""

    @property
    def pairs(self) -> tuple[tuple[int, int, float], ...]:
        """(high group, low group, price) triples of a `ratio` rule."""


@dataclass(frozen=True)
class Told:
    """An exact price told again, as floats: where it is allowed, `certify` makes it the price that it was."""

    limits: int
    limit: int
    price: float
    weights: tuple[tuple[int, float], ...] = ()
    pairs: tuple[tuple[int, int, float], ...] = ()

    @classmethod
    def of(cls, price: Price) -> Told:
        """Tell a price."""
        weights = tuple((group, float(weight)) for group, weight in price.weights)
        pairs = tuple((high, low, float(own)) for high, low, own in price.pairs)
        return cls(price.limits, price.limit, float(price.price), weights, pairs)


def certify(
    problem: Problem,
    prices: Iterable[Given],
    kind: Literal["bound", "infeasible"] = "bound",
    where: tuple[Decision, ...] = (),
) -> Certificate:
    """Return the certificate of one leaf that some prices give.

    Parameters
    ----------
    prices
        Prices per written unit. Limits that are not linear rows (or a `top` rule's) are left out, which is
        always valid; a soft limit's price is lowered to its penalty. A `ratio` is priced, and an `if_funded`
        limit of a group that `where` or a pin funds, only where infeasibility is to be proven.
    where
        What the leaf assumes: options of cells that are neither divisible nor pinned. A cell of which no
        option is left gets nothing.

    Notes
    -----
    The bound is exact for the prices as written; whether it is *good* is the prices' business. With
    `infeasible` it proves that no plan exists only if it is below zero: the caller has to look.
    """
    problem, avoided = _decided(problem, where)
    given = list(prices)
    ranked = sorted(given, key=lambda price: (price.limits, price.limit))
    priced = [price for one in ranked if (price := _allowed(problem, one, kind)).price > 0]
    counted = [price for price in priced if _is_count(problem, price)]
    rows = [price for price in priced if not _is_count(problem, price)]
    rewards = problem.rewards if kind == "bound" else ()
    whole = (*(price.price for price in counted), *(reward.weight for reward in rewards))
    worth = price_options(problem, rows, is_bound=kind == "bound", whole=whole)
    values = worth.values if not len(avoided) else worth.values.where(~_flags(problem, avoided))
    best = best_of_cells(problem, values)
    added = _best_of_counts(problem, worth, best, counted, avoided, is_paid=bool(rewards))
    if isinstance(added, _Unpriced):
        return certify(problem, [price for price in given if price.limits not in added.limits], kind, where)
    right = worth.right + sum(
        (price.price * right_hand_side(problem.limits[price.limits], price.limit) for price in counted),
        Fraction(0),
    )
    bound = right + Fraction(best.sum() + added, worth.scale)
    shown = printed_bound(problem, bound) if kind == "bound" else rounded_up(bound)
    return Certificate(kind, shown, (Leaf(tuple(priced), bound, where),))


def together(leaves: Iterable[Leaf]) -> Certificate:
    """Return the proof that no plan exists of leaves that cover all choices, each of them below zero."""
    known = tuple(leaves)
    bound = max(leaf.bound for leaf in known)
    return Certificate("infeasible", rounded_up(bound), known)


def _decided(problem: Problem, where: tuple[Decision, ...]) -> tuple[Problem, frozenset[int]]:
    """Return a problem with what is taken pinned, and the options that are avoided."""
    if not where:
        return problem, frozenset()
    pinned = problem.pinned.copy()
    for decision in where:
        if decision.is_taken:
            pinned[problem.cell_of(decision.option)] = decision.option
    avoided = frozenset(decision.option for decision in where if not decision.is_taken)
    return replace(problem, pinned=pinned), avoided


def _flags(problem: Problem, options: frozenset[int]) -> NDArray[np.bool_]:
    flags = np.zeros(problem.num_options, np.bool_)
    flags[list(options)] = True
    return flags


@dataclass(frozen=True)
class _Unpriced:
    """Rules whose counts are too many to search: they are left out, which is always valid."""

    limits: frozenset[int]


def _best_of_counts(
    problem: Problem,
    worth: Priced,
    best: Wide,
    counted: list[Price],
    avoided: frozenset[int],
    *,
    is_paid: bool,
) -> int | _Unpriced:
    """Return by how much counts change the sum of the cells' bests, in units of the scale.

    Parameters
    ----------
    is_paid
        Whether the objective's own counts are among them.
    """
    if not counted and not is_paid:
        return 0
    of_merchant: dict[int, list[tuple[int, Count]]] = {}
    trace, added = 0, 0
    if is_paid:
        trace = int(worth_of_cells(problem) * worth.scale)
        paid, added = counts_of_rewards(problem, worth.scale)
        of_merchant = {merchant: [(_PAID, count) for count in own] for merchant, own in paid.items()}
    lifts = _lifts(problem, best, trace)
    added += sum(lifts.values())
    values = worth.values.whole()
    for price in counted:
        scaled = int(price.price * worth.scale)
        limits = problem.limits[price.limits]
        reward = scaled if limits.rule.sense == "at_least" else -scaled
        for merchant, count in counts_of(problem, limits.total, price.limit, reward).items():
            of_merchant.setdefault(merchant, []).append((price.limits, count))
    for counts in of_merchant.values():
        of_limits = frozenset(limits for limits, _ in counts) - {_PAID}
        own = [count for _, count in counts]
        rest = Allowance(trace, avoided, is_bounded=bool(of_limits))
        found = best_with_counts(problem, values, own, rest)
        if found is None:
            return _Unpriced(of_limits)
        value, cells = found
        added += value - sum(best[cell] + lifts.get(cell, 0) for cell in cells)
    return added


def _lifts(problem: Problem, best: Wide, trace: int) -> dict[int, int]:
    """Return cell -> what a trace of it is worth beyond its best option: it makes the cell funded."""
    if trace <= 0:
        return {}
    cells = np.flatnonzero(problem.is_divisible & (problem.pinned == FREE))
    gains = trace - best.take(cells).whole()
    return {cell: gain for cell, gain in zip(cells.tolist(), gains.tolist(), strict=True) if gain > 0}


def _is_count(problem: Problem, price: Price) -> bool:
    return price.limits >= 0 and isinstance(problem.limits[price.limits].total.measure, Merchants)


def printed_bound(problem: Problem, bound: Fraction) -> Fraction:
    """Round a bound as it is printed: up to 1e-6, or down to what sums of whole options can reach."""
    divisor = common_divisor(problem)
    return divisor * (bound // divisor) if divisor else rounded_up(bound, 6)


def common_divisor(problem: Problem) -> Fraction:
    """Return the largest d of which every plan's objective is a multiple, in objective units; else 0."""
    has_soft = any(limits.rule.enforcement == "soft" for limits in problem.limits)
    if has_soft or problem.is_divisible.any():
        return Fraction(0)
    coefficients, scale = problem.objective.coefficients, 10**problem.objective.digits
    whole = coefficients.tolist() if coefficients.dtype == object else [int(np.gcd.reduce(coefficients))]
    scale = lcm(scale, *(reward.weight.denominator for reward in problem.rewards))
    factor = scale // 10**problem.objective.digits
    rewards = (int(reward.weight * scale) for reward in problem.rewards)
    return Fraction(gcd(*(one * factor for one in whole), *rewards), scale)


def _allowed(problem: Problem, given: Given, kind: str) -> Price:
    """Return the price as it will be written; 0 where the limit cannot be priced."""
    price = _decimal(given.price)
    if given.limits < 0:
        return Price(given.limits, given.limit, price)
    limits = problem.limits[given.limits]
    if limits.rule.penalty is not None:
        price = min(price, limits.rule.penalty)
    weights: tuple[tuple[int, Fraction], ...] = ()
    if limits.rule.enforcement == "report" or (kind == "infeasible" and limits.rule.enforcement == "soft"):
        price = Fraction(0)
    elif limits.rule.kind == "ratio":
        pairs = _pairs(given) if kind == "infeasible" and is_priceable_ratio(problem, limits) else ()
        return Price(given.limits, given.limit, sum((own for *_, own in pairs), Fraction(0)), pairs=pairs)
    elif limits.rule.kind == "top":
        weights = tuple(
            (group, weight) for group, given_weight in given.weights if (weight := _weight(given_weight))
        )
        if not is_priceable_top(problem, limits):
            weights = _whole_weights(limits, weights) if is_exact_top(problem, limits) else ()
        price = price if weights else Fraction(0)
    else:
        if kind == "infeasible":
            limits = _always(problem, limits, given.limit)
        if not (is_linear(problem, limits, given.limit) or is_priceable_count(problem, limits, given.limit)):
            price = Fraction(0)
    return Price(given.limits, given.limit, price, weights)


def _pairs(given: Given) -> tuple[tuple[int, int, Fraction], ...]:
    priced = sorted((high, low, _decimal(price)) for high, low, price in given.pairs)
    return tuple(pair for pair in priced if pair[2] > 0)


def _always(problem: Problem, limits: Limits, limit: int) -> Limits:
    """Return an `if_funded` rule as one that always applies, where a cell of the limit's group is forced."""
    if limits.rule.applies == "always" or limits.rule.kind != "limit":
        return limits
    if not (problem.pinned[limits.total.cells_of(limit)] >= 0).any():
        return limits
    return replace(limits, rule=limits.rule.model_copy(update={"applies": "always"}))


def _weight(given: float) -> Fraction:
    """Return a weight of a `top` rule, rounded down so that the weights sum to at most k."""
    return min(Fraction(floor_units(Fraction(given), _WEIGHT_DECIMALS), 10**_WEIGHT_DECIMALS), Fraction(1))


def _whole_weights(
    limits: Limits, weights: tuple[tuple[int, Fraction], ...]
) -> tuple[tuple[int, Fraction], ...]:
    """Return weights that sum to k exactly, as amounts that may be negative need; none if there are none."""
    if not weights:
        return ()
    full, missing = dict(weights), limits.num_largest - sum(weight for _, weight in weights)
    for group in range(limits.groups.count):
        more = min(missing, 1 - full.get(group, Fraction(0)))
        full[group] = full.get(group, Fraction(0)) + more
        missing -= more
    return tuple((group, weight) for group, weight in sorted(full.items()) if weight) if not missing else ()


def _decimal(given: float) -> Fraction:
    """Return the decimal of 12 significant digits next to a float; 0 for what is not a positive number."""
    return (
        Fraction(Decimal(f"{given:.{_SIGNIFICANT_DIGITS - 1}e}")) if 0 < given < float("inf") else Fraction(0)
    )


def rounded_up(value: Fraction, decimals: int = _INFEASIBLE_DECIMALS) -> Fraction:
    """Round a bound up to some decimals: as many as proofs are written with that no plan exists."""
    scaled = value * 10**decimals
    return Fraction(-(-scaled.numerator // scaled.denominator), 10**decimals)
