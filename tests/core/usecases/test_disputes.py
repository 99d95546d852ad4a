"""Disputes: set aside, talked over, decided, appealed, carried out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.commitments import CommitmentState
from core.domain.disputes import (
    APPEAL_WITHIN,
    FOLLOW_UP_AFTER,
    PANEL_WITHIN,
    DisputeState,
    Ruling,
    panels_word,
)
from core.domain.ledger import AccountKind
from core.domain.listings import ListingKind
from core.domain.orders import OrderState
from core.domain.refusals import (
    DecidedAlready,
    DisputedAlready,
    InDispute,
    Involved,
    NoPart,
    NotDecidedYet,
    NotDisputable,
    NotEnough,
    NotOnPanel,
    NotThere,
    OutOfDate,
    StewardDecides,
    StewardsOnly,
    TooMuchBack,
)
from core.domain.units import Credits, Measure, Worth
from core.usecases.board import EditListing, PostListing, edit_listing, post_listing
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.credits import Undo, undo
from core.usecases.disputes import (
    Agree,
    Appeal,
    Drop,
    Judge,
    Mediate,
    OpenDispute,
    Resolve,
    agree,
    appeal,
    drop,
    judge,
    mediate,
    open_dispute,
    resolve,
)
from core.usecases.leaving import Leave, leave
from core.usecases.orders import Cancel, Deliver, Spend, cancel, deliver, spend
from core.usecases.passing import PassTime, pass_time
from tests.core.hall import STEWARD
from tests.core.refusing import refused

FOUR = Worth(Measure.CREDITS, 4)
KEEP, REVERSE, PART = Ruling.KEEP, Ruling.REVERSE, Ruling.COMPENSATE


@pytest.fixture
def town(town):
    """Ann has ten credits; Dina is a steward too, who thanked her."""
    town.join("dina", "eve", "fay")
    town.appoint("dina")
    town.thank(10, "ann", by="dina")
    return town


def disputed(town, who, about, why="not as agreed"):
    return town.do(open_dispute, OpenDispute(town.pool, town.by(who), about, why)).dispute


def decided(town, who, dispute, ruling, back=0, **more):
    command = Resolve(town.pool, town.by(who), dispute, ruling, "so be it", Credits(back), **more)
    return town.do(resolve, command)


def agreed(town, *sides, dispute):
    return [town.do(agree, Agree(town.pool, town.by(side), dispute)).final for side in sides]


def appealed(town, who, dispute):
    return town.do(appeal, Appeal(town.pool, town.by(who), dispute)).panel


def judged(town, who, dispute, word):
    return town.do(judge, Judge(town.pool, town.by(who), dispute, word)).decided


def dropped(town, who, dispute):
    return town.do(drop, Drop(town.pool, town.by(who), dispute))


def mediated(town, who, dispute, **more):
    return town.do(mediate, Mediate(town.pool, town.by(who), dispute, **more))


def time_passes(town, by):
    town.clock.advance(by)
    return town.do(pass_time, PassTime(town.pool)).changed


def ordered(town):
    listed = PostListing(town.pool, town.by("ben"), ListingKind.OFFER, FOUR, "Bread")
    offer = town.do(post_listing, listed).listing
    return town.do(spend, Spend(town.pool, town.by("ann"), offer)).order


def paid(town):
    order = ordered(town)
    town.do(deliver, Deliver(town.pool, town.by("ann"), order))
    return order


def dispute(town, number):
    return town.here().disputes.get(number)


def promise(town, number):
    return town.here().commitments.get(number)


def order_state(town, number):
    return town.here().orders.get(number).state


def aside(town):
    return town.own(AccountKind.DISPUTED)


# --- opening -------------------------------------------------------------------------------


def test_what_the_receiver_still_has_is_set_aside_and_no_more(town):
    entry = town.send("ann", "ben", 7).entry
    town.send("ben", "cho", 5)
    number = disputed(town, "ann", entry)
    assert (town.balance("ben"), aside(town), dispute(town, number).frozen) == (0, 2, 2)
    with refused(NotEnough):
        town.send("ben", "cho", 1)
    town.audit()


def test_no_more_is_set_aside_than_it_is_about(town):
    entry = town.send("ann", "ben", 3).entry
    town.thank(5, "ben")
    disputed(town, "ann", entry)
    assert (town.balance("ben"), aside(town)) == (5, 3)


def test_only_who_has_a_part_in_it_disputes_it(town):
    entry = town.send("ann", "ben", 7).entry
    with refused(NoPart):
        disputed(town, "cho", entry)


def test_the_receiver_may_dispute_too(town):
    entry = town.send("ann", "ben", 7).entry
    assert dispute(town, disputed(town, "ben", entry)).other == town.members["ann"]


def test_a_thing_is_disputed_once_unless_the_dispute_was_withdrawn(town):
    entry = town.send("ann", "ben", 7).entry
    number = disputed(town, "ann", entry)
    with refused(DisputedAlready, dispute=number):
        disputed(town, "ben", entry)
    dropped(town, "ann", number)
    assert (aside(town), town.balance("ben")) == (0, 7)
    disputed(town, "ben", entry)


def test_what_is_disputed_is_neither_undone_nor_reversed_also_once_it_is_decided(town):
    """Rules, 8.10."""
    entry = town.send("ann", "ben", 3).entry
    town.thank(5, "ben")
    number = disputed(town, "ann", entry)
    cannot_be_taken_back(town, entry, number)
    decided(town, "dina", number, PART, 1)
    agreed(town, "ann", "ben", dispute=number)
    cannot_be_taken_back(town, entry, number)
    assert (town.balance("ann"), town.balance("ben"), aside(town)) == (8, 7, 0)


def cannot_be_taken_back(town, entry, number):
    with refused(DisputedAlready, dispute=number):
        town.do(undo, Undo(town.pool, town.by("ann")))
    with refused(DisputedAlready, dispute=number):
        town.do(reverse_entry, Reverse(town.pool, town.by("dina"), entry, "a mistake"))


@pytest.mark.parametrize("ruling", [KEEP, REVERSE, PART])
def test_a_dispute_between_two_accounts_of_one_person_does_not_stop_the_clock(town, ruling):
    town.join("other/ann")
    entry = town.send("ann", "other/ann", 2).entry
    number = disputed(town, "ann", entry)
    decided(town, "dina", number, ruling, 1)
    town.link("ann", "other/ann")
    time_passes(town, APPEAL_WITHIN)
    assert not dispute(town, number).open
    assert (town.balance("ann"), aside(town)) == (10, 0)
    time_passes(town, FOLLOW_UP_AFTER)
    assert dispute(town, number).next_at is None


def test_who_sits_on_a_panel_speaks_there_with_the_account_they_have_now(town):
    town.join("other/gil")
    town.clock.advance(timedelta(days=1))
    town.join("gil")
    town.appoint("gil")
    number = disputed(town, "ann", town.send("ann", "ben", 3).entry)
    decided(town, STEWARD, number, KEEP)
    assert {"Dina", "Gil"} <= {each.name for each in appealed(town, "ann", number)}
    town.link("gil", "other/gil")
    judged(town, "gil", number, "keep")
    assert judged(town, "dina", number, "keep") == "keep"


def test_who_sits_on_a_panel_and_turns_out_to_be_a_side_does_not_decide(town):
    """Rules, 8.7: Ann's other account was drawn."""
    town.clock.advance(timedelta(days=1))
    town.join("other/ann")
    town.appoint("other/ann")
    number = disputed(town, "ann", town.send("ann", "ben", 3).entry)
    decided(town, STEWARD, number, KEEP)
    panel = {each.member for each in appealed(town, "ann", number)}
    assert town.members["other/ann"] in panel
    town.link("ann", "other/ann")
    with refused(Involved, number=number):
        judged(town, "ann", number, "reverse")


