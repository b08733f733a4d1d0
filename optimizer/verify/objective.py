"""What a plan maximises, as weights of the written amounts."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

import numpy as np

from optimizer.verify.arrays import Ints, combination
from optimizer.verify.instance import Instance
from optimizer.verify.rewards import is_of_options, rewards_of
from optimizer.verify.rule import digits_of

CAUTIOUS = "conversions_se"
_PIECE = 1 << 16


def objective_weights(instance: Instance) -> dict[str, Fraction]:
    """Return column -> weight per smallest unit, caution's standard errors included; no weight is zero."""
    weights = dict(instance.settings.objective)
    doubt = weights.get("conversions", Fraction(0)) * instance.settings.caution
    if doubt:
        weights[CAUTIOUS] = weights.get(CAUTIOUS, Fraction(0)) - doubt
    return {name: weight / 10 ** digits_of(instance, name) for name, weight in weights.items() if weight}


def objectives(instance: Instance) -> tuple[Ints, int]:
    """Return every option's objective as integers, and how many of them make one objective unit.

    What the objective pays for a funded cell is part of it where no cell is divisible; for merchants, never.
    """
    weights = objective_weights(instance)
    rewards = rewards_of(instance)
    of_cell = sum((weight for measure, weight in rewards if is_of_options(instance, measure)), Fraction(0))
    scale = lcm(of_cell.denominator, *(weight.denominator for weight in weights.values()))
    columns = instance.options.costs | instance.options.values
    terms = [(int(weight * scale), columns[name]) for name, weight in weights.items()]
    if of_cell:
        terms.append((int(of_cell * scale), np.ones(len(instance.options), np.int64)))
    return combination(terms, len(instance.options)), scale


def common_divisor(instance: Instance) -> Fraction:
    """Return the largest number of which the objective of options and merchants is a multiple."""
    units, scale = objectives(instance)
    divisor = 0
    for begin in range(0, len(units), _PIECE):
        piece = units[begin : begin + _PIECE]
        if divisor == 1:
            break
        if divisor == 0 or bool((piece % divisor != 0).any()):
            divisor = int(np.gcd(divisor, np.gcd.reduce(piece)))
    result = Fraction(divisor, scale)
    for measure, weight in rewards_of(instance):
        if not is_of_options(instance, measure):
            below = lcm(result.denominator, weight.denominator)
            result = Fraction(gcd(int(result * below), int(weight * below)), below)
    return result
