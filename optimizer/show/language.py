"""The language of what people read: `--lang`, else LANG."""

from __future__ import annotations

import os
from collections.abc import Sequence
from gettext import NullTranslations, bindtextdomain, textdomain, translation
from pathlib import Path

from models import language

CATALOGUES = Path(__file__).resolve().parents[2] / "models" / "locale"
LANGUAGES = ("en", "zh")
_NAME = "fairpool"


def asked_language(arguments: Sequence[str]) -> str | None:
    """Return what `--lang` asks for, known before anything is parsed so that help can be in that language."""
    for index, argument in enumerate(arguments):
        name, _equals, value = argument.partition("=")
        if name == "--lang":
            value = value or "".join(arguments[index + 1 : index + 2])
            return value if value in LANGUAGES else None
    return None


def install(lang: str | None) -> None:
    """Make the catalogue of `lang` the one in use; without one, that of the environment; else English.

    click asks gettext for its own words ("Usage:", "Missing argument"): it is pointed to the same catalogue.
    """
    stated = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "en"
    chosen = lang or stated[:2]
    catalogue = (
        NullTranslations() if chosen == "en" else translation(_NAME, CATALOGUES, [chosen], fallback=True)
    )
    language.use(catalogue)
    os.environ["LANGUAGE"] = chosen
    bindtextdomain(_NAME, str(CATALOGUES))
    textdomain(_NAME)
