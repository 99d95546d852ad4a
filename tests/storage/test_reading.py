"""What the readers say about a pool in which things have happened."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from core.domain.ledger import EntryKind
from core.domain.listings import Listing, ListingKind
from core.domain.members import Role
from core.domain.months import starts_at
from core.domain.orders import Order
from core.domain.reminders import Reminds
from core.domain.rules import Confirming, Expiry, Payer, Rules
from core.domain.units import Number, Ppm
from core.usecases.commitments import (
    ClaimDone,
    SayKept,
    Take,
    claim_done,
    say_kept,
    take_need,
)
from core.usecases.credits import Undo, undo
from core.usecases.leaving import Leave, leave
from core.usecases.orders import Deliver, Spend, deliver, spend
from core.usecases.reminding import Remind, remind
from core.usecases.roles import Appoint, appoint
from storage.asking import Asker
from storage.house import House
from tests.clocks import Clock
from tests.patience import PATIENCE
from tests.village import STEWARD, Village, village


@pytest.fixture
async def kijiji(house, engine) -> Village:
    return await village(engine, "Asha", "Baraka", "Chau", credits=20)


async def test_a_balance_knows_what_is_free_what_is_held_and_what_was_traded(house: House, kijiji):
    offer = await kijiji.post("Baraka", ListingKind.OFFER, 5, "A basket of tomatoes")
    ordered = await kijiji.do(spend, Spend(kijiji.pool, kijiji.by("Asha"), offer))
    asha = await house.readers.balance(kijiji.pool, kijiji.members["Asha"])
    assert (asha.free, asha.held, asha.trade) == (15, 5, 20)
    await kijiji.do(deliver, Deliver(kijiji.pool, kijiji.by("Asha"), ordered.order))
    asha = await house.readers.balance(kijiji.pool, kijiji.members["Asha"])
    baraka = await house.readers.balance(kijiji.pool, kijiji.members["Baraka"])
    assert (asha.free, asha.held, asha.trade) == (15, 0, 15)
    assert (baraka.free, baraka.held, baraka.trade) == (25, 0, 25)


async def test_a_gift_among_members_is_no_trade(house: House, kijiji):
    await kijiji.send("Asha", "Baraka", 7)
    baraka = await house.readers.balance(kijiji.pool, kijiji.members["Baraka"])
    assert (baraka.free, baraka.trade) == (27, 20)


async def test_a_statement_tells_what_moved_why_and_with_whom(house: House, kijiji, clock: Clock):
    clock.advance(timedelta(minutes=1))
    await kijiji.send("Asha", "Baraka", 7, "for the bread")
    await kijiji.do(undo, Undo(kijiji.pool, kijiji.by("Asha")), "Asha")
    lines, total = await house.readers.history(kijiji.pool, kijiji.members["Asha"], 1, 2)
    assert total == 3
    back, sent = lines
    assert (back.kind, back.amount, back.balance) == (EntryKind.UNDO, 7, 20)
    assert (sent.kind, sent.amount, sent.balance) == (EntryKind.SEND, -7, 13)
    assert sent.note == "for the bread"
    assert sent.other is not None
    assert sent.other.name == "Baraka"
    assert sent.reversed_by == back.entry
    assert back.reverses == sent.entry
    (worked,), _ = await house.readers.history(kijiji.pool, kijiji.members["Asha"], 2, 2)
    assert (worked.kind, worked.subject, worked.other) == (EntryKind.WORK, "Fixing the well", None)


async def test_an_order_in_a_statement_names_what_it_was_for_and_the_other_side(house, kijiji):
    offer = await kijiji.post("Baraka", ListingKind.OFFER, 5, "A basket of tomatoes")
    await kijiji.do(spend, Spend(kijiji.pool, kijiji.by("Asha"), offer))
    (held, *_), _ = await house.readers.history(kijiji.pool, kijiji.members["Asha"], 1, 10)
    assert (held.kind, held.subject, held.other.name) == (
        EntryKind.HOLD,
        "A basket of tomatoes",
        "Baraka",
    )


async def test_the_board_is_searched_in_any_case_and_paged(house: House, kijiji):
    bread = await kijiji.post("Asha", ListingKind.OFFER, 1, "Bread, 100% rye")
    eggs = await kijiji.post("Asha", ListingKind.OFFER, 1, "Eggs!")
    help_ = await kijiji.post("Baraka", ListingKind.NEED, 2, "Help with the roof")
    readers, pool = house.readers, kijiji.pool
    everything = await readers.board(pool, "", None, 1, 2)
    assert ([each.number for each in everything.listings], everything.total) == ([help_, eggs], 3)
    assert [each.number for each in (await readers.board(pool, "", None, 2, 2)).listings] == [bread]
    found = await readers.board(pool, " BREAD, 100% ", ListingKind.OFFER, 1, 9)
    assert [each.number for each in found.listings] == [bread]
    assert (await readers.board(pool, "1__%", None, 1, 9)).total == 0
    assert (await readers.board(pool, "s!", None, 1, 9)).total == 1
    assert (await readers.board(pool, "!%", None, 1, 9)).total == 0
    needs = await readers.open_listings(pool, ListingKind.NEED)
    assert [each.number for each in needs] == [help_]


async def test_a_number_names_one_thing(house: House, kijiji):
    offer = await kijiji.post("Baraka", ListingKind.OFFER, 5, "Tomatoes")
    ordered = await kijiji.do(spend, Spend(kijiji.pool, kijiji.by("Asha"), offer))
    assert isinstance(await house.readers.thing(kijiji.pool, offer), Listing)
    assert isinstance(await house.readers.thing(kijiji.pool, ordered.order), Order)
    assert await house.readers.thing(kijiji.pool, Number(999)) is None
    sent = await kijiji.send("Asha", "Baraka", 1)
    assert await house.readers.thing(kijiji.pool, sent.entry) is None


async def test_who_is_who(house: House, kijiji):
    readers, pool, asha = house.readers, kijiji.pool, kijiji.members["Asha"]
    known = await readers.known("local", "Asha")
    assert known is not None
    assert known.identity.name == "Asha"
    assert [each.external for each in known.accounts] == ["Asha"]
    assert [each.id for each in known.pools] == [pool]
    assert await readers.known("local", "nobody") is None
    assert getattr(await readers.member(pool, kijiji.people["Asha"]), "id", "") == asha
    assert await readers.names(pool, [asha]) == {asha: "Asha"}
    assert {each.name for each in await readers.everyone(pool)} == {
        STEWARD,
        "Asha",
        "Baraka",
        "Chau",
    }
    named = next(each for each in await readers.everyone(pool) if each.name == "Asha")
    assert [each.username for each in named.accounts] == ["Asha_"]
    (stored,) = await readers.stored(kijiji.people["Asha"])
    assert (stored.member.id, stored.commitments, stored.entries) == (asha, 1, 1)


async def test_roles_run_until_their_term_ends(house: House, kijiji, clock: Clock):
    ((steward, role, until),) = await house.readers.serving(kijiji.pool, clock.now)
    assert (steward.name, role) == (STEWARD, Role.STEWARD)
    assert until is not None
    roles = await house.readers.roles(kijiji.pool, steward.member, clock.now)
    assert roles == [Role.STEWARD]
    later = await _appointed(kijiji, "Baraka", until=until + timedelta(days=9))
    assert await house.readers.roles(kijiji.pool, steward.member, until) == []
    assert [each[0].name for each in await house.readers.serving(kijiji.pool, until)] == ["Baraka"]
    assert await house.readers.roles(kijiji.pool, later, until) == [Role.STEWARD]


async def test_the_last_stewards_role_outlasts_its_term(house: House, kijiji, clock: Clock):
    ((steward, _, until),) = await house.readers.serving(kijiji.pool, clock.now)
    assert until is not None
    late = until + timedelta(days=30)
    assert await house.readers.roles(kijiji.pool, steward.member, late) == [Role.STEWARD]
    assert (await house.readers.status(kijiji.pool, late)).stewards == 1


async def _appointed(kijiji, who: str, until: datetime):
    member = kijiji.members[who]
    command = Appoint(kijiji.pool, kijiji.by(STEWARD), member, Role.STEWARD, until)
    await kijiji.do(appoint, command, STEWARD)
    return member


async def test_the_pool_in_numbers(house: House, kijiji, clock: Clock):
    await kijiji.post("Baraka", ListingKind.OFFER, 5, "Tomatoes")
    status = await house.readers.status(kijiji.pool, clock.now)
    assert (status.members, status.stewards, status.offers, status.needs) == (4, 1, 1, 0)
    assert (status.issued, status.outstanding, status.common_fund) == (60, 60, 0)
    assert await house.readers.pools() == [kijiji.pool]
    assert getattr(await house.readers.pool(kijiji.pool), "name", "") == "Kijiji"
    assert getattr(await house.readers.chat("local", "square"), "pool", 0) == kijiji.pool
    assert [each.external for each in await house.readers.chats(kijiji.pool)] == ["square"]


async def test_what_is_mine_is_what_is_open(house: House, kijiji):
    offer = await kijiji.post("Baraka", ListingKind.OFFER, 5, "Tomatoes")
    ordered = await kijiji.do(spend, Spend(kijiji.pool, kijiji.by("Asha"), offer))
    mine = await house.readers.mine(kijiji.pool, kijiji.members["Baraka"])
    assert [each.number for each in mine.listings] == [offer]
    assert [each.number for each in mine.orders] == [ordered.order]
    waiting = await house.readers.waiting(kijiji.pool)
    assert (list(waiting.claims), list(waiting.chats)) == ([], [])


async def test_a_pool_is_due_when_something_in_it_runs_out(house: House, kijiji, clock: Clock):
    await kijiji.post("Baraka", ListingKind.OFFER, 5, "Tomatoes")
    assert await house.readers.due(clock.now) == []
    assert await house.readers.due(clock.now + timedelta(days=400)) == [kijiji.pool]


async def test_the_books_of_a_busy_pool_are_right(house: House, kijiji):
    offer = await kijiji.post("Baraka", ListingKind.OFFER, 5, "Tomatoes")
    await kijiji.do(spend, Spend(kijiji.pool, kijiji.by("Asha"), offer))
    await kijiji.send("Asha", "Chau", 3, "thanks")
    await kijiji.do(leave, Leave(kijiji.pool, kijiji.by("Chau"), sure=True), "Chau")
    audit = await house.readers.audit(kijiji.pool)
    assert audit.faults == ()
    assert audit.entries == 6


async def test_pools_do_not_see_each_other(house: House, engine, kijiji):
    other = await village(engine, "Dalila", credits=1, chat="harbour")
    await other.post("Dalila", ListingKind.OFFER, 1, "Fish")
    assert (await house.readers.board(kijiji.pool, "", None, 1, 9)).total == 0
    assert (await house.readers.names(kijiji.pool, [other.members["Dalila"]])) == {
        other.members["Dalila"]: ""
    }
    foreign = await house.readers.balance(kijiji.pool, other.members["Dalila"])
    assert foreign.free == 0


async def test_a_reader_that_is_called_off_lets_go_of_its_connection(house: House, kijiji):
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) "
        "SELECT count(*) FROM n"
    )
    started = asyncio.Event()

    async def question(view):
        started.set()
        return await view.say(endless)

    asked = asyncio.ensure_future(house.asker.ask(question))
    await started.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    # There is room for as many questions as before.
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(house.readers.pools() for _ in range(8)))


async def test_a_connection_whose_caller_went_away_is_given_back_before_the_readers_are_closed(
    house: House,
):
    """Else its thread finds the loop closed that it wants to tell."""
    asker, before = Asker(house.database), asyncio.all_tasks()
    asked = asyncio.ensure_future(asker.ask(lambda view: view.say("SELECT 1")))
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks() - before) == 2, "asked, and a connection is being opened"
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await asker.close()
    assert asyncio.all_tasks() == before


async def test_a_look_ahead_counts_by_the_rules_it_is_asked_about(house: House, kijiji, clock):
    bread = await kijiji.post("Asha", ListingKind.NEED, 15, "Bread for a wedding")
    await kijiji.post("Baraka", ListingKind.NEED, 35, "A new roof")
    await kijiji.post("Baraka", ListingKind.OFFER, 25, "A basket of tomatoes")
    taken = Take(kijiji.pool, kijiji.by("Chau"), bread)
    promise = (await kijiji.do(take_need, taken)).commitment
    await kijiji.do(claim_done, ClaimDone(kijiji.pool, kijiji.by("Chau"), promise))
    await kijiji.post("Chau", ListingKind.NEED, 20, "Wood")
    await kijiji.send("Asha", "Baraka", 10)
    rules = Rules(
        expiry=Expiry.NONE,
        demurrage_ppm=Ppm(500_000),
        demurrage_share=True,
        confirming=Confirming.BOTH,
        payer=Payer.RECEIVER,
    )
    plain = Rules(expiry=Expiry.NONE, demurrage_ppm=Ppm(500_000))
    look = await house.readers.forecast(kijiji.pool, rules, clock())
    assert (look.charged, look.charged_members) == (30, 3)
    # Chau was thanked: whoever has worked has traded too.
    assert (look.shared, look.sharing) == (30, 3)
    assert (look.unsaid, look.needs, look.short) == (1, 2, 1)
    before = await house.readers.forecast(kijiji.pool, plain, clock())
    assert (before.charged, before.shared, before.unsaid, before.needs) == (30, 0, 0, 0)
    waiting = await house.readers.waiting(kijiji.pool)
    assert waiting.unsaid == {promise: kijiji.members["Asha"]}
    await kijiji.do(say_kept, SayKept(kijiji.pool, kijiji.by("Asha"), promise))
    assert (await house.readers.waiting(kijiji.pool)).unsaid == {}


async def test_what_may_be_disputed_is_what_one_has_a_part_in_the_newest_first(
    house: House, kijiji
):
    need = await kijiji.post("Asha", ListingKind.NEED, 5, "Bread")
    taken = Take(kijiji.pool, kijiji.by("Chau"), need)
    promise = (await kijiji.do(take_need, taken)).commitment
    await kijiji.do(claim_done, ClaimDone(kijiji.pool, kijiji.by("Chau"), promise))
    sent = (await kijiji.send("Asha", "Baraka", 3, "for eggs")).entry
    undone = (await kijiji.send("Asha", "Baraka", 4)).entry
    await kijiji.do(undo, Undo(kijiji.pool, kijiji.by("Asha")), "Asha")
    offer = await kijiji.post("Baraka", ListingKind.OFFER, 5, "Tomatoes")
    order = (await kijiji.do(spend, Spend(kijiji.pool, kijiji.by("Asha"), offer), "Asha")).order

    async def seen(who: str) -> list[tuple[Number, str]]:
        found = await house.readers.dealings(kijiji.pool, kijiji.members[who], 25)
        return [(each.number, each.kind) for each in found]

    thanked = {"Asha", "Baraka", "Chau"}
    asha = await seen("Asha")
    assert asha[:3] == [(order, "order"), (sent, "entry"), (promise, "commitment")]
    assert undone not in dict(asha)
    assert (promise, "commitment") in await seen("Chau")
    assert promise not in dict(await seen("Baraka"))
    back = await house.readers.reversible(kijiji.pool, 25)
    assert {each.giver for each in back if each.kind == "commitment"} == thanked
    (transfer,) = [each for each in back if each.kind == "entry"]
    assert (transfer.amount, transfer.giver, transfer.taker) == (3, "Asha", "Baraka")
    assert transfer.text == "for eggs"
    assert order not in {each.number for each in back}


async def test_what_expires_by_its_issue_is_said_14_and_3_days_ahead_with_sum_and_day(
    house: House, engine, clock: Clock
):
    """Credits of November expire with February, those of December a month later."""
    made = await village(engine, "Asha", "Baraka")
    switch = """UPDATE pool SET rules = REPLACE(rules, '"rest"', '"lot"')"""
    await house.writer.do(lambda session: session.connection.execute(switch))
    await made.thank(20, "Asha", "Baraka")
    clock.now = starts_at("2026-12", "Africa/Nairobi") + timedelta(days=1)
    await made.thank(10, "Asha")
    await made.send("Baraka", "Asha", 5)
    ends = starts_at("2027-03", "Africa/Nairobi")

    async def warned(days: int) -> dict[str, tuple[int, int, object]]:
        clock.now = ends - timedelta(days=days, hours=-9)
        by_id = {member: name for name, member in made.members.items()}
        return {
            by_id[each.member]: (item.step, item.amount, item.at)
            for each in await house.readers.to_remind(made.pool, clock())
            for item in each.items
            if item.about is Reminds.LOT
        }

    assert await warned(16) == {}
    assert await warned(14) == {"Asha": (14, 25, ends), "Baraka": (14, 15, ends)}
    (asha,) = [
        each
        for each in await house.readers.to_remind(made.pool, clock())
        if each.member == made.members["Asha"]
    ]
    lots = tuple(item for item in asha.items if item.about is Reminds.LOT)
    told = Remind(made.pool, asha.member, lots)
    assert [(await made.do(remind, told)).changed for _ in range(2)] == [1, 0]
    assert (await warned(3))["Asha"] == (3, 25, ends)
    await made.send("Asha", "Baraka", 30)
    assert set(await warned(3)) == {"Baraka"}
    assert (await made.do(remind, Remind(made.pool, asha.member, lots))).changed == 0
