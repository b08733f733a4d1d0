"""What may have been meant: near names, and texts that differ only in case, width or one letter."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from models.language import _

_SHORTEST_NEAR_WORD = 3


def hint(text: str, names: Iterable[str]) -> str:
    """Return ` (did you mean "x"?)` for the name nearest to `text`, or nothing."""
    near = nearest(text, names)
    return _(' (did you mean "{name}"?)').format(name=near) if near else ""


def nearest(text: str, names: Iterable[str]) -> str:
    """Return the name nearest to `text`, however written, or nothing."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(fold(name), name)
    found = get_close_matches(fold(text), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


@lru_cache(maxsize=1024)
def fold(text: str) -> str:
    """Return `text` without differences of case and width."""
    return unicodedata.normalize("NFKC", text).casefold()


def is_one_letter_off(text: str, name: str) -> bool:
    """Whether one letter was changed, added, left out, or swapped with its neighbour.

    Another digit or sign does not count (`cash2` is no slip for `cash`), nor do names of under three
    letters.
    """
    if min(len(text), len(name)) < _SHORTEST_NEAR_WORD or abs(len(text) - len(name)) > 1 or text == name:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(text, name, strict=False)) if a != b), min(len(text), len(name))
    )
    ours, theirs = text[start:], name[start:]
    if ours[1:] == theirs:
        return ours[0].isalpha()
    if ours == theirs[1:]:
        return theirs[0].isalpha()
    if ours[1:] == theirs[1:]:
        return ours[0].isalpha() and theirs[0].isalpha()
    return ours[:2] == theirs[1::-1] and ours[2:] == theirs[2:] and ours[:2].isalpha()
