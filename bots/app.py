"""The composition root: what the bot is made of, and where time and chance really come from.

The only module that sees storage. It opens the house, puts the desk into it, starts the rooms of
the platforms that have a token, the delivery and the ticker, and closes all of it in order.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from bots.calls import Call
from bots.catalogue.asking import Doors
from bots.catalogue.commands import Command
from bots.catalogue.desk import Answer, Desk
from bots.clock import Ticker
from bots.delivery import CardOf, Delivery
from bots.gate import PEOPLE, Gate, Limits
from bots.health import Health
from bots.health_page import watched
from bots.metrics import NoMetrics, metrics_or_none
from bots.platform import TryLater
from bots.roles import DISCORD, TELEGRAM, WORKER, lease_of, roles_of
from bots.rooms import CannotStart, Inside, Room, Underway
from bots.settings import Settings
from core.domain.chance import At
from core.domain.months import open_until
from core.engine import Asked, Decide, Engine, Made, Writer
from storage.copying import copy_of_the_day
from storage.database import Database, Unsuited, database_of
from storage.house import House, open_house
from storage.leases import Leases
from storage.locks import AlreadyRunning, hold_bot_lock

log = logging.getLogger(__name__)

WRITES_WITHIN_SECONDS = 5.0
STOP_SECONDS = 10.0
"""How long what has begun may take to finish when the bot stops."""

CannotOpen = (Unsuited, AlreadyRunning, OSError)
"""Why a database may not be opened; the message is for the person who runs the bot."""

Clock = Callable[[], datetime]
Draw = Callable[[int], bytes]
MakeRoom = Callable[[Inside], Room]


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def rooms_of(settings: Settings) -> dict[str, MakeRoom]:
    """How to make the rooms that have a token; no other platform's library is imported."""
    makers = {TELEGRAM: _telegram, DISCORD: _discord}
    return {role: makers[role] for role in roles_of(settings) if role in makers}


def _telegram(inside: Inside) -> Room:
    from bots.telegram_bot import TelegramBot

    return TelegramBot(inside)


def _discord(inside: Inside) -> Room:
    from bots.discord_bot import DiscordBot

    return DiscordBot(inside)


class Reception(Desk):
    """The desk, which lets it be known that it serves somebody."""

    def __init__(
        self,
        doors: Doors,
        commands: Sequence[Command],
        gate: Gate,
        underway: Underway,
        metrics: NoMetrics,
    ) -> None:
        super().__init__(doors, commands, gate)
        self._underway = underway
        self._metrics = metrics

    async def answer(self, call: Call) -> Answer:
        """Answer a call."""
        with self._underway, self._metrics.answering(call.caller.platform):
            return await super().answer(call)


class WakingEngine(Engine):
    """The engine, which wakes the delivery: what a decision queued for others leaves at once.

    Nothing else queues, so who only asks costs the delivery nothing.
    """

    def __init__(self, writer: Writer, nudge: Callable[[], None]) -> None:
        super().__init__(writer)
        self._nudge = nudge

    async def run(
        self, decide: Decide[Asked, Made], command: Asked, key: str, by: str = ""
    ) -> Made:
        """Have a command decided, once per key."""
        try:
            return await super().run(decide, command, key, by)
        finally:
            self._nudge()


