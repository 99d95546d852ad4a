"""A town on both platforms: one pool, each platform's real library on its pretended server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.app import App
from bots.discord_bot import DiscordBot
from bots.gate import Limits
from bots.rooms import Inside
from bots.settings import Settings
from bots.telegram_bot import Patience, TelegramBot
from bots.tokens import Token, read_token
from core.domain.units import Number, PoolId
from core.reads import Audit
from tests.clocks import Clock, Draw
from tests.discord_bot.small import QuickClient
from tests.pretended.discord import HandClock, PretendedDiscord
from tests.pretended.discord import Message as Card
from tests.pretended.discord import User as DiscordUser
from tests.pretended.telegram import Message, PretendedTelegram
from tests.pretended.telegram import User as TelegramUser


class Unpaced(TelegramBot):
    """Without the pauses between messages, which would only make tests long."""

    seconds_between_messages = 0.0
    messages_per_minute = 0
    messages_per_second = 0


@dataclass
class Town:
    """People on both platforms, and the bot while it runs.

    Amina is the first steward, on Telegram; Claire the second, on Discord. Juma is a member on
    Telegram, Baraka one on Discord, where he administers the guild.
    """

    telegram: PretendedTelegram
    discord: PretendedDiscord
    folder: Path
    clock: Clock
    draw: Draw
    url: str = ""
    level: str = "WARNING"
    running: App | None = None
    pool: PoolId = PoolId(0)
    limits: Limits | None = None
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        self.amina = self.telegram.user("Amina", username="amina")
        self.juma = self.telegram.user("Juma", username="juma")
        self.claire = self.discord.user("claire", "Claire")
        self.baraka = self.discord.user("baraka", "Baraka")
        self.group = self.telegram.supergroup("Garden", members=[self.juma], admins=[self.amina])
        self.guild = self.discord.guild("Riverside", members=[self.claire], admins=[self.baraka])
        for person in (self.amina, self.juma):
            self.telegram.starts(person)
        self.telegram.adds_bot(self.amina, self.group)
        self.telegram.forget_updates()

    @property
    def settings(self) -> Settings:
        given: dict[str, Any] = {
            "telegram_token": self.telegram.token,
            "telegram_api_url": self.telegram.url,
            "discord_token": self.discord.token,
            "discord_api_url": self.discord.api_url,
            "discord_gateway_url": self.discord.gateway_url,
            "log_level": self.level,
        }
        return Settings(_env_file=None, data_dir=self.folder, **given)

    @property
    def app(self) -> App:
        assert self.running is not None
        return self.running

    def _telegram_room(self, inside: Inside) -> TelegramBot:
        return Unpaced(inside, self.patience)

    @staticmethod
    def _discord_room(inside: Inside) -> DiscordBot:
        return DiscordBot(inside, QuickClient)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """A process of the bot, from its start to its end; the second one is a restart."""
        app = App(
            self.settings,
            url=self.url,
            clock=self.clock,
            draw=self.draw,
            rooms=[self._telegram_room, self._discord_room],
            limits=self.limits,
            ticking=False,
        )
        with self.discord.reroute():
            async with app:
                self.running = app
                yield
        self.running = None

    # --- acting --------------------------------------------------------------------------------

    async def settled(self) -> None:
        """All that was done has been answered, and all that follows was shown."""
        await self.telegram.quiet()
        await self.app.quiet()
        await self.telegram.quiet()

    async def tells(self, user: TelegramUser, text: Any, place: Any = None) -> str:
        """Somebody writes on Telegram, in private or in a place; the answer in private."""
        self.telegram.says(user, user if place is None else place, text)
        await self.settled()
        return self.answer_to(user)

    def answer_to(self, user: TelegramUser) -> str:
        said = self.alone(user)
        return said[-1].text if said else ""

    def alone(self, user: TelegramUser) -> list[Message]:
        """The messages that somebody alone sees, in their direct chat and in groups."""
        return [
            shown.message
            for shown in self.telegram.history
            if shown.act == "sent" and user in (shown.chat.person, shown.message.receiver)
        ]

    async def taps(self, user: TelegramUser, message: Message, label: str) -> str:
        """Somebody presses a button on Telegram; the answer in private."""
        self.telegram.taps(user, message, label)
        await self.settled()
        return self.answer_to(user)

    async def slashes(self, user: DiscordUser, command: str, **options: Any) -> str:
        """Somebody calls a command on Discord, in the guild; the answer."""
        act = await self.discord.slash(user, self.guild.channel, command, **options).answered()
        await self.settled()
        return act.text

    # --- the pool ------------------------------------------------------------------------------

    async def founds(self) -> None:
        """Make the pool on Telegram, bring Discord in, appoint Claire."""
        await self.tells(
            self.amina,
            "/pool create Kijiji currency:KES timezone:Africa/Nairobi language:en",
            self.group,
        )
        await self.tells(self.juma, "/join", self.group)
        await self.tells(self.juma, "/balance")
        invitation = await self.tells(self.amina, "/pool invite", self.group)
        found = re.search(r"/pool join (\w+)", invitation)
        assert found is not None, invitation
        await self.slashes(self.baraka, "pool join", code=found[1])
        await self.taps(self.amina, self.telegram.messages(self.amina)[-1], "Let it in")
        for person in (self.claire, self.baraka):
            await self.slashes(person, "join")
        await self.tells(self.amina, "/appoint @Claire steward")
        bound = await self.app.house.readers.chat("telegram", str(self.group.id))
        assert bound is not None
        self.pool = bound.pool

    async def claim(self, what: str = "mending the fence", worth: str = "3") -> Number:
        """Juma promises something and says it is done; its number."""
        promised = await self.tells(self.juma, f"/commit {worth} {what}")
        number = re.search(r"#(\d+)", promised)
        assert number is not None, promised
        await self.tells(self.juma, f"/done {number[0]}")
        return Number(int(number[1]))

    async def thank(self, *credits: tuple[str, int]) -> None:
        """Amina thanks people by name."""
        for name, count in credits:
            await self.tells(self.amina, f"/thank @{name} {count} helping out")

    async def free(self, name: str) -> int:
        """What a member may spend."""
        everyone = await self.app.house.readers.everyone(self.pool)
        member = next(each.member for each in everyone if each.name == name)
        return (await self.app.house.readers.balance(self.pool, member)).free

    async def books(self) -> Audit:
        """The proof of the books, which must hold at all times."""
        audit = await self.app.house.readers.audit(self.pool)
        assert audit.faults == ()
        return audit

    # --- buttons -------------------------------------------------------------------------------

    def posts(self) -> list[Message]:
        """The bot's messages in the Telegram group."""
        return self.telegram.messages(self.group)

    def cards(self) -> list[Card]:
        """The bot's messages that all of the guild sees."""
        seen = self.discord.messages(self.guild.channel)
        return [
            each
            for each in seen
            if each.author is self.discord.bot_user and each.visible_to is None and not each.deleted
        ]


def token_of(data: str | None) -> Token:
    """What stands behind a button."""
    token = read_token(data or "")
    assert token is not None, data
    return token


Opened = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture
async def town(tmp_path: Path, clock: Clock, draw: Draw) -> AsyncIterator[Town]:
    """A town whose bot does not run yet. Nothing there is late because a machine is busy."""
    standing = HandClock(datetime.now(UTC))  # the library compares ids with the real time
    async with PretendedTelegram() as chats, PretendedDiscord(standing) as guilds:
        yield Town(chats, guilds, tmp_path, clock, draw)


@pytest.fixture
async def kijiji(town: Town) -> AsyncIterator[Town]:
    """A town with a pool, and the bot running."""
    async with town.open():
        await town.founds()
        yield town
