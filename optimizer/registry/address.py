"""Where a registry is: a file (SQLite), or the URL of a PostgreSQL database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from models.language import _
from models.refusal import Reason, Refused

_DRIVER = "postgresql+psycopg"
_POSTGRES = ("postgresql", "postgres", _DRIVER)


@dataclass(frozen=True)
class Address:
    """One of the two: `file` of SQLite, or `url` of PostgreSQL."""

    file: Path | None = None
    url: URL | None = None

    def __str__(self) -> str:
        """Return it as people see it: without the password."""
        if self.url is None:
            return str(self.file)
        shown = self.url.set(drivername="postgresql")
        return shown.render_as_string(hide_password=True)


def address_of(text: str) -> Address:
    """Read what `--registry` names.

    Raises
    ------
    Refused
        If it is the URL of neither of the two databases.
    """
    scheme, is_url, _rest = text.partition("://")
    if not is_url:
        return Address(file=Path(text))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is not None and url.drivername in _POSTGRES:
        return Address(url=url.set(drivername=_DRIVER))
    if url is not None and url.drivername == "sqlite" and url.database:
        return Address(file=Path(url.database))
    message = _("a registry is a file, or a URL as postgresql://USER@HOST/DATABASE, and no {scheme}")
    raise Refused(Reason.usage, message.format(scheme=f"{scheme}://"))
