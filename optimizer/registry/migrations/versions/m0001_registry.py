"""The registry: events, plans and their files, approvals, and the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_HASH = sa.String(64)
_STATES = "'registered', 'submitted', 'approved', 'rejected', 'applied', 'superseded'"
_KINDS = "'initial', 'added', 'moved_in', 'returned', 'left', 'committed', 'booked', 'removed', 'moved_out'"
_KEPT = ("fairpool_events", "fairpool_entries", "fairpool_files")


def upgrade() -> None:
    """Make every table; events, entries and files can only be added to."""
    _make_log()
    _make_plans()
    _make_ledger()
    for table in _KEPT:
        _refuse_changes(table)
    _refuse_forgery()


def _make_log() -> None:
    op.create_table(
        "fairpool_chain",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", _HASH, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fairpool_chain"),
        sa.CheckConstraint("id = 1", name="ck_fairpool_chain_one_row"),
    )
    op.create_table(
        "fairpool_events",
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous", _HASH, nullable=False),
        sa.Column("hash", _HASH, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_fairpool_events"),
        sa.UniqueConstraint("previous", name="uq_fairpool_events_previous"),
        sa.UniqueConstraint("hash", name="uq_fairpool_events_hash"),
    )


def _make_plans() -> None:
    op.create_table(
        "fairpool_plans",
        sa.Column("content", _HASH, nullable=False),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("basis", sa.BigInteger),
        sa.Column("applied", sa.BigInteger),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("content", name="pk_fairpool_plans"),
        sa.CheckConstraint(f"state in ({_STATES})", name="ck_fairpool_plans_state"),
    )
    _one_index("ix_fairpool_plans_in_force", "fairpool_plans", "instance", "state = 'applied'")
    op.create_table(
        "fairpool_files",
        sa.Column("content", _HASH, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", _HASH, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("content", "name", name="pk_fairpool_files"),
        _key("fairpool_files", "content", "fairpool_plans"),
    )
    op.create_table(
        "fairpool_approvals",
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("content", _HASH, nullable=False),
        sa.Column("mandate", sa.Text),
        sa.Column("ended", sa.BigInteger),
        sa.Column("void", sa.BigInteger),
        sa.PrimaryKeyConstraint("seq", name="pk_fairpool_approvals"),
        _key("fairpool_approvals", "seq", "fairpool_events"),
        _key("fairpool_approvals", "content", "fairpool_plans"),
        _key("fairpool_approvals", "ended", "fairpool_events"),
        _key("fairpool_approvals", "void", "fairpool_events"),
    )
    _one_index("ix_fairpool_approvals_one_a_plan", "fairpool_approvals", "content", "void is null")


def _make_ledger() -> None:
    op.create_table(
        "fairpool_pools",
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("pool", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("decimals", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("instance", "pool", name="pk_fairpool_pools"),
    )
    op.create_table(
        "fairpool_accounts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("pool", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("balance", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fairpool_accounts"),
        sa.UniqueConstraint("instance", "pool", "kind", name="uq_fairpool_accounts_instance_pool_kind"),
        sa.CheckConstraint("balance >= 0", name="ck_fairpool_accounts_balance"),
        sa.CheckConstraint(f"kind in ({_KINDS})", name="ck_fairpool_accounts_kind"),
        sa.ForeignKeyConstraint(
            ["instance", "pool"],
            ["fairpool_pools.instance", "fairpool_pools.pool"],
            name="fk_fairpool_accounts_instance_pool_fairpool_pools",
        ),
    )
    op.create_table(
        "fairpool_entries",
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("debit", sa.Integer, nullable=False),
        sa.Column("credit", sa.Integer, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("seq", "line", name="pk_fairpool_entries"),
        sa.CheckConstraint("units > 0", name="ck_fairpool_entries_units"),
        sa.CheckConstraint("debit <> credit", name="ck_fairpool_entries_two_accounts"),
        _key("fairpool_entries", "seq", "fairpool_events"),
        sa.ForeignKeyConstraint(
            ["debit"], ["fairpool_accounts.id"], name="fk_fairpool_entries_debit_fairpool_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["credit"], ["fairpool_accounts.id"], name="fk_fairpool_entries_credit_fairpool_accounts"
        ),
    )


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    target = "content" if other == "fairpool_plans" else "seq"
    return sa.ForeignKeyConstraint([column], [f"{other}.{target}"], name=f"fk_{table}_{column}_{other}")


def _one_index(name: str, table: str, column: str, where: str) -> None:
    """At most one row a value of `column`, among those that `where` names."""
    condition = sa.text(where)
    op.create_index(name, table, [column], unique=True, sqlite_where=condition, postgresql_where=condition)


def _refuse_changes(table: str) -> None:
    """Let nobody change or delete a row who has not first taken this trigger away."""
    message = f"{table} is never changed"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"create trigger {table}_no_{verb} before {verb} on {table} "
                f"begin select raise(abort, '{message}'); end"
            )
        return
    op.execute(
        f"create function {table}_kept() returns trigger language plpgsql as "
        f"$$ begin raise exception '{message}'; end $$"
    )
    op.execute(
        f"create trigger {table}_kept before update or delete or truncate on {table} "
        f"for each statement execute function {table}_kept()"
    )


def _refuse_forgery() -> None:
    """On PostgreSQL nobody writes an event in another's name, or one whose hash is not that of its text."""
    if op.get_bind().dialect.name == "sqlite":  # who may write to the file may do anything to it
        return
    op.execute(
        "create function fairpool_events_own() returns trigger language plpgsql as $$ begin "
        "if new.body::json ->> 'who' is distinct from session_user::text then "
        "raise exception 'an event is written in the name of its login'; end if; "
        "if new.hash <> encode(sha256(convert_to(new.previous || new.body, 'UTF8')), 'hex') then "
        "raise exception 'the hash of an event is that of its text'; end if; "
        "return new; end $$"
    )
    op.execute(
        "create trigger fairpool_events_own before insert on fairpool_events "
        "for each row execute function fairpool_events_own()"
    )


def downgrade() -> None:
    """Refuse: what has been recorded is not thrown away by a command."""
    raise NotImplementedError