def test_what_goes_back_to_somebody_who_left_is_the_common_funds(town):
    """Wanjiku sent it for Nana, disputes it, and Nana leaves before it is decided."""
    town.register("nana")
    town.thank(9, "nana", by="dina")
    number = disputed(town, STEWARD, town.send(STEWARD, "ben", 4, behalf="nana").entry)
    town.do(leave, Leave(town.pool, town.by(STEWARD, "nana"), sure=True))
    decided(town, "dina", number, REVERSE)
    assert agreed(town, STEWARD, "ben", dispute=number) == [False, True]
    assert (town.balance("nana"), town.balance("ben")) == (0, 0)
    assert town.own(AccountKind.COMMON) == 9
    town.audit()


def test_what_is_between_nobody_is_not_disputed(town):
    entry = town.send("ann", "ben", 7).entry
    number = disputed(town, "ann", entry)
    ((freeze,),) = town.hall.rows("SELECT number FROM entry WHERE kind = 'freeze'")
    with refused(NotDisputable):
        disputed(town, "ann", freeze)
    assert number


def test_an_open_promise_is_not_disputed_yet(town):
    with refused(NotThere, state="open"):
        disputed(town, "ben", town.promise("ben", FOUR))


def test_who_is_a_side_of_an_open_dispute_does_not_leave(town):
    number = disputed(town, "ann", town.send("ann", "ben", 7).entry)
    for side in ("ann", "ben"):
        with refused(InDispute, number=number):
            town.do(leave, Leave(town.pool, town.by(side), sure=True))


