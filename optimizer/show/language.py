"""The language of what people read: `--lang`, else LANG."""

from __future__ import annotations

import os
from gettext import NullTranslations, translation
from pathlib import Path

from models import language

_CATALOGUES = Path(__file__).resolve().parent.parent.parent / "models" / "locale"


def install(lang: str | None) -> None:
    """Make the catalogue of `lang` the one in use; without one, that of the environment; else English."""
    chosen = (
        lang
        or (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "en")[:2]
    )
    language.use(
        translation("fairpool", _CATALOGUES, [chosen], fallback=True)
        if chosen != "en"
        else NullTranslations()
    )
