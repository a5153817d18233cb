"""Alembic's entry: runs the steps on the connection that ``upgrade`` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from sync.ledger.migrations import VERSION_TABLE
from sync.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
