"""The values that a rule or pool may be given instead of its own: its decimals, ever looser."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from models.amount import VALUE_DIGITS
from models.conflict import Member
from models.instance import Instance
from models.problem import Problem

_SHARE_DIGITS = 4
"""Decimals of a value that multiplies a basis, at least: a hundredth of a percent."""


@dataclass(frozen=True)
class Grid:
    """Looser values of a member, numbered from 1: multiples of `step` beyond `start`.

    Attributes
    ----------
    is_cap
        Whether looser is larger.
    """

    start: Fraction
    step: Fraction
    is_cap: bool

    def value(self, place: int) -> Fraction:
        """Return a looser value."""
        if self.is_cap:
            return self.step * (floor(self.start / self.step) + place)
        return self.step * (ceil(self.start / self.step) - place)

    def place(self, value: Fraction) -> int:
        """Return the first place that is at least as loose as a value."""
        if self.is_cap:
            return max(1, ceil(value / self.step) - floor(self.start / self.step))
        return max(1, ceil(self.start / self.step) - floor(value / self.step))


def grid_of(problem: Problem, instance: Instance, member: Member) -> Grid:
    """Return the grid of a rule's value, or of a pool's amount."""
    start = member.value(instance)
    assert start is not None
    if member.kind == "pool":
        digits = member.pool(instance).decimals
    else:
        rule = member.rule(instance)
        digits = problem.limits[member.index].total.measure.digits
        if rule.kind == "ratio" or rule.basis.kind not in ("absolute", "per_merchant"):
            digits = max(_SHARE_DIGITS, _decimals(start))
    return Grid(start, Fraction(1, 10**digits), member.is_cap(instance))


def _decimals(value: Fraction) -> int:
    """Return how many decimals a value has, up to those of values."""
    return next((digits for digits in range(VALUE_DIGITS) if not value * 10**digits % 1), VALUE_DIGITS)
