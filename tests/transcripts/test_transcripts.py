"""Every transcript goes as it is written, on every platform that has a stage.

A platform takes part with a module of `tests/stages`: in `telegram.py`, `telegram_stage(script,
folder)` is an asynchronous context manager that gives a `bots.transcripts.stage.Stage` on a new
database in that folder.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from bots.app import now
from bots.playing import play_locally
from bots.settings import Settings
from bots.transcripts.player import play
from bots.transcripts.script import Script, read_script

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.txt"))
STAGES = sorted(file.stem for file in (HERE.parent / "stages").glob("[a-z]*.py"))


def read(file: Path) -> Script:
    return read_script(file.read_text(encoding="utf-8"))


def plays() -> list[tuple[Path, str]]:
    """Which transcripts are played where."""
    return [
        (file, stage)
        for file in FILES
        for stage in STAGES
        if not (only := read(file).only) or stage in only
    ]


def named(each: object) -> str:
    return each.stem if isinstance(each, Path) else str(each)


@pytest.mark.parametrize(("file", "stage"), plays(), ids=named)
async def test_a_transcript_goes_as_it_is_written(file: Path, stage: str, tmp_path: Path) -> None:
    script = read(file)
    stage_of = getattr(import_module(f"tests.stages.{stage}"), f"{stage}_stage")
    async with stage_of(script, tmp_path) as opened:
        played = await play(script, opened, script.start.instant(now()))
    assert played.well, "\n".join([*played.faults, played.difference(file.name)])


@pytest.mark.parametrize("file", FILES, ids=named)
async def test_a_transcript_goes_so_on_every_database(file: Path, url: str, tmp_path: Path) -> None:
    played = await play_locally(read(file), Settings(data_dir=tmp_path), url)
    assert played.well, "\n".join([*played.faults, played.difference(file.name)])
