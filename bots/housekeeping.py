"""What the one who runs the bot does beside it: look whether all is well, migrate, prove, copy.

Every command works while the bot runs, and tells in plain lines what it found. None of them
makes a database that is not there.
"""

from __future__ import annotations

import asyncio
import platform
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from os import urandom
from pathlib import Path
from zoneinfo import available_timezones

from bots.app import now
from bots.settings import Settings
from storage.database import Database, Unsuited, database_of, opener
from storage.house import House, open_house
from storage.locks import AlreadyRunning, hold_bot_lock
from storage.migrate import HEAD, engine_of, revision, upgrade

LIBRARIES = ("sqlalchemy", "python-telegram-bot", "discord.py", "apscheduler", "babel", "psycopg")
LONG_BACKLOG = 1_000


class CannotDo(Exception):
    """What was asked for cannot be done; the message says why, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of what was found."""

    well: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.well else 'BAD '} {self.text}"


# --- doctor --------------------------------------------------------------------------------


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything that the bot needs. No token and no password is shown."""
    found = [*_programs(), *_platforms(settings)]
    try:
        database = _there(settings)
        found += await asyncio.to_thread(lambda: list(_database(database)))
        found += await _backlog(settings)
    except CannotDo as reason:
        found.append(Finding(True, f"database: {reason}"))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the doctor looks for
        found.append(Finding(False, f"database: cannot be reached ({type(error).__name__})"))
    return found


def _programs() -> Iterator[Finding]:
    yield Finding(True, f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    yield Finding(True, ", ".join(f"{name} {_version(name)}" for name in LIBRARIES))
    zones = len(available_timezones())
    yield Finding(zones > 0, f"{zones} time zones; it is {now().isoformat(timespec='seconds')}")


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def _platforms(settings: Settings) -> Iterator[Finding]:
    for name, token in (("Telegram", settings.telegram_token), ("Discord", settings.discord_token)):
        yield Finding(True, f"{name}: {'a token is set' if token else 'no token, so not started'}")


def _database(database: Database) -> Iterator[Finding]:
    with closing(opener(database, writes=False)()) as session:
        if database.is_sqlite:
            (mode,) = session.connection.execute("PRAGMA journal_mode").fetchone()
            size = database.path.stat().st_size // 1024
            yield Finding(mode == "wal", f"database: {database.path}, {size} KiB, journal {mode}")
            yield Finding(True, f"bot: {_holder(database)}")
        else:
            (server,) = session.connection.execute("SHOW server_version").fetchone()
            yield Finding(True, f"database: PostgreSQL {server}")
    at = _revision(database)
    behind = "" if at == HEAD else f", but this version needs {HEAD}: run python -m bots migrate"
    yield Finding(not behind, f"tables: {at or 'none yet'}{behind}")


def _holder(database: Database) -> str:
    """Which bot uses a SQLite file at the moment."""
    try:
        with hold_bot_lock(database.path, now()):
            return "none is running on this database"
    except AlreadyRunning as running:
        return str(running)


def _revision(database: Database) -> str | None:
    engine = engine_of(database)
    try:
        with engine.connect() as connection:
            return revision(connection)
    finally:
        engine.dispose()


async def _backlog(settings: Settings) -> list[Finding]:
    async with _house(settings) as house:
        waiting = await house.outbox.waiting()
        pools = await house.readers.pools()
    return [
        Finding(waiting < LONG_BACKLOG, f"outbox: {waiting} messages wait to be sent"),
        Finding(True, f"pools: {len(pools)}"),
    ]


# --- migrate, audit, backup ----------------------------------------------------------------


def migrate(settings: Settings) -> str:
    """Make the tables or bring them up to date; says which revision they were at and are at.

    Raises:
        Unsuited: the database cannot be used.
    """
    database = database_of(settings.database.get_secret_value())
    if database.is_sqlite and not database.path.exists():
        database.path.parent.mkdir(parents=True, exist_ok=True)
        opener(database, writes=True)().close()
    before = _revision(database)
    upgrade(database, now())
    after = _revision(database)
    return f"The tables are up to date ({after})." if before == after else f"{before} → {after}"


async def prove(settings: Settings) -> list[Finding]:
    """Replay every pool's journal from nothing: do the books balance, was an entry changed?

    Raises:
        CannotDo: there is no database yet.
    """
    _there(settings)
    found: list[Finding] = []
    async with _house(settings) as house:
        for pool in await house.readers.pools():
            audit = await house.readers.audit(pool)
            known = await house.readers.pool(pool)
            name = known.name if known else ""
            text = f"pool {pool} {name}: {audit.entries} entries, fingerprint {audit.fingerprint}"
            found.append(Finding(not audit.faults, text))
            found += [Finding(False, f"pool {pool}: {fault}") for fault in audit.faults]
    return found


def back_up(settings: Settings, to: Path) -> None:
    """Write a copy of the database to a new file, whole and consistent, while the bot runs.

    Raises:
        CannotDo: the file is there, or the database is none of ours to copy.
    """
    database = _there(settings)
    if not database.is_sqlite:
        raise CannotDo("PostgreSQL is backed up with its own pg_dump.")
    try:
        # Claims the name, so that nothing is overwritten, and keeps the copy from others.
        to.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise CannotDo(f"{to} is there already. Name a new file.") from None
    except OSError as error:
        raise CannotDo(f"{to} cannot be written ({error.strerror}).") from None
    with closing(opener(database, writes=False)()) as session:
        # To copy counts as writing for SQLite, though nothing of the original is touched.
        session.connection.execute("PRAGMA query_only = OFF")
        session.connection.execute("VACUUM INTO ?", (str(to),))


def _there(settings: Settings) -> Database:
    """The database of the settings, if it is there."""
    try:
        database = database_of(settings.database.get_secret_value())
    except Unsuited as reason:
        raise CannotDo(str(reason)) from None
    if database.is_sqlite and not database.path.exists():
        raise CannotDo(f"{database.path} is not there yet; it is made when the bot first runs.")
    return database


@asynccontextmanager
async def _house(settings: Settings) -> AsyncIterator[House]:
    """The house as it stands, without migrating it."""
    url = settings.database.get_secret_value()
    house = await open_house(url, now, urandom, migrate=False)
    try:
        yield house
    finally:
        await house.close()
