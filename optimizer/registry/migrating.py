"""The registry's tables are made, and brought up to date, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

VERSIONS = "fairpool_version"
"""Table that holds how far the database has been migrated."""


def newest() -> str:
    """Return the number of the last migration."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def known() -> frozenset[str]:
    """Return the numbers of all migrations."""
    return frozenset(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def version_of(connection: Connection) -> str | None:
    """Return how far a database has been migrated; None: it holds no registry."""
    return MigrationContext.configure(connection, opts={"version_table": VERSIONS}).get_current_revision()


def migrate(connection: Connection) -> None:
    """Run what migrations are missing, inside the transaction of `connection`."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config
