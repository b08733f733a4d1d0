"""The bound that a certificate proves, recomputed leaf by leaf and merchant by merchant in exact integers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

import numpy as np

from optimizer.verify.arrays import (
    Flags,
    Ints,
    combination,
    integers,
    maxima,
    plus,
    product,
    sums,
    total,
    where,
)
from optimizer.verify.blocks import Block, Blocks
from optimizer.verify.certificate import Certificate, Leaf
from optimizer.verify.charges import Charge, charges_of
from optimizer.verify.choices import Choices
from optimizer.verify.decimals import VALUE_DIGITS, ceil_units, exact_text, num_decimals, short_text
from optimizer.verify.holdings import terms_of
from optimizer.verify.instance import Instance, Options, Pins
from optimizer.verify.objective import common_divisor, objective_weights
from optimizer.verify.plan import Plan
from optimizer.verify.rewards import charges_of_rewards
from optimizer.verify.search import OverBudgetError
from optimizer.verify.terms import Terms

FEW_OPTIONS = 8_000
"""Instances with fewer options are bounded without compiled code ..."""

FEW_CELLS = 40
"""... unless limits hold inside and a merchant has more cells than this."""

_INFEASIBLE_DIGITS = 12


@dataclass(frozen=True, eq=False)
class Bound:
    """What a certificate proves.

    Attributes
    ----------
    value
        The largest leaf, unrounded; None if no leaf admits any plan.
    leaf
        The first leaf that reaches it.
    text
        As `certificate.json` writes it.
    """

    value: Fraction | None
    leaf: Leaf | None
    text: str


def bound_of(instance: Instance, plan: Plan, certificate: Certificate, has_soft: bool) -> Bound:
    """Recompute the bound of a certificate whose leaves cover all choices.

    Raises
    ------
    OverBudgetError
        If the search of some merchant takes more than its counted work.
    """
    held = with_booked(instance, plan)
    best: tuple[Fraction, Leaf] | None = None
    for leaf in certificate.leaves:
        value = leaf_bound(held, leaf, certificate)
        if value is not None and (best is None or value > best[0]):
            best = (value, leaf)
    if best is None:
        return Bound(None, None, "")
    if certificate.is_infeasible:
        return Bound(best[0], best[1], _infeasible_text(best[0]))
    is_whole = not has_soft and instance.settings.divisible is False
    divisor = common_divisor(held) if is_whole else Fraction(0)
    return Bound(best[0], best[1], bound_text(best[0], divisor))


def bound_text(value: Fraction, divisor: Fraction) -> str:
    """Write a bound: down to a multiple of the divisor, or without one (0) up to 1e-6."""
    if divisor:
        return exact_text(value // divisor * divisor)
    return short_text(ceil_units(value, VALUE_DIGITS), VALUE_DIGITS)


def _infeasible_text(value: Fraction) -> str:
    try:
        if num_decimals(value) <= _INFEASIBLE_DIGITS:
            return exact_text(value)
    except ValueError:
        pass
    return short_text(ceil_units(value, _INFEASIBLE_DIGITS), _INFEASIBLE_DIGITS)


def with_booked(instance: Instance, plan: Plan) -> Instance:
    """Return the instance in which a booked cell has one option, forced: what it holds."""
    rows = np.flatnonzero(plan.is_booked)
    if not len(rows):
        return instance
    options, cells = instance.options, plan.cell[rows]
    is_kept = ~np.isin(options.cell, cells)
    cell = np.concatenate([options.cell[is_kept], cells])
    order = np.argsort(cell, kind="stable")
    names = np.concatenate([options.name_codes[is_kept], np.zeros(len(rows), np.int64)])
    starts = np.searchsorted(cell[order], np.arange(len(instance.cells) + 1))
    new = np.flatnonzero(order >= int(is_kept.sum()))
    place = np.cumsum(is_kept) - 1
    pinned = np.flatnonzero(instance.pins.forced >= 0)
    forced = np.full(len(instance.cells), -1, np.int64)
    back = np.argsort(order, kind="stable")
    forced[pinned] = back[place[instance.pins.forced[pinned]]]
    forced[cell[order][new]] = new
    forbidden = instance.pins.is_forbidden.copy()
    forbidden[cells] = False

    def moved(old: dict[str, Ints], held: dict[str, Ints]) -> dict[str, Ints]:
        return {name: np.concatenate([old[name][is_kept], held[name][rows]])[order] for name in old}

    costs, values = moved(options.costs, plan.costs), moved(options.values, plan.values)
    merged = Options(starts, options.names, names[order], costs, values)
    return replace(instance, options=merged, pins=Pins(forced, forbidden))


def leaf_bound(instance: Instance, leaf: Leaf, certificate: Certificate) -> Fraction | None:
    """Return the bound of one leaf, or None if pins and decisions leave no choice in some cell."""
    charges, constant = charges_of(leaf)
    if not certificate.is_infeasible:
        paid, apart = charges_of_rewards(instance)
        charges, constant = [*charges, *paid], constant + apart
    weights = {} if certificate.is_infeasible else objective_weights(instance)
    rates = [rate for charge in charges for rate in charge.rates.values()]
    scale = lcm(*{rate.denominator for rate in (*weights.values(), *rates)})
    terms = Terms(
        scale=scale,
        objective={name: int(weight * scale) for name, weight in weights.items()},
        columns=_columns(instance, charges),
        fixed=[charge for charge in charges if charge.measure.kind == "cells"],
        counts=[charge for charge in charges if charge.measure.kind == "merchants"],
        choices=Choices(instance, leaf),
    )
    found = _total(instance, terms, certificate)
    return None if found is None else constant + Fraction(found, scale)


def _total(instance: Instance, terms: Terms, certificate: Certificate) -> int | None:
    """Return the sum of all merchants' bests, compiled where that pays: loading the code takes a second."""
    most_cells = int(np.bincount(instance.cells.merchant).max(initial=0)) if certificate.inside else 0
    if len(instance.options) < FEW_OPTIONS and most_cells <= FEW_CELLS:
        with suppress(OverBudgetError):
            return patient_total(instance, terms, certificate)
    from optimizer.verify.stretches import total_of

    is_done, found = total_of(instance, terms, certificate)
    return found if is_done else patient_total(instance, terms, certificate)


