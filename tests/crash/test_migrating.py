"""R12: killed midway, making or migrating a database is completed by the next start."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import inspect

from bots.playing import play_locally
from bots.settings import Settings
from bots.transcripts.script import read_script
from storage import migrate, tables
from storage.database import Database, database_of, opener
from storage.house import open_house
from tests.clocks import Clock, Draw
from tests.crash import migrating
from tests.databases import KINDS, postgres_database
from tests.programs import ROOT

PLAYED = ROOT / "tests" / "transcripts" / "first_month.txt"


def died(what: str, database: Database, statement: int) -> bool:
    """Do it in a process of its own; whether that was killed before this statement."""
    command = [sys.executable, "-m", "tests.crash.migrating", what, database.text, str(statement)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode != 0


def points() -> Iterator[int]:
    """Statements before which to die: each of the first, then wider and wider apart."""
    yield from (1, 2, 3, 5, 8)
    yield from count(30, 80)


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        yield database_of(f"sqlite:///{tmp_path / 'pool.db'}")
    else:
        with postgres_database() as url:
            yield database_of(url)


def names(database: Database) -> set[str]:
    engine = migrate.engine_of(database)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_a_first_start_that_was_killed_is_completed_by_the_next(empty: Database) -> None:
    """R12: whatever was made of the tables, the next start makes the rest."""
    killed = list(_until_it_ends("create", empty))
    assert len(killed) > 3
    migrating.create(empty.text)
    assert names(empty) >= {*tables.metadata.tables, migrate.VERSION.name}
    with closing(opener(empty, writes=False)()) as session:
        kept = session.connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert [row[0] for row in kept] == [migrate.HEAD]


def _until_it_ends(what: str, database: Database) -> Iterator[int]:
    for at in points():
        if not died(what, database, at):
            return
        yield at


async def test_a_migration_that_was_killed_is_completed_by_the_next_start(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R12: killed again and again, it is all as before; then it is done, and the books stand."""
    settings = Settings(_env_file=None, data_dir=tmp_path)
    played = await play_locally(read_script(PLAYED.read_text(encoding="utf-8")), settings, url)
    assert played.faults == []
    database = database_of(url)
    killed = list(_until_it_ends("climb", database))
    assert len(killed) > 3
    engine = migrate.engine_of(database)
    with engine.connect() as connection:
        assert migrate.revision(connection) == "rebuilt"
    engine.dispose()
    house = await open_house(url, clock, draw, migrate=False)
    try:
        for pool in await house.readers.pools():
            audit = await house.readers.audit(pool)
            assert (audit.entries > 0, audit.faults) == (True, ())
    finally:
        await house.close()
