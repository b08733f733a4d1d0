"""The database under the registry: made by migrations, found or not, old or new, its faults told."""

import sqlite3
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from models.refusal import Reason, Refused
from optimizer.registry import store as stores
from optimizer.registry.address import address_of
from optimizer.registry.migrating import VERSIONS, known, newest
from optimizer.registry.schema import METADATA
from optimizer.registry.store import Store, make
from tests.registry.test_states import refused


def test_migrations_make_the_schema(registry):
    """What all migrations together make is what `schema.py` says: tables, columns, keys and indices."""
    with registry.as_user("postgres").reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSIONS, "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_checks_of_the_schema(registry):
    """Every check that `schema.py` states is in the database, under its name."""
    with registry.as_user("postgres").reading() as connection:
        inspector = sa.inspect(connection)
        for table in METADATA.tables.values():
            stated = {c.name for c in table.constraints if isinstance(c, sa.CheckConstraint)}
            assert {check["name"] for check in inspector.get_check_constraints(table.name)} == stated


def test_made_twice(empty):
    """A registry that is made again is left as it is."""
    assert empty.make()
    assert not empty.make()


def test_none_there(empty):
    """Where there is no registry the refusal says how to make one, and makes none."""
    error = refused(Store, address_of(empty.url()))
    assert error.reason is Reason.unreadable
    assert "fairpool registry init" in str(error)
    if not empty.is_postgresql:
        assert not empty.where.exists()


def test_newer_and_older(registry, monkeypatch):
    """A registry of another version is not touched: a newer one asks for an upgrade."""
    registry.tamper(f"update {VERSIONS} set version_num = '9999'")
    assert "newer fairpool" in str(refused(Store, address_of(registry.url())))
    assert "newer fairpool" in str(refused(make, address_of(registry.url())))
    registry.tamper(f"update {VERSIONS} set version_num = '0001'")
    monkeypatch.setattr(stores, "newest", lambda: "0002")
    assert "older fairpool" in str(refused(Store, address_of(registry.url())))


def test_numbers_of_migrations():
    """Migrations are numbered without gaps."""
    assert sorted(known()) == [f"{number:04}" for number in range(1, len(known()) + 1)]
    assert newest() == max(known())


def test_no_registry_file(tmp_path):
    """A file that is no database, a folder, a missing folder, a file of others: refused, untouched."""
    text = tmp_path / "text"
    text.write_text("no database at all, but long enough to be looked at " * 20)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("create table t (x)")
    connection.close()
    before = (text.read_bytes(), other.read_bytes())
    for path in (text, other, tmp_path, tmp_path / "missing" / "registry.sqlite"):
        error = refused(Store, address_of(str(path)))
        assert error.reason is Reason.unreadable, path
        assert str(path) in str(error)
    for path in (text, tmp_path, tmp_path / "missing" / "registry.sqlite"):
        error = refused(make, address_of(str(path)))
        assert error.reason is Reason.unreadable
        assert "registry init" not in str(error)
    assert (text.read_bytes(), other.read_bytes()) == before


def test_strange_names(tmp_path):
    """Blanks, percent signs, question marks and Chinese in a file's name are part of its name."""
    for name in ("a b.sqlite", "50%20.sqlite", "a?mode=ro#x.sqlite", "台账.sqlite"):
        assert make(address_of(str(tmp_path / name)))
        Store(address_of(str(tmp_path / name)))
        assert (tmp_path / name).exists()


def test_addresses():
    """A file, a URL of SQLite, a URL of PostgreSQL; passwords are never shown; others are usage errors."""
    assert str(address_of("a/b.sqlite").file) == "a/b.sqlite"
    assert str(address_of("sqlite:////tmp/b.sqlite").file) == "/tmp/b.sqlite"
    shown = str(address_of("postgresql://anna:secret@host/db"))
    assert shown == "postgresql://anna:***@host/db"
    assert address_of("postgres://anna@host/db").url.drivername == "postgresql+psycopg"
    for text in ("mysql://x/y", "http://x", "sqlite://", "postgresql+asyncpg://x/y", "postgresql://x:y:z/w"):
        assert refused(address_of, text).reason is Reason.usage, text


def test_no_server(tmp_path):
    """A server that is not there is exit 74, and the password is not told."""
    error = refused(Store, address_of(f"postgresql://anna:secret@/db?host={tmp_path}"), 2)
    assert error.reason is Reason.unreadable
    assert "secret" not in str(error)


@pytest.mark.service("postgresql")
def test_who_may_only_read(cluster, monkeypatch):
    """A login without the right to write reads, and is refused in words when it writes."""
    from optimizer.registry.events import Said
    from optimizer.registry.money import adjust
    from tests.registry.conftest import Registry

    registry = Registry(monkeypatch, cluster.new_database(), cluster)
    make(address_of(registry.url()))
    cluster.execute("grant select on all tables in schema public to anna", registry.where)
    store = registry.as_user("anna")
    with store.reading() as connection:
        assert connection.execute(sa.text("select count(*) from fairpool_events")).scalar() == 0
    error = refused(adjust, store, "cash", "1", Said())
    assert error.reason is Reason.unreadable
    assert "permission denied" in str(error)
    assert refused(Store, address_of(registry.url("job"))).reason is Reason.unreadable


@pytest.mark.service("postgresql")
def test_nobody_writes_in_anothers_name(cluster, monkeypatch):
    """On PostgreSQL the database itself refuses an event in another's name, or with another hash."""
    from optimizer.registry.events import Said, append, hash_of
    from tests.registry.conftest import Registry

    registry = Registry(monkeypatch, cluster.new_database(), cluster)
    registry.make()
    with pytest.raises(Refused, match="in the name of its login"), registry.as_user("anna").writing() as turn:
        append(replace(turn, who="boss"), Said(), "adjust")
    monkeypatch.setattr(
        "optimizer.registry.events.hash_of", lambda previous, body: hash_of(previous, body + " ")
    )
    with pytest.raises(Refused, match="that of its text"), registry.as_user("anna").writing() as turn:
        append(turn, Said(), "adjust")


def test_who_it_is(registry):
    """Who writes is the login, whatever names the environment holds."""
    for name in ("anna", "uma'x"):
        with registry.as_user(name).writing() as turn:
            assert turn.who == name


def test_the_user_of_the_system(monkeypatch):
    """On SQLite it is the user that the system knows, not what the environment says."""
    import os
    import pwd

    for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(name, "cfo")
    assert stores._user() == pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999_999)
    assert stores._user() == "uid:3999999999"
