"""Exact decimal amounts: integers of a smallest unit, and the text that stands for them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

VALUE_DIGITS = 6
"""Values (conversions, gmv, ...) are held as integers of 1e-6."""

VALUE_UNIT = 10**VALUE_DIGITS

FRACTION_UNIT = 10**9
"""Fractions of options in divisible cells are held as integers of 1e-9."""

MAX_UNITS = 2**53
"""No number of an instance is larger, in smallest units."""


def units_to_text(units: int, decimals: int) -> str:
    """Write an amount with exactly `decimals` decimals: (12345, 2) -> `123.45`."""
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(decimals + 1, "0")
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


def units_to_short_text(units: int, decimals: int) -> str:
    """Write an amount without trailing zeros: (12340000, 6) -> `12.34`."""
    text = units_to_text(units, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def fraction_to_text(value: Fraction, decimals: int) -> str:
    """Write a fraction rounded half to even at `decimals` decimals, without trailing zeros."""
    return units_to_short_text(round(value * 10**decimals), decimals)


def exact_text(value: Fraction) -> str:
    """Write a fraction whose decimal text ends, exactly and without trailing zeros.

    Raises
    ------
    ValueError
        If the decimal text of `value` does not end.
    """
    denominator, digits = value.denominator, 0
    while denominator % 10 == 0:
        denominator //= 10
        digits += 1
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
            digits += 1
    if denominator != 1:
        raise ValueError(f"{value} has no finite decimal text")
    return units_to_short_text(int(value * 10**digits), digits)


def floor_units(value: Fraction, decimals: int) -> int:
    """Round a written amount down to integers of 10^-decimals."""
    scaled: Fraction = value * 10**decimals
    return scaled.numerator // scaled.denominator


def ceil_units(value: Fraction, decimals: int) -> int:
    """Round a written amount up to integers of 10^-decimals."""
    scaled: Fraction = value * 10**decimals
    return -(-scaled.numerator // scaled.denominator)


def exact(text: str | Decimal | int) -> Fraction:
    """Return the exact value of a decimal text or number."""
    return Fraction(Decimal(text))
