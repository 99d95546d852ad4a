"""Daily copies of a SQLite database, and putting one back."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from core.engine import Engine
from storage.copying import COPIES_KEPT_DAYS, NoCopy, copies, copy, copy_of_the_day, put_back
from storage.database import database_of, opener
from storage.house import open_house
from storage.migrate import upgrade
from tests.village import village

TODAY = date(2026, 11, 21)


@pytest.fixture
def database(tmp_path):
    """A SQLite database with its tables."""
    found = database_of(f"sqlite:///{tmp_path / 'original.db'}")
    opener(found, writes=True)().close()
    upgrade(found, datetime(2026, 11, 21, tzinfo=UTC))
    return found


@pytest.fixture
def kept(database, tmp_path):
    """Today's copy of it."""
    made = copy_of_the_day(database, tmp_path, TODAY)
    assert made is not None
    return made


def test_each_day_has_one_copy_of_its_owners_alone_and_fourteen_are_kept(database, tmp_path):
    """H3: the daily backup appears, can be opened, and those older than 14 days are gone."""
    folder = tmp_path / "copies"
    for day in range(20):
        made = copy_of_the_day(database, folder, TODAY + timedelta(days=day))
        assert made is not None
        assert made.stat().st_mode & 0o777 == 0o600
    assert copy_of_the_day(database, folder, TODAY + timedelta(days=19)) is None
    kept = copies(folder)
    assert len(kept) == COPIES_KEPT_DAYS
    assert kept[-1].name == "poolkeeper-2026-12-10.db"
    with closing(sqlite3.connect(kept[0])) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_copy_that_was_broken_off_is_not_taken_for_one(database, tmp_path):
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "poolkeeper-2026-11-21.part").write_bytes(b"half")
    made = copy_of_the_day(database, folder, TODAY)
    assert [made] == list(copies(folder))
    assert not list(folder.glob("*.part"))


def test_a_copy_put_back_is_the_database_again(kept, tmp_path):
    again = database_of(f"sqlite:///{tmp_path / 'new' / 'pool.db'}")
    put_back(kept, again)
    assert again.path.stat().st_mode & 0o777 == 0o600
    with closing(opener(again, writes=False)()) as session:
        assert session.connection.execute("SELECT count(*) FROM pool").fetchone() == (0,)


def test_what_is_there_is_never_overwritten(database, kept):
    before = database.path.read_bytes()
    with pytest.raises(FileExistsError):
        put_back(kept, database)
    assert database.path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no database at all, only words" * 200])
def test_a_file_that_is_no_copy_is_refused_and_nothing_is_made(tmp_path, content):
    wrong = tmp_path / "holiday.jpg"
    wrong.write_bytes(content)
    to = database_of(f"sqlite:///{tmp_path / 'pool.db'}")
    with pytest.raises(NoCopy, match="no copy"):
        put_back(wrong, to)
    assert not to.path.exists()


def test_a_copy_of_a_newer_version_is_refused(kept, tmp_path):
    with closing(sqlite3.connect(kept)) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NoCopy, match="newer version"):
        put_back(kept, database_of(f"sqlite:///{tmp_path / 'pool.db'}"))


def test_a_damaged_copy_is_refused(kept, tmp_path):
    content = bytearray(kept.read_bytes())
    content[8192:16384] = b"\xff" * 8192
    kept.write_bytes(content)
    with pytest.raises(NoCopy):
        put_back(kept, database_of(f"sqlite:///{tmp_path / 'pool.db'}"))


async def test_a_copy_made_while_people_write_passes_the_audit(database, tmp_path, clock, draw):
    """R12: each copy is one instant of the books, whole; put back, they are proven."""
    house = await open_house(database.text, clock, draw)
    people = await village(Engine(house.writer), "Atieno", "Baraka", credits=50)
    writing = asyncio.Event()

    async def trade() -> int:
        done = 0
        while not writing.is_set():
            giver, taker = ("Atieno", "Baraka") if done % 2 else ("Baraka", "Atieno")
            await people.send(giver, taker, 1)
            done += 1
        return done

    trading = asyncio.create_task(trade())
    made = [tmp_path / f"copy-{number}.db" for number in range(5)]
    for each in made:
        await asyncio.to_thread(copy, database, each)
    writing.set()
    assert await trading > len(made)
    await house.close()
    for each in made:
        again = database_of(f"sqlite:///{tmp_path / 'again' / each.name}")
        put_back(each, again)
        restored = await open_house(again.text, clock, draw)
        try:
            audit = await restored.readers.audit(people.pool)
            assert (audit.entries > 0, audit.faults) == (True, ())
        finally:
            await restored.close()
