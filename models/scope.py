"""What a text of a file means to a rule: as a number, as a time, and against one condition of a scope.

Stated once, for reading (which scopes are empty) and for compiling (which cells are in a group);
`verify` has its own.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import timezone as fixed_offset
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.rationals import Rationals, narrowed
from models.rule import Condition

_MAX_CHARACTERS = 200
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_TIME = re.compile(
    r"(?P<year>[0-9]{4})(?:"
    r"-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"|/(?P<month_excel>[0-9]{1,2})/(?P<day_excel>[0-9]{1,2})"
    r"|年(?P<month_zh>[0-9]{1,2})月(?P<day_zh>[0-9]{1,2})日"
    r")(?:[T ] ?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?)?"
    r" ?(?:(?P<utc>Z)|(?P<sign>[+-])(?P<offset_hours>[0-9]{2})(?::?(?P<offset_minutes>[0-9]{2}))?)?"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TRUTH = {"true": "true", "是": "true", "false": "false", "否": "false"}


def number(text: str) -> Fraction | None:
    """Return the exact value of a plain decimal number (`-12.5`, `.5`, `5.`), None for any other text.

    Plus signs, exponents, thousands separators, percentages, full-width digits and texts over 200 characters
    are not plain decimal numbers.
    """
    return Fraction(text if text[-1] != "." else text[:-1]) if is_number(text) else None


def decimals(texts: Sequence[str]) -> Rationals:
    """Return the exact values of texts over one power of ten; a text that is no plain number counts as 0."""
    parts = [text.partition(".") if is_number(text) else ("0", "", "") for text in texts]
    digits = max((len(part) for _, _, part in parts), default=0)
    units = [int(whole + part.ljust(digits, "0") or "0") for whole, _, part in parts]
    return Rationals(narrowed(np.array(units, object)), 10**digits)


def is_number(text: str) -> bool:
    """Whether `number` finds one, without making it."""
    is_whole = text.isascii() and text.isdigit()  # most are, and this is quick
    return len(text) <= _MAX_CHARACTERS and (is_whole or _NUMBER.fullmatch(text) is not None)


def time(text: str, timezone: tzinfo) -> datetime | None:
    """Return the time that a text states, in ISO 8601 or as Excel writes it (`2026/11/1 8:00`), else None.

    A time without offset is in `timezone`; a date alone is its midnight; `24:00` is the next day's midnight.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    part = found.groupdict()
    month = part["month"] or part["month_excel"] or part["month_zh"]
    day = part["day"] or part["day_excel"] or part["day_zh"]
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    microsecond = int((part["part"] or "").ljust(6, "0")[:6])
    is_midnight_after = (hour, minute, second, microsecond) == (24, 0, 0, 0)
    try:
        read = datetime(
            int(part["year"]),
            int(month),
            int(day),
            0 if is_midnight_after else hour,
            minute,
            second,
            microsecond,
            _offset(part) or timezone,
        )
        return read + timedelta(days=1) if is_midnight_after else read
    except (ValueError, OverflowError):
        return None


def _offset(part: dict[str, str | None]) -> tzinfo | None:
    if part["utc"]:
        return UTC
    if part["sign"] is None:
        return None
    offset = timedelta(hours=int(part["offset_hours"] or 0), minutes=int(part["offset_minutes"] or 0))
    return fixed_offset(-offset if part["sign"] == "-" else offset)


def canonical(text: str) -> str:
    """Return the text of an attribute as it is compared: 是 and 否 as `true` and `false`, in lower case.

    Every other text is returned as it is. Keys are never changed: they are compared exactly.
    """
    return _TRUTH.get(text.casefold(), text)


def matches(condition: Condition, texts: Sequence[str], timezone: tzinfo) -> NDArray[np.bool_]:
    """Return which of the texts of the condition's column satisfy it.

    `=` holds for any of the values and `!=` for none of them, as texts; `<` and its like compare numbers
    where the condition's value is one, else times, and hold for no other text (reading refuses those).
    A blank attribute satisfies only `!=`.

    Returns
    -------
    Shape (len(texts),).
    """
    if condition.operator in ("=", "!="):
        return _equal(condition, texts)
    value, compare = condition.values[0], _COMPARE[condition.operator]
    if is_number(value):
        limit = Decimal(value)  # exact like a Fraction, and much quicker to make and compare
        return np.array([is_number(text) and compare(Decimal(text), limit) for text in texts], np.bool_)
    moment = time(value, timezone)
    if moment is None:
        return np.zeros(len(texts), np.bool_)
    times = (time(text, timezone) for text in texts)
    return np.array([x is not None and compare(x, moment) for x in times], np.bool_)


def _equal(condition: Condition, texts: Sequence[str]) -> NDArray[np.bool_]:
    if condition.column.attribute:
        values = {canonical(value) for value in condition.values} - {""}
        found = [canonical(text) in values for text in texts]
    else:
        keys = set(condition.values)
        found = [text in keys for text in texts]
    held = np.array(found, np.bool_)
    return held if condition.operator == "=" else ~held
