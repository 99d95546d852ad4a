"""Cash in, expenses, cash-outs: who may, what moves, and what never leaves the treasury."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.ledger import AccountKind
from core.domain.members import Role
from core.domain.refusals import (
    AlreadyReversed,
    AnotherKind,
    ApprovedByYou,
    BackersOnly,
    CashOutMeans,
    CashOutOff,
    HasNoRole,
    Involved,
    NoSuchThing,
    NotEnough,
    NotInTreasury,
    NotThere,
    NotYours,
    OddPart,
    OddPartGiven,
    OutOfDate,
    OverCap,
    OwnCash,
    OwnCashOut,
    OwnExpense,
    PartnersOnly,
    StewardsOnly,
    TooLittleToBuy,
)
from core.domain.rules import CashingOut, Fee
from core.domain.treasury import CASH_LAPSES_AFTER, CashKind, CashOutState, CashState, ExpenseState
from core.domain.units import Cents, Credits, Measure, Number, Ppm, Worth
from core.usecases.cashing_out import (
    CancelCashOut,
    CashOutGranted,
    CashOutSeconded,
    PayCashOut,
    RequestCashOut,
    cancel_cash_out,
    pay_cash_out,
    request_cash_out,
)
from core.usecases.commitments import Thank, thank
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.deciding import Approve, CallOff, Refuse, approve, call_off, refuse
from core.usecases.expenses import ProposeExpense, propose_expense
from core.usecases.leaving import Leave, leave
from core.usecases.passing import PassTime, pass_time
from core.usecases.roles import Dismiss, dismiss
from core.usecases.treasury import (
    Back,
    Buy,
    Give,
    HandOver,
    Receive,
    back,
    buy,
    free_cash,
    give,
    hand_over,
    health,
    receive,
)
from tests.core.hall import STEWARD
from tests.core.refusing import refused


@pytest.fixture
def town(town):
    """Ben is a steward too, the café a partner, and the mill a backer."""
    town.join("cafe", "mill")
    town.appoint("ben")
    town.appoint("cafe", Role.PARTNER)
    town.appoint("mill", Role.BACKER)
    return town


def ruled(town, **rules):
    """The pool under other rules."""
    here = town.here()
    changed = replace(here.pool.rules, **rules)
    here.save_pool(replace(here.pool, rules=changed, version=here.pool.version + 1))


def bought(town, who, cents, **more):
    return town.do(buy, Buy(town.pool, town.by(who), Cents(cents), **more))


def given(town, who, cents):
    return town.do(give, Give(town.pool, town.by(who), Cents(cents), "for the roof"))


def received(town, who, *numbers, **more):
    return town.do(receive, Receive(town.pool, town.by(who), numbers, **more))


def handed(town, by, who, cents, kind=CashKind.GIFT, **more):
    command = HandOver(town.pool, town.by(by), town.members[who], Cents(cents), kind, **more)
    return town.do(hand_over, command)


def spent(town, who, cents):
    return town.do(propose_expense, ProposeExpense(town.pool, town.by(who), Cents(cents), "Rent"))


def approved(town, who, number, sure=True, **more):
    return town.do(approve, Approve(town.pool, town.by(who), number, sure=sure, **more))


def turned_down(town, who, number, **more):
    return town.do(refuse, Refuse(town.pool, town.by(who), number, "Not now", **more))


def asked(town, credits, who="cafe"):
    command = RequestCashOut(town.pool, town.by(who), Credits(credits))
    return town.do(request_cash_out, command)


def paid(town, who, number, **more):
    return town.do(pay_cash_out, PayCashOut(town.pool, town.by(who), number, **more))


def treasury(town):
    return town.own(AccountKind.TREASURY)


def cash_out(town, number):
    return town.here().cash_outs.get(number)


# --- cash in -------------------------------------------------------------------------------


def test_cash_counts_when_a_steward_has_received_it(town):
    announced = bought(town, "ann", 5000)
    assert (announced.credits, announced.gift) == (5, 0)
    assert (treasury(town), town.balance("ann")) == (0, 0)
    received(town, STEWARD, announced.cash)
    assert (treasury(town), town.balance("ann")) == (5000, 5)
    assert town.own(AccountKind.OUTSIDE) == -5000
    town.audit()


def test_the_odd_part_of_a_purchase_is_given_or_not_brought(town):
    with refused(OddPart, credits=5, whole=5000, odd=700):
        bought(town, "ann", 5700)
    announced = bought(town, "ann", 5700, odd_too=True)
    assert (announced.credits, announced.gift) == (5, 700)
    received(town, STEWARD, announced.cash)
    assert (treasury(town), town.balance("ann")) == (5700, 5)


def test_less_than_a_credit_costs_buys_nothing(town):
    with refused(TooLittleToBuy, least=1000, cents=999):
        bought(town, "ann", 999)


def test_a_gift_issues_nothing(town):
    received(town, STEWARD, given(town, "ann", 5000).cash)
    assert (treasury(town), town.balance("ann"), town.own(AccountKind.ISSUANCE)) == (5000, 0, 0)
    town.audit()


def test_the_same_cash_is_not_received_twice(town):
    number = bought(town, "ann", 5000).cash
    received(town, STEWARD, number)
    with refused(NotThere, number=number, kind="cash", state="received"):
        received(town, "ben", number)
    assert town.balance("ann") == 5


def test_several_are_received_at_once_or_none(town):
    first, second = bought(town, "ann", 5000).cash, given(town, "cho", 2000).cash
    received(town, STEWARD, second)
    with refused(NotThere):
        received(town, STEWARD, first, second)
    assert treasury(town) == 2000
    assert len(received(town, STEWARD, first, first).received) == 1


def test_a_steward_does_not_receive_their_own_cash(town):
    number = bought(town, "ben", 5000).cash
    with refused(OwnCash):
        received(town, "ben", number)
    with refused(StewardsOnly):
        received(town, "ann", number)
    with refused(OwnCash):
        handed(town, "ben", "ben", 5000)


def test_a_button_of_before_does_nothing(town):
    number = bought(town, "ann", 5000).cash
    with refused(OutOfDate):
        received(town, STEWARD, number, version=2)


def test_cash_over_the_table_is_received_at_once(town):
    handed(town, "ben", "ann", 5000, CashKind.BUY)
    assert (treasury(town), town.balance("ann")) == (5000, 5)
    with refused(OddPartGiven, credits=5, whole=5000, odd=700):
        handed(town, "ben", "ann", 5700, CashKind.BUY)
    handed(town, "ben", "ann", 5700, CashKind.BUY, sure=True)
    assert (treasury(town), town.balance("ann")) == (10700, 10)


def test_what_was_announced_is_what_comes_over_the_table(town):
    number = bought(town, "ann", 5000).cash
    done = handed(town, "ben", "ann", 5000, CashKind.BUY)
    assert done.received[0].cash == number
    assert not town.here().cash.find(state=CashState.ANNOUNCED)


def test_a_kept_pledge_issues_only_where_the_rule_says_so(town):
    handed(town, "ben", "ann", 2000, CashKind.PLEDGE)
    assert (treasury(town), town.balance("ann")) == (2000, 0)
    ruled(town, pledge_issues=True)
    handed(town, "ben", "ann", 2000, CashKind.PLEDGE)
    assert (treasury(town), town.balance("ann")) == (4000, 2)
    town.audit()


def test_cash_that_does_not_come_lapses_after_thirty_days(town):
    number = bought(town, "ann", 5000).cash
    town.clock.now += CASH_LAPSES_AFTER - timedelta(seconds=1)
    town.do(pass_time, PassTime(town.pool))
    assert town.here().cash.get(number).state is CashState.ANNOUNCED
    town.clock.now += timedelta(seconds=1)
    town.do(pass_time, PassTime(town.pool))
    with refused(NotThere, state="lapsed"):
        received(town, STEWARD, number)


def test_who_announced_cash_can_call_it_off(town):
    number = given(town, "ann", 5000).cash
    with refused(NotYours):
        town.do(call_off, CallOff(town.pool, town.by("cho"), number))
    town.do(call_off, CallOff(town.pool, town.by("ann"), number))
    with refused(NotThere, state="lapsed"):
        town.do(call_off, CallOff(town.pool, town.by("ann"), number))


# --- backing -------------------------------------------------------------------------------


def test_only_a_backer_sets_cash_aside(town):
    with refused(BackersOnly):
        town.do(back, Back(town.pool, town.by("ann"), Cents(5000)))
    number = town.do(back, Back(town.pool, town.by("mill"), Cents(5000))).cash
    received(town, STEWARD, number)
    assert (treasury(town), town.balance("mill")) == (5000, 0)


def test_a_backer_owes_half_of_what_is_issued_in_their_name(town):
    """Rules 3, backing: 6 credits are 30.00."""
    three_hours = Worth(Measure.MINUTES, 180)
    helpers = (town.members["ann"], town.members["cho"])
    command = Thank(
        town.pool, town.by(STEWARD), helpers, three_hours, "The café", town.members["mill"]
    )
    issued = town.do(thank, command).issued
    (due,) = town.here().cash.find(giver=town.members["mill"])
    first = min(each.commitment for each in issued)
    assert (due.kind, due.cents, due.cause) == (CashKind.BACKING, 6000, first)
    received(town, STEWARD, due.number)
    assert treasury(town) == 6000


def test_nobody_backs_who_is_no_backer(town):
    with refused(HasNoRole, role=Role.BACKER):
        town.do(
            thank,
            Thank(
                town.pool,
                town.by(STEWARD),
                (town.members["ann"],),
                Worth(Measure.CREDITS, 1),
                "The café",
                town.members["cho"],
            ),
        )


# --- taking cash back ----------------------------------------------------------------------


def taken_back(town, who, number):
    return town.do(reverse_entry, Reverse(town.pool, town.by(who), number, "Counted twice"))


def test_a_purchase_is_taken_back_whole_and_the_common_fund_bears_what_is_spent(town):
    number = bought(town, "ann", 5000).cash
    received(town, STEWARD, number)
    town.send("ann", "cho", 2)
    with refused(Involved):
        taken_back(town, STEWARD, number)
    done = taken_back(town, "ben", number)
    assert (done.credits, done.covered, done.cents) == (5, 2, 5000)
    assert (town.balance("ann"), town.own(AccountKind.COMMON), treasury(town)) == (0, -2, 0)
    assert town.own(AccountKind.ISSUANCE) == 0
    assert town.here().cash.get(number).state is CashState.REVERSED
    with refused(AlreadyReversed):
        taken_back(town, "ben", number)
    town.audit()


def test_cash_that_is_reserved_is_not_taken_back(town):
    """Rules 8.6."""
    ruled(town, cashing_out=CashingOut.APPROVAL)
    number = given(town, "ann", 16000).cash
    received(town, STEWARD, number)
    town.thank(20, "cafe")
    approved(town, STEWARD, asked(town, 20).cash_out)
    with refused(NotInTreasury, free=0, wanted=16000):
        taken_back(town, "ben", number)
    assert treasury(town) == 16000


def test_nobody_owes_backing_for_what_was_taken_back(town):
    command = Thank(
        town.pool,
        town.by(STEWARD),
        (town.members["ann"],),
        Worth(Measure.CREDITS, 6),
        "The café",
        town.members["mill"],
    )
    (issued,) = town.do(thank, command).issued
    taken_back(town, "ben", issued.entry)
    (due,) = town.here().cash.find(giver=town.members["mill"])
    assert due.state is CashState.LAPSED


def test_of_what_is_owed_for_several_as_much_less_is_owed_as_was_taken_back(town):
    """6 and 6 credits at 50 % are 60.00; one taken back leaves 30.00, both leave nothing."""
    helpers = (town.members["ann"], town.members["cho"])
    six = Worth(Measure.CREDITS, 6)
    command = Thank(town.pool, town.by(STEWARD), helpers, six, "The café", town.members["mill"])
    one, two = town.do(thank, command).issued
    town.do(thank, command)

    def owed():
        found = town.here().cash.find(giver=town.members["mill"], state=CashState.ANNOUNCED)
        return [each.cents for each in found]

    assert owed() == [6000, 6000]
    taken_back(town, "ben", one.entry)
    assert owed() == [3000, 6000]
    taken_back(town, "ben", two.entry)
    assert owed() == [6000]


def test_what_is_still_owed_for_several_is_rounded_in_the_pools_favour(town):
    """A third of 1 and 2 credits is 3.34 and 6.67, of which the greater part is taken back."""
    ruled(town, backing_ppm=Ppm(333_333))
    helpers = (town.members["ann"], town.members["cho"])
    town.keeps("cho", Worth(Measure.MINUTES, 15))
    minutes = Worth(Measure.MINUTES, 45)
    command = Thank(town.pool, town.by(STEWARD), helpers, minutes, "Soup", town.members["mill"])
    one, two = town.do(thank, command).issued
    assert (one.credits, two.credits) == (1, 2)
    taken_back(town, "ben", two.entry)
    (due,) = town.here().cash.find(giver=town.members["mill"])
    assert due.cents == 334


def test_what_is_owed_for_several_is_found_though_the_first_of_them_has_left(town):
    helpers = (town.members["ann"], town.members["cho"])
    six = Worth(Measure.CREDITS, 6)
    command = Thank(town.pool, town.by(STEWARD), helpers, six, "The café", town.members["mill"])
    _, two = town.do(thank, command).issued
    town.do(leave, Leave(town.pool, town.by("ann"), sure=True))
    taken_back(town, "ben", two.entry)
    (due,) = town.here().cash.find(giver=town.members["mill"])
    assert (due.state, due.cents) == (CashState.ANNOUNCED, 3000)


# --- expenses ------------------------------------------------------------------------------


def test_an_expense_needs_two_stewards(town):
    handed(town, "ben", "ann", 5000)
    number = spent(town, "ben", 3000).expense
    assert treasury(town) == 5000
    for decide in (approved, turned_down):
        with refused(OwnExpense):
            decide(town, "ben", number)
        with refused(StewardsOnly):
            decide(town, "ann", number)
    assert approved(town, STEWARD, number).left == 2000
    assert (treasury(town), town.own(AccountKind.OUTSIDE)) == (2000, -2000)
    with refused(NotThere, state="approved"):
        approved(town, STEWARD, number)
    town.audit()


def test_an_expense_that_was_refused_is_over(town):
    handed(town, "ben", "ann", 5000)
    number = spent(town, "ben", 3000).expense
    turned_down(town, STEWARD, number)
    assert town.here().expenses.get(number).reason == "Not now"
    assert town.here().expenses.get(number).state is ExpenseState.REFUSED
    with refused(NotThere, state="refused"):
        approved(town, STEWARD, number)


def test_never_more_is_spent_than_there_is(town):
    handed(town, "ben", "ann", 5000)
    with refused(NotInTreasury, free=5000, wanted=5001):
        spent(town, "ben", 5001)
    first, second = spent(town, "ben", 3000).expense, spent(town, "ben", 3000).expense
    approved(town, STEWARD, first)
    with refused(NotInTreasury, free=2000, wanted=3000):
        approved(town, STEWARD, second)


# --- cash-outs -----------------------------------------------------------------------------


@pytest.fixture
def rich(town):
    """Partners cash out with a steward's word; the café has 30 credits, the treasury 200.00."""
    ruled(town, cashing_out=CashingOut.APPROVAL)
    handed(town, "ben", "ann", 20000)
    town.thank(30, "cafe")
    return town


