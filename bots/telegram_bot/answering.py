"""Showing an answer so that only the one who asked can read it.

In a direct chat it is simply sent. In a group it goes, in this order: into an ephemeral message,
which Telegram takes in answer to a press or to another ephemeral one, and from an administrator at
any time; into the asker's direct chat; where there is none, into a pop-up, if a press asked for it
and it fits, or else behind a link that opens the direct chat. It is never shown to the group.
Questions are the exception: they hold nothing private, and are answered by a reply, so they are
put where the command was typed.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from telegram import (
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MaybeInaccessibleMessage,
)
from telegram.helpers import create_deep_linked_url

from bots.calls import Caller
from bots.catalogue.desk import Answer
from bots.platform import NotDelivered, Unknown, Unreachable, once_more
from bots.replies import Reply, say
from bots.telegram_bot.drawing import POPUP_UNITS, html, keyboard, mention, parts, plain, units
from bots.telegram_bot.presses import Popup, Presses
from bots.telegram_bot.reach import Reach
from bots.telegram_bot.reading import name_of_whisper
from bots.telegram_bot.sending import Sender, Text, Where, texts_of
from bots.telegram_bot.whispering import Whispers
from bots.telegram_bot.wire import Ear, ephemeral_id
from bots.words import spoken
from core.desk import Questions
from core.records import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked, and where an answer may go.

    `message` is the one that asked, None for a press; `press` is the press, '' for a message.
    `whispered` is the number of an ephemeral message that asked, which has no other. What is
    `fresh` came in a few seconds ago, so that Telegram takes an ephemeral answer.
    """

    caller: Caller
    where: Where
    private: bool
    key: str
    message: int | None = None
    press: str = ""
    whispered: int | None = None
    fresh: bool = False

    @property
    def ear(self) -> Ear:
        """Where an ephemeral answer may go."""
        press, said = (self.press, self.whispered) if self.fresh else ("", None)
        return Ear(self.where.chat, int(self.caller.external), self.where.topic, press, said)


