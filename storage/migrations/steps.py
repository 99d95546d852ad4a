"""Climbing from one revision to another, with Alembic, in one transaction.

SQLite: on a connection of its own with foreign keys off (with them on, making a table anew would
delete or refuse what leans on it), checked afterwards, and with a copy of the file made first.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from storage import statistics
from storage.database import Database, Unsuited


def climb(database: Database, engine: Engine, now: datetime, to: str = "head") -> None:
    """Bring a database up to a revision, after a backup.

    Raises:
        Unsuited: when a row would lean on one that is not there; nothing was changed.
    """
    _walk(database, engine, now, to, up=True)


def descend(database: Database, engine: Engine, now: datetime, to: str = "base") -> None:
    """Bring a database down to a revision, after a backup. Used by tests only."""
    _walk(database, engine, now, to, up=False)


def _walk(database: Database, engine: Engine, now: datetime, to: str, *, up: bool) -> None:
    with engine.connect() as connection:
        if database.is_sqlite:
            copy = _back_up(connection, database.path, now)
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        step = command.upgrade if up else command.downgrade
        step(config(connection), to)
        if database.is_sqlite:
            _check(connection, copy)
            statistics.tell(connection)
        connection.commit()


def config(connection: Connection) -> Config:
    """Alembic's settings: where the steps are, and the connection they run on."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


def _back_up(connection: Connection, path: Path, now: datetime) -> Path:
    copy = path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%S}")
    if not copy.exists():
        # Under another name until it is whole: one that was broken off is never taken for a copy.
        part = copy.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        connection.execute(text("VACUUM INTO :copy"), {"copy": str(part)})
        part.chmod(0o600)
        part.rename(copy)
    connection.rollback()
    return copy


def _check(connection: Connection, copy: Path) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        connection.rollback()
        raise Unsuited(
            f"after the migration {len(broken)} rows would lean on missing ones, so nothing was "
            f"changed. Go on with the version before; {copy} is a copy made just now."
        )
