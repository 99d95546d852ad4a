"""Speaking first on Discord: cards in channels, direct messages; and what its refusals mean."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any

import aiohttp
import discord

from bots.discord_bot.buttons import buttons_below, card
from bots.discord_bot.drawing import TEXT_MAX, Face, Menu, card_text, faces, menu, parts
from bots.discord_bot.events import Events
from bots.discord_bot.reading import PLATFORM, lacking
from bots.pictures import in_words, name_of
from bots.platform import Gone, NotDelivered, TryLater, Unreachable
from bots.replies import File, Reply
from bots.words import Voice
from core.records import dataclass
from core.usecases.pools import PlaceClosed

log = logging.getLogger(__name__)

UPLOAD_BYTES_MAX = 10 * 1024 * 1024
TOO_LARGE = 40005
INVALID_FORM = 50035
LOST = frozenset(
    {
        10008,  # unknown message
        50005,  # somebody else's message: that of the application that the bot had before
    }
)
"""Codes that say: the message is none that the bot could edit."""
THREAD_IS_ARCHIVED = 50083
NO_PLACE = frozenset({10003, 50001, 50008, 50013})
"""Codes that say: the bot cannot announce things there, and only people can change that."""

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
    """A reply as messages: the buttons stand below the last, what comes along with the first."""

    texts: Sequence[str]
    rows: Sequence[Sequence[Face]]
    picture: bytes
    file: File | None = None
    menu: Menu | None = None

    def files(self) -> list[discord.File]:
        """The picture or the file as what is uploaded: made anew for each try, as that reads it."""
        if self.file is not None:
            return [discord.File(BytesIO(self.file.content), self.file.name)]
        picture = self.picture
        return [discord.File(BytesIO(picture), name_of(picture))] if picture else []

    def view(self, number: int) -> discord.ui.View | None:
        """The buttons below a text, if they stand there."""
        return buttons_below(self.rows, self.menu) if number == len(self.texts) - 1 else None

    def more(self, number: int) -> dict[str, Any]:
        """What is sent along with a text. discord.py wants nothing said of what is not there."""
        found = {"view": self.view(number), "files": self.files() if number == 0 else []}
        return {name: each for name, each in found.items() if each}


def drawn(reply: Reply, voice: Voice) -> Drawn:
    """Draw a reply; a picture that Discord does not take is left out, and that is said."""
    if len(reply.picture) > UPLOAD_BYTES_MAX:
        reply = in_words(reply)
    texts, rows = parts(reply, voice), faces(reply, voice)
    return Drawn(texts, rows, reply.picture, reply.file, menu(reply, voice))


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
    if refused.code in LOST:
        return Gone()
    if refused.code in CLOSED:
        return Unreachable(f"Discord says {refused.code} {refused.text}")
    return None


class Sender:
    """Sends and edits what nobody asked for at this moment.

    `closed` is told where Discord does not let it announce things. `plain` is how cards look.
    """

    def __init__(
        self,
        client: discord.Client,
        closed: Callable[[PlaceClosed], Awaitable[None]],
        events: Events,
        *,
        plain: bool,
    ) -> None:
        self._client = client
        self._closed = closed
        self._events = events
        self._plain = plain

    async def show_card(
        self, chat: str, channel: str, message: str, reply: Reply, voice: Voice, nonce: str
    ) -> str:
        """Show a card, or edit the one that is there; see `bots.platform.Platform`."""
        if not channel.isdecimal():
            raise Unreachable("the server has no channel for announcements; see /pool channel")
        place = self._client.get_partial_messageable(int(channel), guild_id=int(chat))
        with refusals_understood():
            try:
                shown = await self._shown(place, message, reply, voice, nonce)
            except discord.HTTPException as refused:
                if refused.code in NO_PLACE:
                    await self._tell_stewards(chat, channel)
                raise
            if reply.happening is not None:
                await self._events.follow(chat, reply.happening, voice)
            return shown

    async def _shown(
        self,
        place: discord.PartialMessageable,
        message: str,
        reply: Reply,
        voice: Voice,
        nonce: str,
    ) -> str:
        """Show a card in the look that is wanted; where Discord refuses that one, in the other."""
        framed, plain = partial(_framed, reply, voice), partial(_plain, reply, voice)
        wanted, other = (plain, framed) if self._plain else (framed, plain)
        try:
            return await self._put(place, message, wanted, nonce)
        except discord.HTTPException as refused:
            if refused.code != INVALID_FORM:
                raise
            log.warning("Discord does not take the look of a card: %s", refused.text)
            return await self._put(place, message, other, nonce)

    async def _put(
        self, place: discord.PartialMessageable, message: str, look: Look, nonce: str
    ) -> str:
        try:
            if not message:
                return str((await place.send(**_said(look()), nonce=nonce)).id)
            await place.get_partial_message(int(message)).edit(**look())
        except discord.HTTPException as refused:
            if refused.code != THREAD_IS_ARCHIVED:
                raise
            return await self._put_in_archived(place, message, look, nonce)
        return message

    # --- threads -----------------------------------------------------------------------------

    async def _put_in_archived(
        self, place: discord.PartialMessageable, message: str, look: Look, nonce: str
    ) -> str:
        """Take a thread out of the archive and go on; one that is locked is replaced.

        Writing there opens a thread by itself, unless it is locked; editing does not.
        """
        thread = await self._client.fetch_channel(place.id)
        if not isinstance(thread, discord.Thread):
            raise Unreachable("Discord takes the channel for an archived thread")
        if thread.locked:
            if message:
                raise Gone  # It is shown anew, and that finds another place.
            return await self._put_elsewhere(thread, look, nonce)
        await thread.edit(archived=False)
        await place.get_partial_message(int(message)).edit(**look())
        return message

    async def _put_elsewhere(self, thread: discord.Thread, look: Look, nonce: str) -> str:
        """Go on above a locked thread; in a forum, in a new post of the same name."""
        above = await self._client.fetch_channel(thread.parent_id)
        instead: discord.TextChannel | discord.Thread
        if isinstance(above, discord.ForumChannel):
            post = await above.create_thread(name=thread.name, **_said(look()))
            instead, card = post.thread, post.message
        elif isinstance(above, discord.TextChannel):
            instead, card = above, await above.send(**_said(look()), nonce=nonce)
        else:
            raise Unreachable("the thread for announcements is locked; see /pool channel")
        closed = PlaceClosed(
            PLATFORM,
            str(thread.guild.id),
            str(thread.id),
            thread.name,
            instead=str(instead.id),
            instead_place=instead.name,
        )
        await self._closed(closed)
        return str(card.id)

    async def tell(self, user: int, reply: Reply, voice: Voice, nonce: str) -> None:
        """Send a direct message, or several. `nonce` has 22 letters at most.

        Raises:
            NotDelivered: TryLater, Unreachable.
        """
        with refusals_understood():
            channel = await self._client.create_dm(discord.Object(user))
            await show_all(lambda each: _send_all(channel, each, nonce), reply, voice)

    async def _tell_stewards(self, guild: str, channel: str) -> None:
        """Say where things cannot be announced, and why: only people there can change that."""
        found = self._client.get_channel(int(channel))
        if not isinstance(found, (discord.abc.GuildChannel, discord.Thread)):
            log.warning("Discord: the bot does not see the channel %s any more", channel)
            await self._closed(PlaceClosed(PLATFORM, guild, channel, ""))
            return
        rights = found.permissions_for(found.guild.me)
        lacks = lacking(rights, in_thread=isinstance(found, discord.Thread))
        said = " and ".join(lacks) or "a right"
        log.warning("Discord: in #%s of %s the bot lacks %s", found.name, found.guild.name, said)
        await self._closed(PlaceClosed(PLATFORM, guild, channel, found.name, lacks))


Look = Callable[[], dict[str, Any]]
"""Draws a card anew for each try: what is sent, by discord.py's names."""


def _framed(reply: Reply, voice: Voice) -> dict[str, Any]:
    """A card in a frame. Whatever stood there as plain text has to go."""
    return {"content": None, "view": card(card_text(reply, voice), faces(reply, voice))}


def _plain(reply: Reply, voice: Voice) -> dict[str, Any]:
    """The same card as a text with buttons below."""
    text = card_text(reply, voice, TEXT_MAX)
    return {"content": text, "view": buttons_below(faces(reply, voice))}


def _said(look: dict[str, Any]) -> dict[str, Any]:
    """What is sent anew: discord.py wants nothing said of what is not there."""
    return {name: each for name, each in look.items() if each is not None}


async def _send_all(channel: discord.DMChannel, each: Drawn, nonce: str) -> None:
    for number, text in enumerate(each.texts):
        once = f"{nonce}-{number}" if number else nonce
        await channel.send(text, nonce=once, **each.more(number))
