"""Credits between members: sending, asking, taking back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.pools import UNDO_WITHIN
from core.domain.refusals import (
    AnotherKind,
    AreYouSure,
    MemberLeft,
    NoPart,
    NoSuchMember,
    NoSuchThing,
    NotAMember,
    NotEnough,
    NothingToUndo,
    NotThere,
    OutOfDate,
    SpentAlready,
    TooLarge,
    TooLateToUndo,
    Yourself,
)
from core.domain.units import AMOUNT_MAX, Credits, MemberId, Number
from core.usecases.credits import AnswerRequest, Ask, Undo, answer_request, ask, undo
from core.usecases.leaving import Leave, leave
from tests.core.hall import STEWARD
from tests.core.refusing import refused


@pytest.fixture
def town(town):
    """Ann and Ben have ten credits each."""
    town.thank(10, "ann", "ben")
    return town


def undone(town, who, entry=None, behalf=""):
    return town.do(undo, Undo(town.pool, town.by(who, behalf), entry))


def asked(town, asker, payer, credits=3):
    command = Ask(town.pool, town.by(asker), town.members[payer], Credits(credits), "For seeds")
    return town.do(ask, command).number


def answered(town, who, number, pay=True, **more):
    return town.do(answer_request, AnswerRequest(town.pool, town.by(who), number, pay, **more))


def left(town, who, **more):
    return town.do(leave, Leave(town.pool, town.by(who), sure=True, **more))


def balances(town, *names):
    return [town.balance(who) for who in names]


# --- sending -------------------------------------------------------------------------------


def test_credits_move_whole_from_one_member_to_another(town):
    sent = town.send("ann", "ben", 4)
    assert sent.balance == 6
    assert balances(town, "ann", "ben", "cho") == [6, 14, 0]


def test_all_of_it_may_be_sent_and_not_one_more(town):
    with refused(NotEnough, free=10, wanted=11):
        town.send("ann", "ben", 11)
    town.send("ann", "ben", 10)
    with refused(NotEnough, free=0, wanted=1):
        town.send("ann", "ben", 1)
    assert balances(town, "ann", "ben") == [0, 20]


def test_nobody_sends_to_themselves(town):
    with refused(Yourself):
        town.send("ann", "ann", 1)


def test_whoever_is_not_here_is_sent_nothing(town):
    town.members["ghost"] = MemberId("ghost")
    with refused(NoSuchMember):
        town.send("ann", "ghost", 1)
    left(town, "cho")
    with refused(MemberLeft):
        town.send("ann", "cho", 1)
    with refused(NotAMember):
        town.send("cho", "ann", 1)


def test_a_member_of_another_pool_is_sent_nothing(town):
    here = town.pool
    town.found("Elsewhere", "other square")
    town.join("dan")
    town.pool = here
    with refused(NoSuchMember):
        town.send("ann", "dan", 1)


def test_more_than_the_threshold_moves_only_for_who_is_sure(town):
    town.thank(30, "ann")
    with refused(AreYouSure, credits=21):
        town.send("ann", "ben", 21, sure=False)
    assert town.balance("ben") == 10
    town.send("ann", "ben", 20, sure=False)
    town.send("ann", "ben", 20, sure=True)
    assert town.balance("ben") == 50


def test_one_act_moves_at_most_a_thousand_million(town):
    town.thank(AMOUNT_MAX, "ann")
    with refused(TooLarge):
        town.send("ann", "ben", AMOUNT_MAX + 1)
    town.send("ann", "ben", AMOUNT_MAX)
    town.audit()


def test_a_steward_sends_for_somebody_without_a_phone_and_both_stand_in_the_entry(town):
    town.register("nana")
    town.thank(5, "nana")
    sent = town.send(STEWARD, "ann", 2, behalf="nana")
    assert sent.behalf.name == "Nana"
    entry = town.here().entry(sent.entry)
    assert (entry.actor, entry.on_behalf) == (town.members[STEWARD], town.members["nana"])
    assert balances(town, "nana", "ann", STEWARD) == [3, 12, 0]


# --- taking back ---------------------------------------------------------------------------


def test_a_transfer_is_taken_back_whole_by_an_entry_that_names_it(town):
    entry = town.send("ann", "ben", 4).entry
    reversal = undone(town, "ann").reversal
    assert town.here().entry(reversal).reverses == entry
    assert balances(town, "ann", "ben") == [10, 10]


def test_ten_minutes_to_the_second_are_enough_and_one_more_is_too_late(town):
    town.send("ann", "ben", 4)
    town.clock.advance(UNDO_WITHIN + timedelta(seconds=1))
    with refused(TooLateToUndo, credits=4) as told:
        undone(town, "ann")
    assert told.refusal.to.name == "Ben"
    town.clock.advance(timedelta(seconds=-1))
    undone(town, "ann")


def test_the_ledgers_clock_counts_when_the_machines_clock_goes_back(town):
    town.send("ann", "ben", 4)
    town.clock.advance(timedelta(minutes=11))
    town.send("ben", "cho", 1)
    town.clock.advance(timedelta(minutes=-11))
    with refused(TooLateToUndo):
        undone(town, "ann")


def test_only_the_latest_transfer_is_taken_back_and_only_once(town):
    first = town.send("ann", "ben", 1).entry
    second = town.send("ann", "cho", 2).entry
    with refused(NothingToUndo):
        undone(town, "ann", first)
    undone(town, "ann", second)
    with refused(NothingToUndo):
        undone(town, "ann", second)
    with refused(NothingToUndo):
        undone(town, "ann")
    assert balances(town, "ann", "ben", "cho") == [9, 11, 0]


def test_nobody_takes_back_what_another_sent(town):
    entry = town.send("ann", "ben", 4).entry
    for who in ("ben", STEWARD):
        with refused(NothingToUndo):
            undone(town, who, entry)


def test_what_the_receiver_has_spent_is_not_taken_back(town):
    town.send("ann", "cho", 4)
    town.send("cho", "ben", 1)
    with refused(SpentAlready, credits=4):
        undone(town, "ann")
    assert balances(town, "ann", "ben", "cho") == [6, 11, 3]


def test_from_a_receiver_who_has_left_nothing_is_taken_back(town):
    town.send("ann", "cho", 4)
    left(town, "cho")
    with refused(SpentAlready):
        undone(town, "ann")


def test_a_paid_request_is_taken_back_like_any_transfer(town):
    answered(town, "ben", asked(town, "ann", "ben"))
    undone(town, "ben")
    assert balances(town, "ann", "ben") == [10, 10]


# --- asking --------------------------------------------------------------------------------


def test_nothing_moves_before_the_one_asked_says_yes(town):
    number = asked(town, "ann", "ben")
    assert balances(town, "ann", "ben") == [10, 10]
    answered(town, "ben", number)
    assert balances(town, "ann", "ben") == [13, 7]


def test_a_request_that_was_turned_down_moves_nothing(town):
    number = asked(town, "ann", "ben")
    answered(town, "ben", number, pay=False)
    assert balances(town, "ann", "ben") == [10, 10]


def test_a_request_is_answered_once(town):
    for pay, state in ((True, "paid"), (False, "declined")):
        number = asked(town, "ann", "ben")
        answered(town, "ben", number, pay=pay)
        for again in (True, False):
            with refused(NotThere, state=state):
                answered(town, "ben", number, pay=again)


def test_only_the_one_asked_answers(town):
    number = asked(town, "ann", "ben")
    for who in ("ann", "cho", STEWARD):
        with refused(NoPart):
            answered(town, who, number)


def test_nobody_asks_themselves_or_whoever_is_not_here(town):
    with refused(Yourself):
        asked(town, "ann", "ann")
    town.members["ghost"] = MemberId("ghost")
    with refused(NoSuchMember):
        asked(town, "ann", "ghost")
    left(town, "cho")
    with refused(MemberLeft):
        asked(town, "ann", "cho")


def test_who_has_too_little_pays_no_request(town):
    number = asked(town, "ann", "ben", 11)
    with refused(NotEnough, free=10):
        answered(town, "ben", number)
    answered(town, "ben", number, pay=False)


def test_a_large_request_is_paid_only_by_who_is_sure(town):
    town.thank(30, "ben")
    number = asked(town, "ann", "ben", 21)
    with refused(AreYouSure):
        answered(town, "ben", number)
    answered(town, "ben", number, sure=True)
    assert town.balance("ann") == 31


def test_an_old_button_pays_nothing(town):
    number = asked(town, "ann", "ben")
    with refused(OutOfDate):
        answered(town, "ben", number, version=2)
    answered(town, "ben", number, version=1)


def test_what_is_no_request_is_not_paid(town):
    with refused(NoSuchThing):
        answered(town, "ben", Number(4711))
    with refused(AnotherKind, is_a="chat", wanted="request"):
        answered(town, "ben", town.chat)


def test_who_asked_and_left_is_paid_nothing(town):
    number = asked(town, "ann", "ben")
    left(town, "ann")
    with refused(NotThere, state="declined"):
        answered(town, "ben", number)
    assert town.balance("ben") == 10
