"""What was said on the local platform since the start, for all who look on.

The terminal and the page show the same talk: what is typed in the one is seen in the other.
Every person has two views that never mix: the group, and the private talk with the bot.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bots.local_bot.bot import GROUP, LocalBot, Post
from bots.replies import Say, say
from bots.rooms import Inside
from bots.words import Voice, choose_language
from core.domain.members import Role
from core.records import dataclass

MONTH = {"en": "month", "sw": "mwezi", "fr": "mois"}
"""What lets a month pass, by language."""

AHEAD = re.compile(
    rf"\+(?P<count>\d{{1,3}})(?P<unit>[hdjw])|(?P<month>{'|'.join(MONTH.values())})", re.ASCII
)
UNITS = {"h": "hours", "d": "days", "j": "days", "w": "weeks"}
MORNING = time(9)
"""The hour of a month's first day to which time is let pass: people are up, the close is done."""

ROLES = {
    Role.STEWARD: say("looks after the pool as a steward"),
    Role.PARTNER: say("is a partner of the pool"),
    Role.BACKER: say("backs credits with cash"),
    Role.MANAGER: say("manages a project"),
    Role.GUARDIAN: say("acts for somebody else"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something said, at an instant in UTC: a message of the bot, or what `typist` typed.

    With what was typed may have come a `photo`, and it may answer somebody (`replies_to`).
    """

    at: datetime
    in_group: bool
    audience: str
    post: Post | None = None
    typist: str = ""
    typed: str = ""
    photo: bool = False
    replies_to: str = ""

    def seen_by(self, nick: str, *, private: bool) -> bool:
        """Whether it stands in this person's private talk, or in the group as they see it."""
        return self.in_group is not private and self.audience in (nick, GROUP)


class Talk:
    """All that was said, and the ways to say more.

    `advance` lets the demo's time pass, `quiet` waits until all that follows has been shown.
    `watchers` are called with each new entry.
    """

    def __init__(
        self,
        bot: LocalBot,
        inside: Inside,
        advance: Callable[[timedelta], Awaitable[None]],
        quiet: Callable[[], Awaitable[None]],
    ) -> None:
        self.bot = bot
        self.inside = inside
        self.quiet = quiet
        self.entries: list[Entry] = []
        self.watchers: list[Callable[[Entry], None]] = []
        self._advance = advance
        self._passing = asyncio.Lock()
        bot.on_post = self._note

    @property
    def now(self) -> datetime:
        """The demo's instant, in UTC."""
        return self.inside.doors.now()

    def _note(self, post: Post) -> None:
        self._add(Entry(self.now, post.in_group, post.audience, post))

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry)
        for each in tuple(self.watchers):
            each(entry)

    # --- saying ----------------------------------------------------------------------------

    async def says(
        self,
        nick: str,
        text: str,
        *,
        private: bool,
        photo: bytes | None = None,
        replies_to: str = "",
    ) -> None:
        """Somebody types a message, which all who are there see."""
        private = private and self.bot.powers.direct_messages
        audience = nick if private else GROUP
        self._add(
            Entry(
                self.now,
                not private,
                audience,
                typist=nick,
                typed=text,
                photo=photo is not None,
                replies_to=replies_to,
            )
        )
        await self.bot.says(nick, text, private=private, photo=photo, replies_to=replies_to)

    async def passes(self, wanted: str) -> bool:
        """Let time pass: `+3h`, `+1d`, `+2w`, or `month`, until the next begins.

        False when that is none of these. Time never goes back, and passes once at a time.
        """
        ahead = AHEAD.fullmatch(wanted)
        if ahead is None:
            return False
        async with self._passing:
            if ahead["month"]:
                await self._advance(next_month(self.now, await self._time_zone()) - self.now)
            else:
                await self._advance(timedelta(**{UNITS[ahead["unit"]]: int(ahead["count"])}))
        return True

    async def _time_zone(self) -> str:
        pools = await self.inside.doors.reading.pools()
        pool = await self.inside.doors.reading.pool(pools[0]) if pools else None
        return pool.time_zone if pool else "UTC"

    # --- people ----------------------------------------------------------------------------

    async def voice(self, nick: str) -> Voice:
        """How this person is spoken to."""
        known = await self.inside.doors.reading.known(self.bot.name, nick)
        chosen = known.person.language if known else ""
        pool = known.pools[0] if known and known.pools else None
        language = choose_language(
            chosen, self.bot.people[nick].language, self.inside.settings.locale
        )
        return Voice(language, pool.currency, pool.time_zone) if pool else Voice(language)

    async def roles(self, nick: str) -> Sequence[Role] | None:
        """The roles of a member of the pool, None for who is not in it."""
        doors = self.inside.doors
        known = await doors.reading.known(self.bot.name, nick)
        if known is None or not known.pools:
            return None
        member = known.memberships[known.pools[0].id]
        return await doors.reading.roles(member.pool, member.id, doors.now())

    async def about(self, nick: str) -> Sequence[Say]:
        """Who somebody is in the pool."""
        roles = await self.roles(nick)
        if roles is None:
            return [say("is not in the pool yet")]
        return [ROLES[role] for role in roles] or [say("is a member")]


def next_month(now: datetime, time_zone: str) -> datetime:
    """The morning of the next month's first day, by this zone."""
    local = now.astimezone(ZoneInfo(time_zone))
    first = (local.replace(day=1) + timedelta(days=32)).date().replace(day=1)
    return datetime.combine(first, MORNING, local.tzinfo).astimezone(now.tzinfo)
