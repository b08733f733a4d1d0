"""What proves a bound: prices from which anyone can recompute it without a solver."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Price:
    """The price of one limit (or pool, as `pool:NAME`), per written unit of its measure; above zero."""

    rule: str
    group: str
    price: Fraction
    weights: tuple[tuple[str, Fraction], ...] = ()


@dataclass(frozen=True)
class Leaf:
    """One leaf: its prices, and the bound they prove."""

    prices: tuple[Price, ...]
    bound: Fraction


@dataclass(frozen=True)
class Certificate:
    """A proof that no plan exceeds `bound` (`infeasible`: that no plan meets the hard rules).

    Attributes
    ----------
    bound
        The largest leaf's, rounded as `docs/files.md` says.
    """

    kind: str
    bound: Fraction
    leaves: tuple[Leaf, ...]
