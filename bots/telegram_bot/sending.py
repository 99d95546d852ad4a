"""Sending one text: into its topic, after a group that moved, as often as it is asked to wait."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from telegram import Bot, InlineKeyboardMarkup, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, TelegramError

from bots.catalogue.asking import Doors
from bots.pictures import NOT_SHOWN, name_of
from bots.platform import ONCE_MORE, Gone, TryLater, Unknown
from bots.replies import File, Reply
from bots.telegram_bot.drawing import CAPTION_UNITS, html, keyboard, parts
from bots.telegram_bot.reading import PLATFORM
from bots.telegram_bot.wire import (
    NO_PREVIEW,
    NO_TOPIC,
    NOT_CHANGED,
    Markup,
    Patience,
    delivering,
    is_about_picture,
    says,
)
from bots.words import Voice
from core.records import dataclass
from core.usecases.pools import ChannelLost, ChatMoved, channel_lost, chat_moved

log = logging.getLogger(__name__)

TRIES = 10
LONGEST_PAUSE_SECONDS = 60.0

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Where:
    """A chat, and the topic in it (None: no topic, or the general one)."""

    chat: int
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to send, and the HTML that is said where Telegram does not take it."""

    content: bytes
    refused: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text to send, as HTML. `reply_to` is the message it answers; `silent` rings nobody.

    With a `picture` or a `file` it stands below that, and may be empty.
    """

    html: str
    markup: Markup | None = None
    reply_to: int | None = None
    silent: bool = False
    picture: Picture | None = None
    file: File | None = None


def texts_of(reply: Reply, voice: Voice, *, silent: bool = False) -> Sequence[Text]:
    """A reply as the messages that it takes, its buttons and what comes along with the last."""
    said, picture = parts(reply, voice), None
    if reply.picture:
        picture = Picture(reply.picture, html(NOT_SHOWN, voice))
    if reply.picture or reply.file:
        caption = parts(reply, voice, CAPTION_UNITS)
        said = caption if len(caption) == 1 else [*said, ""]
    *before, last = said
    return [
        *(Text(each, silent=silent) for each in before),
        Text(last, keyboard(reply, voice), silent=silent, picture=picture, file=reply.file),
    ]


class Sender:
    """Sends texts and edits them. All of it raises `bots.platform.NotDelivered`."""

    def __init__(self, bot: Bot, doors: Doors, patience: Patience) -> None:
        self._bot = bot
        self._engine = doors.engine
        self._word = doors.word
        self._patience = patience

    async def send(self, where: Where, text: Text) -> int:
        """Send a text; the message's id.

        A group that became a supergroup is followed there. Where the topic is closed or gone,
        the text goes to the chat itself; if announcements went to that topic, stewards are told.
        """
        with delivering():
            try:
                return await self._send(where, text)
            except ChatMigrated as moved:
                await self.moved(where.chat, moved.new_chat_id)
                # Topics and messages of the old chat mean nothing in the new one.
                return await self._send(Where(moved.new_chat_id), replace(text, reply_to=None))
            except BadRequest as error:
                if where.topic is None or not says(error, *NO_TOPIC):
                    raise
                log.warning("a topic of chat %s takes no messages any more", where.chat)
                message = await self._send(Where(where.chat), text)
        await self._lost(where.chat, where.topic)
        return message

    async def _lost(self, chat: int, topic: int) -> None:
        """No announcement goes to this topic any more. To say so twice changes nothing."""
        command = ChannelLost(PLATFORM, str(chat), str(topic))
        await self._engine.run(
            channel_lost, command, f"tg:{self._bot.id}:lost:{chat}:{self._word(16)}"
        )

    async def _send(self, where: Where, text: Text) -> int:
        if text.file is not None:
            return (await self._send_file(where, text, text.file)).message_id
        if text.picture is None:
            return (await self._send_text(where, text)).message_id
        try:
            return (await self._send_picture(where, text, text.picture.content)).message_id
        except TelegramError as error:
            if not is_about_picture(error):
                raise
            log.warning("Telegram does not take a picture: %s", error.message)
            said = "\n".join(filter(None, (text.html, text.picture.refused)))
            return await self._send(where, replace(text, html=said, picture=None))

    async def _send_text(self, where: Where, text: Text) -> Message:
        return await self._bot.send_message(
            where.chat,
            text.html,
            parse_mode=ParseMode.HTML,
            message_thread_id=where.topic,
            link_preview_options=NO_PREVIEW,
            disable_notification=text.silent,
            reply_markup=text.markup,
            reply_parameters=_answered(text),
        )

    async def _send_picture(self, where: Where, text: Text, content: bytes) -> Message:
        return await self._bot.send_photo(
            where.chat,
            content,
            caption=text.html or None,
            parse_mode=ParseMode.HTML,
            message_thread_id=where.topic,
            disable_notification=text.silent,
            reply_markup=text.markup,
            reply_parameters=_answered(text),
            filename=name_of(content),
        )

    async def _send_file(self, where: Where, text: Text, file: File) -> Message:
        return await self._bot.send_document(
            where.chat,
            file.content,
            caption=text.html or None,
            parse_mode=ParseMode.HTML,
            message_thread_id=where.topic,
            disable_notification=text.silent,
            reply_markup=text.markup,
            reply_parameters=_answered(text),
            filename=file.name,
        )

    async def edit(self, chat: int, message: int, text: Text) -> None:
        """Put another text, with its buttons, in the place of one that was sent.

        Raises:
            NotDelivered: Gone too when the chat moved: what stood in the old one stays there.
        """
        markup = text.markup if isinstance(text.markup, InlineKeyboardMarkup) else None
        with delivering():
            try:
                await self._bot.edit_message_text(
                    text.html,
                    chat_id=chat,
                    message_id=message,
                    parse_mode=ParseMode.HTML,
                    link_preview_options=NO_PREVIEW,
                    reply_markup=markup,
                )
            except ChatMigrated as moved:
                await self.moved(chat, moved.new_chat_id)
                raise Gone("the chat moved") from moved
            except BadRequest as error:
                if not says(error, NOT_CHANGED):
                    raise

    async def take_buttons(self, chat: int, message: int) -> None:
        """Take away the buttons of a message whose question is over."""
        with delivering():
            try:
                await self._bot.edit_message_reply_markup(chat, message, reply_markup=None)
            except BadRequest as error:
                if not says(error, NOT_CHANGED):
                    raise

    async def moved(self, old: int, new: int, key: str = "") -> None:
        """Follow a group that became a supergroup. Once is enough, and twice does no harm."""
        command = ChatMoved(PLATFORM, str(old), str(new))
        key = key or f"tg:{self._bot.id}:moved:{old}:{new}"
        await self._engine.run(chat_moved, command, key)

    async def surely(self, where: Where, text: Text, voice: Voice) -> int:
        """Send a text patiently, and once more if nobody knows whether it arrived: that is said."""
        try:
            return await self.patiently(lambda: self.send(where, text))
        except Unknown:
            again = replace(text, html=f"{html(ONCE_MORE, voice)}\n{text.html}")
            return await self.patiently(lambda: self.send(where, again))

    async def patiently(self, call: Callable[[], Awaitable[Made]]) -> Made:
        """Make a call again and again while the platform asks to wait or is out of reach.

        For answers, whose lane waits with them: nothing is lost, and other chats go on.

        Raises:
            NotDelivered: as the last try.
        """
        for attempt in range(TRIES):
            try:
                return await call()
            except TryLater as later:
                pause = min(2.0**attempt, LONGEST_PAUSE_SECONDS)
                await self._patience.pause(max(later.seconds, pause))
        return await call()


def _answered(text: Text) -> ReplyParameters | None:
    if text.reply_to is None:
        return None
    return ReplyParameters(text.reply_to, allow_sending_without_reply=True)