def test_nobody_cashes_out_as_long_as_no_rule_says_so(town):
    town.thank(30, "cafe")
    with refused(CashOutOff):
        asked(town, 20)


def test_only_partners_cash_out(rich):
    rich.thank(20, "ann")
    with refused(PartnersOnly):
        asked(rich, 20, "ann")


def test_what_a_partner_may_owe_is_not_cashed_out(rich):
    ruled(rich, debit_limit_credits=Credits(5))
    with refused(NotEnough, free=30):
        asked(rich, 31)
    asked(rich, 30)
    with refused(NotEnough, free=0):
        asked(rich, 1)


def test_twenty_credits_are_retired_for_160(rich):
    """Rules 3, cash-out."""
    number = asked(rich, 20).cash_out
    assert (rich.balance("cafe"), rich.own(AccountKind.HELD)) == (10, 20)
    granted = approved(rich, STEWARD, number)
    assert (granted.approved, granted.cents) == (20, 16000)
    assert (treasury(rich), free_cash(rich.here())) == (20000, 4000)
    paid(rich, "ben", number, proof="by hand, Friday")
    assert (treasury(rich), rich.own(AccountKind.HELD)) == (4000, 0)
    assert rich.own(AccountKind.ISSUANCE) == -10
    rich.audit()


def test_of_thirty_credits_five_stay_when_there_is_cash_for_25(rich):
    """Rules 3, cash-out."""
    number = asked(rich, 30).cash_out
    granted = approved(rich, STEWARD, number)
    assert (granted.approved, granted.cents, rich.balance("cafe")) == (25, 20000, 5)
    paid(rich, STEWARD, number)
    assert treasury(rich) == 0
    rich.audit()


