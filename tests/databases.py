"""Databases for tests: real SQLite files, and databases of a real PostgreSQL server.

The server is the one that TEST_POSTGRES_URL names, else one at 127.0.0.1:5432. Without a server
its tests are skipped, and say so; where CI is set they fail.
"""

from __future__ import annotations

import atexit
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, make_url
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from storage import append_only, tables
from storage.database import database_of
from storage.migrate import upgrade
from tests.clocks import START

TEMPLATE = "poolkeeper_template_"
KINDS = ("sqlite", "postgresql")
PROBED = "postgresql://postgres@127.0.0.1:5432/test"


@contextmanager
def database_url(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a new database with all tables, of this kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'pool.db'}"
    else:
        with postgres_database(_template()) as url:
            yield url


@contextmanager
def postgres_database(template: str | None = None) -> Iterator[str]:
    """The URL of a new database of the server, empty or copied; it is gone afterwards."""
    name = f"poolkeeper_test_{os.getpid()}_{os.urandom(4).hex()}"
    copied = f' TEMPLATE "{template}"' if template else ""
    _order(f'CREATE DATABASE "{name}"{copied}')
    try:
        yield _text(server().set(database=name))
    finally:
        _order(f'DROP DATABASE "{name}" WITH (FORCE)')


@cache
def server() -> URL:
    """The server to test on."""
    url = make_url(os.environ.get("TEST_POSTGRES_URL", PROBED)).set(drivername="postgresql")
    from psycopg import OperationalError

    try:
        _connect(url).close()
    except OperationalError as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL cannot be reached: {error}")
        pytest.skip("PostgreSQL cannot be reached; set TEST_POSTGRES_URL")
    return url


@cache
def _template() -> str:
    """The name of a database with all tables, made once for as long as they stay the same.

    The connection is kept until this process ends, and with it the lock that says it is in use.
    """
    fingerprint = _fingerprint()
    name = f"{TEMPLATE}{fingerprint}"
    connection = _connect(server())
    atexit.register(connection.close)
    # Several test processes may come here at once.
    connection.execute("SELECT pg_advisory_lock(4711)")
    connection.execute("SELECT pg_advisory_lock_shared(4711, %s)", [_lock(name)])
    known = "SELECT 1 FROM pg_database WHERE datname = %s"
    if connection.execute(known, [name]).fetchone() is None:
        _make_template(connection, name)
    _drop_stale(connection, name)
    connection.execute("SELECT pg_advisory_unlock(4711)")
    return name


def _lock(template: str) -> int:
    return int(template.removeprefix(TEMPLATE)[:7], 16)


def _drop_stale(connection: Any, present: str) -> None:
    """Let go of templates of tables as they were once, but those that another process uses."""
    import psycopg

    rows = connection.execute("SELECT datname FROM pg_database").fetchall()
    names = {name for (name,) in rows if re.fullmatch(TEMPLATE + "[0-9a-f]{12}", name)}
    for name in names - {present}:
        key = [_lock(name)]
        (unused,) = connection.execute("SELECT pg_try_advisory_lock(4711, %s)", key).fetchone()
        if unused:
            # Without FORCE: one that somebody is connected to stays.
            with suppress(psycopg.errors.ObjectInUse):
                connection.execute(f'DROP DATABASE "{name}"')
            connection.execute("SELECT pg_advisory_unlock(4711, %s)", key)


def _make_template(connection: Any, name: str) -> None:
    making = f"{name}_making"
    connection.execute(f'DROP DATABASE IF EXISTS "{making}" WITH (FORCE)')
    connection.execute(f'CREATE DATABASE "{making}"')
    upgrade(database_of(_text(server().set(database=making))), START)
    connection.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')


def _fingerprint() -> str:
    """What the tables are now. Line by line and sorted: some come in another order each time."""
    texts = [append_only.POSTGRES, append_only.POSTGRES_FUNCTION]
    for table in tables.metadata.sorted_tables:
        texts.append(str(CreateTable(table).compile(dialect=postgresql.dialect())))
        texts += [str(CreateIndex(index)) for index in table.indexes]
    lines = sorted(line.strip(" ,\t") for text in texts for line in text.splitlines())
    return sha256("\n".join(lines).encode()).hexdigest()[:12]


def _order(sql: str) -> None:
    with _connect(server()) as connection:
        connection.execute(sql)


def _connect(url: URL) -> Any:
    import psycopg

    return psycopg.connect(_text(url), autocommit=True)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
