"""Gatherings in the guild's own list of events, where the bot may put them there.

The card in the channel says all that there is to say; the event lets Discord remind those who want
to be reminded. So whatever goes wrong here is logged, and nothing else comes of it.
"""

from __future__ import annotations

import logging
from hashlib import sha256

import aiohttp
import discord

from bots.discord_bot.drawing import short
from bots.replies import Code, Happening, Ref, say
from bots.rooms import Inside
from bots.words import Voice, spoken

log = logging.getLogger(__name__)

NAME_MAX = 100
PLACE_MAX = 100
UNKNOWN_EVENT = 10070
OFF = "off"
"""Stands in the place of an event that is no more: it is not made anew."""


class Events:
    """Keeps events in step with gatherings. What stands where is noted, over restarts."""

    def __init__(self, client: discord.Client, inside: Inside) -> None:
        self._client = client
        self._notes = inside.notes
        self._now = inside.doors.now

    async def follow(self, guild: str, happening: Happening, voice: Voice) -> None:
        """Make, change or call off the event of a gathering."""
        found = self._client.get_guild(int(guild))
        if found is None or not _may(found):
            return
        note = f"discord event {guild} {happening.pool}.{happening.number}"
        known, _, seen = (await self._notes.get(note)).partition(":")
        wanted = _print_of(happening)
        if known == OFF or seen == wanted:
            return
        try:
            event = await self._event(found, happening, known, voice)
        except discord.HTTPException as refused:
            log.info("Discord does not take an event: %s", refused.code)
            event = OFF if refused.code == UNKNOWN_EVENT else known
        except (aiohttp.ClientError, OSError):
            log.info("an event may not have reached Discord")
            return
        await self._notes.put(note, f"{event}:{wanted}")

    async def _event(
        self, guild: discord.Guild, happening: Happening, known: str, voice: Voice
    ) -> str:
        """The id of the event as it is from now on, OFF for none."""
        if not known and (happening.off or happening.starts_at <= self._now()):
            return OFF
        name = short(happening.text, NAME_MAX)
        place = short(happening.place or guild.name, PLACE_MAX)
        if not known:
            made = await guild.create_scheduled_event(
                name=name,
                location=place,
                start_time=happening.starts_at,
                end_time=happening.ends_at,
                description=_description(happening, voice),
                entity_type=discord.EntityType.external,
                privacy_level=discord.PrivacyLevel.guild_only,
            )
            return str(made.id)
        event = await guild.fetch_scheduled_event(int(known), with_counts=False)
        if happening.off:
            await event.cancel()
            return OFF
        await event.edit(
            name=name,
            location=place,
            start_time=happening.starts_at,
            end_time=happening.ends_at,
        )
        return known


def _may(guild: discord.Guild) -> bool:
    rights = guild.me.guild_permissions
    return rights.create_events or rights.manage_events


def _description(happening: Happening, voice: Voice) -> str:
    said = say(
        "{number} in the pool: {going} says that you come.",
        number=Ref(happening.number),
        going=Code(f"/going {happening.number}"),
    )
    return spoken(said, voice)


def _print_of(happening: Happening) -> str:
    """Tells whether anything has changed that an event shows."""
    return sha256(repr(happening).encode()).hexdigest()[:16]
