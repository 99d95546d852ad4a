"""Receiving: an update is stored before Telegram is told that it arrived, then handled in order.

The library's own updater confirms what lies only in memory; a crash would lose it for good. Here
a batch is stored first, and the next poll confirms it; an update that Telegram brings by itself
(`bots.telegram_bot.hook`) is stored before it is acknowledged. After a crash, what was not handled
is handled at the start; what was half done is done again under the same key, to the same effect.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict, deque
from collections.abc import Coroutine, Sequence
from typing import Protocol

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, TelegramError

from bots.platform import TryLater
from bots.rooms import Underway
from bots.telegram_bot.reading import Me, is_for_us, lane_of
from bots.telegram_bot.wire import ALLOWED_UPDATES, Patience, meaning, text_of, unwrapped
from core.desk import Inbox, Incoming

log = logging.getLogger(__name__)

LANES_AT_ONCE = 64
"""Chats that are served at once; one that is slow keeps only its own lane."""

LOOK_SECONDS = 0.3
"""How long storing may take before newer presses are looked for meanwhile."""

FRESH_AT_MOST = 1_000
"""Updates that are kept as they were read, so that they need not be read again from the inbox."""

LOOK_AGAIN_SECONDS = 60
"""After so long the inbox itself is asked what waits: where several processes take turns at
receiving, another may have stored something that it could not handle any more."""

TRIES = 3
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


class Handler(Protocol):
    """What is done with updates."""

    def arrived(self, update: Update) -> Coroutine[None, None, None] | None:
        """Something to do at once, beside storing it; None for nothing."""

    async def handle(self, update: Update, key: str) -> None:
        """Do what an update asks for. `key` is the event's, the same each time it comes."""


