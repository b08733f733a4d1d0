"""The bound that a certificate proves, recomputed leaf by leaf and merchant by merchant in exact integers."""

from __future__ import annotations

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
from optimizer.verify.decimals import VALUE_DIGITS, ceil_units, exact_text, num_decimals, short_text
from optimizer.verify.holdings import amounts_of
from optimizer.verify.instance import Instance, Options, Pins
from optimizer.verify.objective import common_divisor, objectives
from optimizer.verify.plan import Plan
from optimizer.verify.rewards import charges_of_rewards

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
    is_whole = not has_soft and not bool(plan.is_booked.any()) and instance.settings.divisible is False
    divisor = common_divisor(instance) if is_whole else Fraction(0)
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
    merged = Options(cell[order], starts, options.names, names[order], costs, values)
    return replace(instance, options=merged, pins=Pins(forced, forbidden))


def leaf_bound(instance: Instance, leaf: Leaf, certificate: Certificate) -> Fraction | None:
    """Return the bound of one leaf, or None if pins and decisions leave no choice in some cell."""
    charges, constant = charges_of(leaf)
    if not certificate.is_infeasible:
        paid, apart = charges_of_rewards(instance)
        charges, constant = [*charges, *paid], constant + apart
    size = len(instance.options)
    value, unit = objectives(instance) if not certificate.is_infeasible else (np.zeros(size, np.int64), 1)
    scale = lcm(unit, *(rate.denominator for charge in charges for rate in charge.rates))
    net = combination([(scale // unit, value), *_linear(instance, charges, scale)], size)
    fixed = _fixed(instance, charges, scale)
    allowed, must = _choices(instance, leaf)
    best = _best_of_cells(instance, net, fixed, allowed, must)
    if best is None:
        return None
    blocks = Blocks(
        instance, [c for c in charges if c.measure.kind == "merchants"], certificate.inside, scale
    )
    searched = np.zeros(len(instance.cells.texts["merchant"]), np.bool_)
    searched[list(blocks.merchants)] = True
    result = total(best[~searched[instance.cells.merchant]])
    for merchant in sorted(blocks.merchants):
        block = Block(instance, merchant, net, fixed, allowed, must)
        found = blocks.best(block)
        if found is None:
            return None
        result += found
    return constant + Fraction(result, scale)


def _linear(instance: Instance, charges: list[Charge], scale: int) -> list[tuple[int, Ints]]:
    """Return, measure by measure, what every option is charged, as terms of a weighted sum."""
    options, size = instance.options, len(instance.cells)
    columns = options.costs | options.values
    rates: dict[str, Ints] = {}
    for charge in charges:
        if charge.measure.kind == "amount":
            more = sums(_scaled(charge, scale)[charge.group], charge.cells, size)
            name = charge.measure.name
            rates[name] = plus(rates[name], more) if name in rates else more
    terms = []
    for name, rate in rates.items():
        amounts = amounts_of(instance, name, columns, len(options))
        terms.append((-1, product(rate[options.cell], amounts)))
    return terms


def _fixed(instance: Instance, charges: list[Charge], scale: int) -> Ints:
    """Return what every cell earns by being funded at all."""
    size = len(instance.cells)
    result: Ints = np.zeros(size, np.int64)
    for charge in charges:
        if charge.measure.kind == "cells":
            more = sums(_scaled(charge, scale)[charge.group], charge.cells, size)
            result = plus(result, product(more, -1))
    return result


def _scaled(charge: Charge, scale: int) -> Ints:
    return integers([int(rate * scale) for rate in charge.rates])


def _choices(instance: Instance, leaf: Leaf) -> tuple[Flags, Flags]:
    """Return which options pins and decisions allow, and which cells must be funded."""
    pins, options = instance.pins, instance.options
    allowed = ~pins.is_forbidden[options.cell]
    must = pins.forced >= 0
    is_pinned = pins.forced[options.cell]
    allowed &= (is_pinned < 0) | (is_pinned == np.arange(len(options)))
    for decision in leaf.where:
        if decision.is_taken:
            must[decision.cell] = True
            others = np.arange(options.starts[decision.cell], options.starts[decision.cell + 1])
            allowed[others[others != decision.option]] = False
        else:
            allowed[decision.option] = False
    return allowed, must


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
