"""Reminders that waited in the outbox: looked at once more when they leave, in one message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.app import App
from bots.platform import TryLater
from bots.settings import Settings
from core.domain.listings import Listing, ListingKind
from core.domain.reminders import LATE_AT_MOST, Reminder, Reminds
from core.domain.units import Measure, Number, Worth
from core.usecases.board import CloseListing, close_listing
from core.usecases.commitments import (
    ClaimDone,
    Commit,
    Committed,
    Confirm,
    Withdraw,
    claim_done,
    commit,
    confirm,
    withdraw,
)
from core.usecases.reminding import Remind, remind
from tests.bots.scripted_room import ScriptedRoom, making
from tests.clocks import Clock, Draw
from tests.village import STEWARD, Village, village

DAY = timedelta(days=1)
NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)  # noon in Nairobi: nobody sleeps


@pytest.fixture
def room() -> ScriptedRoom:
    return ScriptedRoom()


@pytest.fixture
async def app(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> AsyncIterator[App]:
    clock.now = NINE
    settings = Settings(data_dir=tmp_path)
    rooms = making(room)
    async with App(settings, url=url, clock=clock, draw=draw, rooms=rooms, ticking=False) as made:
        yield made


@pytest.fixture
async def people(app: App, clock: Clock, room: ScriptedRoom) -> Village:
    made = await village(app.engine, "Atieno")
    await at(app, clock, NINE)
    room.said.clear()
    return made


async def at(app: App, clock: Clock, when: datetime) -> None:
    """Let all happen that is due by this instant, and be said."""
    clock.now = when
    await app.ticker.tick()
    await app.quiet()


def unwell(room: ScriptedRoom, clock: Clock, until: datetime) -> None:
    """Have nothing reach Atieno until then: all that is for her waits in the outbox."""
    room.fails("Atieno", TryLater((until - clock.now).total_seconds()))


async def promised(people: Village, what: str, due: datetime) -> Number:
    by = people.by("Atieno")
    command = Commit(people.pool, by, Worth(Measure.MINUTES, 60), what, due=due)
    made: Committed = await people.do(commit, command, "Atieno")
    return made.commitment


async def ends(app: App, people: Village, number: Number) -> datetime:
    """When a listing leaves the board."""
    listing = await app.house.readers.thing(people.pool, number)
    assert isinstance(listing, Listing)
    return listing.until


async def kept(people: Village, number: Number) -> None:
    await people.do(claim_done, ClaimDone(people.pool, people.by("Atieno"), number), "Atieno")
    await people.do(confirm, Confirm(people.pool, people.by(STEWARD), (number,)), STEWARD)


async def test_a_reminder_that_waits_leaves_out_what_was_done_or_withdrawn_meanwhile(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    """E8: the state is looked at again when it is sent."""
    due = NINE + DAY + timedelta(hours=6)
    done = await promised(people, "sweeping", due)
    gone = await promised(people, "digging", due)
    await promised(people, "painting", due)
    unwell(room, clock, NINE + timedelta(hours=2))
    await at(app, clock, NINE + timedelta(hours=1))
    assert await app.house.outbox.waiting() == 1
    await kept(people, done)
    by = people.by("Atieno")
    await people.do(withdraw, Withdraw(people.pool, by, gone), "Atieno")
    await at(app, clock, NINE + timedelta(hours=3))
    (told, *others) = [each.text for each in room.to("Atieno")]
    assert "Due tomorrow: painting." in told
    assert "sweeping" not in told
    assert "digging" not in told
    assert not any("Due" in each for each in others)


async def test_a_reminder_of_nothing_any_more_is_not_sent(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    """E8: all of it was cancelled."""
    bread = await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    near = await ends(app, people, bread) - 3 * DAY
    unwell(room, clock, near + timedelta(hours=2))
    await at(app, clock, near)
    assert await app.house.outbox.waiting() == 1
    close = CloseListing(people.pool, people.by("Atieno"), bread)
    await people.do(close_listing, close, "Atieno")
    await at(app, clock, near + timedelta(hours=3))
    assert not [each for each in room.to("Atieno") if "leaves the board" in each.text]


async def test_what_is_due_on_two_days_is_said_in_one_message(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    """E8: after a day on which nothing reached her; each as it is by then."""
    for what, days in (("sweeping", 1), ("digging", 2)):
        await promised(people, what, NINE + days * DAY + timedelta(hours=6))
    unwell(room, clock, NINE + DAY + timedelta(hours=2))
    await at(app, clock, NINE + timedelta(hours=1))
    assert await app.house.outbox.waiting() == 1
    await at(app, clock, NINE + DAY + timedelta(hours=1))
    assert await app.house.outbox.waiting() == 2
    await at(app, clock, NINE + DAY + timedelta(hours=3))
    (told,) = [each.text for each in room.to("Atieno")]
    assert "Due today: sweeping." in told
    assert "Due tomorrow: digging." in told
    assert told.count("sweeping") == 1


@pytest.mark.parametrize(("late", "said"), [(timedelta(0), 1), (timedelta(seconds=1), 0)])
async def test_a_reminder_that_waited_for_more_than_two_days_is_dropped(
    app: App, people: Village, room: ScriptedRoom, clock: Clock, late: timedelta, said: int
) -> None:
    """E8: 48 hours to the second are not too late."""
    unwell(room, clock, NINE + LATE_AT_MOST + late)
    nudge = Remind(people.pool, people.members["Atieno"], (Reminder(Reminds.TRADE, Number(0), 1),))
    await people.engine.run(remind, nudge, "job:remind:trade")
    await at(app, clock, NINE)
    assert await app.house.outbox.waiting() == 1
    await at(app, clock, NINE + LATE_AT_MOST + late)
    assert len(room.to("Atieno")) == said
    assert await app.house.outbox.waiting() == 0
