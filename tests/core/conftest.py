"""A hall for each test, on one migrated file of SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.database import Session, database_of, opener
from storage.migrate import upgrade
from tests.clocks import START
from tests.core.hall import Hall, Town, hall


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A connection to a migrated file."""
    database = database_of(f"sqlite:///{tmp_path_factory.mktemp('core') / 'pool.db'}")
    opener(database, writes=True)().close()
    upgrade(database, START)
    opened = opener(database, writes=True)()
    yield opened
    opened.close()


@pytest.fixture
def an_empty_hall(session: Session) -> Iterator[Hall]:
    """A hall in which nothing happened yet."""
    with hall(session) as made:
        yield made


@pytest.fixture
def town(an_empty_hall: Hall) -> Town:
    """A pool with its steward and three members."""
    made = Town(an_empty_hall)
    made.found()
    made.join("ann", "ben", "cho")
    return made
