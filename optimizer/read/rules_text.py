"""The texts of rules: full-width signs folded, fixed words in either language, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from models.headers import CHINESE_HEADERS, CHINESE_WORDS, SENSE_SIGNS
from models.scope import number
from optimizer.read.suggest import hint

_LETTERS = frozenset(
    "ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ"
)
_FOLDED = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in _LETTERS}
_FOLDED |= {0x3000: " ", ord("−"): "-", ord("≤"): "<=", ord("≥"): ">=", ord("≠"): "!="}
_MANY = 1000
_LONG = 100


def fold(text: str) -> str:
    """Return `text` with full-width digits and signs as plain ones, and `≤` `≥` `≠` written out."""
    return text.translate(_FOLDED).strip()


def word(text: str) -> str:
    """Return a fixed word of the rule language as the contract's English one, or the folded text itself."""
    folded = fold(text)
    return CHINESE_WORDS.get(folded) or SENSE_SIGNS.get(folded) or folded


def header(text: str) -> str:
    """Return the name of a key or attribute as tables are read: in English where the contract has it."""
    return CHINESE_HEADERS.get(text) or CHINESE_WORDS.get(text) or text


def quantity(text: str) -> tuple[Fraction, bool] | None:
    """Return the exact number of a text such as `12.5` or `15%` (0.15), and whether it is a percentage."""
    folded = fold(text)
    is_share = folded.endswith("%")
    read = number(folded[:-1].rstrip() if is_share else folded)
    if read is None:
        return None
    return (read / 100 if is_share else read), is_share


def number_problem(text: str) -> str:
    """Return the code of the finding on a text that is no `quantity`."""
    bare = fold(text).removesuffix("%").rstrip()
    if len(bare) > _LONG and re.fullmatch(r"-?[0-9]*\.?[0-9]*", bare):
        return "RUL-37"
    is_endless = re.fullmatch(r"[-+]?(?:nan|inf|infinity)", bare, re.IGNORECASE) is not None
    return "RUL-38" if is_endless else "RUL-06"


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """Return ` (did you mean "x"?)` or nothing, soon also where thousands of names are known."""
    names = sorted(set(known))
    if len(names) > _MANY:  # a slip of the pen changes neither the length by much nor, mostly, the beginning
        names = [n for n in names if n[:1] == text[:1] and abs(len(n) - len(text)) <= 1][:_MANY]
    return hint(text, names)
