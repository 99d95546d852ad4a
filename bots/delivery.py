"""What the bot says first: the outbox, taken row by row, said in each reader's language.

A row is said as things stand when it leaves, not when it was queued. Lanes (a chat, a person)
run beside one another; within a lane one row at a time, in order, at the platform's pace. A row
is marked after it was shown: a crash in between shows it again, and that is all it can do.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bots.catalogue.reminders import still_due
from bots.catalogue.showing import tell
from bots.catalogue.things import members_in
from bots.platform import Gone, NotDelivered, TryLater, Unknown, Unreachable, once_more
from bots.replies import Block, Code, Reply, Say, Typed, heading, item, line, say, says
from bots.rooms import Room, Underway
from bots.words import Voice, choose_language, group_voice
from core.desk import Outbox, Outgoing, Sort
from core.domain.members import CLOSED_FOR, Identity
from core.domain.pools import Pool
from core.domain.reminders import LATE_AT_MOST
from core.domain.units import MemberId, Number
from core.reads import Addressee, Reading, Shown
from core.usecases.reminding import Reminders

log = logging.getLogger(__name__)

CardOf = Callable[[Shown, Mapping[MemberId, str], Pool], Reply]
"""The catalogue's `card_of`: a thing as it stands, with the names of the members in it."""

LEASE = timedelta(seconds=60)
LANES_AT_ONCE = 256
"""So many chats are spoken to at once. Most of them wait for their turn, and so does a group whose
twenty a minute could begin meanwhile: a burst to a few hundred people leaves room for it."""

ATTEMPTS_MAX = 8
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 3600
LOOK_EVERY_SECONDS = 1
GIVEN_UP_AFTER = timedelta(days=7)
SHUT_OUT_SECONDS = 900
"""How long a chat is left alone that does not let the bot write; its rows wait, for a week."""

LINES_MAX = 15
"""So many things are told of in one post, which has to fit into one message everywhere."""

ANSWERS_FIRST_SECONDS = 1
"""So long at most is it left to those who have asked something, and wait for their answers."""

WAITED_IN_LANE_SECONDS = 20
"""A longer pause puts the row back, so that its lease does not run out meanwhile."""


PUT_OFF = "the platform asked to wait, or was out of reach"
DOUBTED = "nobody knows whether it was shown"


class Stopping(Exception):
    """The delivery is being stopped: the row goes back untouched."""


class NoWay(Exception):
    """No way to somebody is open here; `platform` is one where another process may have one."""

    def __init__(self, platform: str = "") -> None:
        super().__init__(platform)
        self.platform = platform


LATE_SECONDS = 1 / 6
"""By how much a message that is late may be made up for by those behind it: a busy machine wakes
late, again and again, and a platform's thirty a second are an average."""


