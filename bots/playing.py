"""The local chat put together: as a stage for transcripts, and as `play` does it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bots.app import App, now
from bots.catalogue.commands import Command
from bots.delivery import CardOf
from bots.local_bot import LocalBot, LocalStage, Moment
from bots.settings import Settings
from bots.transcripts.player import Played, play
from bots.transcripts.script import Script
from bots.transcripts.stage import Stage


def steady_draw(seed: str) -> Callable[[int], bytes]:
    """Random bytes that are the same on every run: what is played twice reads the same."""
    numbers = count()

    def draw(length: int) -> bytes:
        return hashlib.shake_256(f"{seed}:{next(numbers)}".encode()).digest(length)

    return draw


@asynccontextmanager
async def local_stage(
    script: Script,
    settings: Settings,
    url: str,
    *,
    commands: Sequence[Command] | None = None,
    card_of: CardOf | None = None,
) -> AsyncIterator[LocalStage]:
    """The local platform on a database of its own, at the instant where a transcript begins."""
    moment = Moment(script.start.instant(now()))
    app = App(
        settings,
        url=url,
        clock=moment,
        draw=steady_draw(script.title),
        commands=commands,
        card_of=card_of,
        rooms=[lambda inside: LocalBot(inside, script.people, script.title)],
        ticking=False,
    )
    async with app:
        bot = app.delivery.rooms["local"]
        if not isinstance(bot, LocalBot):
            raise TypeError("the local room is another's")
        yield LocalStage(bot, moment, app.ticker.tick, app.quiet)


async def play_locally(script: Script, settings: Settings, url: str = "") -> Played:
    """Play a transcript on the local platform; without `url` on a database that is then gone."""
    if url:
        async with local_stage(script, settings, url) as stage:
            return await _played(script, stage)
    with TemporaryDirectory() as folder:
        return await play_locally(script, settings, f"sqlite:///{Path(folder) / 'played.db'}")


async def _played(script: Script, stage: Stage) -> Played:
    return await play(script, stage, script.start.instant(now()))
