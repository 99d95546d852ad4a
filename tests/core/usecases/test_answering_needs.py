"""A promise in answer to a need: whose word it takes, and who pays, by the pool's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.domain.commitments import CommitmentState
from core.domain.disputes import APPEAL_WITHIN, Ruling
from core.domain.ledger import AccountKind, EntryKind
from core.domain.listings import ListingKind, ListingState
from core.domain.members import Who
from core.domain.refusals import CannotPay, WaitsForWord
from core.domain.rules import Confirming, Expiry, Payer, Rules
from core.domain.units import Carry, Credits, Measure, Number, Worth
from core.usecases.board import PostListing, post_listing
from core.usecases.commitments import SayKept, Take, say_kept, take_need
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.disputes import OpenDispute, Resolve, open_dispute, resolve
from core.usecases.leaving import Leave, leave
from core.usecases.passing import PassTime, pass_time
from core.usecases.ruling import SetRule, set_rule
from core.usecases.standing import who
from tests.core.hall import STEWARD, Town
from tests.core.refusing import refused

THREE = Worth(Measure.CREDITS, 3)
WEEK = timedelta(days=7)


def with_rules(town: Town, **rules: Any) -> None:
    """The pool's rules are these, as if they had been so from its beginning."""
    pool = town.here().pool
    usual: dict[str, Any] = {"expiry": Expiry.NONE, **rules}
    town.here().save_pool(replace(pool, rules=Rules(**usual), version=pool.version + 1))


def taken(town: Town, worth: Worth = THREE) -> Number:
    """Ann needs something, and Ben promises it."""
    posted = PostListing(town.pool, town.by("ann"), ListingKind.NEED, worth, "Bring the water")
    need = town.do(post_listing, posted).listing
    number: Number = town.do(take_need, Take(town.pool, town.by("ben"), need)).commitment
    return number


def answered(town: Town, worth: Worth = THREE) -> Number:
    """And he says that it is done."""
    number = taken(town, worth)
    town.done("ben", number)
    return number


def kept(town: Town, number: Number) -> Any:
    return town.do(say_kept, SayKept(town.pool, town.by("ann"), number))


def named(town: Town, who_is_meant: str) -> Who:
    return who(town.member(who_is_meant))


def balances(town: Town) -> tuple[int, int]:
    return town.balance("ann"), town.balance("ben")


# --- whose word it takes ---------------------------------------------------------------------


def test_by_rule_a_steward_confirms_only_what_the_one_it_was_for_has_confirmed(town: Town) -> None:
    with_rules(town, confirming=Confirming.BOTH)
    number = answered(town)
    with refused(WaitsForWord, number=number, owner=named(town, "ann"), maker=named(town, "ben")):
        town.confirm(STEWARD, number)
    kept(town, number)
    town.confirm(STEWARD, number)
    assert town.balance("ben") == 3


def test_their_word_counts_however_early_it_comes(town: Town) -> None:
    with_rules(town, confirming=Confirming.BOTH)
    number = taken(town)
    kept(town, number)
    assert town.done("ben", number).owner is None
    town.confirm(STEWARD, number)


def test_what_was_promised_to_the_whole_pool_takes_a_stewards_word_alone(town: Town) -> None:
    with_rules(town, confirming=Confirming.BOTH)
    town.keeps("ben", THREE)
    assert town.balance("ben") == 3


def test_who_has_left_can_say_nothing_any_more_and_a_stewards_word_is_enough(town: Town) -> None:
    with_rules(town, confirming=Confirming.BOTH, payer=Payer.RECEIVER)
    number = answered(town)
    town.do(leave, Leave(town.pool, town.by("ann"), sure=True))
    town.confirm(STEWARD, number)
    assert (town.balance("ben"), town.own(AccountKind.ISSUANCE)) == (3, -3)


def test_two_accounts_that_became_one_wait_for_no_word_and_owe_themselves_nothing(
    town: Town,
) -> None:
    with_rules(town, confirming=Confirming.BOTH, payer=Payer.RECEIVER)
    number = answered(town)
    town.link("ann", "ben")
    town.confirm(STEWARD, number)
    assert town.own(AccountKind.ISSUANCE) == -3
    town.audit()


# --- who pays --------------------------------------------------------------------------------


def test_by_rule_the_one_in_need_pays_and_nothing_is_issued(town: Town) -> None:
    with_rules(town, payer=Payer.RECEIVER)
    town.thank(10, "ann")
    number = answered(town)
    issued = town.own(AccountKind.ISSUANCE)
    (done,) = town.confirm(STEWARD, number).issued
    assert (*balances(town), done.credits) == (7, 3, 3)
    assert town.own(AccountKind.ISSUANCE) == issued
    assert (town.trade("ann"), town.trade("ben")) == (10 - 3, 3)
    entry = town.here().entry(done.entry)
    assert entry is not None
    assert (entry.kind, entry.cause, len(entry.postings)) == (EntryKind.MET, number, 1)
    town.audit()


def test_who_has_a_need_is_told_when_they_post_it_that_they_pay(town: Town) -> None:
    town.thank(10, "ann")
    need = PostListing(town.pool, town.by("ann"), ListingKind.NEED, THREE, "Bring the water")
    offer = replace(need, kind=ListingKind.OFFER)
    posted = town.do(post_listing, need)
    assert (posted.credits, posted.balance) == (0, 0)
    with_rules(town, payer=Payer.RECEIVER)
    posted = town.do(post_listing, need)
    assert (posted.credits, posted.balance) == (3, 10)
    assert town.do(post_listing, offer).credits == 0


def test_a_promise_to_the_whole_pool_is_issued_all_the_same(town: Town) -> None:
    with_rules(town, payer=Payer.RECEIVER)
    town.keeps("ben", THREE)
    assert town.own(AccountKind.ISSUANCE) == -3


