"""The ticker finds what is due, whenever it comes; the calendar stands in no job."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.app import App
from bots.clock import digest_hour
from bots.settings import Settings
from core.domain.listings import ListingKind
from core.domain.pools import LISTING_LASTS, Announced, Posting
from core.domain.units import PoolId
from core.usecases.pools import SetPosting, set_posting
from tests.bots.scripted_room import ScriptedRoom, making
from tests.clocks import Clock, Draw
from tests.patience import PATIENCE
from tests.village import STEWARD, Village, village

ROOT = Path(__file__).parents[2]


@pytest.fixture
def room() -> ScriptedRoom:
    return ScriptedRoom()


@pytest.fixture
async def app(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> AsyncIterator[App]:
    made = App(
        Settings(data_dir=tmp_path),
        url=url,
        clock=clock,
        draw=draw,
        rooms=making(room),
        ticking=False,
    )
    async with made:
        yield made


@pytest.fixture
async def people(app: App) -> Village:
    return await village(app.engine, "Atieno")


async def ticked(app: App, clock: Clock, after: timedelta = timedelta(0)) -> None:
    clock.advance(after)
    await app.ticker.tick()
    await app.quiet()


async def test_what_has_run_out_runs_out_once_however_late_the_tick(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    await ticked(app, clock, LISTING_LASTS + timedelta(days=30))
    for _ in range(3):
        await ticked(app, clock, timedelta(seconds=10))
    assert len([each for each in room.to("Atieno") if "Bread" in each.text]) == 1


async def test_two_ticks_at_one_instant_are_one(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    clock.advance(LISTING_LASTS + timedelta(days=1))
    await app.ticker.tick()
    await ticked(app, clock)
    assert len([each for each in room.to("Atieno") if "Bread" in each.text]) == 1


async def test_the_digest_comes_once_a_day_in_the_evening_of_the_pool(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    quieter = SetPosting(people.pool, people.by(STEWARD), Announced.OFFERS, Posting.DIGEST)
    await people.do(set_posting, quieter, STEWARD)
    posts: list[datetime] = []
    for hour in range(24 * 4):
        await people.post("Atieno", ListingKind.OFFER, 2, f"Bread {hour}")
        before = len(room.to("square"))
        await ticked(app, clock, timedelta(hours=1))
        posts += [clock()] * (len(room.to("square")) - before)
    assert len(posts) == 4
    assert {at.astimezone(UTC).hour for at in posts} == {15}  # 18:30 in Nairobi
    assert len({at.date() for at in posts}) == 4


async def test_a_pool_that_cannot_go_on_does_not_hold_up_the_others(
    app: App,
    people: Village,
    room: ScriptedRoom,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = await village(app.engine, "Baraka", chat="market")
    for each, who in ((people, "Atieno"), (other, "Baraka")):
        await each.post(who, ListingKind.OFFER, 2, "Bread")
    clock.advance(LISTING_LASTS + timedelta(days=1))
    key = f"job:pass:{people.pool}:{clock().isoformat(timespec='seconds')}"
    by = app.engine.run
    # Somebody used the key of the first pool's pass for something else: it is refused.
    from core.usecases.people import Meet, meet

    await by(meet, Meet("local", "x", "X"), key)
    await ticked(app, clock)
    assert any("Bread" in each.text for each in room.to("Baraka"))
    assert "time does not pass in pool" in caplog.text
    await ticked(app, clock, timedelta(seconds=10))
    assert any("Bread" in each.text for each in room.to("Atieno"))


@pytest.mark.parametrize(
    ("at", "zone", "due"),
    [
        ("2026-03-07 23:30", "America/Toronto", True),
        ("2026-03-07 22:30", "America/Toronto", False),
        ("2026-03-08 22:30", "America/Toronto", True),  # the day on which summer time begins
        ("2026-03-09 01:30", "America/Toronto", False),  # 21:30 there: nothing at night
        ("2026-03-08 15:00", "Africa/Nairobi", True),
    ],
)
def test_the_digest_has_its_hour_by_the_pools_own_clock(at: str, zone: str, due: bool) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = digest_hour(now, zone)
    assert (found is not None) is due
    if found:
        assert found <= now


async def test_neither_a_stalled_loop_nor_a_clock_an_hour_off_loses_anything(
    app: App,
    people: Village,
    room: ScriptedRoom,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """E7 and R8: the scheduler only asks; what is due stands in the database."""
    monkeypatch.setattr("bots.clock.SECONDS_BETWEEN_TICKS", 0.05)
    await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    app.ticker.start()
    app.ticker.take_on()
    for off in (-timedelta(hours=1), LISTING_LASTS + timedelta(days=1), -timedelta(hours=1)):
        clock.advance(off)
        time.sleep(1)  # noqa: ASYNC251 - the stall: twenty ticks are missed
        await _next_tick(app, monkeypatch)
    await app.quiet()
    assert len([each for each in room.to("Atieno") if "Bread" in each.text]) == 1


async def _next_tick(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until a tick that begins from now on is over: it asks what is due, and nudges at its end."""
    began, over = asyncio.Event(), asyncio.Event()
    due, nudge = app.house.readers.due, app.ticker._nudge

    async def noted(now: datetime) -> Sequence[PoolId]:
        began.set()
        return await due(now)

    def nudged() -> None:
        if began.is_set():
            over.set()
        nudge()

    with monkeypatch.context() as patched:
        patched.setattr(app.house.readers, "due", noted)
        patched.setattr(app.ticker, "_nudge", nudged)
        async with asyncio.timeout(PATIENCE):
            await over.wait()


async def test_there_are_only_intervals_that_never_misfire(app: App) -> None:
    app.ticker.start()
    app.ticker.take_on()
    scheduler = app.ticker._scheduler
    assert scheduler is not None
    hold, tick = scheduler.get_jobs()
    assert (hold.func, tick.func) == (app._hold, app.ticker.tick)
    for job in (hold, tick):
        assert type(job.trigger).__name__ == "IntervalTrigger"
        assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)


def test_no_other_file_schedules_anything() -> None:
    users = {
        str(file.relative_to(ROOT))
        for room in ("bots", "core", "storage")
        for file in (ROOT / room).rglob("*.py")
        if "apscheduler" in file.read_text(encoding="utf-8")
        and file.name not in ("logs.py", "housekeeping.py")
    }
    assert users == {"bots/clock.py"}
