"""The whole floor, opened and closed as one: what the composition root holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from core.records import dataclass
from storage.asking import Asker
from storage.database import Database, Session, database_of, open_sqlite, opener
from storage.desk import StoredInbox, StoredNotes, StoredQuestions, sweep
from storage.leases import Leases
from storage.locks import WriteLock
from storage.migrate import upgrade
from storage.outbox import StoredOutbox
from storage.reading import Readers
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
    readers: Readers
    outbox: StoredOutbox
    inbox: StoredInbox
    questions: StoredQuestions
    notes: StoredNotes
    asker: Asker

    def leases(self, holder: str) -> Leases:
        """The roles of one process among those that share the database."""
        return Leases(self.writer, self.asker, holder)

    async def sweep(self, now: datetime) -> None:
        """Let go of what need not be kept any longer; once a day is enough."""
        await sweep(self.writer, now)

    async def close(self) -> None:
        """Do what waits to be written, then give everything back."""
        await self.asker.close()
        await self.writer.close()


async def open_house(
    url: str, clock: Callable[[], datetime], draw: Callable[[int], bytes], *, migrate: bool = True
) -> House:
    """Open a database, `sqlite:///file` or `postgresql://...`, and make or migrate its tables.

    Raises:
        Unsuited: when it cannot be used safely; the message says what to do.
    """
    database = database_of(url)
    await asyncio.to_thread(_prepare, database, clock() if migrate else None)
    origin = Origin(clock, draw)
    lines = _sqlite_line(database, origin) if database.is_sqlite else _lines(database, origin)
    asker = Asker(database)
    writer = Writer(lines, origin)
    return House(
        database=database,
        writer=writer,
        readers=Readers(asker),
        outbox=StoredOutbox(writer, asker),
        inbox=StoredInbox(writer, asker, clock),
        questions=StoredQuestions(writer, asker),
        notes=StoredNotes(writer, asker),
        asker=asker,
    )


def _prepare(database: Database, now: datetime | None) -> None:
    if not database.is_sqlite:
        if now is not None:
            upgrade(database, now)
        return
    lock = WriteLock(database.path)
    lock.take()
    try:
        # Makes the file for its owner alone, and shows whether it can be used at all.
        open_sqlite(database.path, writes=True).close()
        if now is not None:
            upgrade(database, now)
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
