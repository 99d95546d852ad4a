"""Connections: the bare drivers, with the settings without which they would lose or lie.

A `Session` runs prepared statements on one connection and belongs to one thread at a time.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Dialect, make_url
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from core.records import dataclass
from storage.statements import Row, Statement

BUSY_TIMEOUT_MS = 10_000
"""How long a connection waits for another process's write, in milliseconds."""

STEPS_UNWATCHED = 10_000
"""Steps of SQLite's machine between two looks whether a reader was called off: about 0.1 ms."""

STATEMENTS_KEPT = 512
"""Prepared statements a SQLite connection keeps."""


class Unsuited(Exception):
    """The database cannot be used safely as it is; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Database:
    """Which database: a file of SQLite, or a server of PostgreSQL."""

    url: URL

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of ours."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")

    @property
    def text(self) -> str:
        """The whole URL for SQLAlchemy, with its password: never for logs."""
        return self.url.render_as_string(hide_password=False)


def database_of(url: str) -> Database:
    """The database that a URL names: `sqlite:///file` or `postgresql://...`.

    Raises:
        Unsuited: for another kind, or SQLite in memory (every connection would have its own).
    """
    parsed = make_url(url)
    name = parsed.get_backend_name()
    if name not in ("sqlite", "postgresql"):
        raise Unsuited(f"{name} is not known here; use sqlite:///file or postgresql://...")
    if name == "sqlite" and (parsed.database or ":memory:") == ":memory:":
        raise Unsuited("SQLite needs a file: sqlite:///file")
    driver = "sqlite+pysqlite" if name == "sqlite" else "postgresql+psycopg"
    return Database(parsed.set(drivername=driver))


class Session:
    """One connection, its statements, and whether something was written since a savepoint."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self.connection = connection
        self.dialect = dialect
        self._name = dialect.name
        self._execute = connection.execute
        self.writes = 0
        self.halted = False

    # A statement's values are named by keywords, so a wrong name fails at once.

    def row(self, statement: Statement, **values: Any) -> Row | None:
        """The only row, or None."""
        ready = statement.known.get(self._name) or statement.ready(self.dialect)
        row = self._execute(ready.sql, ready.bound(values)).fetchone()
        if ready.writes:
            self.writes += 1
        return None if row is None else ready.read(row)

    def rows(self, statement: Statement, **values: Any) -> list[Row]:
        """All rows."""
        ready = statement.known.get(self._name) or statement.ready(self.dialect)
        rows = self._execute(ready.sql, ready.bound(values)).fetchall()
        if ready.writes:
            self.writes += 1
        return [ready.read(row) for row in rows] if ready.outgoing else rows

    def stream(self, statement: Statement, **values: Any) -> Iterator[Row]:
        """Row after row, without ever holding all of them."""
        ready = statement.ready(self.dialect)
        with self._streaming() as cursor:
            cursor.execute(ready.sql, ready.bound(values))
            yield from map(ready.read, cursor)

    def write(self, statement: Statement, **values: Any) -> int:
        """Change something; how many rows were."""
        ready = statement.known.get(self._name) or statement.ready(self.dialect)
        self.writes += 1
        count: int = self._execute(ready.sql, ready.bound(values)).rowcount
        return count

    def write_all(self, statement: Statement, many: Iterable[dict[str, Any]]) -> None:
        """Change the same for each of these."""
        ready = statement.ready(self.dialect)
        self.writes += 1
        self.connection.cursor().executemany(ready.sql, [ready.bound(values) for values in many])

    def begin(self) -> None:
        """Begin a write transaction."""
        raise NotImplementedError

    def begin_reading(self) -> None:
        """Begin to read: until the rollback, all statements see one state."""
        raise NotImplementedError

    def take_turns(self, about: str) -> None:
        """Wait until no other writer's transaction is about the same; SQLite has one writer."""

    def interrupt(self) -> None:
        """Break off what is running, or about to; called from another thread."""
        self.halted = True

    def commit(self) -> None:
        """Make it last. Only now may anybody be told."""
        self.connection.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the whole transaction, if there is one."""
        if self.within:
            self.connection.execute("ROLLBACK")

    def savepoint(self, name: str) -> None:
        """Begin a part that can be undone alone."""
        self.connection.execute(f"SAVEPOINT {name}")

    def undo(self, name: str) -> None:
        """Undo what was written since the savepoint; it stays."""
        self.connection.execute(f"ROLLBACK TO SAVEPOINT {name}")

    def release(self, name: str) -> None:
        """Keep what was written since the savepoint."""
        self.connection.execute(f"RELEASE SAVEPOINT {name}")

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()

    @property
    def within(self) -> bool:
        """Whether a transaction is open."""
        raise NotImplementedError

    @property
    def lost(self) -> bool:
        """Whether the connection is gone."""
        return False

    def passing(self, error: Exception) -> bool:
        """Whether an error may be gone at the next attempt."""
        raise NotImplementedError

    def _streaming(self) -> Any:
        raise NotImplementedError


# --- SQLite --------------------------------------------------------------------------------


class SqliteSession(Session):
    """A session on a SQLite file."""

    connection: sqlite3.Connection

    def begin(self) -> None:
        """Take the write lock at once: a read that turns into a write would fail."""
        self.connection.execute("BEGIN IMMEDIATE")

    def begin_reading(self) -> None:
        """The first statement takes the snapshot; nobody is kept waiting by it."""
        self.connection.execute("BEGIN DEFERRED")

    def watch(self) -> None:
        """Look now and then, while a statement runs, whether it is still wanted."""
        self.connection.set_progress_handler(lambda: self.halted, STEPS_UNWATCHED)

    @property
    def within(self) -> bool:
        """Whether a transaction is open; some errors end it by themselves."""
        return self.connection.in_transaction

    def passing(self, error: Exception) -> bool:  # noqa: ARG002 - other databases look at it
        """Nothing is: who waits for the lock has waited long enough."""
        return False

    @contextmanager
    def _streaming(self) -> Iterator[sqlite3.Cursor]:
        cursor = self.connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()


SQLITE = SQLiteDialect_pysqlite(paramstyle="named")


def open_sqlite(
    path: Path, *, writes: bool, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> SqliteSession:
    """A session on a file, made for its owner alone when it is not there yet.

    Raises:
        Unsuited: where SQLite's write-ahead log does not work, as on network drives.
    """
    session = SqliteSession(connect_sqlite(path, writes=writes, factory=factory), SQLITE)
    if not writes:
        session.watch()
    return session


def connect_sqlite(
    path: Path, *, writes: bool, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """A connection to a file, made for its owner alone when it is not there yet.

    Raises:
        Unsuited: where SQLite's write-ahead log does not work, as on network drives.
    """
    if writes:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    mode = "rw" if writes else "ro"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS_KEPT,
        factory=factory,
    )
    try:
        _set_up(connection)
        if not writes:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    (keys,) = connection.execute("PRAGMA foreign_keys").fetchone()
    if mode != "wal" or keys != 1:
        raise Unsuited(
            f"SQLite gives journal mode {mode} and foreign keys {keys} here. "
            "Put the database on a local disk, not on a network drive."
        )


# --- PostgreSQL ----------------------------------------------------------------------------

PASSING = frozenset({"40001", "40P01", "23505", "57P01", "57P02", "57P03"})
"""SQLSTATEs worth another attempt: serialisation, deadlock, a row that another writer was
first to add (the next attempt finds it), and a server that is restarting."""


class PostgresSession(Session):
    """A session on a PostgreSQL server."""

    def begin(self) -> None:
        """Begin; a pool's head row is locked when the pool is entered."""
        self.connection.execute("BEGIN")

    def take_turns(self, about: str) -> None:
        """Wait until no other writer's transaction is about the same."""
        self.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (about,))

    def begin_reading(self) -> None:
        """Begin with a snapshot, and without the right to write."""
        self.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def interrupt(self) -> None:
        """Break off what is running."""
        super().interrupt()
        self.connection.cancel_safe(timeout=1)

    @property
    def within(self) -> bool:
        """Whether a transaction is open, be it a failed one."""
        connection = self.connection
        return not connection.closed and connection.info.transaction_status.value != 0

    @property
    def lost(self) -> bool:
        """Whether the server hung up, or was hung up on."""
        connection: Any = self.connection
        return bool(connection.closed)

    def passing(self, error: Exception) -> bool:
        """Whether the server says so, or the connection was lost."""
        return self.lost or getattr(error, "sqlstate", None) in PASSING

    @contextmanager
    def _streaming(self) -> Iterator[Any]:
        with self.connection.cursor("stream") as cursor:
            cursor.itersize = 1000
            yield cursor


