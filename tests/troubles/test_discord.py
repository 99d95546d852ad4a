"""Every act on Discord meets a trouble: the books are right, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bots.app import App, now
from bots.discord_bot import DiscordBot
from bots.local_bot.stage import Moment
from bots.rooms import Inside
from bots.transcripts.script import Script
from tests.pretended.discord import Interaction
from tests.stages._app import app_of
from tests.stages.discord import DiscordStage, QuickClient, WatchedDiscord
from tests.troubles.discord_weather import TROUBLES, Trouble
from tests.troubles.living import lived_through, plays
from tests.troubles.passing import until_said


class Hurried:
    """The library's `asyncio`, whose pauses between tries are over before they began."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(seconds: float, result: object = None) -> object:
        return await asyncio.sleep(min(seconds, 0.01), result)


class Untiring(QuickClient):
    """Takes a broken line up again at once, however often it breaks."""

    first_pause_seconds = 0.0


class Troubled(DiscordStage):
    """A stage on which every act meets a trouble, and time passes until all of it was said."""

    trouble: Trouble
    acts = 0

    def room(self, inside: Inside) -> DiscordBot:
        self._bot = DiscordBot(inside, Untiring)
        return self._bot

    @property
    def app(self) -> App:
        return self._here

    @property
    def moment(self) -> Moment:
        return self._moment

    async def _acts(self, act: Any) -> Interaction:
        self.trouble.befalls(self._discord)
        return await super()._acts(act)

    async def _settled(self, act: Interaction) -> Interaction:
        self.acts += 1
        if self.acts % self.trouble.every == 0:
            self.trouble.begun(self._discord)
        await super()._settled(act)
        await self._discord.until(lambda: self._discord.connected, what="a line")
        await until_said(self.app, self._moment, self.app.quiet)
        self._discord.injection.clear()
        if self.trouble.twice:
            self._discord.redeliver(act)
            await self.app.quiet()
        return act


@asynccontextmanager
async def troubled(
    trouble: Trouble, script: Script, folder: Path, url: str
) -> AsyncIterator[Troubled]:
    moment = Moment(script.start.instant(now()))
    async with WatchedDiscord() as discord:
        stage = Troubled(discord, script, moment, script.people)
        stage.trouble = trouble
        app = app_of(script, folder, url, moment, stage.settings, [stage.room])
        with discord.reroute():
            async with app:
                await stage.opens(app)
                yield stage


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("discord.http", "discord.webhook.async_", "discord.client"):
        monkeypatch.setattr(f"{module}.asyncio", Hurried())


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("file", "trouble"), plays(TROUBLES))
async def test_no_trouble_loses_or_doubles_anything(
    file: Path, trouble: Trouble, tmp_path: Path
) -> None:
    borne = await lived_through(file, partial(troubled, trouble), tmp_path)
    assert borne.marked == 0, "a nonce shows once what is sent twice"
