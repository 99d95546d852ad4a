"""Several platforms at once: one bot and one pool on a pretended Telegram and a pretended Discord.

Everybody acts where the transcript says that they are (`on telegram`, `on discord`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bots.app import App, now
from bots.local_bot.stage import Moment, hops
from bots.transcripts.script import Script, Where
from bots.transcripts.stage import CannotAct, Seen, Stage
from tests.pretended.telegram import PretendedTelegram
from tests.stages import discord, telegram
from tests.stages._app import app_of


class MixedStage:
    """Hands each step to the platform of the one who acts."""

    def __init__(
        self, stages: Mapping[str, Stage], script: Script, moment: Moment, app: App
    ) -> None:
        self.platforms: Sequence[str] = tuple(stages)
        self._stages = stages
        self._script = script
        self._moment = moment
        self._app = app
        self._last = next(iter(stages.values()))
        self._acted: dict[str, Stage] = {}

    def _stage(self, who: str, platform: str = "") -> Stage:
        wanted = platform or self._script.actor(who).platform
        if wanted not in self._stages:
            raise CannotAct(f"{who} is on no platform that plays here")
        self._last = self._acted[who] = self._stages[wanted]
        return self._last

    async def says(
        self, who: str, where: Where, text: str, *, photo: bool = False, replies_to: str = ""
    ) -> None:
        """Somebody writes where they are, or where the step says."""
        stage = self._stage(who, where.platform)
        await stage.says(who, where, text, photo=photo, replies_to=replies_to)

    async def answers(self, who: str, text: str) -> None:
        """Somebody answers where they acted last."""
        self._last = self._acted.get(who) or self._stage(who)
        await self._last.answers(who, text)

    async def taps(self, who: str, on: Seen, label: str, writes: str) -> None:
        """Somebody presses a button of a message, where it stands."""
        await self._stage(who, on.platform).taps(who, on, label, writes)

    async def again(self) -> None:
        """The last event arrives once more."""
        await self._last.again()

    async def waits(self, by: timedelta) -> None:
        """Time passes."""
        for hop in hops(by):
            self._moment.now += hop
            await self._app.ticker.tick()
            await self._app.quiet()

    def seen(self) -> Sequence[Seen]:
        """What was seen since this was called last, on each platform in turn."""
        return [seen for stage in self._stages.values() for seen in stage.seen()]


@asynccontextmanager
async def mixed_stage(script: Script, folder: Path, url: str = "") -> AsyncIterator[MixedStage]:
    """Both platforms, on a database of its own, at the instant where a transcript begins."""
    moment = Moment(script.start.instant(now()))
    clock: Callable[[], float] = lambda: moment().timestamp()  # noqa: E731
    async with PretendedTelegram(clock=clock) as there, discord.WatchedDiscord() as other:
        chat = telegram.TelegramStage(there, script, moment, script.on(telegram.PLATFORM))
        guild = discord.DiscordStage(other, script, moment, script.on(discord.PLATFORM))
        found: dict[str, object] = {**chat.settings, **guild.settings}
        app = app_of(script, folder, url, moment, found, [chat.room, guild.room])
        with other.reroute():
            async with app:
                await chat.opens(app)
                await guild.opens(app)
                stages: dict[str, Stage] = {telegram.PLATFORM: chat, discord.PLATFORM: guild}
                yield MixedStage(stages, script, moment, app)
