"""The connection to Discord: which events come in, and who handles them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bots.discord_bot.answering import Answering
from bots.discord_bot.buttons import Interaction, dynamic_item
from bots.discord_bot.events import Events
from bots.discord_bot.guilds import Guilds, invite_link
from bots.discord_bot.sending import Sender
from bots.discord_bot.slash import (
    COMMANDS_NOTE,
    Translator,
    add_commands,
    add_menus,
    fingerprint,
    payload,
)
from bots.discord_bot.staying import Line, Logins
from bots.rooms import Inside
from bots.settings import Settings
from bots.tokens import PATTERN

log = logging.getLogger(__name__)

WAIT_MAX_SECONDS = 30
"""How long the library may wait by itself when Discord asks for patience."""


def point_library_at(settings: Settings) -> None:
    """Let discord.py find Discord elsewhere; it has no setting for that, only these two places."""
    if settings.discord_api_url is not None:
        Route.BASE = settings.discord_api_url
    if settings.discord_gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)


def shard_of(guild: str, shards: int) -> int:
    """Which shard hears of a guild: so says Discord."""
    return (int(guild) >> 22) % shards


class Tree(app_commands.CommandTree["PoolClient"]):
    """The slash commands."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """What was delivered before is not called again."""
        return self.client.answering.take(interaction)

    async def on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /
    ) -> None:
        """What broke outside of the desk."""
        await self.client.answering.failed(interaction, error)


class PoolClient(discord.Client):
    """One login. Made anew for each; it hears of guilds and interactions, and of nothing else.

    Of several shards, each hears of its own guilds, and the first of direct messages.
    """

    first_pause_seconds = 1.0
    look_seconds = 60.0

    def __init__(self, inside: Inside, **options: Any) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            max_ratelimit_timeout=WAIT_MAX_SECONDS,
            **options,
        )
        self.logins = Logins(inside.notes, inside.doors.now, self.shard_count or 1)
        self._line: Line | None = None
        self.when_ready: Callable[[], None] = lambda: None
        self._guilds = Guilds(inside)
        plain = inside.settings.discord_cards == "plain"
        self.sender = Sender(self, self._guilds.closed, Events(self, inside), plain=plain)
        self.answering = Answering(inside, self.sender)
        self.tree = Tree(self)
        self._notes = inside.notes
        commands, answering = inside.desk.commands, self.answering
        add_commands(self.tree, commands, answering.called, answering.suggest)
        add_menus(self.tree, commands, answering.chosen)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected until the client is closed; whatever breaks is taken up again."""
        if not reconnect:
            raise NotImplementedError
        self._line = Line(self, self.logins, self.first_pause_seconds, self.look_seconds)
        await self._line.hold()

    async def close(self) -> None:
        """Hang up, and wait for nothing any more."""
        if self._line is not None:
            self._line.end()
        await super().close()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Let an event be handled. After the end the library has no loop left to do so on."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def setup_hook(self) -> None:
        """Once a login, before anything comes in."""
        self.add_dynamic_items(dynamic_item(self.answering.pressed, self.answering.selected))
        await self.tree.set_translator(Translator())
        await self._tell_commands()

    async def _tell_commands(self) -> None:
        """Register the commands, when they are not what was registered last."""
        application = self.application_id or 0
        print_now = f"{application} {fingerprint(application, await payload(self.tree))}"
        if await self._notes.get(COMMANDS_NOTE) == print_now:
            return
        try:
            await self.tree.sync()
        except discord.DiscordException:
            # Those that are known go on working; the next start tries again.
            log.exception("Discord did not take the commands")
            return
        await self._notes.put(COMMANDS_NOTE, print_now)

    async def on_ready(self) -> None:
        """Logged in, or in again after a long break."""
        self.when_ready()
        if not self.guilds:
            link = invite_link(self.application_id or 0)
            log.info("Discord: the bot is in no server yet. To let it in, open %s", link)
        await self._guilds.compare({str(guild.id) for guild in self.guilds}, self._hears_of)

    def _hears_of(self, guild: str) -> bool:
        """Whether a guild is of this shard."""
        return shard_of(guild, self.shard_count or 1) == (self.shard_id or 0)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was let in."""
        await self._guilds.moved(str(guild.id), inside=True)
        await self._guilds.greet(guild, self.sender)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was thrown out, or the guild is gone."""
        await self._guilds.moved(str(guild.id), inside=False)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Forms, and buttons that no pattern finds; the library hands over all others itself."""
        if interaction.type is discord.InteractionType.modal_submit:
            await self.answering.submitted(interaction)
        elif interaction.type is discord.InteractionType.component:
            data: Any = interaction.data
            if PATTERN.fullmatch(str(data["custom_id"])) is None:
                await self.answering.pressed_something_else(interaction)

    async def on_error(self, event_method: str, /, *args: Any, **_: Any) -> None:
        """An event whose handling broke: logged, and who waits for an answer hears of it."""
        log.exception("%s failed", event_method)
        if args and isinstance(args[0], discord.Interaction):
            await self.answering.failed(args[0], RuntimeError(event_method))
