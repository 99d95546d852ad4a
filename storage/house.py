"""The whole floor, opened and closed as one: what the composition root holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from storage.database import Database, Session, database_of, open_sqlite, opener
from storage.locks import WriteLock
from storage.migrate import upgrade
from storage.writer import Line, Origin, Writer

BATCH_MAX_SQLITE = 256
BATCH_MAX_POSTGRES = 60
"""A PostgreSQL backend keeps 64 subtransactions at hand; each request is one."""

WRITERS_POSTGRES = 4


@dataclass(frozen=True, slots=True)
class House:
    """An open database: `writer` for all that changes something, `readers` for questions."""

    database: Database
    writer: Writer

    async def close(self) -> None:
        """Do what waits to be written, then give everything back."""
        await self.writer.close()


async def open_house(
    url: str, clock: Callable[[], datetime], draw: Callable[[int], bytes], *, migrate: bool = True
) -> House:
    """Open a database, `sqlite:///file` or `postgresql://...`, and make or migrate its tables.

    Raises:
        Unsuited: when it cannot be used safely; the message says what to do.
    """
    database = database_of(url)
    await asyncio.to_thread(_prepare, database, migrate)
    origin = Origin(clock, draw)
    lines = _sqlite_line(database, origin) if database.is_sqlite else _lines(database, origin)
    return House(database, Writer(lines, origin))


def _prepare(database: Database, migrate: bool) -> None:
    if not database.is_sqlite:
        if migrate:
            upgrade(database)
        return
    lock = WriteLock(database.path)
    lock.take()
    try:
        # Makes the file for its owner alone, and shows whether it can be used at all.
        open_sqlite(database.path, writes=True).close()
        if migrate:
            upgrade(database)
    finally:
        lock.free()
        lock.close()


def _sqlite_line(database: Database, origin: Origin) -> list[Line]:
    connect: Callable[[], Session] = opener(database, writes=True)
    lock = WriteLock(database.path)
    return [Line("writer", connect, origin, BATCH_MAX_SQLITE, lock)]


def _lines(database: Database, origin: Origin) -> list[Line]:
    connect = opener(database, writes=True)
    return [
        Line(f"writer-{number}", connect, origin, BATCH_MAX_POSTGRES)
        for number in range(WRITERS_POSTGRES)
    ]
