"""What a plan maximises, as weights of the written amounts."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np

from optimizer.verify.arrays import Ints, combination
from optimizer.verify.instance import Instance
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
    """Return every option's objective as integers, and how many of them make one objective unit."""
    weights = objective_weights(instance)
    scale = lcm(*(weight.denominator for weight in weights.values()))
    columns = instance.options.costs | instance.options.values
    terms = [(int(weight * scale), columns[name]) for name, weight in weights.items()]
    return combination(terms, len(instance.options)), scale


def common_divisor(instance: Instance) -> Fraction:
    """Return the largest number that every option's objective is a multiple of; 0 if all are zero."""
    units, scale = objectives(instance)
    divisor = 0
    for begin in range(0, len(units), _PIECE):
        piece = units[begin : begin + _PIECE]
        if divisor == 1:
            break
        if divisor == 0 or bool((piece % divisor != 0).any()):
            divisor = int(np.gcd(divisor, np.gcd.reduce(piece)))
    return Fraction(divisor, scale)
