"""Taking back what is in the books, by a steward who has no part in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.commitments import CommitmentState
from core.domain.ledger import AccountKind, EntryKind
from core.domain.listings import ListingKind
from core.domain.refusals import (
    AlreadyReversed,
    AnotherKind,
    Involved,
    MemberLeft,
    NoSuchThing,
    NotToReverse,
    StewardsOnly,
)
from core.domain.units import Carry, Credits, Measure, Number, Worth
from core.usecases.board import PostListing, post_listing
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.leaving import Leave, leave
from core.usecases.orders import Deliver, Spend, deliver, spend
from tests.core.hall import STEWARD
from tests.core.refusing import refused

TEN = Worth(Measure.CREDITS, 10)
QUARTERS = Worth(Measure.MINUTES, 45)


@pytest.fixture
def town(town):
    """Ann has ten credits; Dina is a steward too."""
    town.join("dina")
    town.appoint("dina")
    town.thank(10, "ann", by="dina")
    return town


def reversed_by(town, who, entry, why="a slip"):
    return town.do(reverse_entry, Reverse(town.pool, town.by(who), entry, why))


def paid(town, credits=4):
    """Ann orders something of Ben's and says that she got it; the order's number."""
    price = Worth(Measure.CREDITS, credits)
    listed = PostListing(town.pool, town.by("ben"), ListingKind.OFFER, price, "Bread")
    offer = town.do(post_listing, listed).listing
    order = town.do(spend, Spend(town.pool, town.by("ann"), offer)).order
    town.do(deliver, Deliver(town.pool, town.by("ann"), order))
    return order


def trades(town):
    return {who: town.trade(who) for who in ("ann", "ben")}


def test_a_transfer_goes_back_whole_and_both_lines_stay(town):
    entry = town.send("ann", "ben", 7).entry
    done = reversed_by(town, STEWARD, entry)
    assert (town.balance("ann"), town.balance("ben"), done.covered) == (10, 0, 0)
    assert town.here().entry(done.reversal).reverses == entry
    town.audit()


def test_what_the_receiver_spent_the_common_fund_bears_into_its_own_negative(town):
    entry = town.send("ann", "ben", 7).entry
    town.send("ben", "cho", 5)
    assert reversed_by(town, STEWARD, entry).covered == 5
    assert (town.balance("ann"), town.balance("ben"), town.balance("cho")) == (10, 0, 5)
    assert town.own(AccountKind.COMMON) == -5
    town.audit()


def test_who_is_below_zero_stays_there_when_the_common_fund_bears_what_they_spent(town):
    here = town.here()
    rules = replace(here.pool.rules, debit_limit_credits=Credits(5))
    here.save_pool(replace(here.pool, rules=rules, version=here.pool.version + 1))
    entry = town.send("ann", "ben", 5).entry
    town.send("ben", "cho", 7)
    assert reversed_by(town, STEWARD, entry).covered == 5
    assert (town.balance("ann"), town.balance("ben"), town.own(AccountKind.COMMON)) == (10, -2, -5)
    town.audit()


def test_a_confirmation_goes_back_with_its_credits_its_carry_and_its_trade(town):
    (issued,) = town.keeps("ben", QUARTERS).issued
    assert (town.balance("ben"), town.member("ben").carry) == (1, Carry(minutes=15))
    reversed_by(town, "dina", issued.entry)
    assert (town.balance("ben"), town.member("ben").carry, town.trade("ben")) == (0, Carry(), 0)
    assert town.here().commitments.get(issued.commitment).state is CommitmentState.REVERSED
    town.audit()


def test_minutes_that_were_lent_to_a_later_claim_are_owed_by_the_next(town):
    (first,) = town.keeps("ben", QUARTERS).issued
    town.keeps("ben", QUARTERS)
    reversed_by(town, "dina", first.entry)
    assert (town.balance("ben"), town.member("ben").carry) == (2, Carry(minutes=-15))
    town.keeps("ben", QUARTERS)
    assert (town.balance("ben"), town.member("ben").carry) == (3, Carry())


def test_minutes_that_are_owed_never_make_less_than_no_credit(town):
    (first,) = town.keeps("ben", QUARTERS).issued
    town.keeps("ben", QUARTERS)
    reversed_by(town, "dina", first.entry)
    town.keeps("ben", Worth(Measure.MINUTES, 10))
    assert (town.balance("ben"), town.member("ben").carry) == (2, Carry(minutes=-5))


def test_a_confirmation_is_named_by_its_promise_too(town):
    (issued,) = town.keeps("ben", TEN).issued
    reversed_by(town, "dina", issued.commitment)
    assert town.balance("ben") == 0


def test_a_paid_order_goes_back_and_trade_balances_with_it(town):
    before = trades(town)
    order = paid(town)
    assert (town.balance("ann"), town.balance("ben")) == (6, 4)
    reversed_by(town, STEWARD, order)
    assert (town.balance("ann"), town.balance("ben")) == (10, 0)
    assert trades(town) == before
    assert town.own(AccountKind.HELD) == 0
    town.audit()


def test_an_order_that_is_spent_on_goes_back_and_trades_stay_even(town):
    order = paid(town)
    town.send("ben", "cho", 4)
    assert reversed_by(town, STEWARD, order).covered == 4
    assert trades(town) == {"ann": 10, "ben": 0}
    town.audit()


def test_nothing_is_taken_back_twice(town):
    entry = town.send("ann", "ben", 7).entry
    done = reversed_by(town, STEWARD, entry)
    with refused(AlreadyReversed, by=done.reversal):
        reversed_by(town, STEWARD, entry)


def test_nobody_takes_back_what_they_have_a_part_in(town):
    with refused(Involved):
        reversed_by(town, "dina", town.send("ann", "dina", 2).entry)
    (issued,) = town.keeps("ben", TEN).issued
    with refused(Involved):
        reversed_by(town, STEWARD, issued.entry)


def test_who_recorded_it_for_somebody_else_does_not_take_it_back(town):
    town.register("nana", by="dina")
    town.thank(3, "nana", by=STEWARD)
    entry = town.send("dina", "ann", 2, behalf="nana").entry
    with refused(Involved):
        reversed_by(town, "dina", entry)
    reversed_by(town, STEWARD, entry)
    assert town.balance("nana") == 3


def test_who_recorded_it_with_an_account_they_had_before_does_not_take_it_back(town):
    town.join("other/eve")
    town.clock.advance(timedelta(days=1))
    town.join("eve")
    town.appoint("eve")
    given = town.thank(3, "ann", by="eve").issued[0]
    town.link("eve", "other/eve")
    with refused(Involved):
        reversed_by(town, "eve", given.entry)


def test_only_stewards_take_back(town):
    with refused(StewardsOnly):
        reversed_by(town, "cho", town.send("ann", "ben", 2).entry)


def test_what_follows_from_something_else_is_not_taken_back_by_itself(town):
    order = paid(town)
    ((held,),) = town.hall.rows(
        "SELECT number FROM entry WHERE kind = :kind AND cause = :cause",
        kind=EntryKind.HOLD.value,
        cause=order,
    )
    with refused(NotToReverse):
        reversed_by(town, STEWARD, held)


def test_only_what_is_in_the_books_is_taken_back(town):
    with refused(NoSuchThing):
        reversed_by(town, STEWARD, Number(999))
    with refused(AnotherKind, is_a="chat", wanted="entry"):
        reversed_by(town, STEWARD, town.chat)
    with refused(NotToReverse):
        reversed_by(town, STEWARD, town.promise("ben", TEN))


def test_nothing_goes_back_to_somebody_who_left(town):
    entry = town.send("ann", "ben", 7).entry
    town.do(leave, Leave(town.pool, town.by("ann"), sure=True))
    with refused(MemberLeft):
        reversed_by(town, STEWARD, entry)


def test_what_went_to_one_account_of_a_person_comes_from_the_one_they_have_now(town):
    entry = town.send("ann", "cho", 7).entry
    town.link("ben", "cho")
    reversed_by(town, STEWARD, entry)
    assert town.balance("ann") == 10
    assert town.balance("ben") == 0
    town.audit()
