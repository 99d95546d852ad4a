"""The outbox reaches people: once, in order, in their language, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from bots.app import App, now
from bots.calls import Call, Caller, Place
from bots.delivery import ATTEMPTS_MAX, GIVEN_UP_AFTER, LEASE, LINES_MAX, Pace
from bots.housekeeping import examine, let_go, say_again
from bots.platform import Gone, TryLater, Unknown, Unreachable
from bots.settings import Settings
from bots.transcripts.neutral import neutral_text
from bots.words import Voice
from core.domain.listings import ListingKind
from core.domain.pools import LISTING_LASTS, Announced, Posting
from core.usecases.board import CloseListing, close_listing
from core.usecases.passing import PassTime, pass_time
from core.usecases.people import SetLanguage, set_language
from core.usecases.pools import SetPosting, set_posting
from storage.outbox import CARDS_AT_ONCE
from tests.aloud import Aloud, told_aloud
from tests.bots.scripted_room import ScriptedRoom, making
from tests.clocks import Clock, Draw
from tests.patience import PATIENCE
from tests.village import STEWARD, Village, village


@pytest.fixture
def room() -> ScriptedRoom:
    return ScriptedRoom()


@asynccontextmanager
async def opened(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, *rooms: ScriptedRoom
) -> AsyncIterator[App]:
    app = App(
        Settings(data_dir=tmp_path),
        url=url,
        clock=clock,
        draw=draw,
        rooms=making(*rooms),
        ticking=False,
    )
    async with app:
        yield app


@pytest.fixture
async def app(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> AsyncIterator[App]:
    async with opened(url, tmp_path, clock, draw, room) as app:
        yield app


@pytest.fixture
async def people(app: App, room: ScriptedRoom) -> Village:
    made = await village(app.engine, "Atieno", "Baraka", credits=9)
    await delivered(app)
    room.said.clear()
    room.tries.clear()
    return made


async def delivered(app: App, clock: Clock | None = None, after: timedelta | None = None) -> None:
    if clock is not None and after is not None:
        clock.advance(after)
    app.delivery.nudge()
    await app.quiet()


async def test_a_card_is_posted_once_and_then_edited_in_place(
    app: App, people: Village, room: ScriptedRoom
) -> None:
    offer = await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    await delivered(app)
    await people.do(close_listing, CloseListing(people.pool, people.by("Atieno"), offer), "Atieno")
    await delivered(app)
    posted, edited = room.to("square")
    assert posted.message == ""
    assert edited.message != ""
    assert "Closed." in edited.text


async def test_a_card_shows_its_thing_as_it_stands_when_it_leaves(
    app: App, people: Village, room: ScriptedRoom
) -> None:
    offer = await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    await people.do(close_listing, CloseListing(people.pool, people.by("Atieno"), offer), "Atieno")
    await delivered(app)
    (only,) = room.to("square")
    assert "Closed." in only.text


async def test_throttling_delays_one_lane_and_loses_and_doubles_nothing(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    room.fails("square", TryLater(30), TryLater(30), TryLater(30))
    await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    await people.post("Atieno", ListingKind.OFFER, 3, "Cake")
    await people.send("Atieno", "Baraka", 1)
    await delivered(app)
    assert len(room.to("Baraka")) == 1
    for _ in range(2):
        await delivered(app, clock, timedelta(seconds=31))
        assert room.to("square") == []
    await delivered(app, clock, timedelta(seconds=31))
    assert ["Bread" in each.text for each in room.to("square")] == [True, False]


async def test_nothing_overtakes_within_a_lane(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    room.fails("Baraka", TryLater(30))
    for credits in (1, 2, 3):
        await people.send("Atieno", "Baraka", credits)
    await delivered(app)
    assert room.to("Baraka") == []
    await delivered(app, clock, timedelta(seconds=31))
    assert ["1 credit." in each.text for each in room.to("Baraka")] == [True, False, False]
    assert "3 credits." in room.to("Baraka")[-1].text


async def test_where_all_share_one_pace_nobody_is_passed_over(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> None:
    names = [f"member {n}" for n in range(40)]
    async with opened(url, tmp_path, clock, draw, ScriptedRoom("elsewhere")) as app:
        people = await village(app.engine, *names, credits=9)
        for _ in range(4):
            for giver, taker in pairwise([*names, names[0]]):
                await people.send(giver, taker, 1)
    room.messages_per_second = 100
    async with opened(url, tmp_path, clock, draw, room) as app:
        await delivered(app)
    order = [each.to for each in room.said if each.to in names]
    rounds = [order[first : first + 40] for first in range(0, len(order), 40)]
    assert min(len(set(each)) for each in rounds) >= 30  # a busy machine wakes late


async def test_who_asked_is_answered_before_others_are_told(
    app: App, people: Village, room: ScriptedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = asyncio.Event()
    none = app.underway.none

    async def seen() -> None:
        waits.set()
        await none()

    monkeypatch.setattr("bots.delivery.ANSWERS_FIRST_SECONDS", PATIENCE)
    monkeypatch.setattr(app.underway, "none", seen)
    with app.underway:
        await people.send("Atieno", "Baraka", 1)
        app.delivery.nudge()
        await waits.wait()
        assert room.tries == []
    await delivered(app)
    assert len(room.to("Baraka")) == 1


async def test_an_answer_that_takes_long_holds_up_no_news(
    app: App, people: Village, room: ScriptedRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.delivery.ANSWERS_FIRST_SECONDS", 0.01)
    with app.underway:
        await people.send("Atieno", "Baraka", 1)
        app.delivery.nudge()
        await app.delivery.drained()
        assert len(room.to("Baraka")) == 1


async def test_a_group_does_not_wait_behind_everybody_in_it(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> None:
    names = [f"member {n}" for n in range(40)]
    async with opened(url, tmp_path, clock, draw, ScriptedRoom("elsewhere")) as app:
        people = await village(app.engine, *names, credits=9)
        for giver, taker in pairwise([*names, names[0]]):
            await people.send(giver, taker, 1)
        for month in range(4):
            post = Aloud(people.pool, f"2026-0{month + 1}")
            await app.engine.run(told_aloud, post, f"post:{month}")
    room.messages_per_second = 40
    async with opened(url, tmp_path, clock, draw, room) as app:
        await delivered(app)
    order = [each.to for each in room.said if each.to in (*names, "square")]
    *_, last = (place for place, to in enumerate(order) if to == "square")
    assert last < len(order) * 3 / 4  # in one line with all of them it comes last of all


async def test_a_closed_door_is_left_alone_for_a_week_and_never_told_to_the_group(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    room.fails("Baraka", *[Unreachable("closed")] * 9)
    await people.send("Atieno", "Baraka", 1, "for the eggs")
    await delivered(app)
    tries = room.tries.count("Baraka")
    await people.send("Atieno", "Baraka", 1, "for the milk")
    await delivered(app, clock, timedelta(days=6))
    assert room.tries.count("Baraka") == tries
    assert room.said == []
    assert await app.house.outbox.waiting() == 0
    room.failures.clear()
    await people.send("Atieno", "Baraka", 1, "for the honey")
    await delivered(app, clock, timedelta(days=2))
    assert ["for the honey" in each.text for each in room.to("Baraka")] == [True]


async def test_a_word_that_may_have_arrived_is_said_once_more_and_says_so(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    """B24, for a receipt; reminders are never said again in doubt."""
    room.fails("Baraka", Unknown())
    await people.send("Atieno", "Baraka", 1)
    await delivered(app)
    await delivered(app, clock, timedelta(hours=1))
    assert [each.text.splitlines()[0] for each in room.to("Baraka")] == [
        "Sent once more, because the connection broke:"
    ]
    room.fails("Baraka", Unknown(), Unknown())
    await people.send("Atieno", "Baraka", 2)
    await delivered(app)
    await delivered(app, clock, timedelta(hours=1))
    assert len(room.to("Baraka")) == 1
    assert await app.house.outbox.waiting() == 0


async def test_a_new_card_that_may_have_arrived_is_shown_once_more_at_most(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    room.fails("square", *[Unknown()] * 9)
    await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    for _ in range(4):
        await delivered(app, clock, timedelta(minutes=1))
    assert room.tries.count("square") == 2
    assert await app.house.outbox.waiting() == 0


async def test_a_platform_that_knows_nonces_may_be_told_again_and_again(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    room.knows_nonces = True
    room.fails("Baraka", *[Unknown()] * 3)
    await people.send("Atieno", "Baraka", 1)
    for _ in range(4):
        await delivered(app, clock, timedelta(minutes=1))
    (only,) = room.to("Baraka")
    assert only.nonce


async def test_an_edit_that_may_have_arrived_is_repeated(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    offer = await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    await delivered(app)
    room.fails("square", *[Unknown()] * 3)
    await people.do(close_listing, CloseListing(people.pool, people.by("Atieno"), offer), "Atieno")
    for _ in range(4):
        await delivered(app, clock, timedelta(minutes=1))
    assert "Closed." in room.to("square")[-1].text


async def test_a_card_that_was_deleted_is_shown_anew(
    app: App, people: Village, room: ScriptedRoom
) -> None:
    offer = await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    await delivered(app)
    first = await app.house.outbox.card(people.pool, offer, "local", "square")
    room.fails("square", Gone())
    await people.do(close_listing, CloseListing(people.pool, people.by("Atieno"), offer), "Atieno")
    await delivered(app)
    assert room.to("square")[-1].message == ""
    assert await app.house.outbox.card(people.pool, offer, "local", "square") != first


async def test_a_bug_is_tried_again_with_growing_pauses_and_given_up_loudly(
    app: App,
    people: Village,
    room: ScriptedRoom,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    room.fails("square", *[ZeroDivisionError("secret words")] * ATTEMPTS_MAX)
    await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    await people.post("Atieno", ListingKind.OFFER, 2, "Cake")
    await delivered(app)
    for _ in range(ATTEMPTS_MAX):
        await delivered(app, clock, timedelta(hours=1, seconds=1))
    assert ["Cake" in each.text for each in room.to("square")] == [True]
    assert "is given up: failed 8 times, reference" in caplog.text


# --- what is given up -------------------------------------------------------------------------


@asynccontextmanager
async def fated(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> AsyncIterator[App]:
    """A bot on this database, once more; what it tries is tried by its end."""
    async with opened(url, tmp_path, clock, draw, room) as app:
        await delivered(app)
        yield app
        await app.quiet()


async def test_so_many_tries_are_all_however_often_the_bot_is_started(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> None:
    """E11: what failed before a restart counts after it."""
    async with fated(url, tmp_path, clock, draw, room) as app:
        people = await village(app.engine, "Atieno", "Baraka", credits=9)
        await delivered(app)
        room.tries.clear()
        room.fails("Baraka", *[ZeroDivisionError()] * 20)
        await people.send("Atieno", "Baraka", 1, "our secret")
    for _ in range(ATTEMPTS_MAX + 2):
        clock.advance(timedelta(hours=1, seconds=1))
        async with fated(url, tmp_path, clock, draw, room) as app:
            pass
    assert room.tries.count("Baraka") == ATTEMPTS_MAX
    await _is_seen_by_those_whom_it_concerns(url, tmp_path, clock, draw, room)


async def _is_seen_by_those_whom_it_concerns(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> None:
    """E11: the doctor and the stewards see that something was lost, and nobody sees what."""
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(url))
    async with opened(url, tmp_path, clock, draw, room) as app:
        found = [str(each) for each in await examine(settings)]
        bad = [each for each in found if each.startswith("BAD")]
        assert "given up: 1 × notice CreditsCame to a person, pool 1 (failed 8 times" in bad[0]
        assert "python -m bots outbox again" in bad[1]
        assert "secret" not in str(found)
        shown = neutral_text((await app.desk.answer(_queue_asked())).reply, Voice())
        assert "1 message could not be delivered." in shown
        room.failures.clear()
        room.said.clear()
        assert await say_again(settings) == "1 messages wait to be sent again."
        clock.now = now()  # as the command line, which knows no other clock
        await delivered(app)
        (told,) = room.to("Baraka")
        assert "our secret" in told.text
        assert "could not" not in neutral_text(
            (await app.desk.answer(_queue_asked())).reply, Voice()
        )
        assert not [each for each in await examine(settings) if "given up" in str(each)]


def _queue_asked() -> Call:
    return Call(Caller("local", STEWARD, STEWARD), Place("local"), "local:queue", command="queue")


async def test_what_stops_the_bot_each_time_is_not_tried_for_ever(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> None:
    """E11: a lease that ends gives the row back, but only so often."""
    async with opened(url, tmp_path, clock, draw, room) as app:
        people = await village(app.engine, "Atieno", "Baraka", credits=9)
        await delivered(app)
        room.tries.clear()
        await people.send("Atieno", "Baraka", 1)
        await people.send("Atieno", "Baraka", 2)
        for _ in range(ATTEMPTS_MAX):
            assert len(await app.house.outbox.claim(clock(), LEASE, 9)) == 1
            clock.advance(LEASE)
        room.said.clear()
        await delivered(app)
        assert ["2 credits." in each.text for each in room.to("Baraka")] == [True]
        (lost,) = await app.house.outbox.given_up()
        assert lost.reason == "the bot stopped over it 8 times"
        assert await let_go(Settings(data_dir=tmp_path, database_url=SecretStr(url))) == (
            "1 messages are forgotten."
        )
        assert await app.house.outbox.given_up() == []


async def test_what_was_given_up_is_kept_for_a_month(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    room.fails("square", *[Unreachable("thrown out")] * 9)
    await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    await delivered(app)
    await delivered(app, clock, GIVEN_UP_AFTER + timedelta(seconds=1))
    (lost,) = await app.house.outbox.given_up()
    assert lost.reason == "cannot be written to: thrown out"
    await app.house.sweep(clock.advance(timedelta(days=22)))
    assert len(await app.house.outbox.given_up()) == 1
    await app.house.sweep(clock.advance(timedelta(days=1)))
    assert await app.house.outbox.given_up() == []


async def test_a_crash_between_showing_and_marking_repeats_once_and_loses_nothing(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> None:
    async with opened(url, tmp_path, clock, draw, room) as app:
        people = await village(app.engine, "Atieno", "Baraka", credits=9)
        await delivered(app)
        room.said.clear()
        room.shown.clear()
        room.hangs = True
        await people.send("Atieno", "Baraka", 1)
        app.delivery.nudge()
        await room.shown.wait()
        assert app._delivering is not None
        app._delivering.cancel()
        with suppress(asyncio.CancelledError):
            await app._delivering
        room.hangs = False
        app._delivering = asyncio.create_task(asyncio.sleep(0))
    async with opened(url, tmp_path, clock, draw, room) as app:
        await delivered(app)
        assert len(room.to("Baraka")) == 1
        await delivered(app, clock, LEASE + timedelta(seconds=1))
        assert len(room.to("Baraka")) == 2
        assert await app.house.outbox.waiting() == 0


async def test_people_hear_their_own_language_and_groups_the_pools(
    app: App, people: Village, room: ScriptedRoom
) -> None:
    await people.do(set_language, SetLanguage(people.by("Baraka"), "sw"), "Baraka")
    await people.send("Atieno", "Baraka", 1)
    await people.post("Baraka", ListingKind.OFFER, 1, "Mkate")
    await delivered(app)
    assert room.to("Baraka")[-1].language == "sw"
    assert room.to("square")[-1].language == "en"


async def test_who_is_in_several_pools_is_told_which_one_it_is_about(
    app: App, people: Village, room: ScriptedRoom
) -> None:
    other = await village(app.engine, "Baraka", chat="market", credits=3)
    await people.send("Atieno", "Baraka", 1)
    await delivered(app)
    assert room.to("Baraka")[-1].text.startswith("Kijiji\n")
    assert other.pool != people.pool


async def test_what_waits_for_a_platform_that_is_away_leaves_when_it_is_back(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> None:
    async with opened(url, tmp_path, clock, draw, ScriptedRoom("elsewhere")) as app:
        people = await village(app.engine, "Atieno")
        await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
        await delivered(app)
        assert await app.house.outbox.waiting() == 1
    async with opened(url, tmp_path, clock, draw, room) as app:
        await delivered(app, clock, timedelta(minutes=2))
        assert len(room.to("square")) == 1


async def test_who_cannot_reach_somebody_leaves_it_at_once_to_who_can(
    url: str, tmp_path: Path, clock: Clock, draw: Draw, room: ScriptedRoom
) -> None:
    async with opened(url, tmp_path, clock, draw, ScriptedRoom("elsewhere")) as app:
        people = await village(app.engine, "Atieno", "Baraka", credits=9)
        await people.send("Atieno", "Baraka", 1)
        await delivered(app)
        assert await app.house.outbox.waiting() > 0
    async with opened(url, tmp_path, clock, draw, room) as app:
        await delivered(app)
        assert "1 credit." in room.to("Baraka")[-1].text
        assert await app.house.outbox.waiting() == 0


async def test_the_days_digest_is_one_post_with_all_that_was_gathered(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    await _want(people, Posting.DIGEST)
    for text in ("Bread", "Cake"):
        await people.post("Atieno", ListingKind.OFFER, 2, text)
    await delivered(app)
    assert room.to("square") == []
    await app.house.outbox.digest(people.pool, clock())
    await delivered(app)
    (only,) = room.to("square")
    assert "Bread" in only.text
    assert "Cake" in only.text


async def test_more_things_than_fit_into_a_post_are_counted(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    room.fails("square", TryLater(30))
    for number in range(LINES_MAX + 3):
        await people.post("Atieno", ListingKind.OFFER, 2, f"Bread {number}")
    await delivered(app)
    await delivered(app, clock, timedelta(seconds=31))
    (only,) = room.to("square")
    assert only.text.startswith("New in Kijiji")
    assert only.text.count("Bread") == LINES_MAX
    assert only.text.endswith("3 more: /board")


async def test_so_many_new_things_have_a_card_each(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    """B23: up to here, and cards that stand are never part of a burst."""
    standing = await people.post("Atieno", ListingKind.OFFER, 2, "Cake")
    await delivered(app)
    room.said.clear()
    room.fails("square", TryLater(30))
    for number in range(CARDS_AT_ONCE):
        await people.post("Atieno", ListingKind.OFFER, 2, f"Bread {number}")
    close = CloseListing(people.pool, people.by("Atieno"), standing)
    await people.do(close_listing, close, "Atieno")
    await delivered(app)
    await delivered(app, clock, timedelta(seconds=31))
    assert [each.text.count("Bread") for each in room.to("square")] == [1] * CARDS_AT_ONCE + [0]
    assert room.to("square")[-1].message


async def test_what_time_alone_brings_about_makes_no_card(
    app: App, people: Village, room: ScriptedRoom, clock: Clock
) -> None:
    """A15: an offer without a card, whose time is over, is in the day's digest at most."""
    await _want(people, Posting.OFF)
    await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
    await _want(people, Posting.CARD)
    clock.advance(LISTING_LASTS + timedelta(days=1))
    await people.engine.run(pass_time, PassTime(people.pool), "job:pass:late")
    await delivered(app)
    assert room.to("square") == []
    await app.house.outbox.digest(people.pool, clock())
    await delivered(app)
    (only,) = room.to("square")
    assert "Bread" in only.text


