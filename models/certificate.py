"""What proves a bound: prices from which anyone can recompute it without a solver."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Price:
    """The price of one limit, per written unit of its measure; above zero.

    Attributes
    ----------
    limits, limit
        Which limit: index into `Problem.limits` (-1: pools), and its number (or the pool's).
    weights
        For `top`: (group, weight) pairs with weights in (0, 1] that sum to at most k.
    pairs
        For `ratio`: (high group, low group, price above zero) triples; `price` is their sum.
    """

    limits: int
    limit: int
    price: Fraction
    weights: tuple[tuple[int, Fraction], ...] = ()
    pairs: tuple[tuple[int, int, Fraction], ...] = ()


@dataclass(frozen=True)
class Decision:
    """An option that a leaf assumes to be taken, or avoided."""

    option: int
    is_taken: bool


@dataclass(frozen=True)
class Leaf:
    """One leaf: its prices in the order of `limits.csv`, and the exact bound that they prove.

    Attributes
    ----------
    where
        What it assumes; empty where there is one leaf.
    """

    prices: tuple[Price, ...]
    bound: Fraction
    where: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class Certificate:
    """A proof that no plan exceeds `bound` (`infeasible`: that no plan meets the hard rules).

    Attributes
    ----------
    bound
        The largest leaf's, rounded as `docs/files.md` says.
    inside
        Limits that hold inside the search of their merchant: (index into `Problem.limits`, limit), in order.
    """

    kind: str
    bound: Fraction
    leaves: tuple[Leaf, ...]
    inside: tuple[tuple[int, int], ...] = ()