def test_what_is_reserved_for_one_is_not_there_for_another(rich):
    first = asked(rich, 25).cash_out
    second = asked(rich, 5).cash_out
    approved(rich, STEWARD, first)
    with refused(NotInTreasury, free=0, wanted=4000):
        approved(rich, STEWARD, second)
    with refused(NotInTreasury, free=0, wanted=1):
        spent(rich, STEWARD, 1)


def test_the_steward_sees_what_it_does_to_the_cover_first(rich):
    number = asked(rich, 20).cash_out
    with refused(
        CashOutMeans,
        approved=20,
        cents=16000,
        backing=666_666,
        backing_then=400_000,
        cover=833_333,
        cover_then=500_000,
        falls=True,
    ):
        approved(rich, STEWARD, number, sure=False)
    assert cash_out(rich, number).state is CashOutState.REQUESTED


def test_held_credits_cannot_be_spent(rich):
    asked(rich, 30)
    with refused(NotEnough, free=0, wanted=1):
        rich.send("cafe", "ann", 1)
    with refused(NotEnough, free=0, wanted=1):
        asked(rich, 1)


def test_nobody_decides_about_their_own_cash_out(rich):
    rich.appoint("cafe")
    number = asked(rich, 20).cash_out
    for decide in (approved, turned_down, paid):
        with refused(OwnCashOut):
            decide(rich, "cafe", number)
        with refused(StewardsOnly):
            decide(rich, "ann", number)