async def _want(people: Village, posting: Posting) -> None:
    wanted = SetPosting(people.pool, people.by(STEWARD), Announced.OFFERS, posting)
    await people.do(set_posting, wanted, STEWARD)


def test_a_platform_takes_so_many_messages_a_second_over_all_chats() -> None:
    pace, room = Pace(), ScriptedRoom()
    room.messages_per_second = 30
    sent = [0]
    for milliseconds in range(10_000):
        if not pace.wait(room, f"chat {milliseconds}", 100.0 + milliseconds / 1000, group=False):
            sent.append(milliseconds)
    assert 300 <= len(sent) <= 306
    assert max(sum(at <= each < at + 1000 for each in sent) for at in sent) <= 36
    assert pace.wait(ScriptedRoom("other"), "chat", 110.0, group=False) == 0


def test_what_was_late_is_made_up_for() -> None:
    pace, room = Pace(), ScriptedRoom()
    room.messages_per_second = 30
    now, sent = 100.0, 0
    while now < 110.0:
        wait = pace.wait(room, f"chat {sent}", now, group=False)
        sent += not wait
        now += wait + (0.1 if wait else 0.0)  # a busy machine
    assert sent >= 290


def test_a_second_begins_when_the_message_has_arrived() -> None:
    pace, room = Pace(), ScriptedRoom()
    room.seconds_between_messages = 1.0
    assert pace.wait(room, "a", 100.0, group=True) == 0
    pace.sent(room, "a", 100.5)
    assert pace.wait(room, "a", 101.0, group=True) == 0.5


def test_a_chat_is_left_alone_between_messages() -> None:
    pace, room = Pace(), ScriptedRoom()
    room.seconds_between_messages = 1.0
    assert pace.wait(room, "a", 100.0, group=True) == 0
    assert pace.wait(room, "a", 100.25, group=True) == 0.75
    assert pace.wait(room, "b", 100.25, group=True) == 0
    assert pace.wait(room, "a", 101.0, group=True) == 0


def test_a_group_takes_so_many_messages_a_minute_and_a_person_more() -> None:
    pace, room = Pace(), ScriptedRoom()
    room.messages_per_minute = 20
    for second in range(20):
        assert pace.wait(room, "a", 100.0 + second, group=True) == 0
        assert pace.wait(room, "me", 100.0 + second, group=False) == 0
    assert pace.wait(room, "a", 120.0, group=True) == 40
    assert pace.wait(room, "me", 120.0, group=False) == 0
    assert pace.wait(room, "a", 160.0, group=True) == 0