# --- deciding ------------------------------------------------------------------------------


def test_a_decision_to_take_back_holds_once_both_agree(town):
    number = disputed(town, "ann", town.send("ann", "ben", 7).entry)
    decided(town, STEWARD, number, REVERSE)
    assert (town.balance("ann"), aside(town)) == (3, 7)
    assert agreed(town, "ben", "ann", dispute=number) == [False, True]
    assert (town.balance("ann"), town.balance("ben"), aside(town)) == (10, 0, 0)
    assert dispute(town, number).state is DisputeState.REVERSED
    town.audit()


def test_a_decision_holds_after_a_week_without_an_appeal_and_not_before(town):
    number = disputed(town, "ann", town.send("ann", "ben", 7).entry)
    decided(town, STEWARD, number, KEEP)
    assert time_passes(town, APPEAL_WITHIN - timedelta(seconds=1)) == 0
    assert time_passes(town, timedelta(seconds=1)) == 1
    assert (town.balance("ben"), dispute(town, number).state) == (7, DisputeState.RESOLVED)


def test_a_part_goes_back_and_the_common_fund_bears_what_is_spent(town):
    entry = town.send("ann", "ben", 7).entry
    town.send("ben", "cho", 6)
    number = disputed(town, "ann", entry)
    decided(town, STEWARD, number, PART, 3)
    agreed(town, "ann", "ben", dispute=number)
    assert (town.balance("ann"), town.balance("ben")) == (6, 0)
    assert town.own(AccountKind.COMMON) == -2
    assert dispute(town, number).state is DisputeState.COMPENSATED
    town.audit()


@pytest.mark.parametrize("back", [0, 8])
def test_a_part_is_at_least_one_credit_and_at_most_all(town, back):
    number = disputed(town, "ann", town.send("ann", "ben", 7).entry)
    with refused(TooMuchBack, most=7):
        decided(town, STEWARD, number, PART, back)


@pytest.mark.parametrize("back", [1, 7])
def test_a_part_may_be_a_single_credit_and_may_be_all(town, back):
    number = disputed(town, "ann", town.send("ann", "ben", 7).entry)
    decided(town, STEWARD, number, PART, back)
    agreed(town, "ann", "ben", dispute=number)
    assert (town.balance("ann"), town.balance("ben")) == (3 + back, 7 - back)


def test_nobody_helps_or_decides_where_they_have_a_part(town):
    (issued,) = town.keeps("ben", FOUR, by="dina").issued
    number = disputed(town, "ben", issued.commitment)
    for who, no in (("dina", Involved), ("cho", StewardsOnly)):
        with refused(no):
            mediated(town, who, number)
        with refused(no):
            decided(town, who, number, KEEP)
    mediated(town, STEWARD, number)
    assert dispute(town, number).helper == town.members[STEWARD]


def test_who_decided_does_not_agree_for_a_side_without_a_phone(town):
    """Rules, 8.7: else a steward alone would have the last word in it."""
    town.register("nana")
    town.thank(9, "nana")
    entry = town.send(STEWARD, "ben", 4, behalf="nana").entry
    number = town.do(
        open_dispute, OpenDispute(town.pool, town.by(STEWARD, "nana"), entry, "Not hers")
    ).dispute
    decided(town, "dina", number, REVERSE)
    agreed(town, "ben", dispute=number)
    with refused(Involved):
        town.do(agree, Agree(town.pool, town.by("dina", "nana"), number))
    assert town.do(agree, Agree(town.pool, town.by(STEWARD, "nana"), number)).final


def test_a_button_drawn_before_somebody_helped_does_nothing(town):
    number = disputed(town, "ann", town.send("ann", "ben", 7).entry)
    mediated(town, STEWARD, number, version=1)
    with refused(NotThere, state="talk"):
        mediated(town, "dina", number, version=1)
    with refused(OutOfDate):
        decided(town, "dina", number, KEEP, version=1)


