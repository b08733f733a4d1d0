"""The grammar of `where`, `by` and `of`: separators, operators, quotes. What names mean comes later."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIGNS = str.maketrans("；｜＝＜＞！＂　", ';|=<>!" ')
_OPERATOR = re.compile(r"!=|<=|>=|[=<>≠≤≥]")
_PLAIN = {"≠": "!=", "≤": "<=", "≥": ">="}
_OPENS_AFTER = frozenset(";|=<>≠≤≥")
_QUOTED = "\0"


class GrammarError(ValueError):
    """A part of a text that cannot be read; `part` is the text itself."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


@dataclass(frozen=True)
class Comparison:
    """One condition as written: `text` is the whole of it, `values` are without their quotes."""

    text: str
    name: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class _Piece:
    # A stretch of the text, and its plain form: as long, signs folded, quoted characters hidden.
    text: str
    plain: str

    def split(self, separator: str) -> list[_Piece]:
        pieces, start = [], 0
        for part in self.plain.split(separator):
            pieces.append(self.cut(start, start + len(part)))
            start += len(part) + 1
        return pieces

    def cut(self, start: int, end: int) -> _Piece:
        return _Piece(self.text[start:end], self.plain[start:end])

    def unquoted(self) -> str:
        """Return the text of a name or value; a quoted one must be quoted whole."""
        text, plain = self.text.strip(), self.plain.strip()
        if _QUOTED not in plain:
            return text
        if plain.strip(_QUOTED):
            raise GrammarError(text)
        return re.sub('["＂]{2}', '"', text[1:-1])


def names(text: str) -> list[str]:
    """Return the names that `;` separates; empty ones are skipped.

    Raises
    ------
    GrammarError
        If a quote is not closed, or a name is only partly quoted.
    """
    return [name for piece in _piece(text).split(";") if (name := piece.unquoted())]


def comparisons(text: str) -> list[Comparison | GrammarError]:
    """Return the conditions that `;` separates, or an error for one that cannot be read; skip empty ones."""
    try:
        pieces = _piece(text).split(";")
    except GrammarError as error:
        return [error]
    found: list[Comparison | GrammarError] = []
    for piece in pieces:
        if not piece.plain.strip():
            continue
        try:
            found.append(_comparison(piece))
        except GrammarError:
            found.append(GrammarError(piece.text.strip()))
    return found


def _comparison(piece: _Piece) -> Comparison:
    operator = _OPERATOR.search(piece.plain)
    if operator is None:
        raise GrammarError(piece.text)
    name = piece.cut(0, operator.start()).unquoted()
    right = piece.cut(operator.end(), len(piece.plain))
    # `==`, `=>` and unquoted values that hold `=` are refused: no slip of the pen becomes a value.
    if not name or "=" in right.plain or right.plain.strip()[:1] in tuple("<>!≤≥≠"):
        raise GrammarError(piece.text)
    values = tuple(value.unquoted() for value in right.split("|"))
    return Comparison(piece.text.strip(), name, _PLAIN.get(operator[0], operator[0]), values)


def _piece(text: str) -> _Piece:
    # A quote opens only where a name or value begins: 5" in the middle of one is a text like any other.
    plain = list(text.translate(_SIGNS))
    is_quoted, may_open, closed = False, True, -2
    for i, sign in enumerate(plain):
        if is_quoted:
            plain[i] = _QUOTED
            is_quoted, closed = sign != '"', i
        elif sign == '"' and (may_open or closed == i - 1):
            plain[i] = _QUOTED
            is_quoted, may_open = True, False
        elif not sign.isspace():
            may_open = sign in _OPENS_AFTER
    if is_quoted:
        raise GrammarError(text)
    return _Piece(text, "".join(plain))
