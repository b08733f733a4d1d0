"""What Alembic runs: the migrations, on the connection and in the transaction that it is given."""

from __future__ import annotations

from alembic import context

from optimizer.registry.migrating import VERSIONS

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSIONS,
    transactional_ddl=True,
)
context.run_migrations()
