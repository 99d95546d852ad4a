"""The schema: made at once or climbed to, both are the same; up, down and up again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from storage import migrate, tables
from storage.database import Database, database_of
from storage.migrations import steps
from tests.clocks import START
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
