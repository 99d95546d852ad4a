"""What is to be said: written with its reason, delivered in order, at least once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.desk import Sort
from core.domain.listings import ListingKind
from core.domain.pools import Announced, Posting
from core.domain.refusals import Refused
from core.domain.units import Number
from core.usecases.board import CloseListing, close_listing
from core.usecases.credits import CreditsCame
from core.usecases.pools import SetPosting, set_posting
from storage.house import House
from tests.clocks import Clock
from tests.village import STEWARD, Village, village

LEASE = timedelta(minutes=1)


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
    await house.outbox.again(first, clock.now + LEASE)
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


async def test_cards_and_routes_are_remembered(house: House, kijiji):
    outbox, pool = house.outbox, kijiji.pool
    assert await outbox.card(pool, Number(7), "local", "square") == ""
    await outbox.carded(pool, Number(7), "local", "square", "m1")
    await outbox.carded(pool, Number(7), "local", "square", "m2")
    assert await outbox.card(pool, Number(7), "local", "square") == "m2"
    await outbox.carded(pool, Number(7), "local", "square", "")
    assert await outbox.card(pool, Number(7), "local", "square") == ""
    (route,) = await outbox.routes(kijiji.people["Asha"])
    assert (route.platform, route.external, route.reachable) == ("local", "Asha", False)
    await outbox.unreachable("local", "Asha")


async def _set_offers(kijiji: Village, posting: Posting) -> None:
    command = SetPosting(kijiji.pool, kijiji.by(STEWARD), Announced.OFFERS, posting)
    await kijiji.do(set_posting, command, STEWARD)
