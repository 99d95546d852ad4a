"""Speaking first on Discord: cards in channels, direct messages; and what its refusals mean."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp
import discord

from bots.discord_bot.buttons import buttons_below, card
from bots.discord_bot.drawing import Face, card_text, faces, parts
from bots.pictures import in_words, name_of
from bots.platform import Gone, NotDelivered, TryLater, Unreachable
from bots.replies import Reply
from bots.words import Voice

log = logging.getLogger(__name__)

UPLOAD_BYTES_MAX = 10 * 1024 * 1024
TOO_LARGE = 40005
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


@dataclass(frozen=True, slots=True)
class Drawn:
    """A reply as messages: the buttons stand below the last, the picture with the first."""

    texts: Sequence[str]
    rows: Sequence[Sequence[Face]]
    picture: bytes

    def files(self) -> list[discord.File]:
        """The picture as what is uploaded: made anew for each try, as that reads it."""
        picture = self.picture
        return [discord.File(BytesIO(picture), name_of(picture))] if picture else []

    def view(self, number: int) -> discord.ui.View | None:
        """The buttons below a text, if they stand there."""
        return buttons_below(self.rows) if number == len(self.texts) - 1 else None

    def more(self, number: int) -> dict[str, Any]:
        """What is sent along with a text. discord.py wants nothing said of what is not there."""
        found = {"view": self.view(number), "files": self.files() if number == 0 else []}
        return {name: each for name, each in found.items() if each}


def drawn(reply: Reply, voice: Voice) -> Drawn:
    """Draw a reply; a picture that Discord does not take is left out, and that is said."""
    if len(reply.picture) > UPLOAD_BYTES_MAX:
        reply = in_words(reply)
    return Drawn(parts(reply, voice), faces(reply, voice), reply.picture)


async def show_all(show: Callable[[Drawn], Awaitable[None]], reply: Reply, voice: Voice) -> None:
    """Show a reply; where Discord refuses its picture, the words alone."""
    try:
        await show(drawn(reply, voice))
    except discord.HTTPException as refused:
        if not reply.picture or refused.code != TOO_LARGE:
            raise
        log.warning("Discord does not take a picture of %d bytes", len(reply.picture))
        await show(drawn(in_words(reply), voice))


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
        """Send a direct message, or several. `nonce` has 22 letters at most.

        Raises:
            NotDelivered: TryLater, Unreachable.
        """
        with refusals_understood():
            channel = await self._client.create_dm(discord.Object(user))
            await show_all(lambda each: _send_all(channel, each, nonce), reply, voice)

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


async def _send_all(channel: discord.DMChannel, each: Drawn, nonce: str) -> None:
    for number, text in enumerate(each.texts):
        once = f"{nonce}-{number}" if number else nonce
        await channel.send(text, nonce=once, **each.more(number))
