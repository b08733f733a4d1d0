"""Points found -> a curve: what each further unit brings, and from where on it brings nothing."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from models.curve import Curve, Point, Step, Subject


def curve_of(
    subject: Subject, points: Sequence[Point], gap: Fraction, least_return: Fraction | None
) -> Curve:
    """Return the curve of some points.

    Parameters
    ----------
    gap
        Relative: what is less is nothing.
    least_return
        What a further unit of the amount has to bring to be worth it; None: nothing is asked for.
    """
    ordered = tuple(sorted(points, key=lambda point: point.amount))
    steps = (None, *(_step(one, other) for one, other in pairwise(ordered)))
    loosening = ordered[::-1] if subject.is_tighter_up else ordered
    stops, is_proven = _stops([point for point in loosening if point.objective is not None], gap)
    falls = None if least_return is None else _falls(ordered, steps, least_return, subject)
    return Curve(subject, ordered, steps, stops, is_proven, falls)


def _step(before: Point, after: Point) -> Step | None:
    if before.objective is None or after.objective is None:
        return None
    width = after.amount - before.amount
    marginal = (after.objective - before.objective) / width
    least = after.objective - (before.objective if before.bound is None else before.bound)
    most = (after.objective if after.bound is None else after.bound) - before.objective
    return Step(marginal, least / width, most / width)


def _stops(points: Sequence[Point], gap: Fraction) -> tuple[Fraction | None, bool]:
    """Return the tightest amount that no looser one improves on, and whether bounds prove that."""
    for place, point in enumerate(points[:-1]):
        assert point.objective is not None
        looser = points[place + 1 :]
        room = gap * abs(point.objective)
        best = max(other.objective for other in looser if other.objective is not None)
        if best - point.objective > room:
            continue
        bounds = [other.bound for other in looser]
        proven = all(bound is not None and bound - point.objective <= room for bound in bounds)
        return point.amount, proven
    return None, False


def _falls(
    points: Sequence[Point], steps: Sequence[Step | None], least_return: Fraction, subject: Subject
) -> Fraction | None:
    """Return the first amount, loosening, after which a unit brings less than what is asked for."""
    pairs = list(zip(points, points[1:], steps[1:], strict=False))
    for lower, upper, step in pairs[::-1] if subject.is_tighter_up else pairs:
        gained = None if step is None else -step.marginal if subject.is_tighter_up else step.marginal
        if gained is not None and gained < least_return:
            return upper.amount if subject.is_tighter_up else lower.amount
    return None
