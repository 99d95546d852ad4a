"""Poolkeeper on Telegram: what an update asks for goes to the desk, what it says comes back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial

from telegram import (
    CallbackQuery,
    ChatMember,
    ChatMemberRestricted,
    ChatMemberUpdated,
    MaybeInaccessibleMessage,
    Message,
    PhotoSize,
    Update,
)
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, InvalidToken, TelegramError

from bots.calls import Call, Caller, Place
from bots.catalogue.desk import Answer
from bots.platform import NotDelivered, TryLater
from bots.replies import Reply, reply, say
from bots.rooms import CannotStart, Inside
from bots.telegram_bot.answering import FETCH, Answerer, Asked
from bots.telegram_bot.drawing import keyboard, parts
from bots.telegram_bot.menus import set_menus
from bots.telegram_bot.presses import Presses
from bots.telegram_bot.reach import Reach
from bots.telegram_bot.reading import (
    PHOTO_BYTES_MAX,
    PLATFORM,
    Me,
    Written,
    caller_of,
    command_of,
    is_private,
    photo_of,
    replied_to,
    speaks_for_a_chat,
    topic_of,
    words_of,
)
from bots.telegram_bot.receiving import Receiver
from bots.telegram_bot.sending import Sender, Text, Where, texts_of
from bots.telegram_bot.wire import Patience, delivering, line_to
from bots.tokens import Token, read_token
from bots.words import Voice, choose_language
from core.usecases.pools import ChatMoved, chat_moved

log = logging.getLogger(__name__)

OUTSIDE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)
ADMINS = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)
QUESTION_VERBS = ("yes", "no", "pick")
"""What the buttons of a question say; one press, and the question is over."""

NO_CARD = Token("")
"""Stands for data that no button of ours has: the desk knows no command of this name."""


class TelegramBot:
    """The room of Telegram; `bots.rooms.Room` says what the house may ask of it."""

    name = PLATFORM
    knows_nonces = False
    seconds_between_messages = 1.0
    messages_per_minute = 20

    def __init__(self, inside: Inside, patience: Patience | None = None) -> None:
        token = inside.settings.telegram_token
        if token is None:
            raise ValueError("there is no token for Telegram")
        patience = patience or Patience()
        doors = inside.doors
        self._inside = inside
        self._bot = line_to(inside.settings.telegram_api_url, token.get_secret_value(), patience)
        self._sender = Sender(self._bot, doors.engine, patience)
        self._reach = Reach(doors.engine, doors.reading, doors.now)
        self._presses = Presses(self._bot, self._reach, patience)
        self._answerer = Answerer(self._sender, self._presses, self._reach, doors.questions)
        self._receiver = Receiver(self._bot, inside.inbox, self, inside.underway, patience)
        self._me = Me(0, "")
        self._running: asyncio.Task[None] | None = None

    # --- coming and going ----------------------------------------------------------------------

    async def start(self) -> None:
        """Log in, set the menus and begin to receive, first of all what an earlier run left.

        Raises:
            CannotStart: the token is wrong.
            TryLater: Telegram is out of reach.
        """
        try:
            await self._log_in()
            await set_menus(self._bot, self._inside.notes, self._inside.desk.commands)
        except BaseException:
            await self._bot.shutdown()
            raise
        # This room owns the task: `stop` waits for it, and its errors come out there.
        self._running = asyncio.get_running_loop().create_task(self._receiver.run(self._me))

    async def _log_in(self) -> None:
        try:
            with delivering():
                await self._bot.initialize()
                # Telegram refuses to be polled while it has an address to call.
                await self._bot.delete_webhook()
        except NotDelivered as error:
            if isinstance(error.__cause__, InvalidToken):
                # Not "from error": the library's message repeats the token.
                raise CannotStart(
                    "Telegram does not accept TELEGRAM_TOKEN. Copy it anew from @BotFather."
                ) from None
            raise TryLater from error
        self._me = Me(self._bot.id, self._bot.username)
        self._answerer.username = self._bot.username

    async def stop(self) -> None:
        """Receive no more, finish what has begun, and hang up. The rest stays in the inbox."""
        self._receiver.stop()
        running, self._running = self._running, None
        try:
            if running is not None:
                await running
        finally:
            await self._bot.shutdown()

    # --- what arrives --------------------------------------------------------------------------

    def arrived(self, update: Update) -> Coroutine[None, None, None] | None:
        """A press is answered beside its being stored."""
        query = update.callback_query
        if query is None or not self._presses.is_news(query):
            return None
        return self._presses.acknowledge(query, private=_is_private_press(query))

    async def handle(self, update: Update, key: str) -> None:
        """Do what an update asks for. What was done stands, whether or not it could be said."""
        try:
            if update.callback_query:
                await self._press(update.callback_query, key)
            elif update.my_chat_member:
                await self._membership(update.my_chat_member, key)
            elif update.message:
                await self._message(update.message, key)
        except NotDelivered as error:
            log.warning("%s has no way to its reader: %s", key, type(error).__name__)

    async def _message(self, message: Message, key: str) -> None:
        chat = message.chat.id
        if message.migrate_to_chat_id:
            await self._sender.moved(chat, message.migrate_to_chat_id, key)
        elif message.migrate_from_chat_id:
            await self._sender.moved(message.migrate_from_chat_id, chat, key)
        elif speaks_for_a_chat(message):
            await self._ask_for_a_person(message)
        elif message.forward_origin:
            await self._explain_forwarded(message, key)
        else:
            await self._said(message, key)

    async def _said(self, message: Message, key: str) -> None:
        """A command, or words that answer a question."""
        asked = _asked_by(message, key)
        if asked.private:
            await self._opened(asked)
        written = command_of(message, self._me)
        if written is not None:
            if not await self._fetched(asked, written):
                await self._do(asked, self._command(message, written, key))
        elif asked.private or await self._is_awaited(message, asked):
            await self._do(asked, self._words(message, key))

    async def _do(self, asked: Asked, call: Call) -> None:
        await self._answerer.show(asked, await self._inside.desk.answer(call))

    def _command(self, message: Message, written: Written, key: str) -> Call:
        photo = photo_of(message)
        return Call(
            caller=_caller(message),
            place=self._place(message, message.from_user.id if message.from_user else 0),
            key=key,
            command=written.command,
            line=written.line,
            mentions=written.mentions,
            replied_to=replied_to(message),
            photo=partial(self._fetch, photo) if photo else None,
        )

    def _words(self, message: Message, key: str) -> Call:
        text, mentions = words_of(message)
        photo = photo_of(message)
        return Call(
            caller=_caller(message),
            place=self._place(message, message.from_user.id if message.from_user else 0),
            key=key,
            answer=text,
            mentions=mentions,
            photo=partial(self._fetch, photo) if photo else None,
        )

    async def _is_awaited(self, message: Message, asked: Asked) -> bool:
        """Whether a reply in a group answers a question; other replies are only talk."""
        question = await self._inside.doors.questions.open(
            PLATFORM, asked.caller.external, str(message.chat.id), self._inside.doors.now()
        )
        before = message.reply_to_message
        return bool(question and before and question.message == str(before.message_id))

    async def _press(self, query: CallbackQuery, key: str) -> None:
        message = query.message
        asked = Asked(
            caller=caller_of(query.from_user),
            where=_where(message) if message else Where(query.from_user.id),
            private=_is_private_press(query),
            key=key,
            press=query.id,
        )
        if asked.private:
            await self._opened(asked)
        token = read_token(query.data or "") or NO_CARD
        place = self._place(message, query.from_user.id) if message else Place(PLATFORM)
        await self._do(asked, Call(asked.caller, place, key, token=token))
        if asked.private and message and token.verb in QUESTION_VERBS:
            await self._answerer.take_buttons(asked.where, message.message_id)

    async def _membership(self, change: ChatMemberUpdated, key: str) -> None:
        """The bot was blocked or let back in by somebody, taken out of a group or put into it."""
        inside = _is_inside(change.new_chat_member)
        if change.chat.type == ChatType.PRIVATE:
            await self._reach.changed(caller_of(change.from_user), key, is_open=inside)
            return
        chat = str(change.chat.id)
        await self._inside.doors.engine.run(
            chat_moved, ChatMoved(PLATFORM, chat, chat, inside), key
        )

    # --- small answers of its own --------------------------------------------------------------

    async def _opened(self, asked: Asked) -> None:
        """Somebody wrote in private, so the bot may write to them there from now on."""
        if not await self._reach.is_open(asked.caller.external):
            await self._reach.changed(asked.caller, f"{asked.key}:opened", is_open=True)

    async def _fetched(self, asked: Asked, written: Written) -> bool:
        """Give somebody who opened a direct chat what waits for them; whether that was all."""
        if not asked.private or written.command != "start":
            return False
        waiting = self._reach.take(asked.caller.external)
        for answer in waiting:
            await self._answerer.send(asked.where, answer)
        if written.line != FETCH:
            return False
        if not waiting:
            over = say("That answer is not kept any more. Please send the command once more.")
            await self._answerer.send(asked.where, Answer(reply(over), _voice_of(asked)))
        return True

    async def _explain_forwarded(self, message: Message, key: str) -> None:
        """A forwarded command may be anybody's; it is not carried out."""
        asked = _asked_by(message, key)
        sentence = say("I do not act on forwarded messages. Please type it yourself.")
        await self._answerer.send(asked.where, Answer(reply(sentence), _voice_of(asked)))

    async def _ask_for_a_person(self, message: Message) -> None:
        """A command in the name of a group or channel: nobody knows whose it is."""
        sentence = say(
            "This was sent in the name of a group or channel, so I cannot tell who you are."
            " Please send it again as yourself."
        )
        (html,) = parts(reply(sentence), await self._voice_of_chat(message.chat.id))
        text = Text(html, reply_to=message.message_id, silent=True)
        await self._sender.patiently(partial(self._sender.send, _where(message), text))

    async def _voice_of_chat(self, chat: int) -> Voice:
        reading = self._inside.doors.reading
        bound = await reading.chat(PLATFORM, str(chat))
        pool = await reading.pool(bound.pool) if bound else None
        return Voice(pool.language if pool else self._inside.settings.locale)

    # --- what the desk may ask -----------------------------------------------------------------

    def _place(self, message: MaybeInaccessibleMessage, user: int) -> Place:
        if is_private(message):
            return Place(PLATFORM)
        topic = topic_of(message) if isinstance(message, Message) else None
        return Place(
            platform=PLATFORM,
            chat=str(message.chat.id),
            title=message.chat.title or "",
            channel=str(topic or ""),
            is_admin=partial(self._is_admin, message.chat.id, user),
        )

    async def _is_admin(self, chat: int, user: int) -> bool:
        """Whether somebody administers a chat, as it is just now."""
        with delivering():
            try:
                member = await self._bot.get_chat_member(chat, user)
            except BadRequest:
                return False
            return member.status in ADMINS

    async def _fetch(self, photo: PhotoSize) -> bytes | None:
        """A photo's bytes; None when they cannot be had."""
        try:
            file = await self._bot.get_file(photo.file_id)
            content = bytes(await file.download_as_bytearray())
        except TelegramError as error:
            log.info("a photo could not be fetched: %s", type(error).__name__)
            return None
        return content if len(content) <= PHOTO_BYTES_MAX else None

    # --- speaking first (bots.platform.Platform) -----------------------------------------------

    async def show_card(
        self, chat: str, channel: str, message: str, reply: Reply, voice: Voice, nonce: str
    ) -> str:
        """Show a card, or put it in the place of the one that is there.

        A card is one message; of one that would need several, the first is shown. Telegram knows
        no nonces.
        """
        del nonce
        text = Text(parts(reply, voice)[0], keyboard(reply, voice))
        if message:
            await self._sender.edit(int(chat), int(message), text)
            return message
        topic = int(channel) if channel else None
        return str(await self._sender.send(Where(int(chat), topic), text))

    async def tell(self, external: str, reply: Reply, voice: Voice, nonce: str) -> None:
        """Tell somebody in their direct chat."""
        del nonce
        for text in texts_of(reply, voice):
            await self._sender.send(Where(int(external)), text)


def _asked_by(message: Message, key: str) -> Asked:
    return Asked(
        caller=_caller(message),
        where=_where(message),
        private=is_private(message),
        key=key,
        message=message.message_id,
    )


def _caller(message: Message) -> Caller:
    if message.from_user is None:
        raise TypeError("a message without an author is never for us")
    return caller_of(message.from_user)


def _where(message: MaybeInaccessibleMessage) -> Where:
    topic = topic_of(message) if isinstance(message, Message) else None
    return Where(message.chat.id, topic)


def _is_private_press(query: CallbackQuery) -> bool:
    return query.message is None or is_private(query.message)


def _is_inside(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status not in OUTSIDE


def _voice_of(asked: Asked) -> Voice:
    return Voice(choose_language("", asked.caller.language, ""))
