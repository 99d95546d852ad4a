"""Bringing a database to the schema of this version.

A new database is made at once from the tables, and one that is up to date is left alone; both
without Alembic, which is imported only when there is something to migrate (goals.md, P8). A test
holds that both ways lead to the same schema.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, create_engine, inspect
from sqlalchemy import insert as insert_into
from sqlalchemy import select as select_from
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage import append_only, statistics, tables
from storage.database import Database

HEAD = "0001"
"""The newest revision in `storage/migrations/versions`; a test holds it to be."""

VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))

append_only.guard()


def engine_of(database: Database) -> Engine:
    """An engine of its own for changing the schema: foreign keys are off on SQLite."""
    return create_engine(database.text, poolclass=NullPool)


def revision(connection: Connection) -> str | None:
    """The revision a database is at; None for one without tables of ours."""
    if not inspect(connection).has_table(VERSION.name):
        return None
    found: str | None = connection.execute(select_from(VERSION.c.version_num)).scalar()
    return found


def upgrade(database: Database, now: datetime) -> None:
    """Make the tables, or bring them up to date; `now` is in the name of the backup.

    Of two processes that begin at once on a server, one does it and the other finds it done.
    """
    engine = engine_of(database)
    try:
        _upgrade(database, engine, now)
    except DBAPIError:
        if _found(engine) != HEAD:
            raise
    finally:
        engine.dispose()


def _upgrade(database: Database, engine: Engine, now: datetime) -> None:
    found = _found(engine)
    if found is None:
        _create(engine)
    elif found != HEAD:
        # Late, because it needs Alembic.
        from storage.migrations import steps

        steps.climb(database, engine, now)


def _found(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return revision(connection)


def _create(engine: Engine) -> None:
    """All of it or nothing: a start that is killed here leaves no half of a schema behind."""
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            # Else each table would be a transaction of its own.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        tables.metadata.create_all(connection)
        VERSION.create(connection)
        connection.execute(insert_into(VERSION).values(version_num=HEAD))
        if connection.dialect.name == "sqlite":
            statistics.tell(connection)
