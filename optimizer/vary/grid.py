"""The amounts of a curve: evenly spaced, each as it can be written."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from models.curve import Subject

_ALIKE = Fraction(1, 100)
"""Share of a step by which an amount has to be off today's to be a point of its own."""


class Level(NamedTuple):
    """Where a curve begins or ends, as it is asked for: an amount, or (`is_share`) a percentage.

    A percentage is one of today's amount; of a rule whose value is a percentage it is the value itself.
    """

    number: Fraction
    is_share: bool = False

    def amount(self, subject: Subject) -> Fraction:
        """Return the amount that is meant."""
        is_of_today = self.is_share and not subject.is_share
        return subject.rounded(self.number * subject.today if is_of_today else self.number)


def amounts_between(
    subject: Subject, first: Level | None, last: Level | None, num_steps: int
) -> tuple[Fraction, ...]:
    """Return `num_steps + 1` amounts from the first to the last, ascending; today's if it is among them.

    Parameters
    ----------
    first, last
        None: half of today's amount, and half as much again.

    Notes
    -----
    Fewer where neighbours are written alike, as counts of cells are.
    """
    half = subject.today / 2
    ends = sorted(
        (
            subject.rounded(subject.today - abs(half)) if first is None else first.amount(subject),
            subject.rounded(subject.today + abs(half)) if last is None else last.amount(subject),
        )
    )
    step = (ends[1] - ends[0]) / num_steps
    found = {subject.rounded(ends[0] + step * place) for place in range(num_steps)} | {ends[1]}
    if ends[0] <= subject.today <= ends[1]:  # in place of what only rounding keeps apart from it
        found = {one for one in found if abs(one - subject.today) > step * _ALIKE} | {subject.today}
    return tuple(sorted(found))
