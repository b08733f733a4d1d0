"""The tables of the registry, as the migrations leave them.

Names begin with `fairpool_`, so that a database may be shared. Times are ISO 8601 texts in UTC: they are
hashed, and both databases must give back the very bytes. Amounts are integers of a pool's smallest unit.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

STATES = ("registered", "submitted", "approved", "rejected", "applied", "superseded")
"""What a plan can be; `states.py` says how it gets from one to the next."""

SOURCES = ("initial", "added", "moved_in", "returned")
"""Accounts that say where a pool's money comes from: their balance is credits less debits."""

USES = ("left", "committed", "booked", "removed", "moved_out")
"""Accounts that say where it is: their balance is debits less credits."""

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_HASH = String(64)


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} in ({', '.join(repr(word) for word in words)})"


CHAIN = Table(
    "fairpool_chain",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", _HASH, nullable=False),
    CheckConstraint("id = 1", "one_row"),
)
"""The last event; whoever writes locks this one row first, so that there is one writer at a time."""

EVENTS = Table(
    "fairpool_events",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("previous", _HASH, nullable=False, unique=True),
    Column("hash", _HASH, nullable=False, unique=True),
)
"""What happened, as canonical JSON; `hash` is SHA-256 of `previous` and `body`. Never changed or deleted."""

PLANS = Table(
    "fairpool_plans",
    METADATA,
    Column("content", _HASH, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("basis", BigInteger),
    Column("applied", BigInteger),
    Column("facts", Text, nullable=False),
    CheckConstraint(_one_of("state", STATES), "state"),
    Index(
        "ix_fairpool_plans_in_force",
        "instance",
        unique=True,
        sqlite_where=text("state = 'applied'"),
        postgresql_where=text("state = 'applied'"),
    ),
)
"""Registered plans. `basis`: the approval under which one is or was in force; `applied`: the event of it."""

FILES = Table(
    "fairpool_files",
    METADATA,
    Column("content", _HASH, ForeignKey("fairpool_plans.content"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", _HASH, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)
"""The files of every plan folder, compressed (zlib)."""

APPROVALS = Table(
    "fairpool_approvals",
    METADATA,
    Column("seq", BigInteger, ForeignKey("fairpool_events.seq"), primary_key=True, autoincrement=False),
    Column("content", _HASH, ForeignKey("fairpool_plans.content"), nullable=False),
    Column("mandate", Text),
    Column("ended", BigInteger, ForeignKey("fairpool_events.seq")),
    Column("void", BigInteger, ForeignKey("fairpool_events.seq")),
    Index(
        "ix_fairpool_approvals_one_a_plan",
        "content",
        unique=True,
        sqlite_where=text("void is null"),
        postgresql_where=text("void is null"),
    ),
)
"""Approvals, by event. `ended`: the event that ended the mandate; `void`: the one that withdrew it all."""

POOLS = Table(
    "fairpool_pools",
    METADATA,
    Column("instance", Text, primary_key=True),
    Column("pool", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("unit", Text, nullable=False),
    Column("decimals", Integer, nullable=False),
)

ACCOUNTS = Table(
    "fairpool_accounts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("pool", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("balance", BigInteger, nullable=False),
    UniqueConstraint("instance", "pool", "kind"),
    ForeignKeyConstraint(["instance", "pool"], ["fairpool_pools.instance", "fairpool_pools.pool"]),
    CheckConstraint("balance >= 0", "balance"),
    CheckConstraint(_one_of("kind", SOURCES + USES), "kind"),
)

ENTRIES = Table(
    "fairpool_entries",
    METADATA,
    Column("seq", BigInteger, ForeignKey("fairpool_events.seq"), primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("debit", Integer, ForeignKey("fairpool_accounts.id"), nullable=False),
    Column("credit", Integer, ForeignKey("fairpool_accounts.id"), nullable=False),
    Column("units", BigInteger, nullable=False),
    CheckConstraint("units > 0", "units"),
    CheckConstraint("debit <> credit", "two_accounts"),
)
"""Every movement of money debits one account and credits another. Never changed, never deleted."""
