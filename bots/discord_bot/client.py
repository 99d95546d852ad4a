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
from bots.discord_bot.buttons import Interaction, dynamic_button
from bots.discord_bot.guilds import Guilds
from bots.discord_bot.sending import Sender
from bots.discord_bot.slash import Translator, add_commands, fingerprint, payload
from bots.rooms import Inside
from bots.settings import Settings
from bots.tokens import PATTERN

log = logging.getLogger(__name__)

COMMANDS_NOTE = "discord:commands"
WAIT_MAX_SECONDS = 30
"""How long the library may wait by itself when Discord asks for patience."""


def point_library_at(settings: Settings) -> None:
    """Let discord.py find Discord elsewhere; it has no setting for that, only these two places."""
    if settings.discord_api_url is not None:
        Route.BASE = settings.discord_api_url
    if settings.discord_gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)


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
    """One login. Made anew for each; it hears of guilds and interactions, and of nothing else."""

    def __init__(self, inside: Inside, **options: Any) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            max_ratelimit_timeout=WAIT_MAX_SECONDS,
            **options,
        )
        self.when_ready: Callable[[], None] = lambda: None
        self.sender = Sender(self)
        self.answering = Answering(inside, self.sender)
        self.tree = Tree(self)
        self._notes = inside.notes
        self._guilds = Guilds(inside)
        add_commands(self.tree, inside.desk.commands, self.answering.called, self.answering.suggest)

    async def setup_hook(self) -> None:
        """Once a login, before anything comes in."""
        self.add_dynamic_items(dynamic_button(self.answering.pressed))
        await self.tree.set_translator(Translator())
        await self._tell_commands()

    async def _tell_commands(self) -> None:
        """Register the commands, when they are not what was registered last."""
        print_now = fingerprint(self.application_id or 0, await payload(self.tree))
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
        await self._guilds.compare({str(guild.id) for guild in self.guilds})

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was let in."""
        await self._guilds.moved(str(guild.id), inside=True)

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