class App:
    """Everything, opened and closed as one: `async with App(settings) as app`.

    `url` opens another database than the settings name. `clock` (instants in UTC) and `draw`
    (random bytes) are real unless given. `rooms` are those of the settings' tokens unless given.
    `limits` of None let in as many calls as come. `roles` are those that this process
    takes or stands by for; None is all, at once and alone.
    Without `ticking`, time passes only when `app.ticker.tick()` is called. A SQLite database is
    copied to `copies`, a folder, once a day.

    Raises:
        CannotOpen: when the database cannot be used, or another bot uses it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        url: str = "",
        clock: Clock = now,
        draw: Draw = os.urandom,
        commands: Sequence[Command] | None = None,
        card_of: CardOf | None = None,
        rooms: Sequence[MakeRoom] | None = None,
        limits: Limits | None = PEOPLE,
        roles: Sequence[str] | None = None,
        ticking: bool = True,
        copies: Path | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.underway = Underway()
        self.hopeless = asyncio.Event()
        self.metrics = metrics_or_none(time.monotonic) if settings.health_port else NoMetrics()
        self._url = url or settings.database.get_secret_value()
        self._draw = draw
        self._commands = commands
        self._card_of = card_of
        self._makers = rooms_of(settings)
        if rooms is not None:
            self._makers = {f"room {number}": make for number, make in enumerate(rooms)}
        self._roles = roles
        self._limits = limits
        self._ticking = ticking
        self._copies = copies
        self._stack = AsyncExitStack()
        self._leases: Leases | None = None
        self._role_of: dict[str, str] = {}
        self._rooms: list[Room] = []
        self._without_hope: list[str] = []
        self._starting: list[asyncio.Task[None]] = []
        self._delivering: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    # --- opening ---------------------------------------------------------------------------

    async def _open(self, stack: AsyncExitStack) -> None:
        """Open from the ground up; the stack closes from the top down."""
        database = database_of(self._url)
        _alone(stack, database, self.clock())
        self.house: House = await open_house(self._url, self.clock, self._draw)
        stack.push_async_callback(self.house.close)
        mine = await self._take_roles(stack)
        self._furnish()
        stack.push_async_callback(self._stop)
        await self._start(mine)

    async def _take_roles(self, stack: AsyncExitStack) -> Sequence[str]:
        """What to begin with: all of it on a file, which has a lock that dies with its holder."""
        wanted = [WORKER, *self._makers] if self._roles is None else self._roles
        if self.house.database.is_sqlite:
            if self._roles is not None:
                raise Unsuited("Roles are for PostgreSQL; on a SQLite file one bot does it all.")
            return wanted
        self._role_of = {lease_of(self.settings, role): role for role in wanted}
        self._leases = self.house.leases(os.urandom(8).hex())
        stack.push_async_callback(self._leases.free)
        if self._roles is not None:
            return await self._take_free(self._leases)
        await self._leases.take(list(self._role_of), self.clock())
        return wanted

    async def _take_free(self, leases: Leases) -> Sequence[str]:
        """Take over what nobody does at the moment."""
        names = await leases.take_free(list(self._role_of), self.clock())
        return [self._role_of[name] for name in names]

    async def _hold(self) -> None:
        """Hold on to the roles, and take over those whose holder is gone.

        Who has lost one does not know what another has begun in its place, and ends.
        """
        if self._leases is None:
            return
        if not await self._leases.renew(self.clock()):
            log.error("another bot has taken over what this one did; this one stops")
            self.hopeless.set()
            return
        if self._roles is not None:
            await self._begin(await self._take_free(self._leases))

    def _furnish(self) -> None:
        """Put desk, delivery and ticker into the open house."""
        house = self.house
        shared = self._roles is not None
        self.delivery = Delivery(
            house.outbox,
            house.readers,
            self._cards(),
            self.clock,
            self.word,
            self.underway,
            shared=shared,
        )
        self.delivery.on_failure = self.metrics.failed
        nudge = self.delivery.nudge
        self.engine = Engine(house.writer)
        waking = WakingEngine(house.writer, nudge)
        self.doors = Doors(
            waking, house.readers, house.questions, self.clock, self.word, self.health
        )
        gate = Gate(self._limits, time.monotonic)
        self.desk = Reception(self.doors, self._all_commands(), gate, self.underway, self.metrics)
        self.ticker = Ticker(
            self.engine,
            house.readers,
            house.outbox,
            self.clock,
            nudge,
            self._once_a_day,
            self._hold,
        )

    async def _once_a_day(self, at: datetime) -> None:
        """Copy the database, then let go of what is not kept."""
        if self._copies is not None and self.house.database.is_sqlite:
            try:
                await asyncio.to_thread(
                    copy_of_the_day, self.house.database, self._copies, at.date()
                )
            except (OSError, sqlite3.Error) as error:
                log.error("no copy of the database today: %s", error)  # noqa: TRY400
        await self.house.sweep(at)

    def _all_commands(self) -> Sequence[Command]:
        if self._commands is not None:
            return self._commands
        from bots.catalogue.all import COMMANDS

        return COMMANDS

    def _cards(self) -> CardOf:
        if self._card_of is not None:
            return self._card_of
        from bots.catalogue.cards import card_of

        return card_of

    def word(self, length: int) -> str:
        """Random letters, for references and questions."""
        return At(self.clock(), self._draw).word(length)

    @property
    def inside(self) -> Inside:
        """What a room is given."""
        return Inside(
            settings=self.settings,
            desk=self.desk,
            doors=self.doors,
            inbox=self.house.inbox,
            outbox=self.house.outbox,
            notes=self.house.notes,
            underway=self.underway,
            nudge=self.delivery.nudge,
        )

    # --- rooms -----------------------------------------------------------------------------

    async def _start(self, mine: Sequence[str]) -> None:
        """Begin what is this process's own, and stand by for the rest."""
        if self._ticking:
            self.ticker.start()
        await self._begin(mine)
        # Not before: what is for a platform that is only starting would be put off for a minute.
        self._delivering = asyncio.create_task(self.delivery.run(), name="delivery")
        self.delivery.nudge()

    async def _begin(self, roles: Sequence[str]) -> None:
        """Take up these roles; rooms start beside one another, and none waits for another."""
        if roles and self._roles is not None:
            log.info("this process is now: %s", ", ".join(roles))
        rooms = [self._makers[role](self.inside) for role in roles if role in self._makers]
        self._rooms += rooms
        async with asyncio.TaskGroup() as starting:
            for room in rooms:
                starting.create_task(self._try(room))
        if WORKER in roles and self._ticking:
            self.ticker.take_on()

    async def _try(self, room: Room) -> None:
        """Start a room; one that is out of reach is tried again in the background."""
        try:
            await room.start()
        except TryLater as later:
            log.warning("%s cannot be reached; trying again", room.name)
            again = self._try_again(room, later.seconds)
            self._starting.append(asyncio.create_task(again, name=f"start {room.name}"))
        except CannotStart as reason:
            log.error("%s does not start: %s", room.name.capitalize(), reason)  # noqa: TRY400
            self._without(room)
        except Exception:
            log.exception("%s does not start", room.name.capitalize())
            self._without(room)
        else:
            self.delivery.rooms[room.name] = room
            self.delivery.nudge()

    async def _try_again(self, room: Room, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._try(room)

    def _without(self, room: Room) -> None:
        """Go on without a room; a process that is told its roles ends, so that it is tried anew."""
        self._rooms = [each for each in self._rooms if each is not room]
        self._without_hope.append(room.name)
        if not self._rooms or self._roles is not None:
            self.hopeless.set()

    # --- waiting and closing ---------------------------------------------------------------

    async def health(self) -> Health:
        """How it is just now."""
        at, outbox = self.clock(), self.house.outbox
        return Health(
            at=at,
            rooms={
                **dict.fromkeys(self._without_hope, False),
                **{room.name: room.name in self.delivery.rooms for room in self._rooms},
            },
            ticked_at=self.ticker.ticked_at,
            writes=await self._writes(),
            waiting=await outbox.waiting(),
            given_up=len(await outbox.given_up()),
            said_since=await outbox.waits_since(at),
            heard_since=await self.house.inbox.waits_since(),
            behind=await self._behind(at),
        )

    async def _writes(self) -> bool:
        """Whether the writer answers, and soon."""
        try:
            async with asyncio.timeout(WRITES_WITHIN_SECONDS):
                await self.house.writer.do(lambda _: None)
        except Exception:  # a door: whatever it is, nothing can be written
            log.exception("the writer does not answer")
            return False
        return True

    async def _behind(self, at: datetime) -> timedelta:
        """For how long the end of a month is past that is not closed and should be."""
        lags = [timedelta()]
        for number in await self.house.readers.behind(at):
            pool = await self.house.readers.pool(number)
            if pool is not None:
                lags.append(at - open_until(pool.closed_through, pool.time_zone))
        return max(lags)

    async def quiet(self) -> None:
        """Wait until no call is being handled and nothing that is due waits in the outbox."""
        while self.underway.count or not self.delivery.is_drained:
            await self.underway.none()
            await self.delivery.drained()

    async def _stop(self) -> None:
        """Take nothing on, finish what has begun, in ten seconds at most.

        What is queued from now on waits for the next start: nobody is left to say it.
        """
        self.ticker.stop()
        self.delivery.stop()
        for each in self._starting:
            each.cancel()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.gather(*(self._leave(room) for room in self._rooms))
                await self.underway.none()
                if self._delivering is not None:
                    await self._delivering
        except TimeoutError:
            log.warning("not all that had begun was finished in %s s", STOP_SECONDS)

    async def _leave(self, room: Room) -> None:
        try:
            await room.stop()
        except Exception:
            log.exception("%s does not stop as it should", room.name)


def _alone(stack: AsyncExitStack, database: Database, at: datetime) -> None:
    """Be the only bot on a SQLite file, made for its owner in a folder that is there."""
    if database.is_sqlite:
        database.path.parent.mkdir(parents=True, exist_ok=True)
        stack.enter_context(hold_bot_lock(database.path, at))


async def run(settings: Settings, roles: Sequence[str] | None = None) -> int:
    """Run the platforms that have a token, until SIGTERM or Ctrl-C; gives the exit code.

    With `roles`, only these, or standing by for them.

    Raises:
        CannotOpen: as for `App`.
    """
    stopping = asyncio.Event()
    with stopped_by_signals(stopping):
        async with App(settings, copies=settings.copies, roles=roles) as app:
            collect_garbage()
            async with watched(settings.health_address, app.health, app.metrics):
                await _either(stopping, app.hopeless)
            return 0 if stopping.is_set() else 1


def collect_garbage() -> None:
    """Look for garbage from now on, and not among what a start has made: all of it is needed.

    To go through that takes a tenth of a second, in which nobody would be answered.
    """
    gc.freeze()
    gc.enable()


@contextmanager
def stopped_by_signals(stopping: asyncio.Event) -> Iterator[None]:
    """Set the event on SIGTERM and Ctrl-C, where the system has signals."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for each in signals:
        with suppress(NotImplementedError):
            loop.add_signal_handler(each, stopping.set)
    try:
        yield
    finally:
        for each in signals:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(each)


async def _either(*events: asyncio.Event) -> None:
    """Wait for the first of these."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
