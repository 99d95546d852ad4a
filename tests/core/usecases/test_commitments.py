"""Promises, and the steward's word: who may say what, and what it brings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.commitments import CommitmentState
from core.domain.ledger import AccountKind
from core.domain.listings import Every, ListingKind, ListingState
from core.domain.members import Role
from core.domain.refusals import (
    ActsForThemselves,
    AlreadyConfirmed,
    AlreadyKept,
    AnotherKind,
    InThePast,
    MayNotActFor,
    MemberLeft,
    NobodyToSay,
    NoSuchMember,
    NoSuchPool,
    NoSuchThing,
    NotAMember,
    NotForYou,
    NothingLeft,
    NotThere,
    NotYours,
    OutOfDate,
    OwnCommitment,
    OwnListing,
    OwnRecord,
    StewardsOnly,
    Yourself,
)
from core.domain.units import Carry, Measure, MemberId, Number, PoolId, Worth
from core.usecases.board import (
    CloseListing,
    EditListing,
    PostListing,
    close_listing,
    edit_listing,
    post_listing,
)
from core.usecases.commitments import (
    Commit,
    Decline,
    SayKept,
    Take,
    Thank,
    Withdraw,
    commit,
    decline,
    say_kept,
    take_need,
    thank,
    withdraw,
)
from core.usecases.passing import PassTime, pass_time
from core.usecases.roles import Dismiss, dismiss
from tests.core.hall import STEWARD, Town
from tests.core.refusing import refused

TWO = Worth(Measure.CREDITS, 2)
HOUR = Worth(Measure.MINUTES, 60)


@pytest.fixture
def two_stewards(town: Town) -> Town:
    town.join("dina")
    town.appoint("dina")
    return town


def need(town, who, price=TWO, **more):
    command = PostListing(
        town.pool, town.by(who), ListingKind.NEED, price, "Bring the water", **more
    )
    return town.do(post_listing, command).listing


def taken(town, who, number, **more):
    return town.do(take_need, Take(town.pool, town.by(who), number, **more)).commitment


def kept(town, who, number):
    return town.do(say_kept, SayKept(town.pool, town.by(who), number))


def declined(town, who, number, **more):
    return town.do(decline, Decline(town.pool, town.by(who), number, "Not seen", **more))


def withdrawn(town, who, number, **more):
    return town.do(withdraw, Withdraw(town.pool, town.by(who), number, **more))


def state(town, number):
    return town.here().commitments.get(number).state


def claim(town, who, worth=TWO):
    number = town.promise(who, worth)
    town.done(who, number)
    return number


# --- promising -----------------------------------------------------------------------------


def test_a_promise_to_the_pool_issues_nothing_before_a_steward_confirms(town):
    number = town.promise("ann", HOUR)
    town.done("ann", number)
    assert town.balance("ann") == 0
    issued = town.confirm(STEWARD, number).issued
    assert [each.credits for each in issued] == [2]
    assert town.balance("ann") == 2
    assert town.own(AccountKind.ISSUANCE) == -2


def test_a_promise_is_due_in_the_future(town):
    for due in (town.clock.now, town.clock.now - timedelta(seconds=1)):
        with refused(InThePast):
            town.promise("ann", TWO, due=due)
    town.promise("ann", TWO, due=town.clock.now + timedelta(seconds=1))


def test_a_stranger_promises_nothing(town):
    with refused(NotAMember):
        town.promise("zed", TWO)
    town.meet("zed")
    with refused(NotAMember):
        town.promise("zed", TWO)


def test_a_pool_that_does_not_exist_has_no_promises(town):
    with refused(NoSuchPool):
        town.do(commit, Commit(PoolId(99_999), town.by("ann"), TWO, "Anything"))


# --- needs ---------------------------------------------------------------------------------


def test_who_takes_a_need_promises_it_at_its_price(town):
    number = taken(town, "ben", need(town, "ann", HOUR))
    made = town.here().commitments.get(number)
    assert (made.worth, made.text, made.state) == (HOUR, "Bring the water", CommitmentState.OPEN)


def test_nobody_takes_their_own_need(town):
    number = need(town, "ann")
    with refused(OwnListing):
        taken(town, "ann", number)


def test_a_need_that_is_spoken_for_is_not_taken_twice(town):
    number = need(town, "ann")
    taken(town, "ben", number)
    with refused(NothingLeft, number=number, left=0):
        taken(town, "cho", number)


def test_only_needs_are_taken(town):
    offered = town.do(
        post_listing, PostListing(town.pool, town.by("ann"), ListingKind.OFFER, TWO, "Bread")
    ).listing
    with refused(AnotherKind, is_a="offer", wanted="need"):
        taken(town, "ben", offered)
    with refused(AnotherKind, is_a="commitment"):
        taken(town, "ben", town.promise("ann", TWO))
    with refused(NoSuchThing):
        taken(town, "ben", Number(4711))


def test_a_closed_need_is_not_taken(town):
    number = need(town, "ann")
    town.do(close_listing, CloseListing(town.pool, town.by("ann"), number))
    with refused(NotThere, state="closed"):
        taken(town, "ben", number)


def test_a_need_is_not_taken_with_a_button_of_an_earlier_day(town):
    number = need(town, "ann")
    town.do(edit_listing, EditListing(town.pool, town.by("ann"), number, text="Two buckets"))
    with refused(OutOfDate):
        taken(town, "ben", number, version=1)
    taken(town, "ben", number, version=2)


def test_a_need_is_taken_for_a_day_that_lies_ahead(town):
    number = need(town, "ann")
    with refused(InThePast):
        taken(town, "ben", number, due=town.clock.now)
    assert town.here().listings.get(number).taken == 0


def test_a_need_is_met_and_closed_when_all_that_was_wanted_is_confirmed(town):
    number = need(town, "ann", quantity=2)
    first, second = taken(town, "ben", number), taken(town, "cho", number)
    town.done("ben", first)
    town.confirm(STEWARD, first)
    assert town.here().listings.get(number).state is ListingState.OPEN
    town.done("cho", second)
    town.confirm(STEWARD, second)
    assert town.here().listings.get(number).state is ListingState.CLOSED


def test_a_monthly_need_stays_open_when_it_was_met(town):
    number = need(town, "ann", every=Every.MONTH)
    made = taken(town, "ben", number)
    town.done("ben", made)
    town.confirm(STEWARD, made)
    assert town.here().listings.get(number).state is ListingState.OPEN


def test_a_withdrawn_promise_frees_the_need_it_answered(town):
    number = need(town, "ann")
    assert withdrawn(town, "ben", taken(town, "ben", number)).need == number
    assert town.here().listings.get(number).taken == 0
    taken(town, "cho", number)


# --- done, withdrawn -----------------------------------------------------------------------


def test_only_its_maker_says_that_a_promise_was_kept_or_withdraws_it(town):
    number = town.promise("ann", TWO)
    with refused(NotYours):
        town.done("ben", number)
    with refused(NotYours):
        withdrawn(town, "ben", number)
    with refused(NotYours):
        withdrawn(town, STEWARD, number)


def test_what_is_done_cannot_be_withdrawn_and_what_is_withdrawn_not_done(town):
    number = claim(town, "ann")
    with refused(NotThere, state="done"):
        withdrawn(town, "ann", number)
    other = town.promise("ann", TWO)
    withdrawn(town, "ann", other)
    with refused(NotThere, state="withdrawn"):
        town.done("ann", other)
    with refused(NotThere, state="withdrawn"):
        withdrawn(town, "ann", other)


def test_a_thing_that_is_no_promise_is_not_done(town):
    with refused(NoSuchThing):
        town.done("ann", Number(4711))
    with refused(AnotherKind, wanted="commitment"):
        town.done("ann", need(town, "ann"))
    with refused(AnotherKind, is_a="chat"):
        withdrawn(town, "ann", town.chat)


def test_an_old_button_neither_claims_nor_withdraws(town):
    number = town.promise("ann", TWO)
    with refused(OutOfDate):
        town.done("ann", number, version=2)
    with refused(OutOfDate):
        withdrawn(town, "ann", number, version=2)
    town.done("ann", number, version=1)


def test_a_promise_is_missed_a_day_after_it_was_due_and_may_be_kept_late(town):
    due = town.clock.now + timedelta(days=2)
    number = town.promise("ann", TWO, due=due)
    town.clock.now = due + timedelta(hours=24) - timedelta(seconds=1)
    assert town.do(pass_time, PassTime(town.pool)).changed == 0
    town.clock.advance(timedelta(seconds=1))
    assert town.do(pass_time, PassTime(town.pool)).changed == 1
    assert state(town, number) is CommitmentState.MISSED
    with refused(NotThere, state="missed"):
        withdrawn(town, "ann", number)
    town.done("ann", number)
    town.confirm(STEWARD, number)
    assert town.balance("ann") == 2


def test_a_promise_due_in_the_last_days_of_the_calendar_stops_no_clock(town):
    town.promise("ann", TWO, due=datetime(9999, 12, 31, 20, 59, 59, tzinfo=UTC))
    late = town.promise("ann", TWO, due=town.clock.now + timedelta(hours=1))
    town.clock.advance(timedelta(days=2))
    town.do(pass_time, PassTime(town.pool))
    assert state(town, late) is CommitmentState.MISSED


# --- the word of the one in need -----------------------------------------------------------


def test_the_one_in_need_says_that_it_was_kept(town):
    made = taken(town, "ben", need(town, "ann"))
    assert kept(town, "ann", made).confirmed is False
    assert town.here().commitments.get(made).kept
    with refused(AlreadyKept):
        kept(town, "ann", made)
    assert town.balance("ben") == 0


def test_nobody_else_says_that_it_was_kept(town):
    made = taken(town, "ben", need(town, "ann"))
    for who in ("ben", "cho", STEWARD):
        with refused(NotForYou):
            kept(town, who, made)


def test_of_a_promise_to_the_pool_no_one_member_says_that_it_was_kept(town):
    with refused(NobodyToSay):
        kept(town, "ann", town.promise("ben", TWO))


def test_a_withdrawn_promise_was_not_kept(town):
    made = taken(town, "ben", need(town, "ann"))
    withdrawn(town, "ben", made)
    with refused(NotThere, state="withdrawn"):
        kept(town, "ann", made)


def test_the_word_of_the_one_in_need_is_taken_after_a_steward_confirmed_too(town):
    made = taken(town, "ben", need(town, "ann"))
    town.done("ben", made)
    town.confirm(STEWARD, made)
    assert kept(town, "ann", made).confirmed is True


def test_what_is_no_promise_was_not_kept(town):
    with refused(NoSuchThing):
        kept(town, "ann", Number(4711))
    with refused(AnotherKind):
        kept(town, "ann", need(town, "ann"))


# --- a steward's word ----------------------------------------------------------------------


def test_a_member_who_is_no_steward_confirms_and_declines_nothing(town):
    number = claim(town, "ann")
    with refused(StewardsOnly):
        town.confirm("ben", number)
    with refused(StewardsOnly):
        declined(town, "ben", number)
    with refused(StewardsOnly):
        town.thank(2, "ann", by="ben")
    with refused(NotAMember):
        town.confirm("zed", number)


def test_a_partner_is_no_steward(town):
    town.appoint("ben", Role.PARTNER)
    with refused(StewardsOnly):
        town.confirm("ben", claim(town, "ann"))


def test_a_steward_may_not_confirm_their_own_commitment(town):
    number = claim(town, STEWARD)
    with refused(OwnCommitment, number=number):
        town.confirm(STEWARD, number)
    assert town.balance(STEWARD) == 0


def test_a_steward_may_not_decline_their_own_commitment(town):
    with refused(OwnCommitment):
        declined(town, STEWARD, claim(town, STEWARD))


def test_a_steward_may_not_confirm_among_others_their_own_commitment(town):
    others, own = claim(town, "ann"), claim(town, STEWARD)
    with refused(OwnCommitment, number=own):
        town.confirm(STEWARD, others, own)
    assert state(town, others) is CommitmentState.DONE
    assert town.balance("ann") == 0


def test_who_recorded_a_claim_for_somebody_without_a_phone_does_not_decide_it(two_stewards):
    town = two_stewards
    town.register("nana")
    number = town.promise(STEWARD, TWO, behalf="nana")
    town.done(STEWARD, number, behalf="nana")
    with refused(OwnRecord):
        town.confirm(STEWARD, number)
    with refused(OwnRecord):
        declined(town, STEWARD, number)
    town.confirm("dina", number)
    assert town.balance("nana") == 2


def test_another_steward_confirms_what_a_steward_did(two_stewards):
    number = claim(two_stewards, STEWARD)
    two_stewards.confirm("dina", number)
    assert two_stewards.balance(STEWARD) == 2


def test_the_second_steward_is_told_who_confirmed_and_nothing_is_issued_twice(two_stewards):
    town = two_stewards
    number = claim(town, "ann")
    town.confirm(STEWARD, number)
    with refused(AlreadyConfirmed) as told:
        town.confirm("dina", number, version=2)
    assert told.refusal.by.name == STEWARD.capitalize()
    assert town.balance("ann") == 2


def test_only_what_is_done_is_confirmed_or_declined(town):
    number = town.promise("ann", TWO)
    with refused(NotThere, state="open"):
        town.confirm(STEWARD, number)
    with refused(NotThere, state="open"):
        declined(town, STEWARD, number)
    withdrawn(town, "ann", number)
    with refused(NotThere, state="withdrawn"):
        town.confirm(STEWARD, number)
    confirmed = claim(town, "ann")
    town.confirm(STEWARD, confirmed)
    with refused(NotThere, state="confirmed"):
        declined(town, STEWARD, confirmed)


def test_what_is_no_promise_is_neither_confirmed_nor_declined(town):
    with refused(NoSuchThing):
        town.confirm(STEWARD, Number(4711))
    with refused(NoSuchThing):
        declined(town, STEWARD, Number(4711))
    listing = need(town, "ann")
    with refused(AnotherKind, is_a="listing", wanted="commitment"):
        town.confirm(STEWARD, listing)
    with refused(AnotherKind):
        declined(town, STEWARD, listing)


def test_a_claim_that_changed_is_not_decided_with_an_old_button(town):
    number = claim(town, "ann")
    declined(town, STEWARD, number, version=2)
    town.done("ann", number)
    with refused(OutOfDate):
        town.confirm(STEWARD, number, version=2)
    with refused(OutOfDate):
        declined(town, STEWARD, number, version=2)
    town.confirm(STEWARD, number, version=4)


def test_a_declined_claim_is_open_again_with_its_reason_and_may_be_claimed_anew(town):
    number = claim(town, "ann")
    declined(town, STEWARD, number)
    back = town.here().commitments.get(number)
    assert (back.state, back.reason) == (CommitmentState.OPEN, "Not seen")
    town.done("ann", number)
    assert town.here().commitments.get(number).reason == ""


def test_several_are_confirmed_all_or_none(town):
    good, also = claim(town, "ann"), claim(town, "ben")
    with refused(NotThere):
        town.confirm(STEWARD, good, also, town.promise("cho", TWO))
    assert (town.balance("ann"), town.balance("ben")) == (0, 0)
    town.confirm(STEWARD, good, also, good)
    assert (town.balance("ann"), town.balance("ben")) == (2, 2)
    town.audit()


# --- what is issued ------------------------------------------------------------------------


def test_95_minutes_issue_three_credits_and_five_minutes_are_carried(town):
    issued = town.keeps("ann", Worth(Measure.MINUTES, 95)).issued[0]
    assert issued.credits == 3
    assert town.member("ann").carry == Carry(minutes=5)


def test_twice_45_minutes_issue_three_credits_also_when_confirmed_at_once(town):
    first = claim(town, "ann", Worth(Measure.MINUTES, 45))
    second = claim(town, "ann", Worth(Measure.MINUTES, 45))
    town.confirm(STEWARD, first, second)
    assert town.balance("ann") == 3
    assert town.member("ann").carry == Carry()


def test_what_makes_no_whole_credit_is_confirmed_without_an_entry(town):
    issued = town.keeps("ann", Worth(Measure.MINUTES, 20)).issued[0]
    assert (issued.credits, issued.entry) == (0, None)
    assert town.hall.rows("SELECT COUNT(*) FROM entry") == [(0,)]
    town.keeps("ann", Worth(Measure.MINUTES, 10))
    assert town.balance("ann") == 1


def test_minutes_and_cash_do_not_add_up_to_a_credit(town):
    town.keeps("ann", Worth(Measure.MINUTES, 15))
    town.keeps("ann", Worth(Measure.CENTS, 500))
    assert town.balance("ann") == 0
    assert town.member("ann").carry == Carry(15, 500)


def test_forty_in_cash_are_four_credits(town):
    town.keeps("ann", Worth(Measure.CENTS, 4000))
    assert town.balance("ann") == 4


def test_a_gift_of_thanks_issues_to_all_who_helped_or_to_nobody(town):
    town.thank(2, "ann", "ben")
    assert (town.balance("ann"), town.balance("ben"), town.balance("cho")) == (2, 2, 0)
    with refused(Yourself):
        town.thank(2, "cho", STEWARD)
    assert town.balance("cho") == 0


def test_who_is_named_twice_is_thanked_once(town):
    town.thank(2, "ann", "ann")
    assert town.balance("ann") == 2


def test_whoever_is_not_here_cannot_be_thanked(town):
    command = Thank(town.pool, town.by(STEWARD), (MemberId("nobody"),), TWO, "Nothing")
    with refused(NoSuchMember):
        town.do(thank, command)
    from core.usecases.leaving import Leave, leave

    town.do(leave, Leave(town.pool, town.by("cho"), sure=True))
    with refused(MemberLeft):
        town.thank(2, "cho")


# --- on behalf -----------------------------------------------------------------------------


def test_a_steward_and_who_registered_somebody_act_for_them_and_nobody_else(two_stewards):
    town = two_stewards
    town.appoint("ben", Role.GUARDIAN)
    town.register("nana", by="ben")
    town.promise("ben", TWO, behalf="nana")
    town.promise("dina", TWO, behalf="nana")
    with refused(MayNotActFor):
        town.promise("cho", TWO, behalf="nana")


def test_another_guardian_does_not_act_for_somebody_whom_they_did_not_register(town):
    town.appoint("ben", Role.GUARDIAN)
    town.appoint("cho", Role.GUARDIAN)
    town.register("nana", by="ben")
    with refused(MayNotActFor):
        town.promise("cho", TWO, behalf="nana")


def test_who_registered_somebody_acts_for_them_only_while_they_serve(town):
    """Rules, 8.7: rights end with the term, on the next click."""
    town.appoint("ben", Role.GUARDIAN)
    town.register("nana", by="ben")
    town.promise("ben", TWO, behalf="nana")
    town.do(dismiss, Dismiss(town.pool, town.by(STEWARD), town.members["ben"], Role.GUARDIAN))
    with refused(MayNotActFor):
        town.promise("ben", TWO, behalf="nana")
    town.promise(STEWARD, TWO, behalf="nana")


def test_nobody_acts_for_somebody_with_an_account(town):
    with refused(ActsForThemselves):
        town.promise(STEWARD, TWO, behalf="ann")


def test_nobody_acts_for_nobody(town):
    town.members["ghost"] = MemberId("ghost")
    with refused(NoSuchMember):
        town.promise(STEWARD, TWO, behalf="ghost")


def test_who_named_themselves_acts_for_themselves(town):
    number = town.promise("ann", TWO, behalf="ann")
    assert town.here().commitments.get(number).maker == town.members["ann"]
