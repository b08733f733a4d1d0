"""Prices -> what they prove, exactly: a leaf of a certificate, and the limits that stay inside merchants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle
from math import gcd, inf

import numpy as np

from models.certificate import Leaf, Price
from models.instance import Int64
from models.linear import Floats
from models.problem import Limits, Problem
from optimizer.lagrangian.block import DONE, NONE, RELAXED
from optimizer.lagrangian.counts import right_hand_side
from optimizer.lagrangian.dual import Dual, Priced
from optimizer.lagrangian.market import Top
from optimizer.lagrangian.tables import ALWAYS

SEARCH_NODES = 1_000_000
"""Nodes within which the search of a merchant has to end for its limits to stay inside."""

_PRICE_DIGITS = 8
_WEIGHT_DIGITS = 6
_STEPS = sorted(
    2**twos * 5**fives for twos in range(_WEIGHT_DIGITS + 1) for fives in range(_WEIGHT_DIGITS + 1)
)
"""Into how many parts a price may fall for weights of so many decimals."""


@dataclass(frozen=True, eq=False)
class Proof:
    """What prices prove.

    Attributes
    ----------
    leaf
        Its bound is exact, and not rounded.
    inside
        See `Certificate`.
    unfinished
        Merchants whose search did not end within its nodes: the bound is not of the certificate's form until
        their limits are priced; shape (unfinished,).
    impossible
        Merchants for whom pins and limits that stay inside leave no choice: there is no plan, and `leaf` says
        nothing; shape (impossible,).
    """

    leaf: Leaf
    inside: tuple[tuple[int, int], ...]
    unfinished: Int64
    impossible: Int64
    priced: Priced


def prove(dual: Dual, prices: Floats, nodes: int = SEARCH_NODES) -> Proof:
    """Return what prices prove, once they are rounded to decimals of few digits."""
    market = dual.market
    priced = dual.at(_written(dual, prices), nodes)
    value = 10**market.problem.objective.digits * market.scale
    written = sorted(_prices(dual, priced, value), key=lambda price: (price.limits, price.limit))
    right = sum((price.price * _right(market.problem, price) for price in written), Fraction(0))
    status = priced.passed.outcome.status
    bound = right + Fraction(priced.passed.value, value)
    return Proof(
        leaf=Leaf(tuple(written), bound),
        inside=tuple(_inside(dual, status)),
        unfinished=np.flatnonzero(status == RELAXED),
        impossible=np.flatnonzero((status == DONE) & (priced.passed.outcome.value == NONE)),
        priced=priced,
    )


def _written(dual: Dual, prices: Floats) -> Floats:
    """Round prices to few digits, and those of a `top` rule's groups to weights of few decimals."""
    market = dual.market
    found = np.clip(np.rint(prices), 0.0, market.most)
    with np.errstate(divide="ignore"):
        digits = np.floor(np.log10(np.maximum(found, 1.0))) + 1
    unit = 10.0 ** np.maximum(digits - _PRICE_DIGITS, 0)
    found = np.floor(found / unit) * unit
    at = dual.num_rows + dual.num_counts
    for top in market.tops:
        groups = found[at : at + len(top.sets)]
        found[at : at + len(top.sets)] = _weighed(groups, top)
        at += len(top.sets)
    return np.asarray(found)


def _weighed(groups: Floats, top: Top) -> Floats:
    """Return prices of groups that are a price times weights of few decimals.

    The price is a multiple of what makes each of them, and what the basis in the plan is charged, whole.
    """
    needed = max(float(groups.max(initial=0.0)), float(groups.sum()) / top.k)
    if needed < 1.0:
        return np.zeros(len(groups))
    part, step = _parts(int(np.ceil(needed)), top, int((groups > 0).sum()))
    if not part:
        return np.zeros(len(groups))
    weights = np.minimum(np.rint(groups / part), step)
    excess = int(weights.sum()) - top.k * step
    if excess > 0:  # take it off the largest, one unit each, as long as there is some
        for group in cycle(np.argsort(-weights, kind="stable").tolist()):
            if weights[group] > 0:
                weights[group] -= 1
                excess -= 1
            if not excess:
                break
    elif weights.max(initial=0) < step:
        # So that the price that the weights ask for is the one that they were rounded for.
        largest = int(np.argmax(weights))
        weights[largest] = min(step, weights[largest] - excess)
    return np.asarray(weights * part)


def _parts(needed: int, top: Top, num_priced: int) -> tuple[int, int]:
    """Return a price of at least `needed` as (part, number of parts), or the largest possible; (0, 0): none.

    Weights are whole numbers of parts, so their number divides a power of ten. Raising the price costs what
    it is raised by times the limit; rounding the prices of groups, on average a quarter of a part each
    times about a k-th of the limit.
    """
    best = (inf, 0, 0)
    for step in _STEPS:
        multiple = top.share.denominator // gcd(step, top.share.denominator)
        part = min(-(-needed // (step * multiple)), int(top.most) // (step * multiple)) * multiple
        if part:
            loss = abs(part * step - needed) + part * num_priced / (4 * top.k)
            best = min(best, (loss, part, step))
    return best[1:]


def _prices(dual: Dual, priced: Priced, value: int) -> Iterator[Price]:
    """Turn whole prices into prices per written unit of the measure."""
    market, rows = dual.market, dual.market.rows
    for index in np.flatnonzero(priced.prices[: dual.num_rows]).tolist():
        row = int(market.priced[index])
        written = Fraction(int(priced.prices[index]) * int(rows.scale[row]), value)
        yield Price(int(rows.row_limits[row]), int(rows.row_limit[row]), written)
    for slot, (limits, limit) in enumerate(market.counts):
        price = int(priced.prices[dual.num_rows + slot])
        if price:
            yield Price(limits, limit, Fraction(price, value))
    at = dual.num_rows + dual.num_counts
    for top, price in zip(market.tops, priced.top_prices, strict=True):
        groups = priced.prices[at : at + len(top.sets)].tolist()
        at += len(top.sets)
        if price:
            weights = tuple((group, Fraction(own, price)) for group, own in enumerate(groups) if own)
            yield Price(top.limits, 0, Fraction(price * top.scale, value), weights)


def _right(problem: Problem, price: Price) -> Fraction:
    """Return the right-hand side of `sum a.y <= b`, in written units, exactly."""
    if price.limits < 0:
        pool = problem.instance.pools[price.limit]
        return Fraction(pool.amount, 10**pool.decimals)
    limits: Limits = problem.limits[price.limits]
    if limits.basis is not None:
        return Fraction(0)
    return right_hand_side(limits, price.limit)


def _inside(dual: Dual, status: Int64) -> Iterator[tuple[int, int]]:
    """Return the limits of the merchants whose search took them in."""
    market = dual.market
    starts = market.tables.line_start
    is_searched = np.repeat(status == DONE, np.diff(starts))
    chosen = np.flatnonzero(is_searched & (market.tables.line_kind == ALWAYS))
    pairs = np.stack([market.line_limits[chosen], market.line_limit[chosen]], axis=1)
    yield from map(tuple, pairs[np.lexsort(pairs.T[::-1])].tolist())
