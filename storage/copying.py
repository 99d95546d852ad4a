"""Copies of a SQLite database: whole and consistent while the bot runs, and put back only by will.

PostgreSQL is copied by its own `pg_dump`; nothing here touches it.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from storage.database import Database, opener
from storage.migrate import HEAD

COPIES_KEPT_DAYS = 14
"""How many days a daily copy is kept."""

_NAME = "poolkeeper-{day}.db"


class NoCopy(Exception):
    """A file is no copy that could be put back; the message says why."""


def copy(database: Database, to: Path) -> None:
    """Write a copy to a new file of its owner's alone.

    Raises:
        OSError: the file is there already (`FileExistsError`), or cannot be written.
    """
    # Claims the name, so that nothing is overwritten, and keeps the copy from others.
    to.touch(mode=0o600, exist_ok=False)
    with closing(opener(database, writes=False)()) as session:
        # To copy counts as writing for SQLite, though nothing of the original is touched.
        session.connection.execute("PRAGMA query_only = OFF")
        session.connection.execute("VACUUM INTO ?", (str(to),))


def copy_of_the_day(database: Database, folder: Path, today: date) -> Path | None:
    """Make today's copy unless it is there, and let go of those that are too old.

    Gives the new copy. It gets its name only when it is whole, so that a power cut leaves none
    that looks good and is not.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = folder / _NAME.format(day=today.isoformat())
    if whole.exists():
        return None
    unfinished = whole.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    copy(database, unfinished)
    unfinished.rename(whole)
    for old in copies(folder):
        if _day_of(old) <= today - timedelta(days=COPIES_KEPT_DAYS):
            old.unlink()
    return whole


def copies(folder: Path) -> Sequence[Path]:
    """The daily copies in a folder, the oldest first."""
    return sorted(folder.glob(_NAME.format(day="????-??-??")))


def _day_of(path: Path) -> date:
    return date.fromisoformat(path.stem.removeprefix("poolkeeper-"))


def put_back(kept: Path, database: Database) -> None:
    """Make a copy the database again. Nothing is overwritten: the database must not be there.

    Raises:
        NoCopy: the file is damaged, or none of this bot's.
        FileExistsError: there is a database already.
    """
    _must_be_sound(kept)
    database.path.parent.mkdir(parents=True, exist_ok=True)
    database.path.touch(mode=0o600, exist_ok=False)
    shutil.copyfile(kept, database.path)
    # A copy has no write-ahead log; the first one to write gives it one, and readers need it.
    opener(database, writes=True)().close()


def _must_be_sound(kept: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{kept.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            (verdict,) = opened.execute("PRAGMA quick_check(1)").fetchone()
            (revision,) = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError):
        raise NoCopy(f"{kept} is no copy of this bot's database.") from None
    if verdict != "ok":
        raise NoCopy(f"{kept} is damaged; take another copy.")
    if revision > HEAD:
        raise NoCopy(f"{kept} was made by a newer version of the bot; update it first.")
