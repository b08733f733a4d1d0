"""One number as a planner writes it -> an exact integer, or the code of what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Context, Decimal

from models.amount import MAX_UNITS, VALUE_DIGITS

_PLAIN = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_EXPONENT = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]{1,4}")
_SIGNED = re.compile(r"\+(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(?:(?:[,'’  ][0-9]{3})+(?:\.[0-9]*)?|(?:\.[0-9]{3}){2,})")
_COMMA = re.compile(r"[-+]?(?:[0-9]+|[0-9]{1,3}(?:[. ][0-9]{3})+),[0-9]+")
_CURRENCY = re.compile(r"(?:CNY|RMB|USD|EUR|yuan|[$¥€£元块])", re.IGNORECASE)
_NOT_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity)|na|n/a|null|none|--?|—|#[a-z/0]+[!?]?", re.IGNORECASE)
_LONGEST = 400
_LARGEST_EXPONENT = 20
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def amount(text: str, decimals: int) -> tuple[int, str]:
    """Return (smallest units, blank), or (0, code). Digits beyond `decimals` are one, be they zeros."""
    text = text.strip()
    if _PLAIN.fullmatch(text) is None or len(text) > _LONGEST:
        return 0, problem(text) or "NUM-06"
    whole, __, part = text.partition(".")
    if len(part) > decimals:
        return 0, "NUM-10"
    units = int(whole.lstrip("-") + part.ljust(decimals, "0") or "0")
    return _bounded(-units if whole.startswith("-") else units)


def value(text: str) -> tuple[int, str]:
    """Return (integer of 1e-6, blank), or (0, code). Further digits round half to even."""
    text = text.strip()
    if len(text) > _LONGEST or not (_PLAIN.fullmatch(text) or _EXPONENT.fullmatch(text)):
        return 0, problem(text) or "NUM-02"
    number = Decimal(text)
    if number and number.adjusted() > _LARGEST_EXPONENT:
        return 0, "NUM-11"
    rounded = number.quantize(Decimal(1).scaleb(-VALUE_DIGITS), context=_CONTEXT)
    return _bounded(int(rounded.scaleb(VALUE_DIGITS, context=_CONTEXT)))


def problem(text: str) -> str:
    """Return the code of what keeps a text from being a number; blank if nothing does, an exponent apart."""
    folded = unicodedata.normalize("NFKC", text)
    if not text:
        return "NUM-01"
    if len(text) > _LONGEST:
        return "NUM-12" if _PLAIN.fullmatch(text) else "NUM-02"
    if _NOT_FINITE.fullmatch(folded):
        return "NUM-05"
    bare = _CURRENCY.sub("", folded).strip()
    if bare != folded.strip() and (_is_numeric(bare) or not problem_of_form(bare)):
        return "NUM-04"
    if folded != text and any(unicodedata.east_asian_width(c) == "F" for c in text) and _is_numeric(folded):
        return "NUM-08"
    return problem_of_form(folded)


def problem_of_form(text: str) -> str:
    """Return the code of digits grouped or signed wrongly; blank for a number, NUM-02 for no number."""
    for pattern, code in ((_SIGNED, "NUM-09"), (_THOUSANDS, "NUM-03"), (_COMMA, "NUM-07")):
        if pattern.fullmatch(text):
            return code
    return "" if _PLAIN.fullmatch(text) or _EXPONENT.fullmatch(text) else "NUM-02"


def _is_numeric(text: str) -> bool:
    return problem_of_form(text) != "NUM-02"


def _bounded(units: int) -> tuple[int, str]:
    return (units, "") if abs(units) <= MAX_UNITS else (0, "NUM-11")
