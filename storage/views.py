"""Connections for questions: aiosqlite and psycopg's asynchronous one, neither of which can write.

Our statements run on them directly. SQLAlchemy's async engine runs on the same drivers, but with
aiosqlite it goes to the connection's thread and back for every cursor, execution and fetch, and
makes its objects anew on every call: a balance cost 60 to 150 times the bare query through it,
and 9 to 10 times as it is here, where a statement is compiled once (`storage.statements`) and
makes one such journey, whatever it brings back.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import aiosqlite
from sqlalchemy import Dialect

from storage.database import (
    SQLITE,
    STEPS_UNWATCHED,
    Database,
    connect_sqlite,
    driver,
    postgres_dialect,
    server,
)
from storage.statements import Row, Statement


class View(Protocol):
    """What a question sees the database through; it belongs to one question at a time.

    A question of one statement needs no transaction. One of several sees one state within
    `one_state` only; most do well without.
    """

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        """The only row, or None."""

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        """All rows."""

    def one_state(self) -> AbstractAsyncContextManager[None]:
        """Within this context, all statements see one state."""

    async def say(self, sql: str) -> list[Row]:
        """Run a plain text, without values."""


class Opened:
    """A view on its connection. `spoiled` once a question was called off in mid-statement."""

    BEGIN: str
    dialect: Dialect

    def __init__(self) -> None:
        self.spoiled = False

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        """The only row, or None."""
        rows = await self.rows(statement, **values)
        return rows[0] if rows else None

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        """All rows."""
        ready = statement.ready(self.dialect)
        rows = await self._run(ready.sql, ready.bound(values))
        return [ready.read(row) for row in rows] if ready.outgoing else rows

    @asynccontextmanager
    async def one_state(self) -> AsyncIterator[None]:
        """Within this context, all statements see one state."""
        await self.say(self.BEGIN)
        try:
            yield
        finally:
            if not (self.spoiled or self.lost):
                await self.say("ROLLBACK")

    async def say(self, sql: str) -> list[Row]:
        """Run a plain text: a pragma, a transaction's begin and end."""
        return await self._run(sql, {})

    async def _run(self, sql: str, values: dict[str, Any]) -> list[Row]:
        try:
            return await self._fetched(sql, values)
        except asyncio.CancelledError:
            self.spoiled = True
            raise

    @property
    def lost(self) -> bool:
        """Whether the connection is gone."""
        return False

    async def close(self) -> None:
        """Give the connection back, whatever runs on it."""
        raise NotImplementedError

    async def _fetched(self, sql: str, values: dict[str, Any]) -> list[Row]:
        raise NotImplementedError


class SqliteView(Opened):
    """A view of a SQLite file."""

    BEGIN = "BEGIN DEFERRED"
    dialect = SQLITE

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._halted = False
        self._connection = aiosqlite.Connection(self._connected, iter_chunk_size=64)

    def _connected(self) -> sqlite3.Connection:
        connection = connect_sqlite(self._path, writes=False)
        # Interrupting reaches a statement only while it runs; this, one about to begin as well.
        connection.set_progress_handler(lambda: self._halted, STEPS_UNWATCHED)
        return connection

    async def open(self) -> SqliteView:
        """Connect."""
        await self._connection
        return self

    async def close(self) -> None:
        """Give the connection back, and break off what still runs on it."""
        self._halted = True
        await self._connection.close()

    async def _fetched(self, sql: str, values: dict[str, Any]) -> list[Row]:
        rows: Any = await self._connection.execute_fetchall(sql, values)
        return rows  # type: ignore[no-any-return]


class PostgresView(Opened):
    """A view of a PostgreSQL server."""

    BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        super().__init__()
        self._connection = connection
        self.dialect = dialect

    @property
    def lost(self) -> bool:
        """Whether the server hung up."""
        return bool(self._connection.closed)

    async def close(self) -> None:
        """Give the connection back; whoever called off a statement has cancelled it before."""
        await self._connection.close()

    async def _fetched(self, sql: str, values: dict[str, Any]) -> list[Row]:
        cursor = await self._connection.execute(sql, values)
        rows: list[Row] = await cursor.fetchall() if cursor.description else []
        return rows


async def open_view(database: Database) -> Opened:
    """A connection to this database that can only read.

    Raises:
        Unsuited: when it cannot be used safely; the message says what to do.
    """
    if database.is_sqlite:
        return await SqliteView(database.path).open()
    connection = await driver().AsyncConnection.connect(**server(database, writes=False))
    return PostgresView(connection, postgres_dialect())
