"""What is played through troubles, and what has to hold after it, on whichever platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import pytest
from _pytest.mark import ParameterSet

from bots.app import App
from bots.local_bot.stage import Moment
from bots.transcripts.script import Script, read_script
from bots.transcripts.stage import Stage
from tests.databases import database_url
from tests.transcripts.books import books
from tests.transcripts.test_transcripts import LONG
from tests.troubles.bearing import Bearing, Borne

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"
FIRST_MONTH = TRANSCRIPTS / "first_month.txt"
BOOKS = FIRST_MONTH.with_suffix(".books")


class Named(Protocol):
    """A trouble has a name."""

    @property
    def name(self) -> str: ...


class Troubled(Stage, Protocol):
    """A stage on which every act meets a trouble."""

    @property
    def app(self) -> App: ...

    @property
    def moment(self) -> Moment: ...


Opens = Callable[[Script, Path, str], AbstractAsyncContextManager[Troubled]]


def plays(troubles: Iterable[Named]) -> list[ParameterSet]:
    """The first month through everything on every push, all other conversations in the soak.

    Every command that writes stands in one of them (`test_all_is_said.py`).
    """
    return [
        pytest.param(
            file,
            trouble,
            id=f"{file.stem} {trouble.name}",
            marks=[] if file == FIRST_MONTH else pytest.mark.soak,
        )
        for file in sorted(TRANSCRIPTS.glob("*.txt"))
        for trouble in troubles
        if file.stem not in LONG and not _script(file).only
    ]


def _script(file: Path) -> Script:
    return read_script(file.read_text(encoding="utf-8"))


async def lived_through(file: Path, opens: Opens, folder: Path) -> Borne:
    """Play a conversation to its end; the books are right then, and nothing is lost or doubled."""
    script = _script(file)
    with database_url("sqlite", folder) as url:
        async with opens(script, folder, url) as stage:
            playing = Bearing(script, stage, stage.moment)
            played = await playing.to_the_end()
            readers = stage.app.house.readers
            proofs = [await readers.audit(pool) for pool in await readers.pools()]
        assert not played.faults, "\n".join(played.faults)
        assert not any(each.faults for each in proofs), proofs
        if file == FIRST_MONTH:
            assert books(url, script) == BOOKS.read_text(encoding="utf-8")
    assert not playing.borne.lost, "\n".join(["lost:", *playing.borne.lost])
    assert not playing.borne.doubled, "\n".join(["doubled:", *playing.borne.doubled])
    return playing.borne
