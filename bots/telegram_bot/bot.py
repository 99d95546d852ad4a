"""Poolkeeper on Telegram: what an update asks for goes to the desk, what it says comes back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

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
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bots.calls import Call, Caller, Place
from bots.catalogue.desk import Answer
from bots.catalogue.first_steps import greeting
from bots.pictures import fit_to_keep
from bots.platform import Gone, NotDelivered, TryLater, Unknown, Unreachable, once_more
from bots.replies import Reply, Say, reply, say
from bots.rooms import CannotStart, Inside
from bots.settings import Settings
from bots.telegram_bot.answering import Answerer, Asked
from bots.telegram_bot.claiming import (
    AS_YOURSELF,
    IT_WAS_ME,
    NOT_AN_ADMIN,
    claim_of,
    question_about,
)
from bots.telegram_bot.drawing import keyboard, parts
from bots.telegram_bot.menus import set_menus
from bots.telegram_bot.presses import Presses
from bots.telegram_bot.reach import Reach, is_link
from bots.telegram_bot.reading import (
    ADMINS,
    PLATFORM,
    Me,
    Written,
    caller_of,
    command_of,
    id_of,
    is_private,
    name_of,
    photo_of,
    replied_to,
    speaks_for_a_chat,
    topic_of,
    words_of,
)
from bots.telegram_bot.receiving import Receiver
from bots.telegram_bot.sending import Sender, Text, Where, texts_of
from bots.telegram_bot.stewards import StewardsMenus
from bots.telegram_bot.whispering import Arrivals, Whispers
from bots.telegram_bot.wire import Patience, delivering, ephemeral_id, line_to, read
from bots.tokens import QUESTION_VERBS, UNREADABLE, read_token
from bots.words import Voice, choose_language
from core.usecases.pools import ChatMoved, chat_moved

if TYPE_CHECKING:
    from bots.telegram_bot.hook import Hook, Take

log = logging.getLogger(__name__)

OUTSIDE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)

NOT_KEPT = say("That answer is not kept any more. Please send the command once more.")
NOT_YOURS = say("That answer waits for somebody else. Send me a command, and I answer you here.")
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)

IN_A_GROUP = say("You have put me into a group, and I cannot say a word there.")
CANNOT_POST = say("I am not allowed to write there. Please allow it, then send /start there.")
MUTED = say(
    "In this group I am muted: tap its name, then my name among the members,"
    " and allow me to send messages."
)
NOBODY_POSTS = say(
    "In this group only administrators may write: tap its name, then Edit, Permissions,"
    " and allow sending messages; or make me an administrator."
)


class TelegramBot:
    """The room of Telegram; `bots.rooms.Room` says what the house may ask of it."""

    name = PLATFORM
    knows_nonces = False
    seconds_between_messages = 1.0
    messages_per_minute = 20
    messages_per_second = 30

    def __init__(self, inside: Inside, patience: Patience | None = None) -> None:
        token = inside.settings.telegram_token
        if token is None:
            raise ValueError("there is no token for Telegram")
        patience = patience or Patience()
        doors = inside.doors
        self._inside = inside
        self._bot = line_to(inside.settings.telegram_api_url, token.get_secret_value(), patience)
        self._sender = Sender(self._bot, doors, patience)
        self._reach = Reach(doors)
        self._presses = Presses(self._bot, self._reach, patience)
        self._whispers = Whispers(self._bot)
        self._answerer = Answerer(
            self._sender, self._whispers, self._presses, self._reach, doors.questions
        )
        self._arrivals = Arrivals()
        self._receiver = Receiver(self._bot, inside.inbox, self, inside.underway, patience)
        self._me = Me(0, "")
        self._stewards = StewardsMenus(self._bot, inside)
        self._hook = _hook_of(inside.settings, self._brought)
        self._running: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    # --- coming and going ----------------------------------------------------------------------

    async def start(self) -> None:
        """Log in, set the menus and begin to receive, first of all what an earlier run left.

        Raises:
            CannotStart: the token is wrong, or nothing can be listened to where updates would come.
            TryLater: Telegram is out of reach.
        """
        try:
            await self._log_in()
            await self._choose_way_in()
            await set_menus(self._bot, self._inside.notes, self._inside.desk.commands)
        except BaseException:
            await self._hang_up()
            raise
        # This room owns the task: `stop` waits for it, and its errors come out there.
        receiving = self._receiver.run(self._me, polls=self._hook is None)
        self._running = asyncio.get_running_loop().create_task(receiving)
        self._looking = asyncio.get_running_loop().create_task(self._stewards.look())

    async def _hang_up(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        if self._hook is not None:
            await self._hook.close()
        await self._bot.shutdown()

    async def _log_in(self) -> None:
        try:
            with delivering():
                await self._bot.initialize()
        except NotDelivered as error:
            if isinstance(error.__cause__, InvalidToken):
                # Not "from error": the library's message repeats the token.
                raise CannotStart(
                    "Telegram does not accept TELEGRAM_TOKEN. Copy it anew from @BotFather."
                ) from None
            raise TryLater from error
        self._me = Me(self._bot.id, self._bot.username)
        self._answerer.username = self._bot.username

    async def _choose_way_in(self) -> None:
        """Have Telegram bring updates to an address of ours, or ask it for them."""
        try:
            with delivering():
                if self._hook is None:
                    # Telegram refuses to be polled while it has an address to call.
                    await self._bot.delete_webhook()
                else:
                    await self._hook.open(self._bot)
        except NotDelivered as error:
            raise TryLater from error
        except OSError as error:
            raise CannotStart(
                f"TELEGRAM_WEBHOOK_LISTEN cannot be listened to ({error.strerror})."
                " Choose a port that is free."
            ) from error
        except BadRequest as error:
            raise CannotStart(
                f"Telegram does not take TELEGRAM_WEBHOOK_URL: {error.message}."
            ) from None

    async def _brought(self, update: dict[str, Any]) -> None:
        await self._receiver.take(read(update, self._bot))

    async def stop(self) -> None:
        """Receive no more, finish what has begun, and hang up. The rest stays in the inbox."""
        self._receiver.stop()
        running, self._running = self._running, None
        try:
            if running is not None:
                await running
        finally:
            await self._hang_up()

    # --- what arrives --------------------------------------------------------------------------

    def arrived(self, update: Update) -> Coroutine[None, None, None] | None:
        """A press is answered beside its being stored."""
        self._arrivals.note(f"tg:{self._me.id}:{update.update_id}")
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
            await self._ask_who(message)
        elif message.forward_origin:
            await self._explain_forwarded(message, key)
        else:
            await self._said(message, key)

    async def _said(self, message: Message, key: str) -> None:
        """A command, or words that answer a question."""
        asked = self._asked_by(message, key)
        if asked.private:
            await self._opened(asked)
        written = command_of(message, self._me)
        if written is not None:
            if not await self._fetched(asked, written):
                await self._do(asked, self._command(message, written, key))
        elif asked.private or await self._is_awaited(message, asked):
            await self._do(asked, self._words(message, key))

    async def _do(self, asked: Asked, call: Call) -> None:
        answer = await self._inside.desk.answer(call)
        await self._answerer.show(asked, answer)
        if self._stewards.has_menu(asked.caller.external):
            await self._stewards.look_at(asked.caller.external)
        if not await self._carded(call, answer) and answer.reply.is_silent:
            explained = reply(*(await call.place.obstacles() or (CANNOT_POST,)))
            await self._answerer.show(asked, replace(answer, reply=explained))

    async def _carded(self, call: Call, answer: Answer) -> bool:
        """Show the card of an answer, if it has one; False where nothing can be posted there."""
        card, place = answer.reply.card, call.place
        if card is None:
            return True
        on = answer.reply.stands_on or call.card
        try:
            try:
                await self._post(place, on, card, answer.aloud)
            except Gone:
                await self._post(place, "", card, answer.aloud)
        except Unreachable:
            return False
        return True

    async def _post(self, place: Place, message: str, card: Reply, voice: Voice) -> None:
        """Post a card; a new one once more, and saying so, if nobody knows whether it arrived."""
        show = partial(self.show_card, place.chat, place.channel, message)
        try:
            await self._sender.patiently(lambda: show(card, voice, ""))
        except Unknown:
            again = card if message else once_more(card)
            await self._sender.patiently(lambda: show(again, voice, ""))

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
        return bool(question and before and question.message == name_of(before))

    async def _press(self, query: CallbackQuery, key: str) -> None:
        message, asked = query.message, self._pressed(query, key)
        if asked.private:
            await self._opened(asked)
        token = read_token(query.data or "") or UNREADABLE
        if token == IT_WAS_ME:
            await self._claimed(query, asked)
            return
        place = self._place(message, query.from_user.id) if message else Place(PLATFORM)
        is_over = token.verb in QUESTION_VERBS
        is_for_all = message and id_of(message) and not asked.private
        card = str(message.message_id) if message and is_for_all and not is_over else ""
        await self._do(asked, Call(asked.caller, place, key, token=token, card=card))
        if message and is_over and not is_for_all:
            await self._answerer.take_buttons(asked, message)

    def _pressed(self, query: CallbackQuery, key: str) -> Asked:
        message = query.message
        return Asked(
            caller=caller_of(query.from_user),
            where=_where(message) if message else Where(query.from_user.id),
            private=_is_private_press(query),
            key=key,
            press=query.id,
            fresh=self._arrivals.is_fresh(key),
        )

    async def _membership(self, change: ChatMemberUpdated, key: str) -> None:
        """The bot was blocked or let back in by somebody, taken out of a group or put into it."""
        inside = _is_inside(change.new_chat_member)
        if change.chat.type == ChatType.PRIVATE:
            await self._reach.changed(caller_of(change.from_user), key, is_open=inside)
            return
        self._whispers.administers(
            change.chat.id, now=inside and change.new_chat_member.status in ADMINS
        )
        chat = str(change.chat.id)
        await self._inside.doors.engine.run(
            chat_moved, ChatMoved(PLATFORM, chat, chat, inside), key
        )
        if inside and not _is_inside(change.old_chat_member) and change.chat.type in GROUPS:
            await self._greet(change, key)

    async def _greet(self, change: ChatMemberUpdated, key: str) -> None:
        """Say hello in a group that has no pool yet, once each time the bot is put into it."""
        chat, note = change.chat.id, f"telegram greeted {change.chat.id}"
        bound = await self._inside.doors.reading.chat(PLATFORM, str(chat))
        if bound is not None or await self._inside.notes.get(note) == key:
            return
        # Before it is sent: rather no greeting after a crash than two of them.
        await self._inside.notes.put(note, key)
        hint = change.from_user.language_code or self._inside.settings.locale
        voice = Voice(choose_language("", hint, self._inside.settings.locale))
        place = Place(PLATFORM, str(chat))
        try:
            await self._post(place, "", greeting(), voice)
        except Unreachable:
            explained = (IN_A_GROUP, *(await self._obstacles(chat) or (CANNOT_POST,)))
            where = Where(change.from_user.id)
            await self._answerer.send(where, Answer(reply(*explained), voice))

    def _asked_by(self, message: Message, key: str) -> Asked:
        return Asked(
            caller=_caller(message),
            where=_where(message),
            private=is_private(message),
            key=key,
            message=id_of(message),
            whispered=ephemeral_id(message),
            fresh=self._arrivals.is_fresh(key),
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
        me, link = asked.caller.external, written.line
        waiting = self._reach.take(me)
        for answer in waiting:
            await self._answerer.send(asked.where, answer)
        if not is_link(link):
            return False
        if not waiting:
            why = NOT_YOURS if self._reach.is_anothers(me, link) else NOT_KEPT
            await self._answerer.send(asked.where, Answer(reply(why), _voice_of(asked)))
        return True

    async def _explain_forwarded(self, message: Message, key: str) -> None:
        """A forwarded command may be anybody's; it is not carried out."""
        asked = self._asked_by(message, key)
        sentence = say("I do not act on forwarded messages. Please type it yourself.")
        await self._answerer.send(asked.where, Answer(reply(sentence), _voice_of(asked)))

    # --- who speaks for a group ----------------------------------------------------------------

    async def _ask_who(self, message: Message) -> None:
        """Ask whose a command is that came in the name of a group or channel."""
        if command_of(message, self._me) is None:
            return
        asked, voice = question_about(message), await self._voice_of_chat(message.chat.id)
        html, markup = parts(asked, voice)[0], keyboard(asked, voice)
        text = Text(html, markup, reply_to=message.message_id, silent=True)
        await self._sender.surely(_where(message), text, voice)

    async def _claimed(self, query: CallbackQuery, asked: Asked) -> None:
        """Somebody says that a command in the group's name was theirs; an administrator may."""
        claim = claim_of(query, self._me)
        if claim is None:
            await self._answerer.show(asked, Answer(reply(AS_YOURSELF), _voice_of(asked)))
            return
        place = self._place(claim.question, query.from_user.id)
        if not await place.is_admin():
            await self._answerer.show(asked, Answer(reply(NOT_AN_ADMIN), _voice_of(asked)))
            return
        command = self._command(claim.original, claim.written, claim.key(self._me))
        await self._do(asked, replace(command, caller=asked.caller, place=place))
        await self._answerer.take_buttons(asked, claim.question)

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
            obstacles=partial(self._obstacles, message.chat.id),
        )

    async def _is_admin(self, chat: int, user: int) -> bool:
        """Whether somebody administers a chat, as it is just now."""
        with delivering():
            try:
                return (await self._bot.get_chat_member(chat, user)).status in ADMINS
            except BadRequest:
                # Of others, a bot that is no administrator is only told who the administrators are.
                return await self._is_listed(chat, user)

    async def _is_listed(self, chat: int, user: int) -> bool:
        """Whether somebody is among those whom a chat shows as its administrators."""
        try:
            shown = await self._bot.get_chat_administrators(chat)
        except BadRequest:
            return False
        return any(each.user.id == user for each in shown)

    async def _obstacles(self, chat: int) -> Sequence[Say]:
        """What keeps the bot from posting in a group, and where that is put right."""
        with delivering():
            try:
                mine = await self._bot.get_chat_member(chat, self._me.id)
                group = await self._bot.get_chat(chat)
            except (BadRequest, Forbidden):
                return (CANNOT_POST,)
        if isinstance(mine, ChatMemberRestricted):
            return () if mine.can_send_messages else (MUTED,)
        forbidden = group.permissions is not None and not group.permissions.can_send_messages
        return (NOBODY_POSTS,) if forbidden and mine.status not in ADMINS else ()

    async def _fetch(self, photo: PhotoSize) -> bytes | None:
        """A photo's bytes; None when they cannot be had."""
        try:
            file = await self._bot.get_file(photo.file_id)
            content = bytes(await file.download_as_bytearray())
        except TelegramError as error:
            log.info("a photo could not be fetched: %s", type(error).__name__)
            return None
        return fit_to_keep(content)

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
        # Who is given a role, or loses it, is told so.
        await self._stewards.look_at(external)


def _hook_of(settings: Settings, take: Take) -> Hook | None:
    """Where Telegram brings updates; None where it is asked for them."""
    url, secret = settings.telegram_webhook_url, settings.telegram_webhook_secret
    if url is None or secret is None:
        return None
    # Only here: who polls needs no web server.
    from bots.telegram_bot.hook import Hook

    return Hook(url, secret.get_secret_value(), settings.telegram_webhook_listen, take)


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
