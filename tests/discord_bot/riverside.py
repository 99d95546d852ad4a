"""Riverside: a guild with a pool, and all of the bot, delivery included, on a pretended Discord."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.app import App
from bots.discord_bot import DiscordBot
from bots.rooms import Inside
from bots.settings import Settings
from core.domain.pools import Chat
from core.domain.units import PoolId
from tests.clocks import Clock, Draw
from tests.discord_bot.small import QuickClient
from tests.pretended.discord import HandClock, Interaction, Message, PretendedDiscord, User


@dataclass
class Riverside:
    """People of a guild, and the bot while it runs.

    Amina administers the guild and is the first steward of its pool. Claire is the second, and
    administers nothing. Juma is a member; Baraka is in the guild, and not in the pool.
    """

    server: PretendedDiscord
    folder: Path
    clock: Clock
    draw: Draw
    running: App | None = None
    pool: PoolId = PoolId(0)
    _process: AsyncExitStack = field(default_factory=AsyncExitStack)

    def __post_init__(self) -> None:
        self.amina = self.server.user("amina", "Amina")
        self.juma = self.server.user("juma", "Juma")
        self.claire = self.server.user("claire", "Claire")
        self.baraka = self.server.user("baraka", "Baraka")
        people = [self.juma, self.claire, self.baraka]
        self.guild = self.server.guild("Riverside", members=people, admins=[self.amina])
        self.channel = self.guild.channel

    @property
    def app(self) -> App:
        assert self.running is not None
        return self.running

    @property
    def bot(self) -> DiscordBot:
        room = self.app.delivery.rooms["discord"]
        assert isinstance(room, DiscordBot)
        return room

    async def start(self, **more: Any) -> None:
        """Begin a process of the bot."""
        given: dict[str, Any] = {
            "discord_token": self.server.token,
            "discord_api_url": self.server.api_url,
            "discord_gateway_url": self.server.gateway_url,
            **more,
        }
        app = App(
            Settings(_env_file=None, data_dir=self.folder, **given),
            clock=self.clock,
            draw=self.draw,
            rooms=[self._room],
            limits=None,
            ticking=False,
        )
        self._process.enter_context(self.server.reroute())
        self.running = await self._process.enter_async_context(app)

    async def stop(self) -> None:
        """End it."""
        await self._process.aclose()
        self.running = None

    async def restart(self, **more: Any) -> None:
        """End it, and begin another on the same database."""
        await self.stop()
        await self.start(**more)

    @staticmethod
    def _room(inside: Inside) -> DiscordBot:
        return DiscordBot(inside, QuickClient)

    async def found(self) -> None:
        """Make the pool; Juma and Claire join, and Claire becomes a steward."""
        await self.slash(
            self.amina, "pool create", name="River", currency="KES", timezone="Africa/Nairobi"
        )
        for person in (self.juma, self.claire):
            await self.slash(person, "join")
        await self.slash(self.amina, "steward appoint", member=self.claire, role="steward")
        self.pool = (await self.chat()).pool

    async def chat(self) -> Chat:
        """How the guild is bound to the pool."""
        bound = await self.app.house.readers.chat("discord", str(self.guild.id))
        assert bound is not None
        return bound

    # --- acting --------------------------------------------------------------------------------

    async def settled(self, act: Interaction) -> Interaction:
        """Somebody has their answer, and all that follows from it was shown."""
        await act.answered()
        await self.app.quiet()
        return act

    async def slash(
        self, user: User, command: str, /, channel: Any = None, **options: Any
    ) -> Interaction:
        """Call a command in the guild."""
        where = channel or self.channel
        return await self.settled(self.server.slash(user, where, command, **options))

    async def press(self, user: User, message: Message, label: str) -> Interaction:
        """Press a button."""
        return await self.settled(self.server.press(user, message, label))

    async def thank(self, user: User, credits: int, what: str = "helping out") -> None:
        """Amina gives somebody credits for what they did."""
        worth = str(credits)
        await self.slash(self.amina, "steward thank", members=user.mention, worth=worth, what=what)

    async def claim(self, user: User, what: str, worth: str = "3") -> str:
        """Somebody promises something and says that it is done; its number, as '#7'."""
        promised = await self.slash(user, "commit", worth=worth, what=what)
        number = re.search(r"#\d+", promised.text)
        assert number is not None, promised.text
        await self.slash(user, "done", commitment=number[0])
        return number[0]

    async def free(self, user: User) -> int:
        """What somebody may spend."""
        readers = self.app.house.readers
        known = await readers.known("discord", str(user.id))
        assert known is not None
        member = await readers.member(self.pool, known.person.id)
        assert member is not None
        return (await readers.balance(self.pool, member.id)).free

    def discord_waits(self, seconds: float) -> None:
        """Time passes on Discord's clock, which is not the bot's."""
        assert isinstance(self.server.clock, HandClock)
        self.server.clock.advance(seconds)

    # --- looking -------------------------------------------------------------------------------

    @property
    def cards(self) -> list[Message]:
        """What all of the guild sees in its channel."""
        return [each for each in self.server.messages(self.channel) if each.visible_to is None]
