"""One amount varied: what is varied, and what plans reach at each of its amounts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from models.amount import exact_text, floor_units, units_to_text

_PERCENT = 100


@dataclass(frozen=True)
class Subject:
    """An amount of an instance that is varied.

    Attributes
    ----------
    name
        Of the pool, or of the rule.
    today
        In written units; a share is a plain number (15% is 0.15).
    digits
        Decimals that amounts are rounded to.
    is_share
        Whether amounts are written as percentages: the rule's value multiplies something else.
    is_tighter_up
        Whether a larger amount allows less: a floor.
    least
        Amounts below it make no sense; None: all do.
    """

    kind: Literal["pool", "rule"]
    name: str
    today: Fraction
    digits: int
    is_share: bool = False
    is_tighter_up: bool = False
    least: Fraction | None = None
    unit: str = ""

    @property
    def key(self) -> str:
        """The key of `--set` that changes it."""
        if self.kind == "pool":
            return f"pools.{self.name}"
        return 'rules."' + self.name.replace('"', '""') + '".value'

    def rounded(self, amount: Fraction) -> Fraction:
        """Return an amount as it can be written, rounded down."""
        units = Fraction(floor_units(amount, self.digits), 10**self.digits)
        return units if self.least is None else max(units, self.least)

    def written(self, amount: Fraction) -> str:
        """Write an amount as `--set` takes it; a share as a percentage."""
        if self.kind == "pool":
            return units_to_text(int(amount * 10**self.digits), self.digits)
        return f"{exact_text(amount * _PERCENT)}%" if self.is_share else exact_text(amount)


@dataclass(frozen=True)
class Point:
    """What is reached at one amount.

    Attributes
    ----------
    objective, conversions, bound
        None where there is no plan (the bound: where none is proven).
    gap
        Relative gap of the plan against the bound.
    shadow_price
        Objective units per written unit of the amount, at the prices that prove the bound.
    is_impossible
        Whether it is proven that no plan meets the hard rules here.
    meets
        Whether the plan is within the gap that was asked for.
    used
        Per pool, in smallest units.
    is_carried
        Whether the plan is that of a tighter amount, which was the best known.
    """

    amount: Fraction
    objective: Fraction | None = None
    conversions: Fraction | None = None
    bound: Fraction | None = None
    gap: Fraction | None = None
    shadow_price: Fraction | None = None
    used: tuple[int, ...] = ()
    is_impossible: bool = False
    meets: bool = False
    is_carried: bool = False
    remark: str = ""


@dataclass(frozen=True)
class Step:
    """What a point has over the one before it, per written unit of the amount.

    Attributes
    ----------
    marginal
        Difference of the objectives divided by that of the amounts.
    least, most
        Between these the difference of the two best plans lies, by the bounds of both.
    """

    marginal: Fraction
    least: Fraction
    most: Fraction


@dataclass(frozen=True)
class Curve:
    """Points in order of their amount.

    Attributes
    ----------
    steps
        One per point; None for the first, and wherever either end has no plan.
    stops
        The amount beyond which looser amounts bring nothing; None: within the range none is such.
    stops_proven
        Whether bounds prove it: no plan at any looser amount of the curve exceeds the plan at `stops` by more
        than the gap asked for.
    falls
        The amount from which on a further unit brings less than was asked for; None: it never does.
    """

    subject: Subject
    points: tuple[Point, ...]
    steps: tuple[Step | None, ...]
    stops: Fraction | None
    stops_proven: bool
    falls: Fraction | None
