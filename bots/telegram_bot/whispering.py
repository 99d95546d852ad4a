"""Answering in a group so that one member alone sees it: Telegram's ephemeral messages.

They came with Bot API 10.2, and a server of one's own may be older. Such a server may refuse what
it does not know, or overlook it and show the message to everybody. So the first one of a session
carries no words: they are put into it once the server has shown that it keeps them private. A
server that does not is not tried again until the next start.

Telegram may lose an ephemeral message (an old app, a phone that is off), so it is never the only
record of anything: what it says stands in the books, and the same command shows it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict

from telegram import Bot, ForceReply, Message
from telegram.error import BadRequest, TelegramError

from bots.platform import Unknown
from bots.telegram_bot.drawing import NOTHING
from bots.telegram_bot.reading import ADMINS
from bots.telegram_bot.sending import Text
from bots.telegram_bot.wire import (
    Ear,
    ephemeral_id,
    meaning,
    unwhisper,
    whisper,
    whisper_instead,
    whisper_without_buttons,
)

log = logging.getLogger(__name__)

CHATS_AT_MOST = 10_000
ARRIVALS_AT_MOST = 10_000
FRESH_SECONDS = 13.0
"""How long after it came an event is answered ephemerally; Telegram takes fifteen seconds."""


class Arrivals:
    """Knows which events came in a few seconds ago, and not to an earlier run of the bot."""

    def __init__(self) -> None:
        self._came: OrderedDict[str, float] = OrderedDict()

    def note(self, key: str) -> None:
        """An event came in."""
        self._came[key] = asyncio.get_running_loop().time()
        if len(self._came) > ARRIVALS_AT_MOST:
            self._came.popitem(last=False)

    def is_fresh(self, key: str) -> bool:
        """Whether an event can still be answered ephemerally."""
        came = self._came.get(key)
        return came is not None and asyncio.get_running_loop().time() - came < FRESH_SECONDS


class Whispers:
    """Sends ephemeral messages where that can be done. Whatever fails, the next way is tried."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._works: bool | None = None
        self._administers: OrderedDict[int, bool] = OrderedDict()

    @property
    def proven(self) -> bool:
        """Whether the server has kept one private in this session."""
        return self._works is True

    def administers(self, chat: int, *, now: bool) -> None:
        """Keep whether the bot administers a chat."""
        self._administers[chat] = now
        self._administers.move_to_end(chat)
        if len(self._administers) > CHATS_AT_MOST:
            self._administers.popitem(last=False)

    async def may(self, ear: Ear) -> bool:
        """Whether an ephemeral message may be tried."""
        if self._works is False:
            return False
        return bool(ear.press) or ear.said is not None or await self._is_admin(ear.chat)

    async def _is_admin(self, chat: int) -> bool:
        """Whether the bot administers a chat; asked once, and then heard of when it changes."""
        if chat not in self._administers:
            try:
                me = await self._bot.get_chat_member(chat, self._bot.id)
            except TelegramError as error:
                log.info("it is not known what the bot is in a chat: %s", type(error).__name__)
                return False
            self.administers(chat, now=me.status in ADMINS)
        return self._administers[chat]

    async def say(self, ear: Ear, text: Text) -> int | None:
        """Show a text to one member alone: its number, None where that could not be done.

        Raises:
            Unknown: the connection broke before it was clear whether they see it.
        """
        try:
            return await (self._said if self.proven else self._proved)(ear, text)
        except TelegramError as error:
            meant = meaning(error)
            if self.proven and isinstance(meant, Unknown):
                raise meant from error
            log.info("an ephemeral message was not taken: %s", error.message)
            self._learn(error)
            return None

    async def _said(self, ear: Ear, text: Text) -> int | None:
        sent = await whisper(self._bot, ear, text.html, text.markup, silent=text.silent)
        return await self._kept_private(sent)

    async def _proved(self, ear: Ear, text: Text) -> int | None:
        """Send no words before it is sure that nobody else sees them."""
        sent = await whisper(self._bot, ear, NOTHING, None, silent=True)
        number = await self._kept_private(sent)
        if number is None:
            return None
        if isinstance(text.markup, ForceReply):
            # Telegram opens a reply only to a new message.
            await unwhisper(self._bot, ear, number)
            return await self._said(ear, text)
        await whisper_instead(self._bot, ear, number, text.html, text.markup)
        return number

    async def _kept_private(self, sent: Message) -> int | None:
        """The number of what was sent; what everybody sees is taken back at once."""
        number = ephemeral_id(sent)
        self._works = number is not None
        if number is None:
            log.warning("this Bot API server knows no ephemeral messages")
            await self._bot.delete_message(sent.chat.id, sent.message_id)
        return number

    def _learn(self, error: TelegramError) -> None:
        """Of a server that never took one, a refusal says that it knows none."""
        if self._works is None and isinstance(error, BadRequest) and meaning(error) is None:
            log.warning("this Bot API server takes no ephemeral messages: %s", error.message)
            self._works = False

    async def take_buttons(self, ear: Ear, number: int) -> None:
        """Take away the buttons of a question that is over; it is no matter if that fails."""
        try:
            await whisper_without_buttons(self._bot, ear, number)
        except TelegramError as error:
            log.info("buttons were left standing: %s", type(error).__name__)
