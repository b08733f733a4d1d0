"""A plan as its files state it: what every funded cell holds, and how far every limit is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from models.instance import Pool
from models.rationals import Integers

Cell = tuple[str, ...]
"""The keys of a cell, in the order of `Holdings.keys`."""


class LimitState(NamedTuple):
    """One limit of a plan, in written units; `limit` None: it does not apply, or has nothing to compare."""

    measure: str
    sense: str
    limit: Fraction | None
    used: Fraction
    status: str
    price: Fraction

    @property
    def slack(self) -> Fraction | None:
        """What is left of it; below zero where it is broken."""
        if self.limit is None:
            return None
        return self.limit - self.used if self.sense == "at_most" else self.used - self.limit


@dataclass(frozen=True, eq=False)
class Holdings:
    """A plan as its files state it.

    Attributes
    ----------
    cells, options
        The funded cells, ascending, and what each holds: an option's name, or a mix (`A 0.25 + B 0.75`).
    amounts
        Pool -> what each cell draws, in smallest units; value column -> integers of 1e-6; shapes (cells,).
    limits
        (rule, group) -> limit; pools are `pool:NAME`, with a blank group.
    kept
        Cells that the plan had to keep from an earlier one.
    """

    keys: tuple[str, ...]
    pools: tuple[Pool, ...]
    cells: tuple[Cell, ...]
    options: tuple[str, ...]
    amounts: dict[str, Integers]
    objective: Fraction
    limits: dict[tuple[str, str], LimitState]
    kept: frozenset[Cell] = field(default_factory=frozenset)
