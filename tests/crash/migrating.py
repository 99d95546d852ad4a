"""A process that makes or migrates a database and dies by SIGKILL before a chosen statement."""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from alembic.config import Config
from sqlalchemy import Connection, Engine, event

from storage import migrate
from storage.database import database_of, opener
from storage.migrations import steps
from tests.clocks import START


def with_further_steps() -> None:
    """Let there be the steps of the tests beside those of the house."""
    known = steps.config

    def config(connection: Connection) -> Config:
        made = known(connection)
        here = Path(steps.__file__).parent / "versions"
        there = Path(__file__).parents[1] / "storage" / "steps"
        made.set_main_option("path_separator", "newline")
        made.set_main_option("version_locations", f"{here}\n{there}")
        return made

    steps.config = config


def create(url: str) -> None:
    """Make the tables, as a first start does."""
    database = database_of(url)
    if database.is_sqlite:
        opener(database, writes=True)().close()
    migrate.upgrade(database, START)


def climb(url: str, attempt: int) -> None:
    """Climb one step further, as the start of a newer version does."""
    database = database_of(url)
    engine = migrate.engine_of(database)
    try:
        steps.climb(database, engine, START + timedelta(minutes=attempt), "rebuilt")
    finally:
        engine.dispose()


def _die_before(at_statement: int) -> None:
    left = at_statement

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)


if __name__ == "__main__":
    what, where, number = sys.argv[1:]
    _die_before(int(number))
    if what == "create":
        create(where)
    else:
        with_further_steps()
        climb(where, int(number))
