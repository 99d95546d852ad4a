"""Showing an answer so that only the one who asked can read it.

In a direct chat it is simply sent. In a group it goes, in this order: into a pop-up where a press
asked for it and it fits; into the asker's direct chat; behind a button that opens one. It is never
shown to the group. Questions are the exception: they hold nothing private, and are answered by a
reply, so they are put where the command was typed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup

from bots.calls import Caller
from bots.catalogue.desk import Answer
from bots.platform import NotDelivered, Unknown, Unreachable
from bots.replies import Reply, say
from bots.telegram_bot.drawing import POPUP_UNITS, html, keyboard, mention, parts, plain, units
from bots.telegram_bot.presses import Popup, Presses
from bots.telegram_bot.reach import Reach
from bots.telegram_bot.sending import Sender, Text, Where, texts_of
from bots.words import Voice, spoken
from core.desk import Questions

log = logging.getLogger(__name__)

FETCH = "a"
"""What the link to a direct chat carries: the one who follows it gets the answer that waits."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked, and where an answer may go.

    `message` is the one that asked, None for a press; `press` is the press, '' for a message.
    """

    caller: Caller
    where: Where
    private: bool
    key: str
    message: int | None = None
    press: str = ""


class Answerer:
    """Shows answers to those who asked. `username` is the bot's own, known once it has started."""

    def __init__(
        self, sender: Sender, presses: Presses, reach: Reach, questions: Questions
    ) -> None:
        self._sender = sender
        self._presses = presses
        self._reach = reach
        self._questions = questions
        self.username = ""

    async def show(self, asked: Asked, answer: Answer) -> None:
        """Show an answer to the one who asked, and to nobody else.

        Raises:
            NotDelivered: when it could not be shown, after many tries.
        """
        if asked.private:
            await self.send(asked.where, answer)
        elif answer.reply.question:
            await self._ask(asked, answer)
        elif not await self._show_popup(asked, answer):
            await self._tell(asked, answer)

    async def send(self, where: Where, answer: Answer, *, silent: bool = False) -> None:
        """Send an answer to a direct chat, in as many messages as it needs."""
        message = 0
        for text in texts_of(answer.reply, answer.voice, silent=silent):
            message = await self._surely(where, text, answer.voice)
        await self._remember(answer.reply, message)

    async def _surely(self, where: Where, text: Text, voice: Voice) -> int:
        """Send a text, and once more if nobody knows whether it arrived: that is said."""
        try:
            return await self._sender.patiently(lambda: self._sender.send(where, text))
        except Unknown:
            once_more = say("Sent once more, because the connection broke:")
            again = replace(text, html=f"{html(once_more, voice)}\n{text.html}")
            return await self._sender.patiently(lambda: self._sender.send(where, again))

    async def _remember(self, shown: Reply, message: int) -> None:
        """Remember which message is a question, so that a reply to it is known for its answer."""
        if shown.question:
            await self._questions.asked_as(shown.question, str(message))

    # --- in a group ----------------------------------------------------------------------------

    async def _ask(self, asked: Asked, answer: Answer) -> None:
        """Ask in the group: the app opens a reply to the question, for this one person only."""
        await self._presses.answer(asked.press, Popup())
        *before, last = parts(answer.reply, answer.voice)
        markup = keyboard(answer.reply, answer.voice) or ForceReply(selective=True)
        text = Text("\n".join([*before, last]), markup, reply_to=asked.message)
        named = self._named(asked, text)
        await self._remember(answer.reply, await self._surely(asked.where, named, answer.voice))

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
        fits = not answer.reply.buttons and not answer.reply.picture
        if fits and units(text) <= POPUP_UNITS:
            return await self._presses.answer(asked.press, Popup(text=text))
        if answer.reply.carded:
            return False
        shown = await self._presses.answer(asked.press, Popup(url=self._link()))
        if shown:
            self._reach.keep(asked.caller.external, answer)
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
        self._reach.keep(asked.caller.external, answer)
        read = spoken(say("Read my answer"), answer.voice)
        button = InlineKeyboardMarkup.from_button(InlineKeyboardButton(read, url=self._link()))
        waits = html(say("I have an answer for you. Tap to read it."), answer.voice)
        text = self._named(asked, Text(waits, button, reply_to=asked.message, silent=True))
        await self._surely(asked.where, text, answer.voice)

    def _link(self) -> str:
        return f"https://t.me/{self.username}?start={FETCH}"

    async def take_buttons(self, where: Where, message: int) -> None:
        """Take away the buttons of a question that is over; it is no matter if that fails."""
        try:
            await self._sender.take_buttons(where.chat, message)
        except NotDelivered as error:
            log.info("buttons were left standing: %s", type(error).__name__)
