"""A year comes out the same wherever the pool is, and whether its months were closed late.

The conversation is `a_year.txt`. It is played as it stands; by another place's clocks; and with a
bot that is only there when somebody speaks, so that every month between is closed late, in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from bots.playing import play_locally
from bots.settings import Settings
from bots.transcripts.script import Script, read_script
from core.domain.figures import Figures, thawed
from storage import tables
from tests.transcripts.books import books

TEXT = (Path(__file__).parent / "a_year.txt").read_text(encoding="utf-8")
HERE, THERE = "America/Toronto", "Africa/Nairobi"


async def lived(script: Script, folder: Path) -> tuple[str, dict[str, Figures]]:
    """What everybody has at the end of the year, and what its months' reports say."""
    url = f"sqlite:///{folder / 'year.db'}"
    await play_locally(script, Settings(data_dir=folder), url)
    _, balances = books(url, script).rstrip().rsplit("\n\n", 1)
    return balances, figures(url)


def figures(url: str) -> dict[str, Figures]:
    """The frozen figures of every month."""
    engine = create_engine(url)
    period = tables.period.c
    with engine.connect() as connection:
        rows = connection.execute(select(period.month, period.figures).order_by(period.month))
        found = {month: thawed(text) for month, text in rows}
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [tmp_path_factory.mktemp(name) for name in ("here", "there", "late")]


@pytest.mark.timeout(240)
async def test_a_year_is_the_same_in_toronto_and_nairobi_and_when_its_months_close_late(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both changes of the clocks lie in Toronto's year, none in Nairobi's."""
    here = await lived(read_script(TEXT), folders[0])
    assert sorted(here[1]) == [f"2026-{month:02d}" for month in range(1, 13)]
    assert await lived(read_script(TEXT.replace(HERE, THERE)), folders[1]) == here
    # Nobody's clock is looked at between what people say.
    monkeypatch.setattr("bots.local_bot.stage.HOP", timedelta(days=400))
    balances, months = await lived(read_script(TEXT), folders[2])
    assert balances == here[0]
    assert _books_of(months) == _books_of(here[1])


def _books_of(months: Mapping[str, Figures]) -> Mapping[str, Figures]:
    """What came and went. A month in which nobody was reminded of what they promise for every
    month opens no promise afterwards, so promises are left aside.
    """
    return {
        month: replace(figures, promised=0, due=0, missed=0) for month, figures in months.items()
    }