class Pace:
    """When a chat may be written to again, and a platform at all."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, str], float] = {}
        self._minute: dict[tuple[str, str], deque[float]] = {}
        self._steady: dict[str, float] = {}

    def of_chat(self, room: Room, chat: str, now: float, *, group: bool) -> float:
        """Seconds until this chat may be written to, as far as the chat alone is asked."""
        key = (room.name, chat)
        per_minute = room.messages_per_minute if group else 0
        minute = self._minute.setdefault(key, deque())
        at = max(self._next.get(key, now), _free_at(minute, per_minute, 60, now))
        return max(0.0, at - now)

    def wait(self, room: Room, chat: str, now: float, *, group: bool) -> float:
        """Seconds until the next message; when there are none, it counts as being sent."""
        key = (room.name, chat)
        steady = self._steady.get(room.name, now)
        wait = max(self.of_chat(room, chat, now, group=group), steady - LATE_SECONDS - now)
        if wait > 0:
            return wait
        self._minute[key].append(now)
        if room.messages_per_second:
            self._steady[room.name] = max(steady, now) + 1 / room.messages_per_second
        self._next[key] = now + room.seconds_between_messages
        self._forget(now)
        return 0.0

    def sent(self, room: Room, chat: str, now: float) -> None:
        """The message arrived by now, and not earlier: so the platform counts, and so do we."""
        key = (room.name, chat)
        if self._minute.get(key):
            self._minute[key][-1] = now
            self._next[key] = now + room.seconds_between_messages

    def _forget(self, now: float) -> None:
        """Chats that were silent for a minute need no memory."""
        if len(self._next) > 10_000:
            self._next = {key: at for key, at in self._next.items() if at > now - 60}
            self._minute = {key: self._minute[key] for key in self._next}


def _free_at(sent: deque[float], most: int, seconds: float, now: float) -> float:
    """When one more fits into a window of so many seconds; 0 most is any number."""
    while sent and sent[0] <= now - seconds:
        sent.popleft()
    return sent[0] + seconds if most and len(sent) >= most else now


class Delivery:
    """Takes rows out of the outbox and has the rooms say them.

    `now` gives instants in UTC, `word` random letters for references in the log. Nothing is said
    while somebody is being answered (`underway`), unless that takes long. When the outbox is
    `shared` with other processes, what they queue is looked for every second.
    """

    def __init__(
        self,
        outbox: Outbox,
        reading: Reading,
        card_of: CardOf,
        now: Callable[[], datetime],
        word: Callable[[int], str],
        underway: Underway,
        *,
        shared: bool = False,
    ) -> None:
        self.rooms: dict[str, Room] = {}
        self.on_failure: Callable[[str, str], None] = lambda _platform, _kind: None
        self._outbox = outbox
        self._reading = reading
        self._card_of = card_of
        self._now = now
        self._word = word
        self._underway = underway
        self._shared = shared
        self._pace = Pace()
        self._in_line: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._among: defaultdict[tuple[str, bool], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._active = 0
        self._retries: list[float] = []
        self._nudged = asyncio.Event()
        self._drained = asyncio.Event()
        self._stopping = asyncio.Event()
        self._sayings: dict[Sort, Callable[[Outgoing], Awaitable[None]]] = {
            Sort.CARD: self._show_card,
            Sort.NOTICE: self._tell,
            Sort.DIGEST: self._show_digest,
            Sort.POST: self._post,
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
                room = LANES_AT_ONCE - self._active
                rows = await self._claimed(room)
                self._active += len(rows)
                for row in rows:
                    lanes.create_task(self._deliver(row))
                # Each free lane has given its oldest, unless there were more lanes than room.
                if len(rows) < room or not room:
                    await self._rest()

    def stop(self) -> None:
        """Take no further row."""
        self._stopping.set()
        self._nudged.set()

    async def _claimed(self, room: int) -> Sequence[Outgoing]:
        if not room or not self.rooms:
            return ()
        try:
            return await self._outbox.claim(self._now(), LEASE, room, tuple(self.rooms))
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
        looks = [loop.time() + LOOK_EVERY_SECONDS] if self._shared else []
        until = min([*self._retries, *looks], default=None)
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
            await self._let_answers_pass()
            if self._stopping.is_set():
                raise Stopping
            if row.attempts > ATTEMPTS_MAX:
                await self._give_up(row, f"the bot stopped over it {ATTEMPTS_MAX} times")
                return
            await self._sayings[row.sort](row)
        except Stopping:
            await self._outbox.again(row, self._now())
        except TryLater as later:
            self._failed(row.platform, later)
            await self._put_off(row, later.seconds)
        except Unknown as unknown:
            self._failed(row.platform, unknown)
            await self._doubt(row)
        except Unreachable as reason:
            self._failed(row.platform, reason)
            await self._put_off(row, SHUT_OUT_SECONDS, f"cannot be written to: {reason}")
        except NoWay as but:
            await self._leave(row, but.platform)
        except Exception:  # noqa: BLE001 - a door: the row is tried again, and given up loudly
            await self._fail(row)
        else:
            await self._outbox.done(row)

    async def _let_answers_pass(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWERS_FIRST_SECONDS):
                await self._underway.none()

    def _failed(self, platform: str, error: NotDelivered) -> None:
        """Let it be counted that a platform did not take something; '' where several were tried."""
        self.on_failure(platform or "any", type(error).__name__)

    async def _leave(self, row: Outgoing, platform: str) -> None:
        """Leave a row to who serves another platform, or until its reader opens a way."""
        if platform:
            await self._outbox.hand_over(row, platform, self._now())
        else:
            await self._outbox.keep(row, "no way is open")

    async def _put_off(self, row: Outgoing, seconds: float, reason: str = "") -> None:
        """Try later; its lane waits for it, the others do not."""
        now = self._now()
        if row.created_at is not None and now - row.created_at > GIVEN_UP_AFTER:
            await self._give_up(row, reason or "waited for a week")
            return
        reason = reason or row.reason or PUT_OFF
        await self._outbox.again(row, now + timedelta(seconds=seconds), reason)
        self._wake_in(seconds)

    async def _doubt(self, row: Outgoing) -> None:
        """Nobody knows whether it was shown: it is shown once more, and says so; no reminder is."""
        if row.reason == DOUBTED or isinstance(row.notice, Reminders):
            await self._outbox.done(row)
        else:
            await self._put_off(row, FIRST_PAUSE_SECONDS, DOUBTED)

    async def _fail(self, row: Outgoing) -> None:
        """A bug, or a platform that makes no sense: again with growing pauses, then no more."""
        failures, reference = row.attempts, self._word(6)
        log.exception("row %s of the outbox failed, reference %s", row.id, reference)
        reason = f"failed {failures} times, reference {reference}"
        if failures >= ATTEMPTS_MAX:
            await self._give_up(row, reason)
            return
        pause = min(FIRST_PAUSE_SECONDS * 4 ** (failures - 1), LONGEST_PAUSE_SECONDS)
        await self._outbox.failed(row, self._now() + timedelta(seconds=pause), reason)
        self._wake_in(pause)

    async def _give_up(self, row: Outgoing, reason: str) -> None:
        log.warning("row %s of the outbox is given up: %s", row.id, reason)
        await self._outbox.dead(row, reason)

    # --- saying it -------------------------------------------------------------------------

    async def _show_card(self, row: Outgoing) -> None:
        """Show a thing as it stands now, on its card or on a new one."""
        room = self.rooms[row.platform]
        pool = await self._reading.pool(row.pool)
        card = await self._card_for(row, pool) if pool else None
        if pool is None or card is None:
            return
        before = await self._outbox.card(row.pool, row.number, row.platform, row.chat)
        async with self._turn(room, row.chat, group=True):
            shown = await self._shown(room, row, before, card, group_voice(pool))
        if shown != before:
            await self._outbox.carded(row.pool, row.number, row.platform, row.chat, shown)

    async def _shown(
        self, room: Room, row: Outgoing, before: str, card: Reply, voice: Voice
    ) -> str:
        card = card if before else _marked(row, card)
        try:
            shown = await room.show_card(row.chat, row.channel, before, card, voice, str(row.id))
            if not before and room.knows_nonces and _tried(row):
                # What the platform took the first time may say how things stood then.
                await room.show_card(row.chat, row.channel, shown, card, voice, str(row.id))
            return shown
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
        """One post for all that was gathered since the day before, or that came in a burst."""
        room = self.rooms[row.platform]
        pool = await self._reading.pool(row.pool)
        if pool is None:
            return
        lines = await self._lines(row, pool)
        if not lines:
            return
        digest = Reply((heading(_title(row, pool)), *lines))
        async with self._turn(room, row.chat, group=True):
            await self._shown(room, row, "", digest, group_voice(pool))

    async def _lines(self, row: Outgoing, pool: Pool) -> Sequence[Block]:
        """The first of many things, and how many more there are: a post is one message."""
        lines: list[Block] = []
        for place, number in enumerate(row.numbers):
            if len(lines) == LINES_MAX:
                return [*lines, _and_more(len(row.numbers) - place)]
            card = await self._card(number, pool)
            if card is not None:
                lines.append(_as_item(card))
        return lines

    async def _post(self, row: Outgoing) -> None:
        """Tell a chat something, in the pool's language."""
        room = self.rooms[row.platform]
        pool = await self._reading.pool(row.pool)
        if pool is None or row.notice is None:
            return
        async with self._turn(room, row.chat, group=True):
            await self._shown(room, row, "", tell(row.notice, pool.id), group_voice(pool))

    async def _tell(self, row: Outgoing) -> None:
        """Tell somebody in private, by the first of their ways that works; else when they write.

        What is meant for one person alone is never shown to others instead.
        """
        to = await self._reading.addressee(row.person) if row.person else None
        pool = await self._pool_of(row, to) if to else None
        if to is None or pool is None:
            return
        row = await self._as_it_stands(row, pool)
        if row.notice is None:
            return
        for account in to.accounts:
            room = self.rooms.get(account.platform)
            if room is None or self._is_closed(account):
                continue
            if await self._told(room, row, account, to, pool):
                return
        for account in to.accounts:
            if account.platform not in self.rooms and not self._is_closed(account):
                raise NoWay(account.platform)
        raise NoWay

    async def _pool_of(self, row: Outgoing, to: Addressee) -> Pool | None:
        """The pool it is about: mostly one of theirs; who has left is told things, too."""
        theirs = (pool for pool in to.pools if pool.id == row.pool)
        return next(theirs, None) or await self._reading.pool(row.pool)

    async def _as_it_stands(self, row: Outgoing, pool: Pool) -> Outgoing:
        """A reminder that waited says what is still due, and after two days nothing at all."""
        if not isinstance(row.notice, Reminders):
            return row
        now = self._now()
        late = row.created_at is not None and now - row.created_at > LATE_AT_MOST
        due = None if late else await still_due(row.notice, pool, self._reading, now)
        return replace(row, notice=due)

    async def _told(
        self, room: Room, row: Outgoing, account: Identity, to: Addressee, pool: Pool
    ) -> bool:
        """Whether this way worked; one that did not is remembered."""
        language = choose_language(to.person.language, account.language, pool.language)
        voice = Voice(language, pool.currency, pool.time_zone)
        reply = _notice(row, to, pool)
        try:
            async with self._turn(room, account.external, group=False):
                await room.tell(account.external, reply, voice, str(row.id))
        except Unreachable as closed:
            self._failed(account.platform, closed)
            until = self._now() + CLOSED_FOR
            await self._outbox.unreachable(account.platform, account.external, until)
            return False
        except Unknown as unknown:
            if room.knows_nonces:
                raise TryLater(FIRST_PAUSE_SECONDS) from unknown
            raise
        return True

    def _is_closed(self, account: Identity) -> bool:
        """Whether this way was refused lately; who writes to the bot in private opens it again."""
        return account.closed_until is not None and self._now() < account.closed_until

    @asynccontextmanager
    async def _turn(self, room: Room, chat: str, *, group: bool) -> AsyncIterator[None]:
        """A chat's turn: from when it may be written to until it was."""
        await self._wait_turn(room, chat, group=group)
        try:
            yield
        finally:
            self._pace.sent(room, chat, asyncio.get_running_loop().time())

    async def _wait_turn(self, room: Room, chat: str, *, group: bool) -> None:
        """Wait until the chat may be written to again, then in line for its platform's turn.

        Groups stand in one line and people in another, each in order, and the two take turns: what
        may be said to a group in a minute is so little that it should not wait behind everybody
        there. A long wait for the chat itself puts the row back.
        """
        now = asyncio.get_running_loop().time
        while True:
            while seconds := self._pace.of_chat(room, chat, now(), group=group):
                if seconds > WAITED_IN_LANE_SECONDS:
                    raise TryLater(seconds)
                await self._pause(seconds)
            async with self._among[room.name, group], self._in_line[room.name]:
                while not self._pace.of_chat(room, chat, now(), group=group):
                    seconds = self._pace.wait(room, chat, now(), group=group)
                    if not seconds:
                        return
                    await self._pause(seconds)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        if self._stopping.is_set():
            raise Stopping