def open_postgres(database: Database, *, writes: bool = True) -> PostgresSession:
    """A session on a server.

    Raises:
        Unsuited: when the driver is not installed.
    """
    connection = driver().connect(**server(database, writes=writes))
    return PostgresSession(connection, postgres_dialect())


def server(database: Database, *, writes: bool) -> dict[str, Any]:
    """How the driver is told where the server is, and to commit by itself.

    Who may not write is told to the server at once and not by a statement later: behind a
    pooler, that would stay with a connection which others are given.
    """
    url = database.url.set(drivername="postgresql")
    told = {"conninfo": url.render_as_string(hide_password=False), "autocommit": True}
    if not writes:
        given = url.query.get("options", "")
        told["options"] = f"{given} -c default_transaction_read_only=on".strip()
    return told


@cache
def driver() -> Any:
    """PostgreSQL's driver.

    Raises:
        Unsuited: when it is not installed.
    """
    try:
        return import_module("psycopg")
    except ImportError as missing:
        raise Unsuited(
            "PostgreSQL needs its driver: pip install 'poolkeeper[postgres]'"
        ) from missing


@cache
def postgres_dialect() -> Dialect:
    """How statements are compiled for PostgreSQL."""
    dialect = import_module("sqlalchemy.dialects.postgresql.psycopg").dialect
    made: Dialect = dialect(dbapi=driver())
    return made


def opener(database: Database, *, writes: bool) -> Callable[[], Session]:
    """How to get a connection to this database."""
    if database.is_sqlite:
        return lambda: open_sqlite(database.path, writes=writes)
    return lambda: open_postgres(database, writes=writes)
