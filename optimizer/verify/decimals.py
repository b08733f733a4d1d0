"""Decimal texts and the exact numbers that they stand for."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

VALUE_DIGITS = 6
"""Values (conversions, gmv, ...) are integers of 1e-6."""

_LONGEST = 400
_CANONICAL = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]*[1-9]))?", re.ASCII)
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_LOOSE = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)


def written(text: str) -> Fraction | None:
    """Return the number that a plan's file writes: digits, perhaps a point; else None."""
    return Fraction(text) if len(text) <= _LONGEST and _PLAIN.fullmatch(text) else None


def canonical(text: str) -> Fraction | None:
    """Return the number of a text without exponent, superfluous zeros or negative zero; else None."""
    if len(text) > _LONGEST or not _CANONICAL.fullmatch(text) or text == "-0":
        return None
    return Fraction(text)


def loose(text: str) -> Fraction | None:
    """Return the number of a planner's text, exponents allowed; None if it is none."""
    if len(text) > _LONGEST or not _LOOSE.fullmatch(text):
        return None
    try:
        return Fraction(Decimal(text))
    except InvalidOperation:
        return None


def significant_digits(text: str) -> int:
    """Return how many significant digits a canonical decimal text has."""
    return len(text.lstrip("-").replace(".", "").lstrip("0"))


def units_text(units: int, digits: int) -> str:
    """Write integers of 10^-digits with exactly `digits` decimals."""
    units = int(units)
    sign, text = ("-" if units < 0 else ""), str(abs(units)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else sign + text


def short_text(units: int, digits: int) -> str:
    """Write integers of 10^-digits without trailing zeros."""
    text = units_text(units, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded_text(value: Fraction, digits: int) -> str:
    """Write a number rounded half to even at `digits` decimals, without trailing zeros."""
    text = short_text(round(value * 10**digits), digits)
    return "0" if text == "-0" else text


def num_decimals(value: Fraction) -> int:
    """Return the fewest decimals that hold `value` exactly.

    Raises
    ------
    ValueError
        If no finite number of decimals does.
    """
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        raise ValueError(f"{value} has no finite decimal text")
    return max(twos, fives)


def exact_text(value: Fraction) -> str:
    """Write a number whose decimal text ends, exactly and without trailing zeros."""
    digits = num_decimals(value)
    return short_text(int(value * 10**digits), digits)


def _power(digits: int) -> int:
    return int(10**digits)


def floor_units(value: Fraction, digits: int) -> int:
    """Round down to integers of 10^-digits."""
    scaled = value * _power(digits)
    return scaled.numerator // scaled.denominator


def ceil_units(value: Fraction, digits: int) -> int:
    """Round up to integers of 10^-digits."""
    return -floor_units(-value, digits)
