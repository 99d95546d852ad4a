"""The line to the Bot API: how a call is made, and what its errors mean for the next try.

What the library has no words for yet is said here too: ephemeral messages, which one member of a
group sees alone (Bot API 10.3).
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from telegram import (
    Bot,
    BotCommand,
    ForceReply,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MaybeInaccessibleMessage,
    Message,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bots.platform import Gone, NotDelivered, TryLater, Unknown, Unreachable
from core.records import dataclass

log = logging.getLogger(__name__)

# The library gives durations as timedelta only if it is asked to, and warns at each one until
# then. It looks at every use, so it is enough to say so here.
os.environ.setdefault("PTB_TIMEDELTA", "true")

Markup = InlineKeyboardMarkup | ForceReply
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
"""All that the bot listens to. Telegram keeps the last choice, so it is said at every poll."""

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""The connection was never made: certainly nothing arrived."""

GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
CLOSED = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "not enough rights",
    "have no rights",
    "have no write access",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_restricted",
    "group chat was deactivated",
)
NO_TOPIC = ("message thread not found", "topic_closed", "topic_deleted")
"""A forum's chat itself is a topic too: its general one, which can be closed like the others."""
NOT_CHANGED = "message is not modified"
TOO_LARGE = ("too large", "too big")
"""Said of what is sent, by the server or by one that stands before it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take, in seconds.

    `poll`: a poll is held open for news. `answer`: any other call. `popup`: a press waits for
    an answer that fits into a pop-up. `stop`: handlers finish after the bot was asked to stop.
    `pause` waits before another try.
    """

    poll: int = 50
    answer: float = 20.0
    popup: float = 0.9
    stop: float = 8.0
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


def line_to(api_url: str, token: str, patience: Patience) -> Bot:
    """The library's bot. It reads and writes; receiving is ours, because it is durable."""
    # By itself each request would read all certificates that are trusted anew.
    trusted = {"verify": httpx.create_ssl_context()}
    request = HTTPXRequest(read_timeout=patience.answer, httpx_kwargs=trusted)
    polls = Polls(connection_pool_size=1, read_timeout=patience.answer, httpx_kwargs=trusted)
    return Bot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=request,
        get_updates_request=polls,
    )


# --- updates as they came ------------------------------------------------------------------

AS_IT_CAME = "as_it_came"
UNREAD = "unread"


def read(came: dict[str, Any], bot: Bot | None) -> Update:
    """An update with its own text in it, for `text_of`; one that cannot be read is empty.

    What is stored of it would else be written anew from all that the library has read of it,
    which took longer than to find the answer. A server that is older or newer than the library
    may leave out what that insists on; if it were not for this, nobody would be heard any more.
    """
    try:
        return Update.de_json({**came, AS_IT_CAME: json.dumps(came)}, bot)
    except Exception as error:  # noqa: BLE001 - a door: all others are still heard
        why = type(error).__name__
        # The error may repeat what somebody said.
        log.error("Update %s cannot be read (%s) and is left out.", came["update_id"], why)  # noqa: TRY400
        return Update(came["update_id"])


def unwrapped(update: Update, bot: Bot) -> Update:
    """An update that was polled, read."""
    return read(update.api_kwargs[UNREAD], bot)


def text_of(update: Update) -> str:
    """An update as it came, so that it can be read again."""
    text = update.api_kwargs.get(AS_IT_CAME)
    return text if isinstance(text, str) else update.to_json()