def test_who_has_too_little_cannot_pay_and_how_much_is_missing_is_said(town: Town) -> None:
    with_rules(town, payer=Payer.RECEIVER)
    town.thank(1, "ann")
    number = answered(town)
    with refused(CannotPay, number=number, payer=named(town, "ann"), lacking=2):
        town.confirm(STEWARD, number)
    assert town.here().commitments.get(number).state is CommitmentState.DONE  # type: ignore[union-attr]
    town.thank(2, "ann")
    town.confirm(STEWARD, number)
    assert balances(town) == (0, 3)


def test_they_may_go_as_far_below_zero_as_anybody(town: Town) -> None:
    with_rules(town, payer=Payer.RECEIVER, debit_limit_credits=Credits(2))
    with refused(CannotPay, lacking=1):
        town.confirm(STEWARD, answered(town))
    town.confirm(STEWARD, answered(town, Worth(Measure.CREDITS, 2)))
    assert balances(town) == (-2, 2)


def test_what_makes_no_whole_credit_is_nobodys_debt_and_carried_on(town: Town) -> None:
    """95 minutes are 3 credits; the 5 minutes count towards what the pool pays next."""
    with_rules(town, payer=Payer.RECEIVER)
    town.thank(10, "ann")
    town.keeps("ben", Worth(Measure.MINUTES, 25))
    town.confirm(STEWARD, answered(town, Worth(Measure.MINUTES, 95)))
    assert (*balances(town), town.member("ben").carry) == (7, 3, Carry(minutes=30))
    town.keeps("ben", Worth(Measure.MINUTES, 30))
    assert (town.balance("ben"), town.member("ben").carry) == (5, Carry())


def test_the_rule_of_the_day_of_the_promise_counts(town: Town) -> None:
    with_rules(town)
    town.thank(10, "ann")
    number = answered(town)
    town.do(set_rule, SetRule(town.pool, town.by(STEWARD), "payer", "receiver"))
    town.clock.advance(WEEK)
    town.do(pass_time, PassTime(town.pool))
    later = answered(town)
    town.confirm(STEWARD, number)
    assert balances(town) == (10, 3)
    town.confirm(STEWARD, later)
    assert balances(town) == (7, 6)


def test_taking_it_back_returns_what_was_paid_and_opens_the_need(town: Town) -> None:
    town.join("dina")
    town.appoint("dina")
    with_rules(town, payer=Payer.RECEIVER)
    town.thank(10, "ann")
    number = answered(town, Worth(Measure.MINUTES, 95))
    (done,) = town.confirm(STEWARD, number).issued
    town.do(reverse_entry, Reverse(town.pool, town.by("dina"), done.entry, "a slip"))
    assert (*balances(town), town.member("ben").carry) == (10, 0, Carry())
    assert (town.trade("ann"), town.trade("ben")) == (10, 0)
    need = town.here().listings.find(kind=ListingKind.NEED)[0]
    assert (need.taken, need.state) == (0, ListingState.CLOSED)
    town.audit()


@pytest.mark.parametrize(
    ("ruling", "after"), [(Ruling.REVERSE, (10, 0)), (Ruling.KEEP, (7, 3))], ids=str
)
def test_a_dispute_about_it_returns_what_was_paid_or_leaves_it(
    town: Town, ruling: Ruling, after: tuple[int, int]
) -> None:
    town.join("dina")
    town.appoint("dina")
    with_rules(town, payer=Payer.RECEIVER)
    town.thank(10, "ann")
    number = answered(town)
    town.confirm(STEWARD, number)
    opened = OpenDispute(town.pool, town.by("ann"), number, "it was half empty")
    dispute = town.do(open_dispute, opened).dispute
    assert balances(town) == (7, 0)
    town.do(resolve, Resolve(town.pool, town.by("dina"), dispute, ruling, "so be it"))
    town.clock.advance(APPEAL_WITHIN)
    town.do(pass_time, PassTime(town.pool))
    assert balances(town) == after
    town.audit()


def test_what_one_paid_oneself_since_two_accounts_are_one_stands_and_stops_no_clock(
    town: Town,
) -> None:
    town.join("dina")
    town.appoint("dina")
    with_rules(town, payer=Payer.RECEIVER)
    town.thank(10, "ann")
    number = answered(town)
    town.confirm(STEWARD, number)
    opened = OpenDispute(town.pool, town.by("ann"), number, "it was half empty")
    dispute = town.do(open_dispute, opened).dispute
    town.do(resolve, Resolve(town.pool, town.by("dina"), dispute, Ruling.REVERSE, "so be it"))
    town.link("ann", "ben")
    town.clock.advance(APPEAL_WITHIN)
    town.do(pass_time, PassTime(town.pool))
    promise = town.here().commitments.get(number)
    assert promise is not None
    assert (promise.state, town.balance("ann")) == (CommitmentState.CONFIRMED, 10)
    town.audit()


def test_a_decision_holds_though_who_is_to_pay_has_spent_it_all(town: Town) -> None:
    """The maker's way out where the other side says nothing: a steward decides."""
    with_rules(town, confirming=Confirming.BOTH, payer=Payer.RECEIVER)
    town.thank(10, "ann")
    number = answered(town)
    opened = OpenDispute(town.pool, town.by("ben"), number, "she does not answer")
    dispute = town.do(open_dispute, opened).dispute
    town.do(resolve, Resolve(town.pool, town.by(STEWARD), dispute, Ruling.KEEP, "I saw it"))
    town.send("ann", "cho", 9)
    town.clock.advance(APPEAL_WITHIN)
    town.do(pass_time, PassTime(town.pool))
    assert (*balances(town), town.own(AccountKind.COMMON)) == (0, 3, -2)
    town.audit()
