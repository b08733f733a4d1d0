"""The one message catalogue: every word for people goes through `_`."""

from __future__ import annotations

from gettext import NullTranslations

_catalogue: NullTranslations = NullTranslations()


def use(catalogue: NullTranslations) -> None:
    """Make `catalogue` the one that `_` answers from (English, the source language, until then)."""
    global _catalogue
    _catalogue = catalogue


def _(text: str) -> str:
    """Return `text` in the language in use."""
    return _catalogue.gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """Return `one` or `many`, whichever `number` asks for, in the language in use."""
    return _catalogue.ngettext(one, many, number)


def mark(text: str) -> str:
    """Return `text` unchanged: it marks a message that is translated later, where it is shown."""
    return text