def test_who_is_no_partner_any_more_is_not_paid(rich):
    number = asked(rich, 20).cash_out
    rich.do(dismiss, Dismiss(rich.pool, rich.by(STEWARD), rich.members["cafe"], Role.PARTNER))
    with refused(HasNoRole, role=Role.PARTNER):
        approved(rich, STEWARD, number)
    turned_down(rich, STEWARD, number)
    assert rich.balance("cafe") == 30


def test_past_the_threshold_two_stewards_approve(rich):
    ruled(rich, cashing_out=CashingOut.APPROVAL, two_stewards_from_credits=Credits(19))
    number = asked(rich, 20).cash_out
    assert isinstance(approved(rich, STEWARD, number), CashOutSeconded)
    with refused(ApprovedByYou):
        approved(rich, STEWARD, number)
    assert isinstance(approved(rich, "ben", number), CashOutGranted)


@pytest.mark.parametrize(
    ("threshold", "answer"), [(16000, CashOutGranted), (15999, CashOutSeconded)]
)
def test_past_the_threshold_in_cash_two_stewards_approve(rich, threshold, answer):
    """20 credits at 8.00 are 160.00, and one cent less is past."""
    ruled(rich, cashing_out=CashingOut.APPROVAL, two_stewards_from_cents=Cents(threshold))
    assert isinstance(approved(rich, STEWARD, asked(rich, 20).cash_out), answer)


