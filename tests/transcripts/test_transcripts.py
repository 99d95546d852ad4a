"""Every transcript goes as it is written, on every platform that has a stage.

A platform takes part with a module of `tests/stages`: in `telegram.py`, `telegram_stage(script,
folder, url)` is an asynchronous context manager that gives a `bots.transcripts.stage.Stage` on a
new database. `mixed` is several platforms at once, for transcripts whose people are on them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from bots.app import now
from bots.transcripts.player import Played, play
from bots.transcripts.script import MIXED, Script, read_script
from tests.databases import KINDS, database_url
from tests.transcripts.books import books

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.txt"))
STAGES = sorted(file.stem for file in (HERE.parent / "stages").glob("[a-z]*.py"))
LOCAL = "local"

BOOKS = HERE / "first_month.books"
"""What stands in the books after the first month, whoever played it and whatever kept it."""

TRANSLATED = sorted(HERE.glob("*/first_month.txt"))
"""Other languages are played locally (`test_all_is_said.py`); these show that a wire carries them:
Telegram's, as Discord has no client in Swahili."""


LONG = {"a_year", "stewards_terms"}
"""Months and years go by in them: in `make soak`. Every push lives through them locally, in all
languages (`test_all_is_said.py`)."""


def plays() -> list[ParameterSet | tuple[Path, str, str]]:
    """Which transcripts are played where, on which database; the long one not everywhere."""
    return [
        pytest.param(*each, marks=pytest.mark.soak) if each[0].stem in LONG else each
        for each in all_plays()
    ]


def all_plays() -> list[tuple[Path, str, str]]:
    """Each is played everywhere on SQLite, and locally on PostgreSQL; the first month on both in
    all.
    """
    return [
        *(
            (file, stage, kind)
            for file in FILES
            for stage in STAGES
            for kind in KINDS
            if _fits(read(file), stage)
            and (file.stem == BOOKS.stem or (kind == "postgresql") is (stage == LOCAL))
        ),
        *((file, "telegram", "sqlite") for file in TRANSLATED),
    ]


def _fits(script: Script, stage: str) -> bool:
    if script.only and stage not in script.only:
        # One keyboard can play several platforms, too.
        return stage == LOCAL and MIXED in script.only
    return stage != MIXED or script.is_shared


def read(file: Path) -> Script:
    return read_script(file.read_text(encoding="utf-8"))


def named(each: object) -> str:
    if not isinstance(each, Path):
        return str(each)
    return each.stem if each.parent == HERE else f"{each.parent.name}-{each.stem}"


@pytest.mark.timeout(240)  # a year is long on a loaded server
@pytest.mark.parametrize(("file", "stage", "database"), plays(), ids=named)
async def test_a_transcript_goes_as_it_is_written(
    file: Path, stage: str, database: str, tmp_path: Path
) -> None:
    script = read(file)
    with database_url(database, tmp_path) as url:
        played = await _played(script, stage, tmp_path, url)
        kept = books(url, script) if file.stem == BOOKS.stem else ""
    assert played.well, "\n".join([*played.faults, played.difference(file.name)])
    if kept:
        # The same to the last posting, on every platform, on every database, in every language.
        assert kept == BOOKS.read_text(encoding="utf-8")


async def _played(script: Script, stage: str, folder: Path, url: str) -> Played:
    stage_of = getattr(import_module(f"tests.stages.{stage}"), f"{stage}_stage")
    async with stage_of(script, folder, url) as opened:
        return await play(script, opened, script.start.instant(now()))
