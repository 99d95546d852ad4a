"""What the bot says first: the outbox, taken row by row, said in each reader's language.

A row is said as things stand when it leaves, not when it was queued. Lanes (a chat, a person)
run beside one another; within a lane one row at a time, in order, at the platform's pace. A row
is marked after it was shown: a crash in between shows it again, and that is all it can do.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args, get_type_hints

from bots.catalogue.showing import tell
from bots.platform import Gone, TryLater, Unknown, Unreachable
from bots.replies import Block, Reply, Typed, heading, item, say
from bots.rooms import Room
from bots.words import Voice, choose_language
from core.desk import Outbox, Outgoing, Route, Sort
from core.domain.pools import Pool
from core.domain.units import MemberId, Number
from core.reads import Reading, Shown

log = logging.getLogger(__name__)

CardOf = Callable[[Shown, Mapping[MemberId, str], Pool], Reply]
"""The catalogue's `card_of`: a thing as it stands, with the names of the members in it."""

LEASE = timedelta(seconds=60)
LANES_AT_ONCE = 64
ATTEMPTS_MAX = 8
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 3600
PLATFORM_AWAY_SECONDS = 60
GIVEN_UP_AFTER = timedelta(days=7)
CLOSED_FOR = timedelta(days=7)
"""How long a way to somebody that was refused is left alone, unless they write to the bot."""

WAITED_IN_LANE_SECONDS = 20
"""A longer pause puts the row back, so that its lease does not run out meanwhile."""


class Stopping(Exception):
    """The delivery is being stopped: the row goes back untouched."""


class Pace:
    """When a chat may be written to again."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, str], float] = {}
        self._minute: dict[tuple[str, str], deque[float]] = {}

    def wait(self, room: Room, chat: str, now: float, *, group: bool) -> float:
        """Seconds until the next message; when there are none, it counts as sent."""
        if not room.seconds_between_messages and not room.messages_per_minute:
            return 0.0
        key = (room.name, chat)
        at = self._next.get(key, now)
        sent = self._minute.setdefault(key, deque())
        while sent and sent[0] <= now - 60:
            sent.popleft()
        if group and room.messages_per_minute and len(sent) >= room.messages_per_minute:
            at = max(at, sent[0] + 60)
        if at > now:
            return at - now
        sent.append(now)
        self._next[key] = now + room.seconds_between_messages
        self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Chats that were silent for a minute need no memory."""
        if len(self._next) > 10_000:
            self._next = {key: at for key, at in self._next.items() if at > now - 60}
            self._minute = {key: self._minute[key] for key in self._next}


