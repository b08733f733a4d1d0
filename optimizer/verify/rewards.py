"""What the objective counts beside amounts: as charges on cells and merchants, or taken apart."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

import numpy as np

from optimizer.verify.arrays import Codes, Flags, Ints, maxima, sums, where
from optimizer.verify.charges import Charge
from optimizer.verify.holdings import amounts_of, thresholds
from optimizer.verify.instance import Instance
from optimizer.verify.rule import Measure, measure_of

MOST_WORK = 50_000

Rewards = list[tuple[Measure, Fraction]]


def rewards_of(instance: Instance) -> Rewards:
    """Return (measure, weight) of every count that the objective weighs.

    Raises
    ------
    ValueError
        If a text names no count.
    """
    measures: dict[str, Measure] = {}
    weights: dict[str, Fraction] = {}
    for text, weight in instance.settings.counts.items():
        measure = measure_of(instance, text)
        if measure.kind == "amount":
            raise ValueError(text)
        measures[measure.text] = measure
        weights[measure.text] = weights.get(measure.text, Fraction(0)) + weight
    return [(measures[text], weight) for text, weight in weights.items() if weight]


def is_of_options(instance: Instance, measure: Measure) -> bool:
    """Whether a count is the same as an amount of 1 in each option: cells, if none is divisible."""
    return measure.kind == "cells" and instance.settings.divisible is False


def charges_of_rewards(instance: Instance) -> tuple[list[Charge], Fraction]:
    """Return the counts as charges (paid out), and what those add that are taken apart, merchant by merchant.

    Of a merchant whose search would be long, or of another kind, every count is put at its best.
    """
    charges: list[Charge] = []
    apart = Fraction(0)
    rewards = [(m, weight) for m, weight in rewards_of(instance) if not is_of_options(instance, m)]
    long = _long_searches(instance, [measure for measure, _ in rewards])
    every = np.arange(len(instance.cells))
    for measure, weight in rewards_of(instance):
        if is_of_options(instance, measure):  # one for each funded cell
            charges.append(Charge(measure, every, np.zeros(len(every), np.int64), 1, {0: -weight}))
    for measure, weight in rewards:
        lone = np.zeros(len(instance.cells.texts["merchant"]), np.bool_)
        if measure.reaches is not None:
            lone = long | _is_other(instance, measure)
            may_miss, may_count = _may_be(instance, measure)
            counted = may_count if weight > 0 else ~may_miss
            apart += weight * int((counted & lone).sum())
        cells = every[~lone[instance.cells.merchant]]
        charges.append(Charge(measure, cells, np.zeros(len(cells), np.int64), 1, {0: -weight}))
    return charges, apart


def _starts(instance: Instance) -> tuple[Codes, Codes]:
    """Return the first cell and the first option of every merchant, and the ends."""
    size = len(instance.cells.texts["merchant"])
    cells = np.searchsorted(instance.cells.merchant, np.arange(size + 1))
    return cells, instance.options.starts[cells]


def _amounts(instance: Instance, measure: Measure) -> Ints:
    """Return every option's amount of what has to reach a threshold."""
    inner, options = measure.reaches, instance.options
    if inner is None or inner.kind == "cells":
        return np.ones(len(options), np.int64)
    return amounts_of(instance, inner.name, options.costs | options.values, len(options))


def _is_other(instance: Instance, measure: Measure) -> Flags:
    """Return the merchants with mixes, or amounts below zero, of what has to reach a threshold."""
    cells, options = _starts(instance)
    if measure.reaches is None or measure.reaches.kind == "cells":
        return np.zeros(len(cells) - 1, np.bool_)
    lowest = -maxima(-_amounts(instance, measure), options[:-1])
    num_mixed = sums(instance.is_divisible.astype(np.int64), instance.cells.merchant, len(cells) - 1)
    return np.asarray((lowest < 0) | (num_mixed > 0), np.bool_)


def _long_searches(instance: Instance, measures: list[Measure]) -> Flags:
    """Return the merchants whose states x choices are more than is searched."""
    cells, options = _starts(instance)
    result = np.zeros(len(cells) - 1, np.bool_)
    counts = [measure for measure in measures if measure.kind == "merchants"]
    if all(measure.reaches is None for measure in counts):
        return result
    others = [_is_other(instance, measure) for measure in counts]
    bounds = [thresholds(instance, measure) if measure.reaches else [] for measure in counts]
    amounts = [_amounts(instance, measure) for measure in counts]
    sizes = (np.diff(instance.options.starts) + 1).tolist()
    for merchant in range(len(result)):
        own = sizes[cells[merchant] : cells[merchant + 1]]
        stages = 1
        for measure, other, bound, amount in zip(counts, others, bounds, amounts, strict=True):
            if not other[merchant]:
                of_options = amount[options[merchant] : options[merchant + 1]]
                stages *= _stages(measure, bound[merchant] if bound else 1, of_options, len(own))
        result[merchant] = _is_over(own, stages)
    return result


def _stages(measure: Measure, bound: int, amounts: Ints, num_cells: int) -> int:
    """Return in how many stages a merchant comes to its threshold, the first included."""
    if measure.reaches is None:
        return 2
    if measure.reaches.kind == "cells":
        return min(max(bound, 0), num_cells) + 1
    step = gcd(*(int(amount) for amount in amounts.tolist()))
    return -(-max(bound, 0) // step) + 1 if step else 1


def _is_over(sizes: list[int], stages: int) -> bool:
    plans = 1
    for size in sizes:
        plans *= size
        if plans >= stages or plans > MOST_WORK:
            break
    return min(plans, stages) * sum(sizes) > MOST_WORK


def _may_be(instance: Instance, measure: Measure) -> tuple[Flags, Flags]:
    """Return which merchants may stay below the threshold, and which may reach it, by options and pins."""
    pins, options = instance.pins, instance.options
    amounts, size = _amounts(instance, measure), len(instance.cells.texts["merchant"])
    forced = pins.forced[options.cell]
    allowed = ~pins.is_forbidden[options.cell] & ((forced < 0) | (forced == np.arange(len(options))))
    held, starts = where(allowed, amounts, 0), options.starts[:-1]
    most, least = maxima(held, starts), -maxima(-held, starts)
    exact = where(pins.forced >= 0, amounts[np.maximum(pins.forced, 0)], 0)
    most, least = where(pins.forced >= 0, exact, most), where(pins.forced >= 0, exact, np.minimum(least, 0))
    most = where(pins.forced >= 0, most, np.maximum(most, 0))
    bounds = thresholds(instance, measure) if measure.reaches else [1] * size
    needed = np.array(bounds, object)
    of_merchant = instance.cells.merchant
    may_miss, may_count = sums(least, of_merchant, size) < needed, sums(most, of_merchant, size) >= needed
    return np.asarray(may_miss, np.bool_), np.asarray(may_count, np.bool_)