def test_what_is_decided_is_not_decided_anew(town):
    number = disputed(town, "ann", town.send("ann", "ben", 7).entry)
    with refused(NotDecidedYet):
        agreed(town, "ann", dispute=number)
    decided(town, STEWARD, number, KEEP)
    with refused(DecidedAlready):
        decided(town, "dina", number, REVERSE)
    with refused(NoPart):
        agreed(town, "cho", dispute=number)
    agreed(town, "ann", "ben", dispute=number)
    with refused(NotThere, state="resolved"):
        decided(town, STEWARD, number, REVERSE)


def test_both_sides_are_asked_how_it_is_two_weeks_after_the_end(town):
    number = disputed(town, "ann", town.send("ann", "ben", 7).entry)
    decided(town, STEWARD, number, KEEP)
    agreed(town, "ann", "ben", dispute=number)
    assert time_passes(town, FOLLOW_UP_AFTER - timedelta(seconds=1)) == 0
    assert time_passes(town, timedelta(seconds=1)) == 1
    assert time_passes(town, FOLLOW_UP_AFTER) == 0


# --- promises ------------------------------------------------------------------------------


def test_a_confirmation_that_is_kept_is_confirmed_again(town):
    (issued,) = town.keeps("ben", FOUR).issued
    number = disputed(town, "ben", issued.entry)
    assert promise(town, issued.commitment).state is CommitmentState.DISPUTED
    decided(town, "dina", number, KEEP)
    agreed(town, "ben", dispute=number)
    assert promise(town, issued.commitment).state is CommitmentState.CONFIRMED
    assert town.balance("ben") == 4


def test_a_confirmation_in_dispute_is_not_confirmed_a_second_time(town):
    given = town.thank(4, "ann", by="dina").issued[0]
    disputed(town, "ann", given.commitment)
    with refused(NotThere, state="disputed"):
        town.confirm(STEWARD, given.commitment)


def test_a_confirmation_that_is_taken_back_retires_its_credits(town):
    (issued,) = town.keeps("ben", FOUR).issued
    number = disputed(town, "ben", issued.commitment)
    decided(town, "dina", number, REVERSE)
    time_passes(town, APPEAL_WITHIN)
    assert promise(town, issued.commitment).state is CommitmentState.REVERSED
    assert (town.balance("ben"), town.trade("ben")) == (0, 0)
    town.audit()


def test_a_claim_that_is_disputed_is_confirmed_or_called_off_by_the_steward_alone(town):
    for ruling, state, has in (
        (KEEP, CommitmentState.CONFIRMED, 4),
        (REVERSE, CommitmentState.REVERSED, 4),
    ):
        claim = town.promise("ben", FOUR)
        town.done("ben", claim)
        number = disputed(town, "ben", claim)
        with refused(StewardDecides):
            dropped(town, "ben", number)
        decided(town, STEWARD, number, ruling)
        time_passes(town, APPEAL_WITHIN)
        assert (promise(town, claim).state, town.balance("ben")) == (state, has)
    town.audit()


# --- orders --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ruling", "state", "ann", "ben"),
    [(KEEP, OrderState.SETTLED, 6, 4), (REVERSE, OrderState.CANCELLED, 10, 0)],
)
def test_an_order_that_is_held_is_paid_or_called_off(town, ruling, state, ann, ben):
    order = ordered(town)
    number = disputed(town, "ann", order)
    assert order_state(town, order) is OrderState.DISPUTED
    town.audit()
    decided(town, STEWARD, number, ruling)
    agreed(town, "ann", "ben", dispute=number)
    assert order_state(town, order) is state
    assert (town.balance("ann"), town.balance("ben")) == (ann, ben)
    town.audit()


def test_an_order_in_dispute_is_neither_settled_nor_returned_by_time(town):
    order = ordered(town)
    disputed(town, "ann", order)
    time_passes(town, timedelta(days=60))
    assert order_state(town, order) is OrderState.DISPUTED


@pytest.mark.parametrize("who", ["ann", "ben"])
def test_an_order_in_dispute_is_neither_settled_nor_called_off_by_a_side(town, who):
    order = ordered(town)
    disputed(town, "ann", order)
    for decide, command in ((deliver, Deliver), (cancel, Cancel)):
        with refused(NotThere, state=OrderState.DISPUTED):
            town.do(decide, command(town.pool, town.by(who), order))
    assert order_state(town, order) is OrderState.DISPUTED


