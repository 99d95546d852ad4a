"""R6: the outbox in all weathers: crashes, 429, 5xx, answers that are lost on their way back.

A seed gives acts and weather. None is lost, the order in a chat is kept, and nothing is said twice
but where nobody could know that it had been said.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from bots.app import App
from bots.delivery import ATTEMPTS_MAX
from bots.platform import TryLater, Unknown
from bots.replies import Reply
from bots.settings import Settings
from bots.words import Voice
from core.domain.listings import ListingKind
from core.domain.units import Number
from core.usecases.board import CloseListing, close_listing
from storage import tables
from storage.statements import Statement
from tests.bots.scripted_room import ScriptedRoom, making
from tests.clocks import START, Clock, Draw
from tests.village import Village, village

ACTS = 30
CLAIMED = Statement(lambda: select(tables.outbox.c.id).where(tables.outbox.c.state == "claimed"))
PEOPLE = ("Atieno", "Baraka", "Chebet")


class Weather(ScriptedRoom):
    """A platform on which anything may happen, at most one crash at a time."""

    def __init__(self, chance: Random, *, knows_nonces: bool) -> None:
        super().__init__(knows_nonces=knows_nonces)
        self.chance = chance
        self.fair = True
        self.crash = asyncio.Event()
        self.lives = ATTEMPTS_MAX - 1  # a row that the bot dies of more often is given up
        self.unknowing = 0
        self.nonces: set[str] = set()
        self._taken: dict[tuple[str, str], str] = {}

    async def show_card(
        self, chat: str, channel: str, message: str, reply: Reply, voice: Voice, nonce: str
    ) -> str:
        async def show() -> str:
            return await super(Weather, self).show_card(chat, channel, message, reply, voice, nonce)

        if message:
            return await self._through(show, nonce, edits=True)
        return await self._once(chat, nonce, show)

    async def tell(self, external: str, reply: Reply, voice: Voice, nonce: str) -> None:
        async def show() -> str:
            await super(Weather, self).tell(external, reply, voice, nonce)
            return ""

        await self._once(external, nonce, show)

    async def _once(self, to: str, nonce: str, show: Callable[[], Awaitable[str]]) -> str:
        """Show something new; a platform that knows nonces gives the first message back."""

        async def unless_shown() -> str:
            if not self.knows_nonces or (to, nonce) not in self._taken:
                self._taken[to, nonce] = await show()
            return self._taken[to, nonce]

        return await self._through(unless_shown, nonce, edits=False)

    async def _through(self, show: Callable[[], Awaitable[str]], nonce: str, *, edits: bool) -> str:
        fate = "fair" if self.fair else self.chance.choice(FATES)
        if "dies" in fate and self.lives <= 0:
            fate = "fair"
        if fate == "wait":
            raise TryLater(self.chance.randrange(1, 90))
        if fate == "dies before":
            await self._die()
        shown = await show()
        self.nonces.add(nonce)
        if fate == "lost answer":
            self.unknowing += not edits
            raise Unknown
        if fate == "dies after":
            await self._die()
        return shown

    async def _die(self) -> None:
        self.lives -= 1
        self.crash.set()
        await asyncio.Event().wait()


FATES = ("fair", "fair", "fair", "wait", "wait", "lost answer", "dies before", "dies after")


@asynccontextmanager
async def process(folder: Path, clock: Clock, draw: Draw, room: Weather) -> AsyncIterator[App]:
    """A process of the bot; when the weather kills it, what it had under way is never marked."""
    settings = Settings(_env_file=None, data_dir=folder)
    rooms = making(room)
    async with App(settings, clock=clock, draw=draw, rooms=rooms, ticking=False) as app:
        yield app
        if app._delivering is not None and room.crash.is_set():
            app._delivering.cancel()
            with suppress(asyncio.CancelledError):
                await app._delivering
            app._delivering = None
            room.unknowing += await unmarked(app, room)
            room.crash.clear()


async def unmarked(app: App, room: Weather) -> int:
    """How many rows were shown, and not marked before the process was gone."""
    rows = await app.house.asker.rows(CLAIMED)
    return sum(str(row[0]) in room.nonces for row in rows)


async def settled(app: App, room: Weather) -> None:
    """All that is due was tried, or the process is dying."""
    app.delivery.nudge()
    quiet = asyncio.create_task(app.quiet())
    dying = asyncio.create_task(room.crash.wait())
    await asyncio.wait((quiet, dying), return_when=asyncio.FIRST_COMPLETED)
    for each in (quiet, dying):
        each.cancel()


def news_of(what: str, text: str) -> str:
    """What a message says of a thing: a burst's post that it is there, a card that it ended."""
    (part,) = (each for each in text.split("•") if what in each)
    return "closed" if "Closed." in part else "new"


