"""Postings, the chain of entries, what can be erased, and trade balances through real acts."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.ledger import (
    Entry,
    EntryKind,
    Posting,
    hash_of_entry,
    hash_of_note,
    microseconds,
)
from core.domain.listings import ListingKind
from core.domain.pools import GENESIS
from core.domain.units import AMOUNT_MAX, Address, Measure, MemberId, Number, PoolId, Worth
from core.usecases.board import PostListing, post_listing
from core.usecases.credits import Undo, undo
from core.usecases.orders import Cancel, Deliver, Spend, cancel, deliver, spend
from storage.audit import audit, journal
from tests.core.hall import STEWARD

A, B = Address("a"), Address("b")


# --- postings ------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [1, 2, AMOUNT_MAX])
def test_a_posting_moves_between_one_and_a_thousand_million(amount):
    assert Posting(A, B, amount).amount == amount


@pytest.mark.parametrize("amount", [0, -1, -AMOUNT_MAX, AMOUNT_MAX + 1, 10**19])
def test_a_posting_of_any_other_amount_cannot_be_made(amount):
    with pytest.raises(ValueError, match="moves between 1 and"):
        Posting(A, B, amount)


def test_a_posting_goes_from_one_account_to_another():
    with pytest.raises(ValueError, match="between two accounts"):
        Posting(A, A, 1)


# --- the chain -----------------------------------------------------------------------------

ENTRY = Entry(
    pool=PoolId(1),
    number=Number(12),
    place=3,
    kind=EntryKind.SEND,
    actor=MemberId("m1"),
    on_behalf=None,
    cause=None,
    reverses=None,
    key="tg:1:2",
    rules_version=1,
    at=datetime(2026, 11, 20, 9, 30, 0, 123456, tzinfo=UTC),
    postings=(Posting(A, B, 5),),
    note_hash=b"",
    previous_hash=GENESIS,
    hash=b"",
)
OTHERWISE: dict[str, Any] = {
    "pool": PoolId(2),
    "number": Number(13),
    "place": 4,
    "kind": EntryKind.UNDO,
    "actor": MemberId("m2"),
    "on_behalf": MemberId("m1"),
    "cause": Number(1),
    "reverses": Number(1),
    "key": "tg:1:3",
    "rules_version": 2,
    "at": ENTRY.at + timedelta(microseconds=1),
    "postings": (Posting(A, B, 6),),
    "note_hash": b"\x01",
    "previous_hash": b"\x01" * 32,
}


@pytest.mark.parametrize("name", [each.name for each in fields(Entry) if each.name != "hash"])
def test_a_changed_field_changes_the_hash(name):
    changed = replace(ENTRY, **{name: OTHERWISE[name]})
    assert hash_of_entry(changed) != hash_of_entry(ENTRY)


@pytest.mark.parametrize(
    "postings",
    [
        (Posting(B, A, 5),),
        (Posting(A, B, 5, "KES"),),
        (Posting(A, B, 5), Posting(A, B, 5)),
        (Posting(A, Address("c"), 5),),
        (),
    ],
)
def test_whatever_moves_otherwise_has_another_hash(postings):
    assert hash_of_entry(replace(ENTRY, postings=postings)) != hash_of_entry(ENTRY)


def test_the_hash_of_an_entry_does_not_depend_on_the_zone_its_instant_is_told_in():
    local = replace(ENTRY, at=ENTRY.at.astimezone(ZoneInfo("Africa/Nairobi")))
    assert hash_of_entry(local) == hash_of_entry(ENTRY)


@given(st.timedeltas(timedelta(0), timedelta(days=365 * 300)))
def test_instants_are_hashed_to_the_microsecond(since):
    at = datetime(1970, 1, 1, tzinfo=UTC) + since
    assert microseconds(at) == since // timedelta(microseconds=1)


def test_a_note_is_hashed_with_its_salt_and_none_has_no_hash():
    assert hash_of_note(b"salt", "For the goats") != hash_of_note(b"tlas", "For the goats")
    assert hash_of_note(b"salt", "") == b""


def test_the_journal_is_a_chain_from_the_beginning(town):
    town.thank(5, "ann", "ben")
    town.send("ann", "ben", 2, note="For the goats")
    before = GENESIS
    for place, entry in enumerate(journal(town.hall.session, town.pool), start=1):
        assert entry.place == place
        assert entry.previous_hash == before
        assert entry.hash == hash_of_entry(entry)
        before = entry.hash
    assert town.here().head.hash == before


def test_notes_can_be_erased_and_the_chain_still_holds(town):
    town.thank(5, "ann")
    town.send("ann", "ben", 2, note="For the goats")
    assert town.hall.rows("SELECT note FROM entry_note") == [("For the goats",)]
    town.hall.session.connection.execute("DELETE FROM entry_note")
    assert audit(town.hall.session, town.pool).faults == ()


def test_a_note_that_was_changed_is_noticed(town):
    town.thank(5, "ann")
    town.send("ann", "ben", 2, note="For the goats")
    town.hall.session.connection.execute("UPDATE entry_note SET note = 'For the cows'")
    assert len(audit(town.hall.session, town.pool).faults) == 1


def test_entries_never_go_back_in_time_even_when_the_clock_does(town):
    town.thank(5, "ann")
    town.clock.advance(timedelta(hours=-3))
    town.send("ann", "ben", 1)
    town.clock.advance(timedelta(hours=1))
    town.send("ann", "ben", 1)
    town.clock.advance(timedelta(hours=4))
    town.send("ann", "ben", 1)
    instants = [entry.at for entry in journal(town.hall.session, town.pool)]
    assert instants == sorted(instants)
    assert instants[0] == instants[1] == instants[2] < instants[3]
    town.audit()


# --- trade balances (rules, section 3) -----------------------------------------------------


def offer(town, who, credits, quantity=1):
    price = Worth(Measure.CREDITS, credits)
    command = PostListing(
        town.pool, town.by(who), ListingKind.OFFER, price, "Bread", quantity=quantity
    )
    return town.do(post_listing, command).listing


def buy(town, who, number):
    return town.do(spend, Spend(town.pool, town.by(who), number)).order


def job(town, giver, taker, credits):
    """The taker spends credits on what the giver offers, and has it."""
    order = buy(town, taker, offer(town, giver, credits))
    town.do(deliver, Deliver(town.pool, town.by(taker), order))


def endowed(town, *names):
    """Credits to spend that come from no trade of their own: a member from outside sends them."""
    town.join("donor")
    town.thank(100, "donor")
    for who in names:
        town.send("donor", who, 10)


def test_three_in_a_ring_of_two_credit_jobs_all_stand_at_zero(town):
    endowed(town, "ann", "ben", "cho")
    job(town, "ann", "ben", 2)
    job(town, "ben", "cho", 2)
    job(town, "cho", "ann", 2)
    assert [town.trade(who) for who in ("ann", "ben", "cho")] == [0, 0, 0]


def test_in_an_uneven_ring_who_gave_more_stands_above_who_took_more(town):
    endowed(town, "ann", "ben", "cho")
    job(town, "ann", "ben", 2)  # +2 for ann, -2 for ben
    job(town, "ben", "cho", 3)  # +3 for ben, -3 for cho
    job(town, "cho", "ann", 2)  # +2 for cho, -2 for ann
    assert [town.trade(who) for who in ("ann", "ben", "cho")] == [0, 1, -1]


def test_who_earns_twenty_from_the_pool_and_eats_twenty_meals_stands_at_zero(town):
    town.thank(20, "ann")
    meals = offer(town, "ben", 1, quantity=20)
    order = town.do(spend, Spend(town.pool, town.by("ann"), meals, quantity=20)).order
    town.do(deliver, Deliver(town.pool, town.by("ann"), order))
    assert town.trade("ann") == 0


def test_sending_and_taking_back_is_no_trade(town):
    town.thank(5, "ann")
    town.send("ann", "ben", 2)
    assert (town.trade("ann"), town.trade("ben")) == (5, 0)
    town.do(undo, Undo(town.pool, town.by("ann")))
    assert (town.trade("ann"), town.trade("ben")) == (5, 0)


def test_a_cancelled_order_leaves_no_trace_in_the_trade_balance(town):
    town.thank(5, "ann")
    order = buy(town, "ann", offer(town, "ben", 4))
    town.do(cancel, Cancel(town.pool, town.by("ben"), order))
    assert (town.trade("ann"), town.trade("ben")) == (5, 0)


def test_trade_balances_with_the_pool_and_what_is_held_add_up_to_zero(town):
    town.thank(10, "ann", "ben")
    job(town, "ann", "ben", 4)
    buy(town, "ann", offer(town, STEWARD, 3))
    ((total,),) = town.hall.rows("SELECT SUM(trade) FROM balance")
    held = 3  # committed by the spender, received by nobody yet
    assert total == -held
