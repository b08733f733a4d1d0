"""The legal combinations of kind, measure, basis, applies, enforcement and divisible (contract 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MEASURES = ("pool", "value", "sum", "cells", "merchants", "reaches", "reaches_own")
"""Classes of measures: `reaches` has a number as its threshold, `reaches_own` an attribute."""

ENFORCEMENTS = ("hard", "soft", "report")


@dataclass(frozen=True, order=True)
class Combination:
    """One legal combination.

    Attributes
    ----------
    measure
        One of `MEASURES`.
    basis
        A word of the contract, or `measure`, `measure_of`, `total_of`, `attribute`.
    """

    kind: str
    measure: str
    basis: str
    applies: str
    enforcement: str
    is_divisible: bool


def _combinations() -> Iterator[Combination]:
    for is_divisible in (False, True):
        for kind, applies, enforcements in (
            ("limit", ("always", "if_funded"), ENFORCEMENTS),
            ("top", ("always",), ENFORCEMENTS),
            ("ratio", ("always", "if_funded"), ("hard", "report")),
            ("window", ("always",), ENFORCEMENTS),
        ):
            for measure in MEASURES:
                for basis in _bases(kind, measure):
                    for when in applies:
                        for enforcement in enforcements:
                            yield Combination(kind, measure, basis, when, enforcement, is_divisible)


def _bases(kind: str, measure: str) -> tuple[str, ...]:
    pool = ("pool",) if measure == "pool" else ()
    if kind == "top":
        return ("absolute", "total", *pool)
    if kind == "ratio":
        return ("per_merchant", "attribute")
    if kind == "window":
        return ("absolute", *pool)
    eligible = ("eligible",) if measure in ("cells", "merchants", "reaches", "reaches_own") else ()
    in_plan = ("total", "total_of", "measure", "measure_of")
    return ("absolute", *in_plan, "attribute", "per_merchant", *pool, *eligible)


COMBINATIONS = tuple(_combinations())
