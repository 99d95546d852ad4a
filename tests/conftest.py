"""What tests ask for by name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.engine import Engine
from storage.house import House, open_house
from tests.clocks import Clock, Draw
from tests.databases import KINDS, database_url
from tests.programs import TOKENS


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set, and the data of a program lies in a folder of its own."""
    for name in (*TOKENS, "DATABASE_URL", "LOG_LEVEL", "LOCALE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands until the test advances it."""
    return Clock()


@pytest.fixture
def draw() -> Draw:
    """Chance that is the same on every run."""
    return Draw()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database with all tables, on each kind of server in turn."""
    with database_url(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A new file of SQLite, for what concerns SQLite alone."""
    return f"sqlite:///{tmp_path / 'pool.db'}"


@pytest.fixture
async def house(url: str, clock: Clock, draw: Draw) -> AsyncIterator[House]:
    """An open database."""
    opened = await open_house(url, clock, draw)
    yield opened
    await opened.close()


@pytest.fixture
def engine(house: House) -> Engine:
    """The one door, on that database."""
    return Engine(house.writer)
