"""A step on top of the newest: it makes two tables anew that many others lean on."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from storage.migrate import HEAD

revision = "rebuilt"
down_revision = HEAD
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        _is_safe_here(op.get_bind())
    for parent in ("member", "account"):
        with op.batch_alter_table(parent, recreate="always" if is_sqlite else "never") as table:
            table.add_column(sa.Column("added", sa.Integer(), nullable=True))


def _is_safe_here(connection: sa.Connection) -> None:
    """With foreign keys on, children would go with their parents; a copy must be there first."""
    assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 0
    file = Path(connection.exec_driver_sql("PRAGMA database_list").one()[2])
    assert len(list(file.parent.glob(f"{file.name}.before-*"))) >= 1
