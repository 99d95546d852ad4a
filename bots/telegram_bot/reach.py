"""Whom the bot can write to in private, and the answers that wait for those it cannot."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from bots.calls import Caller
from bots.catalogue.asking import Doors
from bots.catalogue.desk import Answer
from bots.telegram_bot.reading import PLATFORM
from core.records import dataclass
from core.usecases.people import Meet, meet

KNOWN_AT_MOST = 20_000
ANSWER_WAITS = timedelta(minutes=15)
ANSWERS_AT_MOST = 5
PEOPLE_AT_MOST = 1_000
LINK_PREFIX = "a_"
LINK_LETTERS = 22
"""Of 32 letters each: about 110 bits, which nobody guesses in a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that waits to be fetched, and what the link to it carries."""

    link: str
    answer: Answer
    until: datetime


def is_link(payload: str) -> bool:
    """Whether what came with a start is, or was, the link to an answer."""
    return payload.startswith(LINK_PREFIX)


class Reach:
    """Knows who has an open direct chat with the bot: who started it, and did not block it.

    Answers that wait are kept in memory alone. What they say is private and is not worth a row
    in a database: whatever was done is done and stands in the pool's books, and after a restart
    one more command shows it again.
    """

    def __init__(self, doors: Doors) -> None:
        self._engine = doors.engine
        self._reading = doors.reading
        self._now = doors.now
        self._word = doors.word
        self._open: OrderedDict[str, bool] = OrderedDict()
        self._waiting: OrderedDict[str, list[Kept]] = OrderedDict()

    async def is_open(self, external: str) -> bool:
        """Whether the bot can write to this account in private, as far as is known."""
        if external not in self._open:
            known = await self._reading.known(PLATFORM, external)
            self._remember(external, known is not None and known.identity.reachable)
        return self._open[external]

    def opened(self, external: str) -> None:
        """Somebody wrote in private."""
        self._remember(external, is_open=True)

    async def changed(self, caller: Caller, key: str, *, is_open: bool) -> None:
        """Keep that an account can be written to, or that it cannot any more."""
        self._remember(caller.external, is_open)
        seen = Meet(
            PLATFORM,
            caller.external,
            caller.name,
            caller.username,
            caller.language,
            reachable=is_open,
        )
        await self._engine.run(meet, seen, key, f"{PLATFORM}:{caller.external}")

    def _remember(self, external: str, is_open: bool) -> None:
        self._open[external] = is_open
        self._open.move_to_end(external)
        if len(self._open) > KNOWN_AT_MOST:
            self._open.popitem(last=False)

    def new_link(self) -> str:
        """What a link to an answer carries: nothing that means anything to anybody."""
        return f"{LINK_PREFIX}{self._word(LINK_LETTERS)}"

    def keep(self, external: str, answer: Answer, link: str) -> None:
        """Keep an answer until its reader opens a direct chat; the latest few of each reader."""
        waiting = self._waiting.setdefault(external, [])
        waiting.append(Kept(link, answer, self._now() + ANSWER_WAITS))
        del waiting[:-ANSWERS_AT_MOST]
        self._waiting.move_to_end(external)
        if len(self._waiting) > PEOPLE_AT_MOST:
            self._waiting.popitem(last=False)

    def is_anothers(self, external: str, link: str) -> bool:
        """Whether a link leads to an answer that waits for somebody else."""
        return any(
            kept.link == link
            for reader, waiting in self._waiting.items()
            if reader != external
            for kept in waiting
        )

    def take(self, external: str) -> Sequence[Answer]:
        """The answers that still wait for somebody, once: all their links are used up."""
        now = self._now()
        return [kept.answer for kept in self._waiting.pop(external, ()) if now < kept.until]
