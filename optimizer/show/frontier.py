"""A curve for people and for programs: what each amount reaches, drawn as bars."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from rich.console import Console
from rich.text import Text

from models.amount import VALUE_DIGITS, exact_text, fraction_to_text, units_to_text
from models.curve import Curve, Point, Step, Subject
from models.finding import shown
from models.instance import Pool
from models.language import _, ngettext
from optimizer.show.numbers import grouped, percent
from optimizer.show.table import show_table

_WIDTH, _LEAST_WIDTH = 24, 6
_BARS, _EIGHTHS = "█", " ▏▎▍▌▋▊▉"
_RETURN_DIGITS = 9
_SHOWN_DIGITS = 5
_GAP_DIGITS = 12


COLUMNS = (
    "amount",
    "objective",
    "bound",
    "gap",
    "conversions",
    "marginal_return",
    "marginal_least",
    "marginal_most",
    "shadow_price",
    "status",
)
"""Columns of a curve's table, and keys of its points."""


def point_json(subject: Subject, point: Point, step: Step | None) -> dict[str, str | None]:
    """Return a point as `--json` and the table of `--csv` have it; None: there is nothing to say."""
    ratio = [None] * 3 if step is None else [step.marginal, step.least, step.most]
    returns = [_number(one, _RETURN_DIGITS) for one in [*ratio, point.shadow_price]]
    return dict(
        zip(
            COLUMNS,
            (
                subject.written(point.amount),
                None if point.objective is None else exact_text(point.objective),
                None if point.bound is None else exact_text(point.bound),
                _number(point.gap, _GAP_DIGITS),
                _number(point.conversions, VALUE_DIGITS),
                *returns,
                _status(point),
            ),
            strict=True,
        )
    )


def curve_json(curve: Curve, pools: Sequence[Pool], folders: Sequence[Path | None]) -> dict[str, object]:
    """Return a curve as `--json` prints it."""
    subject = curve.subject
    places = folders or [None] * len(curve.points)
    return {
        "varied": {
            "kind": subject.kind,
            "name": subject.name,
            "today": subject.written(subject.today),
            "is_share": subject.is_share,
        },
        "points": [
            {
                **point_json(subject, point, step),
                "used": {
                    pool.name: units_to_text(units, pool.decimals)
                    for pool, units in zip(pools, point.used, strict=False)
                },
                "carried": point.is_carried,
                "remark": point.remark,
                "plan": None if folder is None else str(folder),
            }
            for point, step, folder in zip(curve.points, curve.steps, places, strict=True)
        ],
        "stops": None if curve.stops is None else subject.written(curve.stops),
        "stops_proven": curve.stops_proven,
        "falls_below_least_return": None if curve.falls is None else subject.written(curve.falls),
    }


def show_curve(console: Console, curve: Curve, unit: str) -> None:
    """Print a curve: a table with bars, then where more stops paying.

    Parameters
    ----------
    unit
        Of the amounts; blank: none is stated.
    """
    subject = curve.subject
    is_pool = subject.kind == "pool"
    title = _("Pool {name}") if is_pool else _("Rule {name}")
    amount = _("amount ({unit})").format(unit=unit) if unit else _("amount")
    is_other = any(point.conversions != point.objective for point in curve.points)
    columns = [
        (amount if is_pool else _("value"), True),
        (_("objective"), True),
        (_("no plan exceeds"), True),
        *([(_("conversions"), True)] if is_other else []),
        (_("per further point") if subject.is_share else _("per further unit"), True),
        (_("price"), True),
    ]
    steps = zip(curve.points, curve.steps, strict=True)
    rows = [_row(subject, point, step, is_other=is_other) for point, step in steps]
    taken = sum(
        max(map(len, (name, *column))) + 3 for (name, _is), *column in zip(columns, *rows, strict=True)
    )
    width = min(_WIDTH, console.width - taken)
    largest = max((point.objective or Fraction(0) for point in curve.points), default=Fraction(0))
    if width >= _LEAST_WIDTH:
        is_plain = not _holds(console, _BARS + _EIGHTHS)
        columns.insert(2, ("", False))
        for point, row in zip(curve.points, rows, strict=True):
            row.insert(2, _bar(point.objective, largest, width, is_plain=is_plain))
    show_table(console, title.format(name=shown(subject.name)), columns, rows, _("* as it is today"))
    console.print()
    for line in _remarks(curve):
        console.print(Text(line))


def _row(subject: Subject, point: Point, step: Step | None, *, is_other: bool) -> list[str]:
    """Return a point as texts, the bar left out."""
    per = Fraction(1, 100) if subject.is_share else Fraction(1)
    ratios = [None if step is None else step.marginal, point.shadow_price]
    returns = ["" if one is None else grouped(fraction_to_text(one * per, _SHOWN_DIGITS)) for one in ratios]
    return [
        ("* " if point.amount == subject.today else "") + grouped(subject.written(point.amount)),
        _objective(point),
        "" if point.bound is None else grouped(_shown(point.bound)),
        *(["" if point.conversions is None else grouped(_shown(point.conversions))] if is_other else []),
        *returns,
    ]


def _remarks(curve: Curve) -> list[str]:
    subject, found = curve.subject, []
    impossible = [point.amount for point in curve.points if point.is_impossible]
    if impossible:
        edge = min(impossible) if subject.is_tighter_up else max(impossible)
        text = ngettext(
            "At {n} amount no plan can meet every hard rule (proven); the loosest such is {amount}.",
            "At {n} amounts no plan can meet every hard rule (proven); the loosest such is {amount}.",
            len(impossible),
        )
        found.append(text.format(n=len(impossible), amount=grouped(subject.written(edge))))
    if curve.stops is not None:
        text = (
            _("Loosening stops paying at {amount}: beyond it nothing brings more than the gap (proven).")
            if curve.stops_proven
            else _(
                "Loosening stops paying at {amount} as far as plans are known; bounds leave room for more."
            )
        )
        found.append(text.format(amount=grouped(subject.written(curve.stops))))
    elif sum(point.objective is not None for point in curve.points) > 1:
        found.append(_("Loosening pays to the end of the range."))
    if curve.falls is not None:
        text = _("Beyond {amount} a further unit brings less than asked for with --least-return.")
        found.append(text.format(amount=grouped(subject.written(curve.falls))))
    loose = [point.gap for point in curve.points if point.gap is not None]
    if loose:
        found.append(
            _("Every plan is within {gap} of the best at its amount.").format(gap=percent(max(loose), 4))
        )
    return found


def _objective(point: Point) -> str:
    if point.objective is not None:
        return grouped(_shown(point.objective))
    return _("impossible") if point.is_impossible else _("none found")


def _status(point: Point) -> str:
    if point.objective is not None:
        return "solved"
    return "impossible" if point.is_impossible else "none"


def _bar(value: Fraction | None, largest: Fraction, width: int, *, is_plain: bool) -> str:
    """Draw a value as a bar, `largest` being the full width; ASCII where the terminal holds no more."""
    if value is None or value <= 0 or largest <= 0:
        return ""
    eighths = int(value * width * 8 / largest)
    if is_plain:
        return "#" * (eighths // 8)
    return (_BARS * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def _holds(console: Console, text: str) -> bool:
    try:
        text.encode(console.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _shown(value: Fraction) -> str:
    return fraction_to_text(value, 0 if abs(value) >= 10_000 else 2)


def _number(value: Fraction | None, digits: int) -> str | None:
    return None if value is None else fraction_to_text(value, digits)