class Delivery:
    """Takes rows out of the outbox and has the rooms say them.

    `now` gives instants in UTC, `word` random letters for references in the log.
    """

    def __init__(
        self,
        outbox: Outbox,
        reading: Reading,
        card_of: CardOf,
        now: Callable[[], datetime],
        word: Callable[[int], str],
    ) -> None:
        self.rooms: dict[str, Room] = {}
        self._outbox = outbox
        self._reading = reading
        self._card_of = card_of
        self._now = now
        self._word = word
        self._pace = Pace()
        self._failures: dict[int, int] = {}
        self._doubted: set[int] = set()
        self._closed: dict[tuple[str, str], datetime] = {}
        self._active = 0
        self._retries: list[float] = []
        self._nudged = asyncio.Event()
        self._drained = asyncio.Event()
        self._stopping = asyncio.Event()
        self._sayings: dict[Sort, Callable[[Outgoing], Awaitable[None]]] = {
            Sort.CARD: self._show_card,
            Sort.NOTICE: self._tell,
            Sort.DIGEST: self._show_digest,
        }

    # --- the loop --------------------------------------------------------------------------

    def nudge(self) -> None:
        """Something may be waiting: look now."""
        self._drained.clear()
        self._nudged.set()

    async def drained(self) -> None:
        """Wait until nothing that is due waits, and nothing is being said."""
        await self._drained.wait()

    @property
    def is_drained(self) -> bool:
        """Whether that is so now."""
        return self._drained.is_set()

    async def run(self) -> None:
        """Deliver until `stop` is called; what has begun by then is finished."""
        async with asyncio.TaskGroup() as lanes:
            while not self._stopping.is_set():
                self._nudged.clear()
                rows = await self._claimed()
                self._active += len(rows)
                for row in rows:
                    lanes.create_task(self._deliver(row))
                if not rows:
                    await self._rest()

    def stop(self) -> None:
        """Take no further row."""
        self._stopping.set()
        self._nudged.set()

    async def _claimed(self) -> Sequence[Outgoing]:
        room = LANES_AT_ONCE - self._active
        if room <= 0:
            return ()
        try:
            return await self._outbox.claim(self._now(), LEASE, room)
        except Exception:  # a door: the outbox is asked again, whatever happened
            log.exception("the outbox cannot be read")
            self._wake_in(FIRST_PAUSE_SECONDS)
            return ()

    async def _rest(self) -> None:
        """Wait for a nudge, or for the time of the next row that was put off."""
        if not self._active and not self._nudged.is_set():
            self._drained.set()
        loop = asyncio.get_running_loop()
        self._retries = [at for at in self._retries if at > loop.time()]
        until = min(self._retries, default=None)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._nudged.wait()

    def _wake_in(self, seconds: float) -> None:
        self._retries.append(asyncio.get_running_loop().time() + seconds)

    # --- one row ---------------------------------------------------------------------------

    async def _deliver(self, row: Outgoing) -> None:
        try:
            await self._attempt(row)
        except Exception:  # a door: the row's lease brings it back
            log.exception("row %s of the outbox cannot be marked", row.id)
            self._wake_in(LEASE.total_seconds())
        finally:
            self._active -= 1
            self.nudge()

    async def _attempt(self, row: Outgoing) -> None:
        try:
            await self._sayings[row.sort](row)
        except Stopping:
            await self._outbox.again(row, self._now())
        except TryLater as later:
            await self._put_off(row, later.seconds)
        except Unknown:
            await self._doubt(row)
        except Unreachable as reason:
            await self._give_up(row, f"cannot be written to: {reason}")
        except Exception:  # noqa: BLE001 - a door: the row is tried again, and given up loudly
            await self._fail(row)
        else:
            self._forget(row)
            await self._outbox.done(row)

    def _forget(self, row: Outgoing) -> None:
        self._failures.pop(row.id, None)
        self._doubted.discard(row.id)

    async def _put_off(self, row: Outgoing, seconds: float) -> None:
        """Try later; its lane waits for it, the others do not."""
        now = self._now()
        if row.created_at is not None and now - row.created_at > GIVEN_UP_AFTER:
            await self._give_up(row, "waited for a week")
            return
        await self._outbox.again(row, now + timedelta(seconds=seconds))
        self._wake_in(seconds)

    async def _doubt(self, row: Outgoing) -> None:
        """Nobody knows whether it was shown: a card is shown once more, the rest is not."""
        if row.sort is Sort.CARD and row.id not in self._doubted:
            self._doubted.add(row.id)
            await self._put_off(row, FIRST_PAUSE_SECONDS)
            return
        self._forget(row)
        await self._outbox.done(row)

    async def _fail(self, row: Outgoing) -> None:
        """A bug, or a platform that makes no sense: again with growing pauses, then no more."""
        failures = self._failures[row.id] = self._failures.get(row.id, 0) + 1
        reference = self._word(6)
        log.exception("row %s of the outbox failed, reference %s", row.id, reference)
        if failures >= ATTEMPTS_MAX:
            await self._give_up(row, f"failed {failures} times, reference {reference}")
            return
        pause = min(FIRST_PAUSE_SECONDS * 4 ** (failures - 1), LONGEST_PAUSE_SECONDS)
        await self._put_off(row, pause)

    async def _give_up(self, row: Outgoing, reason: str) -> None:
        self._forget(row)
        log.warning("row %s of the outbox is given up: %s", row.id, reason)
        await self._outbox.dead(row, reason)

    # --- saying it -------------------------------------------------------------------------

    async def _show_card(self, row: Outgoing) -> None:
        """Show a thing as it stands now, on its card or on a new one."""
        room = self._room(row.platform)
        pool = await self._reading.pool(row.pool)
        card = await self._card_for(row, pool) if pool else None
        if pool is None or card is None:
            return
        before = await self._outbox.card(row.pool, row.number, row.platform, row.chat)
        await self._wait_turn(room, row.chat, group=True)
        shown = await self._shown(room, row, before, card, _group_voice(pool))
        if shown != before:
            await self._outbox.carded(row.pool, row.number, row.platform, row.chat, shown)

    async def _shown(
        self, room: Room, row: Outgoing, before: str, card: Reply, voice: Voice
    ) -> str:
        try:
            return await room.show_card(row.chat, row.channel, before, card, voice, str(row.id))
        except Gone:
            if not before:
                raise
            return await room.show_card(row.chat, row.channel, "", card, voice, str(row.id))
        except Unknown as unknown:
            # To edit twice, or to send twice with a nonce, shows the same: that is safe.
            if before or room.knows_nonces:
                raise TryLater(FIRST_PAUSE_SECONDS) from unknown
            raise

    async def _card(self, number: Number, pool: Pool) -> Reply | None:
        thing = await self._reading.thing(pool.id, number)
        if thing is None:
            return None
        names = await self._reading.names(pool.id, members_in(thing))
        return self._card_of(thing, names, pool)

    async def _card_for(self, row: Outgoing, pool: Pool) -> Reply | None:
        """The card of one thing, or one card for all that was done in one act."""
        if not row.numbers:
            return await self._card(row.number, pool)
        cards = [await self._card(number, pool) for number in row.numbers]
        blocks = [block for card in cards if card is not None for block in card.blocks]
        return Reply(tuple(blocks)) if blocks else None

    async def _show_digest(self, row: Outgoing) -> None:
        """One post for all that was gathered since the day before."""
        room = self._room(row.platform)
        pool = await self._reading.pool(row.pool)
        if pool is None:
            return
        cards = [await self._card(number, pool) for number in row.numbers]
        lines = [item(*card.blocks[0].sentences) for card in cards if card is not None]
        if not lines:
            return
        digest = Reply((heading(say("New in {pool} today", pool=Typed(pool.name))), *lines))
        await self._wait_turn(room, row.chat, group=True)
        await self._shown(room, row, "", digest, _group_voice(pool))

    async def _tell(self, row: Outgoing) -> None:
        """Tell somebody in private, by the first of their ways that works; else not at all.

        What is meant for one person alone is never shown to others instead.
        """
        pool = await self._reading.pool(row.pool)
        if pool is None or row.person is None or row.notice is None:
            return
        routes = await self._outbox.routes(row.person)
        for route in routes:
            room = self.rooms.get(route.platform)
            if room is None or self._is_closed(route):
                continue
            if await self._told(room, row, route, pool):
                return
        if any(route.platform not in self.rooms for route in routes):
            raise TryLater(PLATFORM_AWAY_SECONDS)

    async def _told(self, room: Room, row: Outgoing, route: Route, pool: Pool) -> bool:
        """Whether this way worked; one that did not is remembered."""
        reply, voice = await self._notice(row, route, pool)
        await self._wait_turn(room, route.external, group=False)
        try:
            await room.tell(route.external, reply, voice, str(row.id))
        except Unreachable:
            self._closed[route.platform, route.external] = self._now() + CLOSED_FOR
            await self._outbox.unreachable(route.platform, route.external)
            return False
        except Unknown as unknown:
            if room.knows_nonces:
                raise TryLater(FIRST_PAUSE_SECONDS) from unknown
            raise
        return True

    def _is_closed(self, route: Route) -> bool:
        """Whether this way was refused lately; who writes to the bot in private opens it again."""
        until = self._closed.get((route.platform, route.external))
        if until is None:
            return False
        if route.reachable or self._now() >= until:
            del self._closed[route.platform, route.external]
            return False
        return True

    async def _notice(self, row: Outgoing, route: Route, pool: Pool) -> tuple[Reply, Voice]:
        """The notice in the person's language; who is in several pools is told which."""
        if row.notice is None:
            raise TypeError("a notice without a notice")
        known = await self._reading.known(route.platform, route.external)
        chosen = known.person.language if known else ""
        language = choose_language(chosen, route.language, pool.language)
        reply = tell(row.notice, pool.id)
        if known and len(known.pools) > 1:
            reply = replace(reply, blocks=(_pool_line(pool), *reply.blocks))
        return reply, Voice(language, pool.currency, pool.time_zone)

    def _room(self, platform: str) -> Room:
        room = self.rooms.get(platform)
        if room is None:
            raise TryLater(PLATFORM_AWAY_SECONDS)
        return room

    async def _wait_turn(self, room: Room, chat: str, *, group: bool) -> None:
        """Wait until the chat may be written to again; a long wait puts the row back."""
        loop = asyncio.get_running_loop()
        while seconds := self._pace.wait(room, chat, loop.time(), group=group):
            if seconds > WAITED_IN_LANE_SECONDS:
                raise TryLater(seconds)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()
            if self._stopping.is_set():
                raise Stopping


def _group_voice(pool: Pool) -> Voice:
    return Voice(pool.language, pool.currency, pool.time_zone)


def _pool_line(pool: Pool) -> Block:
    return heading(say("{pool}", pool=Typed(pool.name)))


def members_in(thing: Shown) -> list[MemberId]:
    """The members that a thing names, whichever of its fields they stand in."""
    hints = get_type_hints(type(thing))
    fields = [
        name for name, hint in hints.items() if hint is MemberId or MemberId in get_args(hint)
    ]
    named = (getattr(thing, field) for field in fields)
    return [member for member in named if member is not None]
