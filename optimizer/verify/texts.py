"""Texts as planners type them: encodings, folded signs, words in two languages, quoted values."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from models.headers import CHINESE_HEADERS, CHINESE_WORDS

_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if not chr(code - 0xFEE0).isalpha()} | {
    0x3000: 0x20
}
_TRUTH = {"true": "true", "是": "true", "false": "false", "否": "false"}
_TIME = re.compile(
    r"(?P<y>[0-9]{4})[-/.年](?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})日?"
    r"(?:[T\s]+(?P<H>[0-9]{1,2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:\.(?P<f>[0-9]{1,9}))?)?)?"
    r"\s*(?P<z>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?",
    re.ASCII,
)
_AMERICAN = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(.*)", re.ASCII | re.DOTALL)


def decoded(data: bytes) -> str:
    """Decode bytes: byte-order mark, then strict UTF-8, then strict GB18030.

    Raises
    ------
    UnicodeDecodeError
        If they are none of these.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def clean(text: str) -> str:
    """Trim blanks and compose (NFC)."""
    return unicodedata.normalize("NFC", text.strip())


def folded(text: str) -> str:
    """Fold full-width digits and signs, one character for one; letters stay."""
    return text.translate(_FOLD)


def header(text: str) -> str:
    """Return a column's header in the contract's words."""
    text = clean(text)
    return CHINESE_HEADERS.get(text, text)


def word(text: str) -> str:
    """Return a fixed word of the rule language in English, any other text as it is."""
    text = clean(folded(text))
    return CHINESE_WORDS.get(text, text)


def truth(text: str) -> str:
    """Return `true` or `false` for the words that mean so in any case, any other text as it is."""
    return _TRUTH.get(text.casefold(), text) if len(text) <= len("false") else text


def split(raw: str, separator: str) -> Iterator[str]:
    """Split at a separator of either width that stands outside double quotes."""
    begin, is_quoted = 0, False
    for place, sign in enumerate(folded(raw)):
        if sign == '"':
            is_quoted = not is_quoted
        elif sign == separator and not is_quoted:
            yield raw[begin:place]
            begin = place + 1
    yield raw[begin:]


def operator_of(raw: str) -> tuple[str, str, str] | None:
    """Split a condition at its first operator outside quotes: (column, operator, values), or None."""
    signs, is_quoted = folded(raw).replace("≤", "<").replace("≥", ">").replace("≠", "!"), False
    for place, sign in enumerate(signs):
        is_quoted ^= sign == '"'
        if is_quoted or sign not in "!=<>":
            continue
        if raw[place] in "≤≥≠":
            return raw[:place], sign + "=", raw[place + 1 :]
        width = 2 if sign != "=" and signs[place + 1 : place + 2] == "=" else 1
        return raw[:place], signs[place : place + width], raw[place + width :]
    return None


def unquoted(raw: str) -> tuple[str, ...]:
    """Return what a value may stand for: quoted, the exact text; else the text as typed and folded."""
    text = raw.strip()
    if len(text) > 1 and folded(text[0]) == '"' and folded(text[-1]) == '"':
        return (unicodedata.normalize("NFC", text[1:-1].replace('""', '"')),)
    return tuple(dict.fromkeys((clean(text), clean(folded(text)))))


def quoted(value: str) -> str:
    """Write a value as groups do: in double quotes where it could be misread."""
    if value and value == value.strip() and not any(sign in value for sign in ';|="'):
        return value
    return '"' + value.replace('"', '""') + '"'


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the time of a text as ISO 8601 or spreadsheets write it, in `zone` if it has no offset."""
    american = _AMERICAN.fullmatch(text)
    if american:
        month, day, year, rest = american.groups()
        text = f"{year}-{month}-{day}{rest}"
    match = _TIME.fullmatch(text)
    if not match:
        return None
    part = match.groupdict()
    offset = (part["z"] or "").replace("Z", "+00:00").replace(":", "").ljust(5, "0") if part["z"] else ""
    digits = [int(part[name] or 0) for name in ("y", "m", "d", "H", "M", "S")]
    text = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*digits) + f".{(part['f'] or '0')[:6].ljust(6, '0')}"
    try:
        time = datetime.fromisoformat(text + (f"{offset[:3]}:{offset[3:]}" if offset else ""))
        return time if time.tzinfo else time.replace(tzinfo=zone)
    except ValueError:
        return None