def test_a_refused_cash_out_gives_the_credits_back(rich):
    number = asked(rich, 20).cash_out
    turned_down(rich, STEWARD, number)
    assert (rich.balance("cafe"), rich.own(AccountKind.HELD)) == (30, 0)
    assert cash_out(rich, number).reason == "Not now"
    for decide in (approved, paid, turned_down):
        with refused(NotThere, state="refused"):
            decide(rich, STEWARD, number)
    rich.audit()


@pytest.mark.parametrize("granted", [False, True])
def test_a_partner_calls_a_cash_out_off_before_it_is_paid(rich, granted):
    number = asked(rich, 30).cash_out
    if granted:
        approved(rich, STEWARD, number)
    with refused(NotYours):
        rich.do(cancel_cash_out, CancelCashOut(rich.pool, rich.by("ann"), number))
    rich.do(call_off, CallOff(rich.pool, rich.by("cafe"), number))
    assert (rich.balance("cafe"), free_cash(rich.here())) == (30, 20000)
    with refused(NotThere, state="cancelled"):
        paid(rich, STEWARD, number)
    rich.audit()


def test_a_cash_out_is_paid_once(rich):
    number = asked(rich, 20).cash_out
    with refused(NotThere, state="requested"):
        paid(rich, STEWARD, number)
    approved(rich, STEWARD, number)
    paid(rich, STEWARD, number)
    for again in (paid, approved):
        with refused(NotThere, state="paid"):
            again(rich, "ben", number)


