"""Following the bot's guilds: where it is thrown out, the pool's chat pauses until it is back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable

import discord

from bots.catalogue.first_steps import greeting
from bots.discord_bot.reading import PLATFORM, lacking
from bots.discord_bot.sending import Sender
from bots.platform import NotDelivered
from bots.rooms import Inside
from bots.words import Voice, choose_language
from core.domain.pools import Chat, ChatState
from core.usecases.pools import ChatMoved, PlaceClosed, chat_moved, place_closed

log = logging.getLogger(__name__)

NEEDED = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, attach_files=True
)
"""What the bot needs where it announces things, and nothing more."""


def invite_link(application: int) -> str:
    """Where somebody who administers a guild lets the bot in."""
    scopes = ("bot", "applications.commands")
    return discord.utils.oauth_url(application, permissions=NEEDED, scopes=scopes)


class Guilds:
    """Keeps the pools' chats in step with where the bot is."""

    def __init__(self, inside: Inside) -> None:
        self._doors = inside.doors
        self._notes = inside.notes
        self._locale = inside.settings.locale
        self._underway = inside.underway

    async def moved(self, guild: str, *, inside: bool) -> None:
        """The bot was let into a guild, or thrown out of it. Doing so twice changes nothing."""
        at = self._doors.now().isoformat()
        key = f"job:discord:{guild}:{'in' if inside else 'out'}:{at}"
        command = ChatMoved(PLATFORM, guild, guild, inside=inside)
        with self._underway:
            await self._doors.engine.run(chat_moved, command, key)

    async def closed(self, place: PlaceClosed) -> None:
        """Discord did not let the bot announce where it should: stewards hear so once a day."""
        day = self._doors.now().date().isoformat()
        why = ",".join(place.lacks) or place.instead
        key = f"job:discord:{place.chat}:{place.channel}:{why}:{day}"
        with self._underway:
            await self._doors.engine.run(place_closed, place, key)

    async def greet(self, guild: discord.Guild, sender: Sender) -> None:
        """Say hello in a guild that has no pool yet, once each time the bot is let in.

        Where no channel is open to it, it waits for somebody's /start: that says what it lacks.
        """
        note, channel = f"discord greeted {guild.id}", _first_open(guild)
        since = str(guild.me.joined_at)
        bound = await self._doors.reading.chat(PLATFORM, str(guild.id))
        if channel is None or bound is not None or await self._notes.get(note) == since:
            return
        # Before it is sent: rather no greeting after a crash than two of them.
        await self._notes.put(note, since)
        voice = Voice(choose_language("", str(guild.preferred_locale), self._locale))
        chat, nonce = str(guild.id), f"hi:{guild.id}"
        try:
            with self._underway:
                await sender.show_card(chat, str(channel.id), "", greeting(), voice, nonce)
        except (NotDelivered, discord.HTTPException) as refused:
            log.warning("no greeting in a new server: %r", refused)

    async def compare(self, present: Collection[str], here: Callable[[str], bool]) -> None:
        """Find out what happened while nobody listened.

        `present` is where the bot is, as far as it is `here` that this would be known.
        """
        reading = self._doors.reading
        for pool in await reading.pools():
            for chat in await reading.chats(pool):
                inside = chat.external in present
                if chat.platform != PLATFORM or not here(chat.external):
                    continue
                if _differs(chat, inside):
                    await self.moved(chat.external, inside=inside)


def _differs(chat: Chat, inside: bool) -> bool:
    return chat.state is (ChatState.PAUSED if inside else ChatState.BOUND)


def _first_open(guild: discord.Guild) -> discord.TextChannel | None:
    """Where to say hello in a guild: its own channel for such, else the first that is open."""
    channels: Iterable[discord.TextChannel | None] = (guild.system_channel, *guild.text_channels)
    for each in channels:
        if each is not None and not lacking(each.permissions_for(guild.me), in_thread=False):
            return each
    return None
