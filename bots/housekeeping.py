"""What the one who runs the bot does beside it: look whether all is well, migrate, prove, copy.

Every command works while the bot runs, and tells in plain lines what it found. None of them
makes a database that is not there.
"""

from __future__ import annotations

import asyncio
import platform
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from os import urandom
from pathlib import Path
from zoneinfo import available_timezones

from bots.app import now
from bots.findings import Finding
from bots.probing import probe
from bots.roles import lease_of, roles_of
from bots.settings import Settings
from core.desk import GivenUp
from storage.copying import NoCopy, copies, copy, put_back
from storage.database import Database, Session, Unsuited, database_of, opener
from storage.house import House, open_house
from storage.locks import AlreadyRunning, hold_bot_lock
from storage.migrate import HEAD, engine_of, revision, upgrade

LIBRARIES = ("sqlalchemy", "python-telegram-bot", "discord.py", "apscheduler", "babel", "psycopg")
LONG_BACKLOG = 1_000
LATE_SECONDS = 600
KINDS_SHOWN = 10


class CannotDo(Exception):
    """What was asked for cannot be done; the message says why, and holds no secret."""


# --- doctor --------------------------------------------------------------------------------


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything that the bot needs. No token and no password is shown."""
    found = [*_programs(), *await probe(settings, now)]
    try:
        database = _there(settings)
        found += await asyncio.to_thread(lambda: list(_database(settings, database)))
        found += await _backlog(settings)
        found += await _registered(settings)
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


def _database(settings: Settings, database: Database) -> Iterator[Finding]:
    with closing(opener(database, writes=False)()) as session:
        if database.is_sqlite:
            (mode,) = session.connection.execute("PRAGMA journal_mode").fetchone()
            size = database.path.stat().st_size // 1024
            yield Finding(mode == "wal", f"database: {database.path}, {size} KiB, journal {mode}")
            yield Finding(True, f"bot: {_holder(database)}")
            yield _newest_copy(settings)
        else:
            (server,) = session.connection.execute("SHOW server_version").fetchone()
            yield Finding(True, f"database: PostgreSQL {server}")
            yield from _untidied(session)
    at = _revision(database)
    behind = "" if at == HEAD else f", but this version needs {HEAD}: run python -m bots migrate"
    yield Finding(not behind, f"tables: {at or 'none yet'}{behind}")


def _untidied(session: Session) -> Iterator[Finding]:
    """A server that gathers no statistics finds an entry by reading all of its pool's."""
    (autovacuum,) = session.connection.execute("SHOW autovacuum").fetchone()
    if autovacuum == "off":
        text = "database: its autovacuum is off; switch it on, or everything takes longer each day"
        yield Finding(True, text, note=True)


def _newest_copy(settings: Settings) -> Finding:
    made = copies(settings.copies)
    return Finding(True, f"copies: {made[-1] if made else 'none yet; one is made each day'}")


def _holder(database: Database) -> str:
    """Which bot uses a SQLite file at the moment."""
    try:
        with hold_bot_lock(database.path, now()):
            return "none is running on this database"
    except AlreadyRunning as running:
        return str(running)


async def _leased(settings: Settings, house: House) -> list[Finding]:
    """Which process has which role on a server's database at the moment."""
    leases, found = house.leases(""), []
    for role in roles_of(settings):
        holder = await leases.holder(lease_of(settings, role), now())
        said = str(AlreadyRunning(holder)) if holder else "nobody at the moment"
        found.append(Finding(True, f"{role}: {said}"))
    return found


def _revision(database: Database) -> str | None:
    engine = engine_of(database)
    try:
        with engine.connect() as connection:
            return revision(connection)
    finally:
        engine.dispose()


async def _backlog(settings: Settings) -> list[Finding]:
    async with _house(settings) as house:
        waiting, kept = await house.outbox.waiting(), await house.outbox.kept()
        given_up = await house.outbox.given_up()
        pools = await house.readers.pools()
        bot = [] if house.database.is_sqlite else await _leased(settings, house)
        said_since = await house.outbox.waits_since(now())
        heard_since = await house.inbox.waits_since()
    return [
        *bot,
        Finding(waiting < LONG_BACKLOG, f"outbox: {waiting} messages wait to be sent"),
        *_late("outbox: the oldest message is due", said_since),
        *_late("inbox: the oldest update waits", heard_since),
        Finding(True, f"kept: {kept} messages wait for a chat or a person out of reach"),
        *_lost(given_up),
        Finding(True, f"pools: {len(pools)}"),
    ]


