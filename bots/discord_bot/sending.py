"""Speaking first on Discord: cards in channels, direct messages; and what its refusals mean."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import aiohttp
import discord

from bots.discord_bot.buttons import buttons_below, card
from bots.discord_bot.drawing import Face, card_text, faces, parts
from bots.platform import Gone, NotDelivered, TryLater, Unreachable
from bots.replies import Reply
from bots.words import Voice

log = logging.getLogger(__name__)

UNKNOWN_MESSAGE = 10008
THREAD_IS_ARCHIVED = 50083
LACKS_RIGHTS = frozenset({50001, 50013})
CLOSED = frozenset(
    {
        10003,  # unknown channel
        10004,  # unknown guild
        10013,  # unknown user
        50001,  # the channel is not shown to the bot
        50007,  # direct messages are closed
        50008,  # no text channel
        50013,  # the bot may not write there
        50033,  # no such recipient
        50278,  # no guild in common
        THREAD_IS_ARCHIVED,
    }
)
"""Discord's codes for "not there, and not by trying again"."""

NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError)
"""The line broke. A nonce makes it safe to send once more."""


@contextmanager
def refusals_understood() -> Iterator[None]:
    """Let Discord's refusals mean what the delivery knows.

    Raises:
        NotDelivered: TryLater, Gone, Unreachable.
        discord.HTTPException: for what only a mistake of ours explains.
    """
    try:
        yield
    except discord.RateLimited as limited:
        raise TryLater(limited.retry_after) from limited
    except discord.HTTPException as refused:
        meaning = _meaning(refused)
        if meaning is None:
            raise
        raise meaning from refused
    except NO_ANSWER as broken:
        raise TryLater from broken


def _meaning(refused: discord.HTTPException) -> NotDelivered | None:
    if refused.status == 429 or refused.status >= 500:
        return TryLater()
    if refused.code == UNKNOWN_MESSAGE:
        return Gone()
    if refused.code in CLOSED:
        return Unreachable(f"Discord says {refused.code} {refused.text}")
    return None


class Sender:
    """Sends and edits what nobody asked for at this moment."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def show_card(
        self, chat: str, channel: str, message: str, reply: Reply, voice: Voice, nonce: str
    ) -> str:
        """Show a card, or edit the one that is there; see `bots.platform.Platform`."""
        if not channel.isdecimal():
            raise Unreachable("the server has no channel for announcements; see /pool channel")
        view = card(card_text(reply, voice), faces(reply, voice))
        where = self._client.get_partial_messageable(int(channel), guild_id=int(chat))
        with refusals_understood():
            try:
                return await self._shown(where, message, view, nonce)
            except discord.HTTPException as refused:
                if refused.code in LACKS_RIGHTS:
                    self._log_missing_rights(int(channel))
                raise

    async def _shown(
        self,
        where: discord.PartialMessageable,
        message: str,
        view: discord.ui.LayoutView,
        nonce: str,
    ) -> str:
        if not message:
            return str((await where.send(view=view, nonce=nonce)).id)
        card = where.get_partial_message(int(message))
        try:
            await card.edit(view=view)
        except discord.HTTPException as refused:
            if refused.code != THREAD_IS_ARCHIVED:
                raise
            await self._reopen(where.id)
            await card.edit(view=view)
        return message

    async def _reopen(self, thread: int) -> None:
        """Take a thread out of the archive; writing there does so by itself, editing does not."""
        found = await self._client.fetch_channel(thread)
        if isinstance(found, discord.Thread):
            await found.edit(archived=False)

    async def tell(self, user: int, reply: Reply, voice: Voice, nonce: str) -> None:
        """Send a direct message.

        Raises:
            NotDelivered: TryLater, Unreachable.
        """
        await self.say(user, parts(reply, voice), faces(reply, voice), nonce)

    async def say(
        self, user: int, texts: Sequence[str], rows: Sequence[Sequence[Face]], nonce: str
    ) -> None:
        """Send texts as direct messages, the buttons below the last. `nonce`: 22 letters at most.

        Raises:
            NotDelivered: TryLater, Unreachable.
        """
        with refusals_understood():
            channel = await self._client.create_dm(discord.Object(user))
            for number, text in enumerate(texts):
                view = buttons_below(rows) if number == len(texts) - 1 else None
                once = f"{nonce}-{number}" if number else nonce
                if view is None:
                    await channel.send(text, nonce=once)
                else:
                    await channel.send(text, nonce=once, view=view)

    def _log_missing_rights(self, channel: int) -> None:
        """Say which rights the bot lacks in a channel: only people there can give them."""
        found = self._client.get_channel(channel)
        if not isinstance(found, (discord.TextChannel, discord.Thread)):
            log.warning("Discord: the bot does not see the channel %s any more", channel)
            return
        rights = found.permissions_for(found.guild.me)
        is_thread = isinstance(found, discord.Thread)
        writing = "send_messages_in_threads" if is_thread else "send_messages"
        lacking = [each for each in ("view_channel", writing) if not getattr(rights, each)]
        log.warning(
            "Discord: in #%s of %s the bot lacks %s",
            found.name,
            found.guild.name,
            " and ".join(lacking) or "a right",
        )
