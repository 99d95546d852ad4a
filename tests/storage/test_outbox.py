"""What is to be said: written with its reason, delivered in order, at least once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.desk import Sort
from core.domain.listings import ListingKind
from core.domain.members import Identity
from core.domain.pools import Announced, Posting
from core.domain.refusals import Refused
from core.domain.units import Number, PersonId
from core.usecases.board import CloseListing, close_listing
from core.usecases.closing import MonthClosed
from core.usecases.credits import CreditsCame
from core.usecases.linking import Link, MakeLinkCode, link, make_link_code
from core.usecases.people import LATEST_SAID, Meet, meet
from core.usecases.pools import ChatMoved, SetPosting, chat_moved, set_posting
from core.usecases.standing import By
from storage import tables
from storage.database import opener
from storage.house import House
from storage.outbox import _claim_for as claim_for
from storage.statements import Statement
from tests.aloud import Aloud, told_aloud
from tests.clocks import START, Clock
from tests.village import STEWARD, Village, village

LEASE = timedelta(minutes=1)
OUTBOX = tables.outbox.c


@pytest.fixture
async def kijiji(house, engine, clock) -> Village:
    made = await village(engine, "Asha", "Baraka", credits=20)
    await _emptied(house, clock)
    return made


async def _emptied(house: House, clock: Clock) -> None:
    while rows := await house.outbox.claim(clock.now, LEASE, 100):
        for row in rows:
            await house.outbox.done(row)


async def test_a_transfer_tells_its_receiver(house: House, kijiji, clock):
    await kijiji.send("Asha", "Baraka", 5, "thanks")
    (row,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert (row.sort, row.person, row.member) == (
        Sort.NOTICE,
        kijiji.people["Baraka"],
        kijiji.members["Baraka"],
    )
    assert isinstance(row.notice, CreditsCame)
    assert (row.notice.sender.name, row.notice.note) == ("Asha", "thanks")


async def test_a_refused_transfer_tells_nobody(house: House, kijiji, clock):
    with pytest.raises(Refused):
        await kijiji.send("Asha", "Baraka", 500)
    assert await house.outbox.claim(clock.now, LEASE, 10) == []


async def test_a_lane_keeps_its_order_and_gives_one_row_at_a_time(house: House, kijiji, clock):
    await kijiji.send("Asha", "Baraka", 1)
    await kijiji.send("Asha", "Baraka", 2)
    (first,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert await house.outbox.claim(clock.now, LEASE, 10) == []
    await house.outbox.failed(first, clock.now + LEASE, "broken")
    assert await house.outbox.claim(clock.now, LEASE, 10) == []
    clock.advance(LEASE)
    (again,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert (again.id, again.attempts) == (first.id, 2)
    await house.outbox.done(again)
    (second,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert second.id > first.id
    assert await house.outbox.waiting() == 1


async def test_a_lease_that_ends_gives_the_row_back(house: House, kijiji, clock):
    await kijiji.send("Asha", "Baraka", 1)
    (row,) = await house.outbox.claim(clock.now, LEASE, 10)
    clock.advance(LEASE)
    (again,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert again.id == row.id


async def test_a_row_that_is_given_up_lets_its_lane_go_on(house: House, kijiji, clock):
    await kijiji.send("Asha", "Baraka", 1)
    await kijiji.send("Asha", "Baraka", 2)
    (first,) = await house.outbox.claim(clock.now, LEASE, 10)
    await house.outbox.dead(first, "blocked")
    (second,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert second.id != first.id
    assert await house.outbox.waiting() == 1


async def test_what_is_due_is_found_among_thousands_that_were_given_up(house, kijiji, clock):
    await kijiji.send("Asha", "Baraka", 1)
    (row,) = await house.outbox.claim(clock.now, LEASE, 10)
    await house.outbox.dead(row, "blocked")
    columns = ", ".join(each.name for each in tables.outbox.c if each.name != "id")
    with closing(opener(house.database, writes=True)()) as session:
        for _ in range(12):
            session.connection.execute(
                f"INSERT INTO outbox ({columns}) SELECT {columns} FROM outbox"  # noqa: S608
            )
        if not house.database.is_sqlite:
            session.connection.execute("ANALYZE outbox")
        ready = claim_for(()).ready(session.dialect)
        explained = "EXPLAIN QUERY PLAN" if house.database.is_sqlite else "EXPLAIN"
        asked = ready.bound({"now": clock.now, "until": clock.now + LEASE, "limit": 10})
        plan = session.connection.execute(f"{explained} {ready.sql}", asked).fetchall()
    assert "ix_outbox_due" in str(plan), plan
    await kijiji.send("Asha", "Baraka", 2)
    (next_,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert next_.id > row.id


async def test_changes_of_one_thing_wait_as_one_card(house: House, kijiji, clock):
    offer = await kijiji.post("Asha", ListingKind.OFFER, 1, "Bread")
    await kijiji.do(close_listing, CloseListing(kijiji.pool, kijiji.by("Asha"), offer))
    (card,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert (card.sort, card.number, card.kind) == (Sort.CARD, offer, Announced.OFFERS)
    assert (card.platform, card.chat, card.channel) == ("local", "square", "")
    await house.outbox.done(card)
    assert await house.outbox.waiting() == 0


async def test_a_change_while_a_card_is_on_its_way_is_shown_after_it(house: House, kijiji, clock):
    offer = await kijiji.post("Asha", ListingKind.OFFER, 1, "Bread")
    (card,) = await house.outbox.claim(clock.now, LEASE, 10)
    await kijiji.do(close_listing, CloseListing(kijiji.pool, kijiji.by("Asha"), offer))
    # The attempt failed, and by the next one both are taken together.
    await house.outbox.again(card, clock.now)
    (again,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert again.id == card.id
    await house.outbox.done(again)
    assert await house.outbox.waiting() == 0


async def test_where_cards_are_off_only_those_that_stand_are_edited(house: House, kijiji, clock):
    stands = await kijiji.post("Asha", ListingKind.OFFER, 1, "Bread")
    await _emptied(house, clock)
    await house.outbox.carded(kijiji.pool, stands, "local", "square", "m1")
    await _set_offers(kijiji, Posting.OFF)
    await kijiji.post("Asha", ListingKind.OFFER, 1, "Eggs")
    assert await house.outbox.claim(clock.now, LEASE, 10) == []
    await kijiji.do(close_listing, CloseListing(kijiji.pool, kijiji.by("Asha"), stands))
    (card,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert card.number == stands


async def test_a_digest_gathers_and_is_one_row_for_each_chat(house: House, kijiji, clock):
    await _set_offers(kijiji, Posting.DIGEST)
    await _emptied(house, clock)
    one = await kijiji.post("Asha", ListingKind.OFFER, 1, "Bread")
    two = await kijiji.post("Asha", ListingKind.OFFER, 1, "Eggs")
    assert await house.outbox.claim(clock.now, LEASE, 10) == []
    assert await house.outbox.digests_due(clock.now) == []
    later = clock.advance(timedelta(hours=1))
    assert await house.outbox.digests_due(later) == [kijiji.pool]
    await house.outbox.digest(kijiji.pool, later)
    (row,) = await house.outbox.claim(later, LEASE, 10)
    assert (row.sort, row.numbers) == (Sort.DIGEST, (one, two))
    assert await house.outbox.digests_due(later) == []


async def test_cards_are_remembered_and_which_ways_are_closed(house: House, kijiji):
    outbox, pool = house.outbox, kijiji.pool
    assert await outbox.card(pool, Number(7), "local", "square") == ""
    await outbox.carded(pool, Number(7), "local", "square", "m1")
    await outbox.carded(pool, Number(7), "local", "square", "m2")
    assert await outbox.card(pool, Number(7), "local", "square") == "m2"
    await outbox.carded(pool, Number(7), "local", "square", "")
    assert await outbox.card(pool, Number(7), "local", "square") == ""
    (account,) = await _accounts(house, kijiji.people["Asha"])
    assert (account.platform, account.external, account.reachable) == ("local", "Asha", False)
    until = START + timedelta(days=7)
    await outbox.unreachable("local", "Asha", until)
    (account,) = await _accounts(house, kijiji.people["Asha"])
    assert (account.reachable, account.closed_until) == (False, until)


# --- what waits for a way -------------------------------------------------------------------


async def _bot_is(kijiji: Village, inside: bool) -> None:
    await kijiji.do(chat_moved, ChatMoved("local", "square", "square", inside))


async def _ids(house: House, clock: Clock) -> list[int]:
    """The rows that are due, in order; each is done."""
    ids = []
    while rows := await house.outbox.claim(clock.now, LEASE, 10):
        for row in rows:
            ids.append(row.id)
            await house.outbox.done(row)
    return ids


async def test_a_group_hears_no_old_news_when_the_bot_is_back(house: House, kijiji, clock):
    """A25: of what was to be said unasked, two days are kept; cards wait as long as they must."""
    await _set_offers(kijiji, Posting.DIGEST)
    await kijiji.post("Asha", ListingKind.OFFER, 1, "Bread")
    await house.outbox.digest(kijiji.pool, clock.now)
    await _bot_is(kijiji, inside=False)
    await kijiji.engine.run(told_aloud, Aloud(kijiji.pool, "2026-10"), "old")
    assert await house.outbox.waiting() == 0
    clock.advance(timedelta(days=2, seconds=1))
    await kijiji.engine.run(told_aloud, Aloud(kijiji.pool, "2026-11"), "new")
    assert await _ids(house, clock) == []
    await _bot_is(kijiji, inside=True)
    (post,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert (post.sort, post.notice) == (Sort.POST, MonthClosed("2026-11", "", ()))


async def test_a_row_on_its_way_while_the_bot_is_taken_out_is_kept_too(house, kijiji, clock):
    """A25: whichever comes first, the refusal or the news of it."""
    await kijiji.post("Asha", ListingKind.OFFER, 1, "Bread")
    (row,) = await house.outbox.claim(clock.now, LEASE, 10)
    await _bot_is(kijiji, inside=False)
    await house.outbox.again(row, clock.now)
    assert await _ids(house, clock) == []
    await _bot_is(kijiji, inside=True)
    assert await _ids(house, clock) == [row.id]


async def test_a_group_that_is_gone_holds_up_no_other(house: House, kijiji, clock):
    await _bot_is(kijiji, inside=False)
    await kijiji.post("Asha", ListingKind.OFFER, 1, "Bread")
    assert await house.outbox.waiting() == 0
    await kijiji.send("Asha", "Baraka", 1)
    assert len(await _ids(house, clock)) == 1


async def test_who_opens_a_way_hears_the_latest_of_what_waited(house: House, kijiji, clock):
    """A19: in order, and not all of it at once; what nobody came for in a week is let go."""
    notes = [f"note {number}" for number in range(LATEST_SAID + 2)]
    for note in notes:
        await kijiji.send("Asha", "Baraka", 1, note)
        (row,) = await house.outbox.claim(clock.now, LEASE, 10)
        await house.outbox.keep(row, "no way is open")
    assert await house.outbox.waiting() == 0
    writes = Meet("local", "Baraka", "Baraka", "Baraka_", reachable=True)
    await kijiji.do(meet, writes)
    heard = []
    while rows := await house.outbox.claim(clock.now, LEASE, 10):
        heard += [row.notice.note for row in rows if isinstance(row.notice, CreditsCame)]
        await house.outbox.keep(rows[0], "no way is open")
    assert heard == notes[2:]
    clock.advance(timedelta(days=7))
    await house.sweep(clock.now)
    assert await _kept(house) == LATEST_SAID
    await house.sweep(clock.advance(timedelta(seconds=1)))
    assert await _kept(house) == 0


async def test_what_waits_for_an_account_is_said_to_the_one_it_is_linked_to(
    house: House, kijiji, clock
):
    await kijiji.send("Asha", "Baraka", 1)
    await kijiji.do(meet, Meet("elsewhere", "42", "Baraka"))
    code = await kijiji.do(make_link_code, MakeLinkCode(By("elsewhere", "42")))
    await kijiji.do(link, Link(kijiji.by("Baraka"), code.code))
    (row,) = await house.outbox.claim(clock.now, LEASE, 10)
    assert row.person is not None
    assert row.lane == f"person:{row.person}"
    accounts = await _accounts(house, row.person)
    assert {each.platform for each in accounts} == {"local", "elsewhere"}


async def _accounts(house: House, person: PersonId) -> Sequence[Identity]:
    addressee = await house.readers.addressee(person)
    return addressee.accounts if addressee else ()


async def _kept(house: House) -> int:
    row = await house.asker.row(
        Statement(lambda: select(func.count()).where(OUTBOX.state == "kept"))
    )
    return int(row[0]) if row else 0


async def _set_offers(kijiji: Village, posting: Posting) -> None:
    command = SetPosting(kijiji.pool, kijiji.by(STEWARD), Announced.OFFERS, posting)
    await kijiji.do(set_posting, command, STEWARD)
