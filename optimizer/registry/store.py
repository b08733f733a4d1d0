"""The database of a registry: opened, one transaction at a time, its troubles told in our own words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, select, text
from sqlalchemy.exc import DBAPIError

from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.address import Address
from optimizer.registry.migrating import known, migrate, newest, version_of
from optimizer.registry.schema import CHAIN
from optimizer.registry.statements import (
    BEGIN,
    BEGIN_WRITING,
    CHECK_KEYS,
    SYNC_FULLY,
    WAIT_FOR_MIGRATIONS,
    WHO_AND_WHEN,
)

GENESIS = "0" * 64
"""What the first event follows."""

WAIT_SECONDS = 30
"""How long a writer waits for its turn."""

_LOCKED = ("55P03", "40P01", "40001", "57014")  # lock not available, deadlock, serialization, cancelled
_IS_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")  # and their more exact kinds, which begin with these


@dataclass(frozen=True)
class Turn:
    """A transaction that may write: nobody else writes until it ends.

    Attributes
    ----------
    seq, last
        Number and hash of the last event.
    who
        The database login on PostgreSQL, the user of the operating system on SQLite.
    now
        Time of the database server, or of this machine on SQLite; UTC.
    """

    connection: Connection
    seq: int
    last: str
    who: str
    now: datetime


class Store:
    """An open registry."""

    def __init__(self, address: Address, wait_seconds: float = WAIT_SECONDS) -> None:
        """Open a registry that exists.

        Raises
        ------
        Refused
            If there is none, or it is of another version.
        """
        self.address = address
        self._engine = _engine(address, wait_seconds)
        self._check_version()

    @contextmanager
    def writing(self) -> Iterator[Turn]:
        """Give the one turn to write; all of it is kept, or nothing."""
        with self._told(), self._engine.connect() as connection:
            connection = _for_writing(connection)
            with connection.begin():
                row = connection.execute(select(CHAIN.c.seq, CHAIN.c.hash).with_for_update()).one()
                who, now = _who_and_when(connection)
                yield Turn(connection, row.seq, row.hash, who, now)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give one view of the whole, as it stood at one moment."""
        with self._told(), self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def _check_version(self) -> None:
        with self.reading() as connection:
            version = version_of(connection)
        if version is None:
            raise Refused(Reason.unreadable, _no_registry(self.address))
        if version not in known():
            message = _("{address}: this registry was made by a newer fairpool; upgrade fairpool")
            raise Refused(Reason.unreadable, message.format(address=self.address))
        if version != newest():
            message = _(
                "{address}: this registry was made by an older fairpool; "
                "`fairpool registry init` brings it up to date and keeps what it holds"
            )
            raise Refused(Reason.unreadable, message.format(address=self.address))

    @contextmanager
    def _told(self) -> Iterator[None]:
        with told(self.address):
            yield


def make(address: Address, wait_seconds: float = WAIT_SECONDS) -> bool:
    """Make a registry, or bring one up to date; return whether anything was to be done.

    Raises
    ------
    Refused
        If the file or database cannot be used, or is of a newer version.
    """
    engine = _engine(address, wait_seconds, may_create=True)
    with told(address, is_made=True), engine.connect() as connection:
        connection = _for_writing(connection)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(WAIT_FOR_MIGRATIONS))
            version = version_of(connection)
            if version == newest():
                return False
            if version is not None and version not in known():
                message = _("{address}: this registry was made by a newer fairpool; upgrade fairpool")
                raise Refused(Reason.unreadable, message.format(address=address))
            migrate(connection)
            if version is None:
                connection.execute(CHAIN.insert().values(id=1, seq=0, hash=GENESIS))
    return True


@contextmanager
def told(address: Address, *, is_made: bool = False) -> Iterator[None]:
    """Turn what a database says into a refusal that names the registry, never a password.

    Parameters
    ----------
    is_made
        Whether the registry is being made, and need not be there.
    """
    try:
        yield
    except DBAPIError as error:
        cause = error.orig
        said = " ".join(str(cause).split()) or type(cause).__name__
        state = getattr(cause, "sqlstate", None)
        name = getattr(cause, "sqlite_errorname", "")
        if state in _LOCKED or name.startswith(_IS_LOCKED):
            message = _("{address}: another writer holds the registry; try again later")
            raise Refused(Reason.locked, message.format(address=address)) from error
        if name.startswith("SQLITE_CANTOPEN"):
            raise Refused(Reason.unreadable, _unopened(address, is_made=is_made)) from error
        if name == "SQLITE_NOTADB":
            message = _("{address} is a file, but no registry")
            raise Refused(Reason.unreadable, message.format(address=address)) from error
        raise Refused(Reason.unreadable, f"{address}: {said}") from error


def _engine(address: Address, wait_seconds: float, *, may_create: bool = False) -> Engine:
    if address.url is not None:
        milliseconds = max(1, round(wait_seconds * 1000))
        options = f"-c lock_timeout={milliseconds} -c client_encoding=utf8"
        arguments = {"options": options, "connect_timeout": max(2, round(wait_seconds))}
        return create_engine(address.url, poolclass=NullPool, connect_args=arguments)
    path, mode = address.file, "rwc" if may_create else "rw"
    assert path is not None
    _refuse_folder(path)

    def connect() -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=wait_seconds, isolation_level=None)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _for_writing(connection: Connection) -> Connection:
    """Ask for what a writer needs: after waiting for its turn it sees what the writer before it left."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="READ COMMITTED")
    return connection.execution_options(is_writing=True)


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - what sqlite3 gives
    connection.execute(CHECK_KEYS)
    connection.execute(SYNC_FULLY)


def _begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql(BEGIN_WRITING if is_writing else BEGIN)


def _who_and_when(connection: Connection) -> tuple[str, datetime]:
    if connection.dialect.name == "postgresql":
        row = connection.execute(text(WHO_AND_WHEN)).one()
        return str(row[0]), row[1].astimezone(UTC)
    return _user(), datetime.now(UTC)


def _user() -> str:
    """Return the user that the system knows; names in the environment are anybody's to set."""
    if not hasattr(os, "getuid"):
        return os.getlogin()
    import pwd

    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a container may run as a number that has no name
        return f"uid:{number}"


def _refuse_folder(file: Path) -> None:
    if file.is_dir():
        message = _("{address} is a folder; name a file in it")
        raise Refused(Reason.unreadable, message.format(address=file))


def _unopened(address: Address, *, is_made: bool) -> str:
    file = address.file
    if is_made:
        return _("{address} cannot be made: look at its folder and permissions").format(address=address)
    if file is not None and file.exists():
        return _("{address} cannot be opened: look at its permissions").format(address=address)
    return _no_registry(address)


def _no_registry(address: Address) -> str:
    return _("there is no registry at {address}; `fairpool registry init` makes one").format(address=address)