def test_an_order_in_dispute_is_spoken_for_when_a_limit_is_set(town):
    listed = PostListing(
        town.pool, town.by("ben"), ListingKind.OFFER, FOUR, "Bread", "loaf", quantity=None
    )
    offer = town.do(post_listing, listed).listing
    disputed(town, "ann", town.do(spend, Spend(town.pool, town.by("ann"), offer)).order)
    town.do(edit_listing, EditListing(town.pool, town.by("ben"), offer, quantity=3))
    assert town.here().listings.get(offer).taken == 1


def test_a_paid_order_is_taken_back_and_stays_an_order_that_was_paid(town):
    order = paid(town)
    number = disputed(town, "ann", order)
    assert aside(town) == 4
    decided(town, STEWARD, number, REVERSE)
    agreed(town, "ann", "ben", dispute=number)
    assert (town.balance("ann"), town.balance("ben")) == (10, 0)
    assert order_state(town, order) is OrderState.SETTLED
    town.audit()


@pytest.mark.parametrize(
    ("opener", "state"), [("ann", OrderState.SETTLED), ("ben", OrderState.CANCELLED)]
)
def test_who_withdraws_lets_the_other_side_have_it(town, opener, state):
    order = ordered(town)
    dropped(town, opener, disputed(town, opener, order))
    assert order_state(town, order) is state
    town.audit()


def test_only_who_opened_it_withdraws(town):
    with refused(NoPart):
        dropped(town, "ben", disputed(town, "ann", ordered(town)))


# --- the panel and the circle --------------------------------------------------------------


def on_appeal(town):
    """A dispute between Ann and Ben, decided by Dina and appealed; its panel by name."""
    number = disputed(town, "ann", town.send("ann", "ben", 7).entry)
    decided(town, "dina", number, KEEP)
    names = {member: name for name, member in town.members.items()}
    return number, [names[each.member] for each in appealed(town, "ann", number)]


def test_a_panel_is_three_without_a_part_and_stewards_come_first(town):
    _, panel = on_appeal(town)
    assert len(set(panel)) == 3
    assert panel[0] == STEWARD
    assert not {"ann", "ben", "dina"} & set(panel)


def test_what_two_of_the_panel_say_is_done(town):
    number, (one, two, _) = on_appeal(town)
    assert judged(town, one, number, "reverse") == ""
    assert judged(town, one, number, "reverse") == ""
    assert judged(town, two, number, "reverse") == "reverse"
    assert (town.balance("ann"), dispute(town, number).state) == (10, DisputeState.REVERSED)


def test_only_the_panel_decides_on_appeal(town):
    number, panel = on_appeal(town)
    with refused(NotOnPanel):
        judged(town, "ann", number, "reverse")
    with refused(NotThere, state="panel"):
        decided(town, STEWARD, number, REVERSE)
    with refused(NotThere, state="panel"):
        appealed(town, "ben", number)
    assert panel


@pytest.mark.parametrize("late", [True, False])
def test_a_panel_that_finds_no_word_leaves_it_to_the_circle(town, late):
    number, panel = on_appeal(town)
    if late:
        assert time_passes(town, PANEL_WITHIN) == 1
    else:
        for each, word in zip(panel, ("keep", "reverse", "circle"), strict=True):
            judged(town, each, number, word)
    assert dispute(town, number).state is DisputeState.CIRCLE
    decided(town, STEWARD, number, PART, 2)
    assert (town.balance("ann"), dispute(town, number).state) == (5, DisputeState.COMPENSATED)


def test_where_too_few_have_no_part_the_circle_decides(town):
    number = disputed(town, "ann", town.send("ann", "ben", 7).entry)
    decided(town, "dina", number, KEEP)
    for each in ("cho", "eve"):
        town.do(leave, Leave(town.pool, town.by(each), sure=True))
    assert appealed(town, "ben", number) == ()
    assert dispute(town, number).state is DisputeState.CIRCLE


@pytest.mark.parametrize(
    ("votes", "word"),
    [
        ([], None),
        (["keep"], None),
        (["keep", "reverse"], None),
        (["keep", "keep"], "keep"),
        (["reverse", "keep", "reverse"], "reverse"),
        (["circle", "circle"], "circle"),
        (["keep", "reverse", "circle"], "circle"),
    ],
)
def test_two_of_three_decide(votes, word):
    assert panels_word(votes) == word
