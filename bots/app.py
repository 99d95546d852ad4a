"""The composition root: what the bot is made of, and where time and chance really come from.

The only module that sees storage. It opens the house, puts the desk into it, starts the rooms of
the platforms that have a token, the delivery and the ticker, and closes all of it in order.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import Self

from bots.calls import Call
from bots.catalogue.asking import Doors
from bots.catalogue.commands import Command
from bots.catalogue.desk import Answer, Desk
from bots.clock import Ticker
from bots.delivery import CardOf, Delivery
from bots.platform import TryLater
from bots.rooms import CannotStart, Inside, Room, Underway
from bots.settings import Settings
from core.domain.chance import At
from core.engine import Asked, Decide, Engine, Made, Writer
from storage.database import Database, Unsuited, database_of
from storage.house import House, open_house
from storage.locks import AlreadyRunning, hold_bot_lock

log = logging.getLogger(__name__)

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


def rooms_of(settings: Settings) -> list[MakeRoom]:
    """How to make the rooms that have a token; no other platform's library is imported."""
    tokens = ((settings.telegram_token, _telegram), (settings.discord_token, _discord))
    return [make for token, make in tokens if token is not None]


def _telegram(inside: Inside) -> Room:
    from bots.telegram_bot import TelegramBot

    return TelegramBot(inside)


def _discord(inside: Inside) -> Room:
    from bots.discord_bot import DiscordBot

    return DiscordBot(inside)


class Reception(Desk):
    """The desk, which lets it be known that it serves somebody."""

    def __init__(self, doors: Doors, commands: Sequence[Command], underway: Underway) -> None:
        super().__init__(doors, commands)
        self._underway = underway

    async def answer(self, call: Call) -> Answer:
        """Answer a call."""
        with self._underway:
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
    Without `ticking`, time passes only when `app.ticker.tick()` is called.

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
        ticking: bool = True,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.underway = Underway()
        self.hopeless = asyncio.Event()
        self._url = url or settings.database.get_secret_value()
        self._draw = draw
        self._commands = commands
        self._card_of = card_of
        self._makers = rooms_of(settings) if rooms is None else list(rooms)
        self._ticking = ticking
        self._stack = AsyncExitStack()
        self._starting: list[asyncio.Task[None]] = []

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
        self._furnish()
        stack.push_async_callback(self._stop)
        await self._start()

    def _furnish(self) -> None:
        """Put desk, delivery and ticker into the open house."""
        house = self.house
        self.delivery = Delivery(house.outbox, house.readers, self._cards(), self.clock, self.word)
        nudge = self.delivery.nudge
        self.engine = Engine(house.writer)
        waking = WakingEngine(house.writer, nudge)
        self.doors = Doors(waking, house.readers, house.questions, self.clock, self.word)
        self.desk = Reception(self.doors, self._all_commands(), self.underway)
        self.ticker = Ticker(
            self.engine, house.readers, house.outbox, self.clock, nudge, house.sweep
        )

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

    async def _start(self) -> None:
        """Start the rooms beside one another; one that cannot start leaves the others alone."""
        self._delivering = asyncio.create_task(self.delivery.run(), name="delivery")
        self._rooms = [make(self.inside) for make in self._makers]
        async with asyncio.TaskGroup() as starting:
            for room in self._rooms:
                starting.create_task(self._try(room))
        if self._ticking:
            self.ticker.start()
        self.delivery.nudge()

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
        self._rooms = [each for each in self._rooms if each is not room]
        if not self._rooms:
            self.hopeless.set()

    # --- waiting and closing ---------------------------------------------------------------

    async def quiet(self) -> None:
        """Wait until no call is being handled and nothing that is due waits in the outbox."""
        while self.underway.count or not self.delivery.is_drained:
            await self.underway.none()
            await self.delivery.drained()

    async def _stop(self) -> None:
        """Take nothing on, finish what has begun, in ten seconds at most."""
        self.ticker.stop()
        for each in self._starting:
            each.cancel()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.gather(*(self._leave(room) for room in self._rooms))
                await self.underway.none()
                self.delivery.stop()
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


async def run(settings: Settings) -> int:
    """Run the platforms that have a token, until SIGTERM or Ctrl-C; gives the exit code.

    Raises:
        CannotOpen: as for `App`.
    """
    stopping = asyncio.Event()
    with stopped_by_signals(stopping):
        async with App(settings) as app:
            await _either(stopping, app.hopeless)
            return 0 if stopping.is_set() else 1


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