@pytest.mark.parametrize("closed", [True, False], ids=["closed in time", "closed late"])
def test_what_expired_before_a_cash_out_was_paid_is_gone_however_late_the_months_close(
    rich, closed
):
    """Rules 8.9: the balance rested for three months; that it is paid now changes nothing."""
    number = asked(rich, 20).cash_out
    approved(rich, STEWARD, number)
    rich.clock.now += timedelta(days=120)
    if closed:
        rich.close_months()
    paid(rich, STEWARD, number)
    rich.close_months()
    assert (rich.balance("cafe"), rich.own(AccountKind.COMMON)) == (0, 10)
    rich.audit()


def test_a_cap_alone_approves_by_itself_as_far_as_there_is_cash(rich):
    ruled(rich, cashing_out=CashingOut.CAP, cash_out_cap_credits=Credits(28))
    with refused(OverCap, left=28, cap=28):
        asked(rich, 29)
    done = asked(rich, 28)
    assert (done.approved, done.cents, done.balance) == (25, 20000, 5)
    with refused(OverCap, left=3, cap=28):
        asked(rich, 4)
    with refused(NotInTreasury, free=0, wanted=2400):
        asked(rich, 3)
    assert rich.balance("cafe") == 5


def test_a_cap_begins_anew_with_the_month(rich):
    ruled(rich, cashing_out=CashingOut.BOTH, cash_out_cap_credits=Credits(10))
    approved(rich, STEWARD, asked(rich, 10).cash_out)
    with refused(OverCap, left=0):
        asked(rich, 1)
    rich.clock.now += timedelta(days=31)
    assert asked(rich, 10).approved == 0


def test_without_a_cap_a_steward_approves(rich):
    """No limit at all would be what nobody wants who asks for a cap."""
    ruled(rich, cashing_out=CashingOut.CAP)
    assert asked(rich, 20).approved == 0


def test_large_amounts_need_two_stewards_whatever_the_cap(rich):
    ruled(
        rich,
        cashing_out=CashingOut.CAP,
        cash_out_cap_credits=Credits(50),
        two_stewards_from_credits=Credits(19),
    )
    assert asked(rich, 20).approved == 0


def test_a_cap_that_is_lower_by_now_holds_when_a_steward_approves(rich):
    ruled(rich, cashing_out=CashingOut.BOTH, cash_out_cap_credits=Credits(20))
    number = asked(rich, 20).cash_out
    ruled(rich, cash_out_cap_credits=Credits(19))
    with refused(OverCap, left=19):
        approved(rich, STEWARD, number)
    turned_down(rich, STEWARD, number)
    assert rich.balance("cafe") == 30