class Answerer:
    """Shows answers to those who asked. `username` is the bot's own, known once it has started."""

    def __init__(
        self,
        sender: Sender,
        whispers: Whispers,
        presses: Presses,
        reach: Reach,
        questions: Questions,
    ) -> None:
        self._sender = sender
        self._whispers = whispers
        self._presses = presses
        self._reach = reach
        self._questions = questions
        self.username = ""

    async def show(self, asked: Asked, answer: Answer) -> None:
        """Show an answer to the one who asked, and to nobody else.

        Raises:
            NotDelivered: when it could not be shown, after many tries.
        """
        if answer.needless or answer.reply.is_silent:
            return
        if asked.private:
            await self.send(asked.where, answer)
        elif answer.reply.question:
            await self._ask(asked, answer)
        elif not await self._whisper(asked, answer):
            await self._aside(asked, answer)

    async def _aside(self, asked: Asked, answer: Answer) -> None:
        """Answer outside of the group's messages."""
        if not await self._show_popup(asked, answer):
            await self._tell(asked, answer)

    async def send(self, where: Where, answer: Answer, *, silent: bool = False) -> None:
        """Send an answer to a direct chat, in as many messages as it needs."""
        message = 0
        for text in texts_of(answer.reply, answer.voice, silent=silent):
            message = await self._sender.surely(where, text, answer.voice)
        await self._remember(answer.reply, message)

    async def _remember(self, shown: Reply, message: int) -> None:
        """Remember which message is a question, so that a reply to it is known for its answer."""
        if shown.question:
            await self._questions.asked_as(shown.question, str(message))

    # --- in a group ----------------------------------------------------------------------------

    async def _whisper(self, asked: Asked, answer: Answer) -> bool:
        """Answer so that the asker alone sees it in the group; whether that was done.

        Until one was seen to be private, a press is held back: it may need a pop-up yet.
        """
        *before, text = texts_of(answer.reply, answer.voice, silent=True)
        if before or text.picture or text.file or not await self._whispers.may(asked.ear):
            return False
        if self._whispers.proven:
            await self._presses.answer(asked.press, Popup())
        try:
            shown = await self._whispers.say(asked.ear, text)
        except Unknown:
            await self._aside(asked, replace(answer, reply=once_more(answer.reply)))
            return True
        if shown is None:
            return False
        await self._presses.answer(asked.press, Popup())
        return True

    async def _ask(self, asked: Asked, answer: Answer) -> None:
        """Ask in the group: the app opens a reply to the question, for this one person only."""
        await self._presses.answer(asked.press, Popup())
        *before, last = parts(answer.reply, answer.voice)
        markup = keyboard(answer.reply, answer.voice) or ForceReply(selective=True)
        text = Text("\n".join([*before, last]), markup, reply_to=asked.message)
        if asked.whispered is not None and await self._ask_alone(asked, answer.reply, text):
            return
        named = self._named(asked, text)
        number = await self._sender.surely(asked.where, named, answer.voice)
        await self._remember(answer.reply, number)

    async def _ask_alone(self, asked: Asked, shown: Reply, text: Text) -> bool:
        """Ask by an ephemeral message who asked by one; whether that was done."""
        if not await self._whispers.may(asked.ear):
            return False
        number = await self._whispers.say(asked.ear, text)
        if number is None:
            return False
        await self._questions.asked_as(shown.question, name_of_whisper(number))
        return True

    @staticmethod
    def _named(asked: Asked, text: Text) -> Text:
        """A text with a name above it, where no message of theirs shows whom it is for."""
        if asked.message is not None:
            return text
        name = mention(asked.caller.external, asked.caller.name)
        return replace(text, html=f"{name}\n{text.html}")

    async def _show_popup(self, asked: Asked, answer: Answer) -> bool:
        """Answer a press with the answer itself, or with a link to it; whether that was done.

        Only a press that still waits is answered so: that of somebody without a direct chat.
        """
        if not asked.press:
            return False
        text = plain(answer.reply, answer.voice)
        fits = not (answer.reply.buttons or answer.reply.picture or answer.reply.file)
        if fits and units(text) <= POPUP_UNITS:
            return await self._presses.answer(asked.press, Popup(text=text))
        if answer.reply.carded:
            return False
        link = self._reach.new_link()
        shown = await self._presses.answer(asked.press, Popup(url=self._url(link)))
        if shown:
            self._reach.keep(asked.caller.external, answer, link)
        return shown

    async def _tell(self, asked: Asked, answer: Answer) -> None:
        """Answer in the direct chat, quietly; where there is none, put a button to one."""
        try:
            await self.send(Where(int(asked.caller.external)), answer, silent=True)
        except Unreachable:
            await self._reach.changed(asked.caller, f"{asked.key}:closed", is_open=False)
            if not answer.reply.carded:
                await self._invite(asked, answer)

    async def _invite(self, asked: Asked, answer: Answer) -> None:
        """Keep an answer, and say in the group that it is there, without a word of it."""
        link = self._reach.new_link()
        self._reach.keep(asked.caller.external, answer, link)
        read = spoken(say("Read my answer"), answer.voice)
        button = InlineKeyboardMarkup.from_button(InlineKeyboardButton(read, url=self._url(link)))
        waits = html(say("I have an answer for you. Tap to read it."), answer.voice)
        text = self._named(asked, Text(waits, button, reply_to=asked.message, silent=True))
        await self._sender.surely(asked.where, text, answer.voice)

    def _url(self, link: str) -> str:
        return create_deep_linked_url(self.username, link)

    async def take_buttons(self, asked: Asked, message: MaybeInaccessibleMessage) -> None:
        """Take away the buttons of a question that is over; it is no matter if that fails."""
        number = ephemeral_id(message)
        if number is not None:
            await self._whispers.take_buttons(asked.ear, number)
            return
        try:
            await self._sender.take_buttons(asked.where.chat, message.message_id)
        except NotDelivered as error:
            log.info("buttons were left standing: %s", type(error).__name__)