class Chronicle:
    """What people did, in order: what each chat has to hear of it."""

    def __init__(self) -> None:
        self.due: dict[str, list[str]] = {name: [] for name in ("square", *PEOPLE)}
        self.offers: list[tuple[Number, str]] = []
        self.closed: list[str] = []

    async def act(self, people: Village, chance: Random, turn: int) -> None:
        """Somebody does something."""
        what = f"thing-{turn:02d}."
        kind = chance.randrange(4)
        if kind == 0:
            number = await people.post("Atieno", ListingKind.OFFER, 1, what)
            self.offers.append((number, what))
            self.due["square"].append(what)
        elif kind == 1 and self.offers:
            number, closed = self.offers.pop(chance.randrange(len(self.offers)))
            close = CloseListing(people.pool, people.by("Atieno"), number)
            await people.do(close_listing, close, "Atieno")
            self.closed.append(closed)
        else:
            giver, taker = chance.sample(PEOPLE, 2)
            await people.send(giver, taker, 1, what)
            self.due[taker].append(what)

    def holds(self, room: Weather) -> None:
        """None lost, each chat in order, and no more repeats than nobody could know of."""
        repeats = 0
        for chat, due in self.due.items():
            new = [each.text for each in room.to(chat) if not each.message]
            told = [(what, news_of(what, text)) for text in new for what in due if what in text]
            assert list(dict.fromkeys(what for what, _ in told)) == due, chat
            repeats += sum(times - 1 for times in Counter(told).values())
        assert repeats <= (0 if room.knows_nonces else room.unknowing)
        for what in self.closed:
            assert "Closed." in [each.text for each in room.said if what in each.text][-1], what


async def lived(folder: Path, seed: int, *, knows_nonces: bool) -> None:
    """Some acts in all weathers, then fair weather until all is said."""
    chance, clock, draw = Random(seed), Clock(START), Draw(seed)
    room, chronicle = Weather(chance, knows_nonces=knows_nonces), Chronicle()
    async with process(folder, clock, draw, room) as app:
        people = await village(app.engine, *PEOPLE, credits=50)
        await settled(app, room)
    room.said.clear()
    turn = 0
    while turn < ACTS or not room.fair:
        async with process(folder, clock, draw, room) as app:
            people.engine = app.engine
            room.fair = turn >= ACTS
            while not room.crash.is_set() and (turn < ACTS or await app.house.outbox.waiting()):
                clock.advance(timedelta(seconds=chance.randrange(90)))
                for _ in range(chance.randrange(3) if turn < ACTS else 0):
                    await chronicle.act(people, chance, turn)
                    turn += 1
                await settled(app, room)
    chronicle.holds(room)


@pytest.mark.parametrize("knows_nonces", [False, True], ids=["telegram", "discord"])
@pytest.mark.parametrize("seed", range(4))
async def test_in_all_weathers_none_is_lost_and_hardly_any_said_twice(
    tmp_path: Path, seed: int, knows_nonces: bool
) -> None:
    """R6: a short form."""
    await lived(tmp_path, seed, knows_nonces=knows_nonces)


@pytest.mark.soak
@pytest.mark.parametrize("knows_nonces", [False, True], ids=["telegram", "discord"])
async def test_in_all_weathers_for_long(tmp_path: Path, knows_nonces: bool) -> None:
    """R6: three hundred seeds."""
    for seed in range(100, 400):
        folder = tmp_path / str(seed)
        folder.mkdir()
        await lived(folder, seed, knows_nonces=knows_nonces)
