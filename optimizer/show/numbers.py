"""Numbers for people: thousands in groups, shares as percentages."""

from __future__ import annotations

from fractions import Fraction

from models.amount import fraction_to_text


def grouped(number: str | int) -> str:
    """Write a decimal text with thousands in groups: `1234567.80` -> `1,234,567.80`."""
    text = str(number)
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, point, part = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{part}" if whole.isdigit() else text


def percent(share: Fraction, decimals: int) -> str:
    """Write a share as a percentage; one that is above zero never reads as zero."""
    text = fraction_to_text(share * 100, decimals)
    if text == "0" and share > 0:
        return f"<{fraction_to_text(Fraction(1, 10**decimals), decimals)} %"
    return f"{text} %"
