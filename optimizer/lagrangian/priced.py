"""The priced value of every option, exact: integers of any size as words of 24 bits in int64 arrays.

What an option is worth less what it uses, `value - sum over limits of price x coefficient`, needs more than 64
bits: prices have 12 significant digits, and pools go to 2^53. A price on a set of cells is a price on each of its
cells, so the prices of all limits on one measure are added up by cell first, and every measure is multiplied
once. Products of two words have 48 bits: 2^15 of them add up in 64 before words carry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

import numpy as np

from models.certificate import Price
from models.instance import Int64
from models.problem import FREE, Amounts, Cells, Integers, Problem, Total

_BITS = 24
_MASK = (1 << _BITS) - 1
_EVERYWHERE = -1
"""Stands for the set of all cells."""

Words = list[Int64]
"""Integers `sum words[i] x 2^(24 i)`, the lowest word first; once carried all but the last are below 2^24."""


@dataclass(frozen=True, eq=False)
class Values:
    """Exact integers, one an index: `values[index]` is a Python integer."""

    words: Words

    def __getitem__(self, index: int) -> int:
        """Return one of them."""
        return sum(int(word[index]) << (_BITS * place) for place, word in enumerate(self.words))

    def sum(self) -> int:
        """Return the sum of all."""
        return sum(int(word.sum(dtype=object)) << (_BITS * place) for place, word in enumerate(self.words))


@dataclass(frozen=True, eq=False)
class Priced:
    """What options are worth at some prices.

    Attributes
    ----------
    values
        Value less priced use of every option, in units of 1 / `scale` of the objective.
    right
        Sum of price x right-hand side, in objective units.
    """

    values: Values
    scale: int
    right: Fraction


@dataclass
class _Charges:
    """Charges per unit of a measure, as fractions of an objective unit, by set of a total."""

    of_sets: list[tuple[Total | None, dict[int, Fraction]]] = field(default_factory=list)


def priced(
    problem: Problem, prices: Sequence[Price], *, has_objective: bool, further: Iterable[Fraction] = ()
) -> Priced:
    """Price the linear rows (and weighted `top` rows) of some limits.

    Parameters
    ----------
    has_objective
        If not, options are worth nothing but what they use.
    further
        Numbers that `scale` makes whole too.
    """
    charges: dict[int, _Charges] = {}
    measures: dict[int, Amounts | Cells] = {}
    right = Fraction(0)

    def charge(measure: Amounts | Cells, total: Total | None, factors: Mapping[int, Fraction]) -> None:
        unit = Fraction(1, 10**measure.digits)
        key = id(measure.coefficients) if isinstance(measure, Amounts) else 0
        measures[key] = measure
        scaled = {which: factor * unit for which, factor in factors.items()}
        charges.setdefault(key, _Charges()).of_sets.append((total, scaled))