class Receiver:
    """Takes updates in and has them handled: in order within a chat, chats side by side."""

    def __init__(
        self, bot: Bot, inbox: Inbox, handler: Handler, underway: Underway, patience: Patience
    ) -> None:
        self._bot = bot
        self._inbox = inbox
        self._handler = handler
        self._underway = underway
        self._patience = patience
        self._me = Me(0, "")
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._beside: set[asyncio.Task[None]] = set()
        self._fresh: OrderedDict[str, Update] = OrderedDict()
        self._in_line: dict[str, deque[Incoming]] = {}
        self._is_behind = True
        self._looked_at = 0.0
        self._news = asyncio.Event()
        self._is_awake = False
        self._is_fought_over = False
        self._stopping = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None

    async def run(self, me: Me, *, polls: bool = True) -> None:
        """Receive until `stop` is called, or until the token is not valid any more.

        Who does not poll is brought updates, by `take`.
        """
        self._me = me
        self._fall_behind()
        self._wake()
        async with asyncio.TaskGroup() as group:
            self._group = group
            at_work = [group.create_task(self._serve(group))]
            if polls:
                at_work.append(group.create_task(self._receive(group)))
            await self._stopping.wait()
            self._group = None
            for each in at_work:
                each.cancel()
            await self._finish()
        self._doze()

    async def take(self, update: Update) -> None:
        """Take in one update that Telegram brought. It is stored once this returns.

        Raises:
            TryLater: nothing is taken in at the moment.
        """
        if self._group is None:
            raise TryLater
        ours = self._noticed([update], self._group)
        if not ours:
            return
        self._rouse()
        await self._keep(ours)

    def stop(self) -> None:
        """Take no further update. What is being handled may be finished; the rest is kept."""
        self._stopping.set()

    async def _finish(self) -> None:
        begun = [*self._busy.values(), *self._beside]
        if begun:
            _, late = await asyncio.wait(begun, timeout=self._patience.stop)
            for task in late:
                task.cancel()

    # --- in ------------------------------------------------------------------------------------

    async def _receive(self, group: asyncio.TaskGroup) -> None:
        """Poll, store, poll again.

        The offset is only what the batch just stored confirms: after a quiet week Telegram
        numbers updates anew from anywhere, and an old offset would confirm them unseen.
        """
        offset: int | None = None
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                updates = await self._polled(offset)
                await self._take_in(updates, offset, group)
            except InvalidToken:
                log.error("Telegram does not accept the token any more; get a new one.")  # noqa: TRY400 - the error repeats the token
                self.stop()
                return
            except Exception as error:  # noqa: BLE001 - a door: the bot goes on listening
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                await self._rest(error, pause)
            else:
                self._is_fought_over = False
                offset = updates[-1].update_id + 1 if updates else None
                pause = FIRST_PAUSE_SECONDS

    async def _polled(self, offset: int | None, seconds: int | None = None) -> Sequence[Update]:
        updates = await self._bot.get_updates(
            offset=offset,
            timeout=self._patience.poll if seconds is None else seconds,
            allowed_updates=ALLOWED_UPDATES,
        )
        return [unwrapped(each, self._bot) for each in updates]

    async def _rest(self, error: Exception, pause: float) -> None:
        """Say in one line why nothing is received, and wait."""
        if isinstance(error, Conflict):
            self._explain_conflict()
        elif isinstance(error, TelegramError):
            meant = meaning(error)
            pause = max(pause, meant.seconds) if isinstance(meant, TryLater) else pause
            log.warning("Telegram is out of reach (%s).", type(error).__name__)
        else:
            log.exception("updates could not be taken in")
        await self._patience.pause(pause)

    def _explain_conflict(self) -> None:
        """Say once what only a person can change; it is said again after it was well."""
        if not self._is_fought_over:
            log.warning(
                "Another program receives this bot's messages with the same token (409)."
                " Stop it, or give this one a token of its own. This one waits until then.",
            )
        self._is_fought_over = True

    async def _take_in(
        self, updates: Sequence[Update], offset: int | None, group: asyncio.TaskGroup
    ) -> None:
        """Store what is meant for the bot. Only then may the next poll confirm it."""
        ours = self._noticed(updates, group)
        if not ours:
            return
        self._rouse()
        await self._store(ours, offset, group)

    def _noticed(self, updates: Sequence[Update], group: asyncio.TaskGroup) -> list[Update]:
        """The updates that are meant for the bot; what can be done at once is begun."""
        ours = [update for update in updates if is_for_us(update, self._me)]
        for update in ours:
            at_once = self._handler.arrived(update)
            if at_once is not None:
                task = group.create_task(_behind_a_door(at_once))
                self._beside.add(task)
                task.add_done_callback(self._beside.discard)
        return ours

    async def _store(
        self, ours: Sequence[Update], offset: int | None, group: asyncio.TaskGroup
    ) -> None:
        """Store a batch; while a busy database takes its time, newer presses are answered."""
        storing = asyncio.get_running_loop().create_task(self._keep(ours))
        try:
            while not (await asyncio.wait([storing], timeout=LOOK_SECONDS))[0]:
                await self._look(offset, group)
            await storing
        finally:
            storing.cancel()

    async def _keep(self, ours: Sequence[Update]) -> None:
        """Store updates; what is new is handled from here on, when nothing older waits.

        Nobody knows what became of a batch that failed: the inbox is asked about it.
        """
        try:
            new = await self._inbox.store(self._me.lane, self._rows(ours))
        except BaseException:
            self._fall_behind()
            raise
        else:
            self._line_up(new, are_all=len(new) == len(ours))
        finally:
            self._news.set()

    def _line_up(self, new: Sequence[Incoming], *, are_all: bool) -> None:
        """Have new updates handled from memory; what was stored before may wait in the inbox."""
        if self._is_behind:
            return
        for each in new:
            self._in_line.setdefault(each.lane, deque()).append(each)
        if not are_all or sum(map(len, self._in_line.values())) > FRESH_AT_MOST:
            self._fall_behind()

    def _rows(self, updates: Sequence[Update]) -> list[tuple[int, str, str]]:
        return [(each.update_id, lane_of(each), self._written(each)) for each in updates]

    def _written(self, update: Update) -> str:
        """What is stored of an update; it is kept beside as it was read, for a while."""
        payload = text_of(update)
        self._fresh[payload] = update
        if len(self._fresh) > FRESH_AT_MOST:
            self._fresh.popitem(last=False)
        return payload

    def _read(self, payload: str) -> Update:
        """The update that was stored so."""
        fresh = self._fresh.pop(payload, None)
        return fresh or Update.de_json(json.loads(payload), self._bot)

    async def _look(self, offset: int | None, group: asyncio.TaskGroup) -> None:
        """Answer presses that wait behind a batch. The old offset confirms nothing of them."""
        try:
            self._noticed(await self._polled(offset, seconds=0), group)
        except TelegramError as error:
            log.info("no look at what else came (%s)", type(error).__name__)

    # --- on ------------------------------------------------------------------------------------

    def _rouse(self) -> None:
        """Count as underway from here on, until nothing is left to handle."""
        if not self._is_awake:
            self._is_awake = True
            self._underway.__enter__()

    def _wake(self) -> None:
        """Have the inbox looked into."""
        self._rouse()
        self._news.set()

    def _doze(self) -> None:
        """Count as idle until the next news."""
        if self._is_awake:
            self._is_awake = False
            self._underway.__exit__()

    async def _serve(self, group: asyncio.TaskGroup) -> None:
        """Give each free lane its oldest update."""
        while True:
            self._news.clear()
            room = LANES_AT_ONCE - len(self._busy)
            due = await self._due(room)
            for incoming in due:
                self._busy[incoming.lane] = group.create_task(self._work(incoming))
            # Each free lane has given its oldest, unless there were more lanes than room.
            if len(due) < room or not room:
                await self._sleep()

    async def _due(self, room: int) -> Sequence[Incoming]:
        if not room:
            return ()
        now = asyncio.get_running_loop().time()
        if not self._is_behind and now < self._looked_at + LOOK_AGAIN_SECONDS:
            return self._next(room)
        self._fall_behind()
        self._looked_at, was_busy = now, bool(self._busy)
        try:
            due = await self._inbox.next(self._me.lane, list(self._busy), room)
        except Exception:  # a door: the inbox is asked again, whatever happened
            log.exception("the inbox cannot be read")
            await self._patience.pause(FIRST_PAUSE_SECONDS)
            self._news.set()
            return ()
        # Whatever is stored from here on is new; what was stored meanwhile made news.
        self._is_behind = bool(due) or was_busy or self._news.is_set()
        return due

    def _next(self, room: int) -> Sequence[Incoming]:
        """The oldest of each free lane, as `Inbox.next`, of what was stored since it was empty."""
        free = [lane for lane in self._in_line if lane not in self._busy][:room]
        due = [self._in_line[lane].popleft() for lane in free]
        self._in_line = {lane: waiting for lane, waiting in self._in_line.items() if waiting}
        return due

    def _fall_behind(self) -> None:
        """Have the inbox asked for what waits, until it is empty."""
        self._is_behind = True
        self._in_line.clear()

    async def _sleep(self) -> None:
        if not self._busy and not self._news.is_set():
            self._doze()
        await self._news.wait()
        self._rouse()

    async def _work(self, incoming: Incoming) -> None:
        try:
            await self._handle(incoming)
            await self._inbox.handled(incoming)
        except Exception:  # a door: it stays in the inbox, and is handled again
            log.exception("update %s cannot be marked as handled", incoming.update)
            self._fall_behind()
            await self._patience.pause(FIRST_PAUSE_SECONDS)
        finally:
            self._busy.pop(incoming.lane, None)
            self._wake()

    async def _handle(self, incoming: Incoming) -> None:
        """Handle an update; one that breaks its handler again and again is put aside."""
        for attempt in range(TRIES):
            try:
                update = self._read(incoming.payload)
                await self._handler.handle(update, f"tg:{incoming.bot}:{incoming.update}")
                return
            except Exception:  # a door, as said
                log.exception("update %s could not be handled", incoming.update)
                await self._patience.pause(FIRST_PAUSE_SECONDS * 2**attempt)


async def _behind_a_door(task: Coroutine[None, None, None]) -> None:
    """Do something beside; its failure is nobody else's."""
    try:
        await task
    except Exception:  # a door, as said
        log.exception("something beside an update failed")
