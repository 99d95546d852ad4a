"""The schema: made at once or climbed to, both are the same; up, down and up again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from bots.playing import play_locally
from bots.settings import Settings
from bots.transcripts.script import read_script
from storage import migrate, tables
from storage.database import Database, Unsuited, database_of, opener
from storage.house import open_house
from storage.migrations import steps
from tests.clocks import START, Clock, Draw
from tests.databases import KINDS, database_url, postgres_database


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any tables."""
    if request.param == "sqlite":
        yield database_of(f"sqlite:///{tmp_path / 'pool.db'}")
    else:
        with postgres_database() as url:
            yield database_of(url)


def _schema(engine: Engine) -> dict[str, object]:
    looked = inspect(engine)
    triggers = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        if engine.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    )
    with engine.connect() as connection:
        found: dict[str, object] = {"triggers": connection.execute(text(triggers)).fetchall()}
    for name in tables.metadata.tables:
        found[name] = (
            [
                (each["name"], str(each["type"]), each["nullable"])
                for each in looked.get_columns(name)
            ],
            looked.get_pk_constraint(name)["constrained_columns"],
            sorted(map(str, looked.get_foreign_keys(name))),
            sorted(map(_index, looked.get_indexes(name))),
            sorted(map(str, looked.get_unique_constraints(name))),
            sorted(map(str, looked.get_check_constraints(name))),
        )
    return found


def _index(index: Any) -> str:
    where = {key: str(value) for key, value in index.get("dialect_options", {}).items()}
    return f"{index['name']} {index['unique']} {index['column_names']} {where}"


def test_made_at_once_and_climbed_to_are_the_same(empty: Database, tmp_path: Path):
    engine = migrate.engine_of(empty)
    steps.climb(empty, engine, START)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        assert migrate.revision(connection) == migrate.HEAD
    climbed = _schema(engine)
    steps.descend(empty, engine, START)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    migrate.upgrade(empty, START)
    assert _schema(engine) == climbed
    engine.dispose()


def test_the_head_is_the_newest_step(empty: Database):
    engine = migrate.engine_of(empty)
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(steps.config(connection))
    engine.dispose()
    assert script.get_current_head() == migrate.HEAD


def test_each_step_goes_up_and_down_and_up(empty: Database):
    engine = migrate.engine_of(empty)
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(steps.config(connection))
    for step in reversed(list(script.walk_revisions())):
        steps.climb(empty, engine, START, step.revision)
        steps.descend(empty, engine, START, str(step.down_revision or "base"))
        steps.climb(empty, engine, START, step.revision)
    engine.dispose()


def test_a_file_is_copied_before_it_is_migrated(sqlite_url: str):
    database = database_of(sqlite_url)
    migrate.upgrade(database, START)
    engine = migrate.engine_of(database)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO meta (name, value) VALUES ('kept', 'yes')"))
    steps.descend(database, engine, START + timedelta(days=1))
    engine.dispose()
    (copy,) = database.path.parent.glob("*.before-*")
    assert copy.stat().st_mode & 0o777 == 0o600
    kept = migrate.engine_of(database_of(f"sqlite:///{copy}"))
    with kept.connect() as connection:
        assert connection.execute(text("SELECT value FROM meta")).scalar() == "yes"
    kept.dispose()


# --- with data in it (F6) ------------------------------------------------------------------

PLAYED = Path(__file__).parents[1] / "transcripts" / "first_month.txt"


@pytest.fixture
async def full(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database of this version after a month in a pool, and two steps that lead on from it."""
    settings = Settings(_env_file=None, data_dir=tmp_path)
    played = await play_locally(read_script(PLAYED.read_text(encoding="utf-8")), settings, url)
    assert played.faults == []
    known = steps.config

    def config(connection: Connection) -> Config:
        made = known(connection)
        here, there = Path(steps.__file__).parent / "versions", Path(__file__).parent / "steps"
        made.set_main_option("path_separator", "newline")
        made.set_main_option("version_locations", f"{here}\n{there}")
        return made

    monkeypatch.setattr(steps, "config", config)
    return database_of(url)


def _counts(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    engine = migrate.engine_of(database)
    with engine.connect() as connection:
        counts = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
        }
    engine.dispose()
    return counts


def _climb(database: Database, to: str) -> None:
    engine = migrate.engine_of(database)
    try:
        steps.climb(database, engine, START, to)
    finally:
        engine.dispose()


def _copy_of(database: Database) -> Path:
    (copy,) = database.path.parent.glob(f"{database.path.name}.before-*")
    return copy


async def test_no_row_is_lost_when_tables_that_others_lean_on_are_made_anew(
    full: Database, clock: Clock, draw: Draw
) -> None:
    """F6: keys off meanwhile and a copy made first, which the step itself looks for."""
    before = _counts(full)
    assert before["entry"] > 5
    _climb(full, "rebuilt")
    assert _counts(full) == before
    house = await open_house(full.text, clock, draw, migrate=False)
    try:
        for pool in await house.readers.pools():
            assert (await house.readers.audit(pool)).faults == ()
    finally:
        await house.close()
    with closing(opener(full, writes=True)()) as session:
        assert session.connection.execute("SELECT added FROM member").fetchone() == (None,)
        if full.is_sqlite:
            assert session.connection.execute("PRAGMA foreign_key_check").fetchall() == []
            assert session.connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


async def test_a_step_that_leaves_rows_without_what_they_lean_on_changes_nothing(
    full: Database,
) -> None:
    """F6: it is refused with the copy's name, and the server refuses by itself."""
    before = _counts(full)
    with pytest.raises(Unsuited if full.is_sqlite else IntegrityError) as refused:
        _climb(full, "broken")
    assert _counts(full) == before
    engine = migrate.engine_of(full)
    with engine.connect() as connection:
        assert migrate.revision(connection) == migrate.HEAD
    engine.dispose()
    if full.is_sqlite:
        assert str(_copy_of(full)) in str(refused.value)
        assert _counts(database_of(f"sqlite:///{_copy_of(full)}")) == before


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_up_to_date_needs_no_alembic(kind: str, tmp_path: Path):
    program = (
        "import sys; from datetime import datetime, UTC; "
        "from storage.database import database_of; "
        "from storage.migrate import upgrade; "
        "d = database_of(sys.argv[1]); now = datetime.now(UTC); upgrade(d, now); upgrade(d, now); "
        "assert 'alembic' not in sys.modules"
    )
    with database_url(kind, tmp_path) as url:
        subprocess.run([sys.executable, "-c", program, url], check=True)


def test_nothing_is_deleted_by_cascade():
    keys = [key for table in tables.metadata.tables.values() for key in table.foreign_keys]
    assert keys
    assert all(key.ondelete is None and key.onupdate is None for key in keys)


GLOBAL = {
    "person",
    "identity",
    "link_code",
    "answer",
    "outbox",
    "question",
    "inbox",
    "lease",
    "meta",
    "pool",
}
"""People, queues and marks belong to no pool; a pool is the pool."""

OVER_ALL_POOLS = {"uq_chat_living"}
"""A chat belongs to one pool at a time."""


def test_whatever_a_pool_owns_has_the_pool_first_in_its_keys():
    for table in tables.metadata.tables.values():
        if table.name in GLOBAL:
            continue
        keys: list[Any] = [table.primary_key, *(i for i in table.indexes if i.unique)]
        for key in keys:
            if key.name not in OVER_ALL_POOLS:
                assert next(iter(key.columns)).name == "pool_id", key.name
