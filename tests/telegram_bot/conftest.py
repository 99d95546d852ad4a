"""The bot on a pretended Telegram: the real library, the real house, a small catalogue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bots.app import App
from bots.calls import Call
from bots.replies import Reply, reply, say
from bots.rooms import Inside
from bots.settings import Settings
from bots.telegram_bot import Patience, TelegramBot
from bots.words import Voice
from core.usecases.people import Meet, meet
from tests.clocks import Clock, Draw
from tests.pretended.telegram import Chat, Message, PretendedTelegram, User
from tests.telegram_bot.small import Small


@dataclass
class Running:
    """A bot that runs, and the Telegram it runs on."""

    telegram: PretendedTelegram
    app: App
    bot: TelegramBot
    small: Small
    pauses: list[float]

    @property
    def calls(self) -> list[Call]:
        """The calls that reached a command of the small catalogue."""
        return self.small.calls

    async def settled(self) -> None:
        """Wait until every act was received and handled, and all that follows is shown."""
        await self.telegram.quiet()
        await self.app.quiet()
        await self.telegram.quiet()

    def texts(self, place: Chat | User) -> list[str]:
        """What the bot's messages in a place say now."""
        return [message.text for message in self.telegram.messages(place)]

    def alone(self, user: User, chat: Chat) -> list[str]:
        """What the bot shows to one person alone in a group."""
        return [message.text for message in self.telegram.whispers(user, chat)]

    def last(self, place: Chat | User) -> Message:
        """The bot's latest message in a place."""
        return self.telegram.messages(place)[-1]

    async def meet(self, user: User) -> None:
        """Somebody wrote to the bot in private once."""
        seen = Meet("telegram", str(user.id), user.name, user.username or "", reachable=True)
        await self.app.engine.run(meet, seen, f"test:{user.id}")
        # The bot knows it from here on: else a slow look could make a pop-up of an answer.
        assert await self.bot._reach.is_open(str(user.id))

    async def card(self, chat: Chat | User, shown: Reply | None = None) -> Message:
        """A card of the bot in a place."""
        shown = shown or reply(say("A card"), buttons=((self.small.button("Take", "take"),),))
        await self.bot.show_card(str(chat.id), "", "", shown, Voice(), "1")
        return self.last(chat)


Run = Callable[..., AbstractAsyncContextManager[Running]]


def settings_of(telegram: PretendedTelegram, folder: Path, **more: Any) -> Settings:
    given = {"telegram_token": telegram.token, "telegram_api_url": telegram.url, **more}
    return Settings(_env_file=None, data_dir=folder, **given)


@pytest.fixture
async def telegram() -> AsyncIterator[PretendedTelegram]:
    async with PretendedTelegram() as server:
        yield server


@pytest.fixture
def run(telegram: PretendedTelegram, tmp_path: Path, clock: Clock, draw: Draw) -> Run:
    """Runs a bot on the same database each time: a second run is a restart."""

    @asynccontextmanager
    async def running(
        patience: Patience | None = None,
        extra: Sequence[Any] = (),
        small: Small | None = None,
        **more: Any,
    ) -> AsyncIterator[Running]:
        small = small or Small()
        pauses: list[float] = []
        made: list[TelegramBot] = []

        async def pause(seconds: float) -> None:
            pauses.append(seconds)

        def room(inside: Inside) -> TelegramBot:
            made.append(TelegramBot(inside, patience or Patience(pause=pause)))
            return made[0]

        app = App(
            settings_of(telegram, tmp_path, **more),
            clock=clock,
            draw=draw,
            commands=[*small.commands, *extra],
            card_of=_no_card,
            rooms=[room],
            ticking=False,
        )
        async with app:
            yield Running(telegram, app, made[0], small, pauses)

    return running


@pytest.fixture
async def running(run: Run, amina: User) -> AsyncIterator[Running]:
    async with run() as started:
        await started.meet(amina)
        yield started


@pytest.fixture
def amina(telegram: PretendedTelegram) -> User:
    """An administrator of the garden, with an open direct chat."""
    person = telegram.user("Amina", username="amina")
    telegram.starts(person)
    telegram.forget_updates()
    return person


@pytest.fixture
def juma(telegram: PretendedTelegram) -> User:
    """A member of the garden who never wrote to the bot."""
    return telegram.user("Juma", username="juma")


@pytest.fixture
def rehema(telegram: PretendedTelegram) -> User:
    """A member of the garden without a username."""
    return telegram.user("Rehema", last_name="Kibet")


@pytest.fixture
def garden(telegram: PretendedTelegram, amina: User, juma: User, rehema: User) -> Chat:
    """A group with the bot in it."""
    group = telegram.supergroup("Garden", members=[juma, rehema], admins=[amina])
    telegram.adds_bot(amina, group)
    telegram.forget_updates()
    return group


def _no_card(*_: object) -> Reply:
    return reply(say("A card"))
