"""Answering every press once, soon: with nothing, or with the private answer where it fits."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress

from telegram import Bot, CallbackQuery
from telegram.error import TelegramError

from bots.telegram_bot.reach import Reach
from bots.telegram_bot.wire import Patience
from core.records import dataclass

log = logging.getLogger(__name__)

REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Popup:
    """What answers a press: nothing, a text that only the presser sees, or a link to follow."""

    text: str = ""
    url: str = ""


class Presses:
    """Sees to it that no button keeps spinning.

    A press is answered the moment it arrives, before it is stored and before anything is decided:
    nobody waits for the database to see that their press was noticed. Only where the presser has
    no direct chat with the bot is it held back, for less than a second, because a pop-up may then
    be the one private way to answer. A press that an earlier run of the bot received was answered
    by that run; it is not answered again.
    """

    def __init__(self, bot: Bot, reach: Reach, patience: Patience) -> None:
        self._bot = bot
        self._reach = reach
        self._patience = patience
        self._seen: OrderedDict[str, bool] = OrderedDict()
        self._held: dict[str, asyncio.Event] = {}

    def is_news(self, query: CallbackQuery) -> bool:
        """Whether a press arrived for the first time; the same update may come again."""
        if query.id in self._seen:
            return False
        self._seen[query.id] = False
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def acknowledge(self, query: CallbackQuery, *, private: bool) -> None:
        """Answer a press, at once or as soon as it is clear that no pop-up will."""
        if not private and not await self._is_open(str(query.from_user.id)):
            await self._hold(query.id)
        await self.answer(query.id, Popup())

    async def _hold(self, query: str) -> None:
        """Wait until a press is answered, for as long as it may be held back."""
        answered = self._held[query] = asyncio.Event()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience.popup):
                    await answered.wait()
        finally:
            del self._held[query]

    async def _is_open(self, external: str) -> bool:
        try:
            return await self._reach.is_open(external)
        except Exception:  # a door: whatever the database has, the press is answered
            log.exception("it is not known whether a presser can be written to")
            return True

    async def answer(self, query: str, popup: Popup) -> bool:
        """Answer a press that has no answer yet; whether it had none, and took this one."""
        if self._seen.get(query, True):
            return False
        self._seen[query] = True
        if query in self._held:
            self._held[query].set()
        try:
            await self._bot.answer_callback_query(
                query, popup.text or None, show_alert=bool(popup.text), url=popup.url or None
            )
        except TelegramError as error:
            # Too old, or out of reach: the spinner ends by itself, and the answer comes apart.
            log.info("a press could not be answered: %s", type(error).__name__)
            return False
        return True
