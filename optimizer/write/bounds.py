"""What is reached and what bounds it, as the summary of a plan says it: of the plan, and of every stage."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

from models.amount import exact_text, fraction_to_text

_GAP_DIGITS = 12
_BOUNDS = ("bound", "gap", "bound_by", "claimed_bound", "certified_bound", "certified_gap")


class Bounded(Protocol):
    """Whatever has a bound: a solution, or a stage."""

    @property
    def bound(self) -> Fraction | None:
        """The smaller of the two bounds; None without any."""

    @property
    def certified_bound(self) -> Fraction | None:
        """What prices prove; None without them."""

    @property
    def gap(self) -> Fraction | None:
        """Relative gap against `bound`."""

    @property
    def certified_gap(self) -> Fraction | None:
        """Relative gap against the certified bound."""


def bounds_json(objective: Fraction, bounded: Bounded) -> dict[str, object]:
    """Return the objective, bounds and gaps; nothing bounds a plan that breaks hard rules."""
    bound, certified = bounded.bound, bounded.certified_bound
    written: dict[str, object] = {"objective": exact_text(objective)}
    if bound is None:
        return written | dict.fromkeys(_BOUNDS)
    is_by_solver = certified is None or bound < certified
    return written | {
        "bound": exact_text(bound),
        "gap": _gap(bounded.gap),
        "bound_by": "solver" if is_by_solver else "certificate",
        "claimed_bound": exact_text(bound) if is_by_solver else None,
        "certified_bound": None if certified is None else exact_text(certified),
        "certified_gap": _gap(bounded.certified_gap),
    }


def _gap(gap: Fraction | None) -> str | None:
    return None if gap is None else fraction_to_text(gap, _GAP_DIGITS)
