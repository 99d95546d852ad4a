"""The bot on the pretended Discord: the real catalogue, a few commands for tests, a guild."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bots.calls import Call
from bots.catalogue.all import COMMANDS
from bots.catalogue.asking import Asking, Doors
from bots.catalogue.commands import Argument, Choice, Command, Kind
from bots.catalogue.desk import Desk
from bots.discord_bot import DiscordBot
from bots.discord_bot.client import PoolClient
from bots.replies import Reply, Style, Typed, heading, item, line, reply, say
from bots.rooms import Inside, Underway
from bots.settings import Settings
from bots.tokens import Token
from core.domain.chance import At
from core.domain.pools import Chat
from core.engine import Engine
from storage.house import House
from tests.clocks import Clock, Draw
from tests.pretended.discord import Guild, Interaction, PretendedDiscord, User

NASTY = "<b>&amp;</b> *a* _b_ ~~c~~ ||d|| `e` @everyone <@1> [x](https://evil.example) # 🧵 :tada:"


class QuickClient(PoolClient):
    """Waits for nothing."""

    first_pause_seconds = 0.0
    look_seconds = 0.01

    def __init__(self, inside: Inside, **options: Any) -> None:
        super().__init__(inside, guild_ready_timeout=0.05, **options)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The library would wait for five seconds before a second login."""


class Small:
    """Commands for tests, which need no pool; what reached them is kept in `calls`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.photos: list[bytes | None] = []
        self.picture = b""
        self.gate = asyncio.Event()
        self.gate.set()
        text = Argument("text", Kind.TEXT, say("Any words"), say("Which words?"))
        optional = Argument("text", Kind.TEXT, say("Any words"), required=False)
        self.commands = (
            self._command("echo", self._echo, text),
            self._command("long", self._long),
            self._command("slow", self._echo_late, optional),
            self._command("boom", self._boom),
            self._command("bring", self._bring, photo=True),
            self._command("admin", self._admin),
            self._command("picture", self._picture, writes=False, beside=True),
            self._command("list", self._list, writes=False),
            self._command("drop", self._echo, text, press="text"),
            Command(
                "everything",
                say("One argument of each kind"),
                self._echo,
                tuple(_one_of(kind) for kind in Kind),
                without_pool=True,
            ),
        )

    def _command(self, name, run, *arguments: Argument, **more: Any) -> Command:
        async def recorded(asking: Asking) -> Reply:
            self.calls.append(asking.call)
            return await run(asking)

        return Command(name, say("For tests"), recorded, arguments, without_pool=True, **more)

    async def _echo(self, asking: Asking) -> Reply:
        return reply(say("You said: {text}", text=Typed(asking.text("text"))))

    async def _echo_late(self, asking: Asking) -> Reply:
        await self.gate.wait()
        return await self._echo(asking)

    async def _long(self, asking: Asking) -> Reply:
        words = Typed("*stitch* " * 40)
        lines = [item(say("Row {n}: {words}", n=n, words=words)) for n in range(20)]
        return Reply((heading(say("A long answer")), *lines), (self._buttons(),))

    async def _boom(self, asking: Asking) -> Reply:
        raise RuntimeError("this command always breaks")

    async def _bring(self, asking: Asking) -> Reply:
        photo = asking.call.photo
        self.photos.append(await photo() if photo else None)
        return reply(say("Thank you."))

    async def _picture(self, asking: Asking) -> Reply:
        return Reply((line(say("Words of a picture.")),), picture=self.picture)

    async def _admin(self, asking: Asking) -> Reply:
        is_admin = await asking.call.place.is_admin()
        return reply(say("An admin.") if is_admin else say("No admin."))

    async def _list(self, asking: Asking) -> Reply:
        page = asking.word or "0"
        return Reply((line(say("Page {page}", page=page)),), (self._buttons(),))

    def _buttons(self):
        return (
            button("More", "list", word="1"),
            button("Drop", "drop"),
            button("Boom", "boom", style=Style.NO),
            button("Slow", "slow"),
            button("Picture", "picture"),
        )


def button(label: str, verb: str, word: str = "", style: Style = Style.PLAIN):
    from bots.replies import Button

    return Button(say("{label}", label=label), str(Token(verb, word=word)), style)


def _one_of(kind: Kind) -> Argument:
    choices = (Choice("one", say("The first")), Choice("two", say("The second")))
    return Argument(
        str(kind),
        kind,
        say("An argument of this kind"),
        required=kind is not Kind.WORD,
        option=kind is Kind.WORD,
        choices=choices if kind is Kind.CHOICE else (),
        of="offer" if kind is Kind.NUMBER else "",
    )


@dataclass
class World:
    """Everything that a test needs at hand."""

    server: PretendedDiscord
    house: House
    clock: Clock
    small: Small = field(default_factory=Small)
    logins: int = 0

    def __post_init__(self) -> None:
        self.amina = self.server.user("amina", "Amina Yusuf")
        self.juma = self.server.user("juma", "Juma")
        self.claire = self.server.user("claire", "Claire", locale="fr")
        people = [self.juma, self.claire]
        self.guild: Guild = self.server.guild("Riverside", members=people, admins=[self.amina])
        self.channel = self.guild.channel
        self.draw = Draw()
        self.doors = Doors(
            Engine(self.house.writer),
            self.house.readers,
            self.house.questions,
            self.clock,
            lambda length: At(self.clock(), self.draw).word(length),
        )

    def settings(self, **more: Any) -> Settings:
        values = {
            "discord_token": self.server.token,
            "discord_api_url": self.server.api_url,
            "discord_gateway_url": self.server.gateway_url,
        }
        return Settings(_env_file=None, **values | more)

    def inside(self, commands: Sequence[Command] | None = None, **more: Any) -> Inside:
        known = (*COMMANDS, *self.small.commands) if commands is None else commands
        return Inside(
            settings=self.settings(**more),
            desk=Desk(self.doors, known),
            doors=self.doors,
            inbox=self.house.inbox,
            outbox=self.house.outbox,
            notes=self.house.notes,
            underway=Underway(),
            nudge=lambda: None,
        )

    @asynccontextmanager
    async def bot(self, commands: Sequence[Command] | None = None) -> AsyncIterator[DiscordBot]:
        """A process of the bot, from its start to its end."""
        bot = DiscordBot(self.inside(commands), QuickClient)
        with self.server.reroute():
            await bot.start()
            try:
                yield bot
            finally:
                await bot.stop()

    async def slash(self, user: User, command: str, /, **options: Any) -> Interaction:
        """Call a command in the guild and wait for the answer."""
        return await self.server.slash(user, self.channel, command, **options).answered()

    async def press(self, user: User, act: Interaction, label: str) -> Interaction:
        """Press a button of an answer and wait for the answer to that."""
        return await self.server.press(user, act.response, label).answered()

    async def found_pool(self) -> None:
        """A pool in the guild, with Amina as steward and Juma as member."""
        await self.slash(
            self.amina, "pool create", name="River", currency="KES", timezone="Africa/Nairobi"
        )
        await self.slash(self.juma, "join")

    async def chat(self) -> Chat:
        chat = await self.house.readers.chat("discord", str(self.guild.id))
        assert chat is not None
        return chat

    async def offers(self) -> list[str]:
        """What stands on the board."""
        from core.domain.listings import ListingKind

        pool = (await self.chat()).pool
        found = await self.house.readers.open_listings(pool, ListingKind.OFFER)
        return [each.text for each in found]


def reference_in(text: str) -> str:
    """The code that an apology names."""
    found = re.search(r"code: (\w+)", text)
    assert found is not None, text
    return found[1]