def test_the_sliding_fee_counts_the_months_volume(rich):
    """Rules 3, cash-out: the first 100 units cost 10 %, the next 15 %."""
    ruled(rich, cashing_out=CashingOut.APPROVAL, fee=Fee.SLIDING, cash_out_cents=Cents(100))
    rich.thank(170, "cafe")
    assert approved(rich, STEWARD, asked(rich, 100).cash_out).cents == 9000
    assert approved(rich, STEWARD, asked(rich, 100).cash_out).cents == 8500


def test_reserved_cash_and_its_credits_count_no_more_in_the_cover(rich):
    before = health(rich.here())
    number = asked(rich, 20).cash_out
    assert health(rich.here()) == before
    approved(rich, STEWARD, number)
    reserved = health(rich.here())
    assert (reserved.cents, reserved.credits) == (4000, 10)
    paid(rich, STEWARD, number)
    assert health(rich.here()) == reserved


def test_who_leaves_gets_held_credits_back_first_and_nobody_waits_for_their_cash(rich):
    number, expected = asked(rich, 20).cash_out, given(rich, "cafe", 100).cash
    approved(rich, STEWARD, number)
    rich.do(leave, Leave(rich.pool, rich.by("cafe"), sure=True))
    assert rich.own(AccountKind.COMMON) == 30
    assert cash_out(rich, number).state is CashOutState.CANCELLED
    assert rich.here().cash.get(expected).state is CashState.LAPSED
    rich.audit()


@pytest.mark.parametrize("decide", [approved, turned_down])
def test_only_what_waits_is_decided_about(rich, decide):
    term = rich.here().terms.find(role=Role.PARTNER)[0]
    with refused(AnotherKind, is_a="term", wanted="decision"):
        decide(rich, STEWARD, term.number)
    with refused(NoSuchThing):
        decide(rich, STEWARD, Number(999))


def test_a_stewards_yes_to_a_promise_issues_its_credits(town):
    number = town.promise("ann", Worth(Measure.CREDITS, 2))
    town.done("ann", number)
    approved(town, STEWARD, number)
    assert town.balance("ann") == 2


def test_a_stewards_no_to_a_promise_says_why(town):
    number = town.promise("ann", Worth(Measure.CREDITS, 2))
    town.done("ann", number)
    turned_down(town, STEWARD, number)
    assert town.here().commitments.get(number).reason == "Not now"


# --- an expense that was a mistake ---------------------------------------------------------


def an_expense_paid(town):
    """Ben records 60.00, the first steward approves it: 40.00 are left."""
    handed(town, "ben", "ann", 10_000)
    number = spent(town, "ben", 6_000).expense
    approved(town, STEWARD, number)
    return number


def wants_back(town, who, number):
    return town.do(reverse_entry, Reverse(town.pool, town.by(who), number, "paid twice"))


def test_an_expense_is_taken_back_by_two_stewards_as_it_was_paid_by_two(town):
    number = an_expense_paid(town)
    with refused(StewardsOnly):
        wants_back(town, "ann", number)
    asked = wants_back(town, "ben", number)
    assert (asked.cents, asked.stewards) == (6_000, 1)
    assert treasury(town) == 4_000
    town.audit()  # Until the other agrees, the cash is out there.
    with refused(OwnExpense):
        approved(town, "ben", number)
    done = approved(town, STEWARD, number)
    assert (done.treasury, treasury(town)) == (10_000, 10_000)
    expense = town.here().expenses.get(number)
    assert town.here().entry(done.reversal).reverses == expense.entry
    with refused(NotThere, state="reversed"):
        wants_back(town, STEWARD, number)
    town.audit()


def test_it_is_known_by_its_entry_too_and_stays_when_the_other_says_no(town):
    number = an_expense_paid(town)
    entry = town.here().expenses.get(number).entry
    wants_back(town, STEWARD, entry)
    with refused(NotThere, state="returning"):
        wants_back(town, "ben", entry)
    turned_down(town, "ben", number)
    assert treasury(town) == 4_000
    expense = town.here().expenses.get(number)
    assert (expense.state, expense.returned_by) == (ExpenseState.APPROVED, None)
    wants_back(town, "ben", number)
    approved(town, STEWARD, number)
    assert treasury(town) == 10_000