class Polls(HTTPXRequest):
    """Asks for updates, and wraps each: by itself the library reads all of a batch, or none."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """What the server answered."""
        answer: dict[str, Any] = HTTPXRequest.parse_json_payload(payload)
        updates = answer.get("result")
        if isinstance(updates, list):
            wrapped = [{"update_id": each["update_id"], UNREAD: each} for each in updates]
            answer["result"] = wrapped
        return answer


# --- ephemeral messages ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ear:
    """Whom an ephemeral message in a chat is for.

    Telegram takes it in answer to a `press`, or to what they themselves `said` ephemerally, for
    fifteen seconds; at any time where the bot administers the chat. `topic` is the thread.
    """

    chat: int
    receiver: int
    topic: int | None = None
    press: str = ""
    said: int | None = None


def listed(name: str, summary: str, *, alone: bool) -> BotCommand:
    """A line of a menu; what is typed `alone` is sent so that only the bot sees it."""
    return BotCommand(name, summary, api_kwargs={"is_ephemeral": True} if alone else None)


def ephemeral_id(message: MaybeInaccessibleMessage) -> int | None:
    """The number of an ephemeral message, None for any other: its message id is always 0."""
    number = message.api_kwargs.get("ephemeral_message_id")
    return number if isinstance(number, int) else None


async def whisper(
    bot: Bot, ear: Ear, html: str, markup: Markup | None, *, silent: bool = False
) -> Message:
    """Send an ephemeral message. A server that does not know them may show it to everybody."""
    asked: dict[str, object] = {"receiver_user_id": ear.receiver}
    if ear.press:
        asked["callback_query_id"] = ear.press
    more: dict[str, object] = {"ephemeral_message_parameters": asked}
    if ear.said is not None:
        answered = {"ephemeral_message_id": ear.said, "allow_sending_without_reply": True}
        more["reply_parameters"] = answered
    return await bot.send_message(
        ear.chat,
        html,
        parse_mode=ParseMode.HTML,
        message_thread_id=ear.topic,
        link_preview_options=NO_PREVIEW,
        disable_notification=silent,
        reply_markup=markup,
        api_kwargs=more,
    )


async def whisper_instead(
    bot: Bot, ear: Ear, whisper: int, html: str, markup: Markup | None
) -> None:
    """Put another text in the place of an ephemeral message."""
    said = {"text": html, "parse_mode": ParseMode.HTML, "link_preview_options": NO_PREVIEW}
    await _edit_whisper(bot, "editEphemeralMessageText", ear, whisper, markup, **said)


async def unwhisper(bot: Bot, ear: Ear, whisper: int) -> None:
    """Take an ephemeral message back."""
    await _edit_whisper(bot, "deleteEphemeralMessage", ear, whisper, None)


async def whisper_without_buttons(bot: Bot, ear: Ear, whisper: int) -> None:
    """Take the buttons of an ephemeral message away."""
    await _edit_whisper(bot, "editEphemeralMessageReplyMarkup", ear, whisper, None)


async def _edit_whisper(
    bot: Bot, method: str, ear: Ear, whisper: int, markup: Markup | None, **more: object
) -> None:
    named = {
        "chat_id": ear.chat,
        "receiver_user_id": ear.receiver,
        "ephemeral_message_id": whisper,
    }
    shown = {"reply_markup": markup} if markup is not None else {}
    await bot.do_api_request(method, api_kwargs={**named, **more, **shown})


# --- errors ----------------------------------------------------------------------------------


@contextmanager
def delivering() -> Iterator[None]:
    """Say of a call that failed what it means for the next try.

    Raises:
        NotDelivered: as `meaning` says; the library's own error where it means none of these.
    """
    try:
        yield
    except TelegramError as error:
        meant = meaning(error)
        if meant is None:
            raise
        raise meant from error


def meaning(error: TelegramError) -> NotDelivered | None:
    """What an error means for the next try; None for one that only a bug explains."""
    match error:
        case RetryAfter():
            return TryLater(seconds_of(error))
        case Forbidden():
            return Unreachable(error.message)
        case BadRequest():
            return _refused(error)
        case InvalidToken() | Conflict():
            # The message may repeat the token.
            return TryLater(60.0)
        case TimedOut() | NetworkError():
            return _broken(error)
        case _:
            return None


def _refused(error: BadRequest) -> NotDelivered | None:
    if says(error, *GONE):
        return Gone(error.message)
    if says(error, *CLOSED, *NO_TOPIC):
        return Unreachable(error.message)
    return None


def _broken(error: NetworkError) -> NotDelivered:
    """The server's own trouble leaves no cause behind; a broken connection does."""
    cause = error.__cause__
    if cause is None or isinstance(cause, NOT_SENT):
        return TryLater()
    if isinstance(cause, httpx.HTTPError):
        return Unknown(type(cause).__name__)
    return TryLater()


def is_about_picture(error: TelegramError) -> bool:
    """Whether what was refused is the picture that was sent, not the message as such."""
    if isinstance(error, BadRequest):
        return _refused(error) is None
    return isinstance(error, NetworkError) and says(error, *TOO_LARGE)


def says(error: TelegramError, *words: str) -> bool:
    """Whether an error's message holds one of these words."""
    message = error.message.casefold()
    return any(each in message for each in words)


def seconds_of(error: RetryAfter) -> float:
    """How long the server wants to be left alone."""
    asked = error.retry_after
    return float(asked) if isinstance(asked, int) else asked.total_seconds()
