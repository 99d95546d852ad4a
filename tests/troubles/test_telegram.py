"""Every act meets a trouble: the books are right, no message is lost, what is repeated says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bots.app import App, now
from bots.local_bot.stage import Moment
from bots.rooms import Inside
from bots.telegram_bot import Patience
from bots.transcripts.script import Script, Where
from bots.transcripts.stage import Seen
from tests.pretended.telegram import PretendedTelegram
from tests.stages._app import app_of
from tests.stages.telegram import TelegramStage, Unpaced
from tests.troubles.living import lived_through, plays
from tests.troubles.passing import until_said
from tests.troubles.telegram_weather import TROUBLES, Trouble


async def _at_once(seconds: float) -> None:
    """A pause that is over before it began."""


class Troubled(TelegramStage):
    """A stage on which every act meets a trouble, and time passes until all of it was said."""

    trouble: Trouble

    @property
    def app(self) -> App:
        assert self._app is not None
        return self._app

    @property
    def moment(self) -> Moment:
        return self._moment

    def room(self, inside: Inside) -> Unpaced:
        self._bot = Unpaced(inside, Patience(answer=self.trouble.answer, pause=_at_once))
        return self._bot

    async def says(
        self, who: str, where: Where, text: str, *, photo: bool = False, replies_to: str = ""
    ) -> None:
        self.trouble.befalls(self._telegram)
        await super().says(who, where, text, photo=photo, replies_to=replies_to)

    async def answers(self, who: str, text: str) -> None:
        self.trouble.befalls(self._telegram)
        await super().answers(who, text)

    async def taps(self, who: str, on: Seen, label: str, writes: str) -> None:
        self.trouble.befalls(self._telegram)
        await super().taps(who, on, label, writes)

    def _overlook_question(self, who: str, label: str) -> None:
        """With the question, what was asked before it and may not have arrived."""
        asked = [seen.text for seen in self._seen if seen.audience == who]
        super()._overlook_question(who, label)
        self._seen = [
            seen for seen in self._seen if seen.audience != who or not asked[-1].endswith(seen.text)
        ]

    async def _settled(self) -> None:
        """All was said: what was put off by some seconds, too."""
        await until_said(self.app, self._moment, super()._settled)
        self._telegram.fair_weather()
        if self.trouble.twice and self._bot is not None and self._bot.latest is not None:
            self._telegram.redeliver(self._bot.latest[0].update_id)
            await super()._settled()


@asynccontextmanager
async def troubled(
    trouble: Trouble, script: Script, folder: Path, url: str
) -> AsyncIterator[Troubled]:
    moment = Moment(script.start.instant(now()))
    async with PretendedTelegram(clock=lambda: moment().timestamp()) as telegram:
        stage = Troubled(telegram, script, moment, script.people)
        stage.trouble = trouble
        app = app_of(script, folder, url, moment, stage.settings, [stage.room])
        async with app:
            await stage.opens(app)
            yield stage


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("file", "trouble"), plays(TROUBLES))
async def test_no_trouble_loses_or_doubles_anything(
    file: Path, trouble: Trouble, tmp_path: Path
) -> None:
    borne = await lived_through(file, partial(troubled, trouble), tmp_path)
    assert bool(borne.marked) <= trouble.repeats
