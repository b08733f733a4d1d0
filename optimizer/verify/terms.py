"""What a leaf makes of every option, before any number is computed."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.verify.charges import Charge
from optimizer.verify.choices import Choices


@dataclass(frozen=True, eq=False)
class Terms:
    """What a leaf makes of every option: sum of rate x amount, in integers of 1/scale.

    Attributes
    ----------
    objective
        Column -> rate.
    columns
        Column -> (charge, factor) pairs that are taken off its rate.
    fixed
        Charges on funded cells.
    counts
        Charges on counts of merchants.
    choices
        What pins and decisions allow.
    """

    scale: int
    objective: dict[str, int]
    columns: dict[str, list[tuple[Charge, int]]]
    fixed: list[Charge]
    counts: list[Charge]
    choices: Choices