def _notice(row: Outgoing, to: Addressee, pool: Pool) -> Reply:
    """What a person is told; who is in several pools is told of which."""
    if row.notice is None:
        raise TypeError("a notice without a notice")
    reply = _marked(row, tell(row.notice, pool.id))
    several = (_pool_line(pool),) if len(to.pools) > 1 else ()
    return replace(reply, blocks=(*several, *reply.blocks))


def _title(row: Outgoing, pool: Pool) -> Say:
    """What a post of several things is called; of a burst, they are all of one kind or newly so."""
    if row.kind is None:
        return say("Today in {pool}", pool=Typed(pool.name))
    return say("New in {pool}", pool=Typed(pool.name))


def _and_more(left: int) -> Block:
    return line(says("{count} more: {board}", "{count} more: {board}", left, board=Code("/board")))


def _marked(row: Outgoing, reply: Reply) -> Reply:
    """What may have been seen before says that it comes once more."""
    return once_more(reply) if row.reason == DOUBTED else reply


def _tried(row: Outgoing) -> bool:
    """Whether a row was on its way before, so that it may have been shown."""
    return row.attempts > 1 or bool(row.reason)


def _pool_line(pool: Pool) -> Block:
    return heading(say("{pool}", pool=Typed(pool.name)))


def _as_item(card: Reply) -> Block:
    """A card as one line of a digest, with how it stands by now."""
    return item(*(sentence for block in card.blocks for sentence in block.sentences))
