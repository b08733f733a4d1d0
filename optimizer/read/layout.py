"""Which columns a table may have, and what its headers are taken for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.headers import CHINESE_HEADERS, CONTRACT_WORDS
from optimizer.read.columns import clean
from optimizer.read.findings import Findings
from optimizer.read.suggest import fold, hint, is_one_letter_off

MOST_COLUMNS = 10_000
"""Tables with more columns are not read: they were written sideways, or by accident."""

_FREE = "x_"


@dataclass(frozen=True)
class Layout:
    """Which columns a table may have.

    Attributes
    ----------
    known
        Columns that mean something in this table.
    required
        Those of them that must be there.
    is_open
        Whether other columns are taken along; if not, they are findings (`note` and `x_...` apart).
    similar
        Names that another column of an open table may not be almost like: pools, words of the contract.
    reserved
        Words that may not name a further column of an open table.
    decimals
        Columns of money and the like -> their decimals, for tables that are read quickly.
    texts
        Columns that are text whatever they hold, likewise.
    """

    known: tuple[str, ...]
    required: tuple[str, ...]
    is_open: bool = False
    similar: tuple[str, ...] = ()
    reserved: frozenset[str] = frozenset()
    decimals: Mapping[str, int] = field(default_factory=dict)
    texts: tuple[str, ...] = ()


def english(header: str) -> str:
    """Return the contract's English name of a header, or the header itself, clean."""
    text = clean(header)
    return CHINESE_HEADERS.get(text, text)


def has_too_many(headers: Sequence[str], file: str, findings: Findings) -> bool:
    """Whether a table has more columns than are read; that is a finding."""
    if len(headers) > MOST_COLUMNS:
        findings.add("TAB-09", file, 1, count=len(headers), most=MOST_COLUMNS)
    return len(headers) > MOST_COLUMNS


def fit(headers: Sequence[str], file: str, layout: Layout, findings: Findings) -> dict[int, str]:
    """Return position -> column for the headers that name one: not blank, repeated or unknown ones."""
    names: dict[int, str] = {}
    known: set[str] = set()
    for position, header in enumerate(headers):
        name = english(header)
        if not name:
            continue
        if name in known:
            findings.add("TAB-03", file, 1, header, header, name=name)
        elif _is_welcome(name, header, file, layout, findings):
            names[position] = name
            known.add(name)
    spare = [clean(header) for header in headers if english(header) not in layout.known]
    for name in layout.required:
        if name not in known:
            findings.add("TAB-05", file, 1, name, name=name, hint=hint(name, spare))
    return names


def _is_welcome(name: str, header: str, file: str, layout: Layout, findings: Findings) -> bool:
    if name in layout.known:
        return True
    if not layout.is_open:
        if name == "note" or name.startswith(_FREE):
            return True
        absent = [known for known in layout.known if known not in layout.required] + list(layout.required)
        findings.add("TAB-06", file, 1, header, header, hint=hint(name, absent))
        return False
    if name in layout.reserved:
        findings.add("TAB-08", file, 1, header, header)
        return False
    near = _almost(name, layout)
    if near:
        findings.add("TAB-07", file, 1, header, header, name=near)
    return not near


def _almost(name: str, layout: Layout) -> str:
    """Return the pool or word that `name` differs from only in case, width or one letter, or nothing."""
    if name in CONTRACT_WORDS or name in layout.similar:
        return ""
    words = dict.fromkeys((*layout.similar, *sorted(CONTRACT_WORDS)))
    same = [word for word in words if fold(word) == fold(name)]
    slips = [word for word in layout.similar if is_one_letter_off(fold(name), fold(word))]
    return next(iter(same + slips), "")