def _late(what: str, since: datetime | None) -> Iterator[Finding]:
    """How long something waits that should not; is the bot running?"""
    if since is None:
        return
    seconds = max(0, int((now() - since).total_seconds()))
    well = seconds < LATE_SECONDS
    advice = "" if well else ": start the bot, or read its log"
    yield Finding(well, f"{what} since {timedelta(seconds=seconds)}{advice}")


async def _registered(settings: Settings) -> list[Finding]:
    """Whether the commands that the platforms were told are this version's."""
    from bots.catalogue.all import COMMANDS

    async with _house(settings) as house:
        notes, found = house.notes, {}
        if settings.telegram_token is not None:
            from bots.telegram_bot.menus import are_set

            number = settings.telegram_token.get_secret_value().partition(":")[0]
            found["Telegram"] = await are_set(notes, number, COMMANDS)
        if settings.discord_token is not None:
            from bots.discord_bot.slash import are_registered

            found["Discord"] = await are_registered(notes, COMMANDS)
    return [_told(name, as_they_are=each) for name, each in found.items()]


def _told(name: str, *, as_they_are: bool) -> Finding:
    if as_they_are:
        return Finding(True, f"{name}: knows the commands of this version")
    return Finding(True, f"{name}: learns the commands when the bot next starts", note=True)


def _lost(given_up: Sequence[GivenUp]) -> Iterator[Finding]:
    """What was never said, by kind and reason, and what can be done about it."""
    alike = Counter(_kind_of(each) for each in given_up)
    for kind, count in alike.most_common(KINDS_SHOWN):
        yield Finding(False, f"given up: {count} × {kind}")
    if given_up:
        yield Finding(False, "say it after all: python -m bots outbox again; or not: ... drop")


def _kind_of(lost: GivenUp) -> str:
    where = f" to {lost.platform} {lost.chat}" if lost.chat else " to a person"
    what = f"{lost.sort.value} {lost.notice}".strip()
    return f"{what}{where}, pool {lost.pool} ({lost.reason})"


async def say_again(settings: Settings) -> str:
    """Put all that was given up back into the outbox; a bot that runs says it within seconds.

    Raises:
        CannotDo: there is no database yet.
    """
    _there(settings)
    async with _house(settings) as house:
        count = await house.outbox.say_again(now())
    return f"{count} messages wait to be sent again."


async def let_go(settings: Settings) -> str:
    """Forget all that was given up.

    Raises:
        CannotDo: there is no database yet.
    """
    _there(settings)
    async with _house(settings) as house:
        count = await house.outbox.let_go()
    return f"{count} messages are forgotten."


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
        copy(database, to)
    except FileExistsError:
        raise CannotDo(f"{to} is there already. Name a new file.") from None
    except OSError as error:
        raise CannotDo(f"{to} cannot be written ({error.strerror}).") from None


def restore(settings: Settings, kept: Path) -> Path:
    """Make a copy the database again, and give its file. Nothing is ever overwritten.

    Raises:
        CannotDo: there is a database already, or the file is no whole copy of one.
    """
    database = _ours(settings)
    if not database.is_sqlite:
        raise CannotDo("PostgreSQL is restored with its own pg_restore.")
    try:
        put_back(kept, database)
    except FileExistsError:
        raise CannotDo(
            f"{database.path} is there already. Move it away first; nothing is overwritten."
        ) from None
    except (NoCopy, OSError) as reason:
        raise CannotDo(str(reason)) from None
    return database.path


def _ours(settings: Settings) -> Database:
    """The database of the settings, there or not."""
    try:
        return database_of(settings.database.get_secret_value())
    except Unsuited as reason:
        raise CannotDo(str(reason)) from None


def _there(settings: Settings) -> Database:
    """The database of the settings, if it is there."""
    database = _ours(settings)
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
