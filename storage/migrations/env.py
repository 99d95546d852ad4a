"""What Alembic runs: the steps, on the connection it was given."""

from __future__ import annotations

from alembic import context

from storage import tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=tables.metadata,
    # SQLite changes a table by making it anew; foreign keys are off meanwhile (`steps`).
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