def _columns(instance: Instance, charges: list[Charge]) -> dict[str, list[tuple[Charge, int]]]:
    """Return the charges on every pool and value column, named sums replaced by their terms."""
    columns: dict[str, list[tuple[Charge, int]]] = {}
    for charge in charges:
        if charge.measure.kind == "amount":
            for name, factor in terms_of(instance, charge.measure.name).items():
                columns.setdefault(name, []).append((charge, factor))
    return columns


def patient_total(instance: Instance, terms: Terms, certificate: Certificate) -> int | None:
    """Return the sum of all merchants' bests, in Python's own integers where need be; None if one has none.

    Raises
    ------
    OverBudgetError
        If the search of some merchant takes more than its counted work.
    """
    net, fixed = _net(instance, terms), _fixed(instance, terms)
    allowed, must = terms.choices(0, len(instance.cells))
    best = _best_of_cells(instance, net, fixed, allowed, must)
    if best is None:
        return None
    blocks = Blocks(instance, terms.counts, certificate.inside, terms.scale)
    searched = np.zeros(len(instance.cells.texts["merchant"]), np.bool_)
    searched[list(blocks.merchants)] = True
    result = total(best[~searched[instance.cells.merchant]])
    for merchant in sorted(blocks.merchants):
        block = Block(instance, merchant, net, fixed, allowed, must)
        found = blocks.best(block)
        if found is None:
            return None
        result += found
    return result


def _net(instance: Instance, terms: Terms) -> Ints:
    """Return what every option earns, less what it is charged."""
    options, size = instance.options, len(instance.cells)
    parts: list[tuple[int, Ints]] = []
    for name, column in (options.costs | options.values).items():
        if rate := terms.objective.get(name, 0):
            parts.append((rate, column))
        for charge, factor in terms.columns.get(name, ()):
            charged = sums(_scaled(charge, terms.scale)[charge.group], charge.cells, size)
            parts.append((-factor, product(charged[options.cell], column)))
    return combination(parts, len(options))


def _fixed(instance: Instance, terms: Terms) -> Ints:
    """Return what every cell earns by being funded at all."""
    size = len(instance.cells)
    result: Ints = np.zeros(size, np.int64)
    for charge in terms.fixed:
        more = sums(_scaled(charge, terms.scale)[charge.group], charge.cells, size)
        result = plus(result, product(more, -1))
    return result


def _scaled(charge: Charge, scale: int) -> Ints:
    return integers([int(charge.rates.get(group, 0) * scale) for group in range(charge.num_groups)])


def _best_of_cells(instance: Instance, net: Ints, fixed: Ints, allowed: Flags, must: Flags) -> Ints | None:
    """Return the best of every cell on its own, or None if a cell that must be funded has no option left."""
    options = instance.options
    if not len(options):
        return fixed[:0]
    has_option = sums(allowed.astype(np.int64), options.cell, len(fixed)) > 0
    if bool((must & ~has_option).any()):
        return None
    lowest = min(0, int(net.min()))
    best = maxima(where(allowed, net, lowest), options.starts[:-1])
    # Any fraction of a divisible cell makes it funded, however small: a mix need not cost more than that.
    may_mix = instance.is_divisible & ~must
    best = plus(where(may_mix, _at_least_zero(best), best), fixed)
    free = where(has_option, _at_least_zero(best), 0)
    return where(must, best, free)


def _at_least_zero(values: Ints) -> Ints:
    return where(np.asarray(values > 0), values, 0)
