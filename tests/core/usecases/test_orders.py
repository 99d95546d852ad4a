"""The board and what is ordered from it: held, delivered, settled, called off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.ledger import AccountKind
from core.domain.listings import Every, ListingKind, ListingState
from core.domain.orders import OrderState
from core.domain.pools import HELD_AT_MOST, LISTING_LASTS, SETTLES_AFTER
from core.domain.refusals import (
    AnotherKind,
    BelowTaken,
    InThePast,
    NoPart,
    NoSuchThing,
    NotAMember,
    NotEnough,
    NothingChanged,
    NothingLeft,
    NotThere,
    NotWhole,
    NotYours,
    OutOfDate,
    OwnListing,
)
from core.domain.units import Measure, Number, Worth
from core.usecases.board import (
    CloseListing,
    EditListing,
    PostListing,
    RenewListing,
    close_listing,
    edit_listing,
    post_listing,
    renew_listing,
)
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.orders import Cancel, Deliver, Delivered, Settled, Spend, cancel, deliver, spend
from core.usecases.passing import PassTime, pass_time
from tests.core.hall import STEWARD
from tests.core.refusing import refused

TWO = Worth(Measure.CREDITS, 2)
HALF = Worth(Measure.MINUTES, 15)


@pytest.fixture
def town(town):
    """Ann has ten credits, and what Ben offers is what she buys."""
    town.thank(10, "ann")
    return town


def offered(town, who="ben", price=TWO, kind=ListingKind.OFFER, **more):
    command = PostListing(town.pool, town.by(who), kind, price, "Bread", **more)
    return town.do(post_listing, command).listing


def bought(town, number, who="ann", **more):
    return town.do(spend, Spend(town.pool, town.by(who), number, **more)).order


def says_delivered(town, who, order, **more):
    return town.do(deliver, Deliver(town.pool, town.by(who), order, **more))


def cancelled(town, who, order, **more):
    return town.do(cancel, Cancel(town.pool, town.by(who), order, **more))


def edited(town, number, who="ben", **more):
    return town.do(edit_listing, EditListing(town.pool, town.by(who), number, **more))


def closed(town, number, who="ben", **more):
    return town.do(close_listing, CloseListing(town.pool, town.by(who), number, **more))


def renewed(town, number, who="ben", **more):
    return town.do(renew_listing, RenewListing(town.pool, town.by(who), number, **more))


def time_passes(town, by):
    town.clock.advance(by)
    return town.do(pass_time, PassTime(town.pool)).changed


def listing(town, number):
    return town.here().listings.get(number)


def state(town, order):
    return town.here().orders.get(order).state


# --- spending ------------------------------------------------------------------------------


def test_credits_are_held_until_the_spender_has_what_they_ordered(town):
    order = bought(town, offered(town))
    assert (town.balance("ann"), town.balance("ben"), town.own(AccountKind.HELD)) == (8, 0, 2)
    assert isinstance(says_delivered(town, "ann", order), Settled)
    assert (town.balance("ann"), town.balance("ben"), town.own(AccountKind.HELD)) == (8, 2, 0)
    assert state(town, order) is OrderState.SETTLED


def test_the_givers_word_settles_after_two_days_and_not_before(town):
    order = bought(town, offered(town))
    assert isinstance(says_delivered(town, "ben", order), Delivered)
    assert town.balance("ben") == 0
    assert time_passes(town, SETTLES_AFTER - timedelta(seconds=1)) == 0
    assert time_passes(town, timedelta(seconds=1)) == 1
    assert town.balance("ben") == 2


def test_after_the_givers_word_the_spenders_settles_at_once(town):
    order = bought(town, offered(town))
    says_delivered(town, "ben", order)
    says_delivered(town, "ann", order)
    assert town.balance("ben") == 2


def test_the_spenders_word_counts_whatever_the_button_was_drawn_for(town):
    order = bought(town, offered(town))
    says_delivered(town, "ben", order, version=1)
    assert isinstance(says_delivered(town, "ann", order, version=1), Settled)


def test_credits_that_are_held_cannot_be_used_in_another_way(town):
    bought(town, offered(town, price=Worth(Measure.CREDITS, 8)))
    with refused(NotEnough, free=2, wanted=3):
        town.send("ann", "ben", 3)
    with refused(NotEnough):
        bought(town, offered(town, price=Worth(Measure.CREDITS, 3)))


def test_either_side_calls_an_order_off_and_the_credits_return(town):
    for who in ("ann", "ben"):
        cancelled(town, who, bought(town, offered(town)))
        assert (town.balance("ann"), town.own(AccountKind.HELD)) == (10, 0)


def test_what_waits_for_thirty_days_returns(town):
    order = bought(town, offered(town))
    assert time_passes(town, HELD_AT_MOST - timedelta(seconds=1)) == 0
    assert time_passes(town, timedelta(seconds=1)) == 1
    assert state(town, order) is OrderState.CANCELLED
    assert town.balance("ann") == 10


def test_time_that_passed_twice_changes_nothing_more(town):
    says_delivered(town, "ben", bought(town, offered(town)))
    bought(town, offered(town))
    assert time_passes(town, timedelta(days=100)) == 4  # two orders and two offers
    assert time_passes(town, timedelta(0)) == 0
    town.audit()


def test_nobody_buys_from_themselves(town):
    with refused(OwnListing):
        bought(town, offered(town, "ann"))


def test_only_offers_are_bought(town):
    with refused(AnotherKind, is_a="need", wanted="offer"):
        bought(town, offered(town, kind=ListingKind.NEED))
    with refused(AnotherKind, is_a="chat"):
        bought(town, town.chat)
    with refused(NoSuchThing):
        bought(town, Number(4711))


def test_what_is_off_the_board_is_not_bought(town):
    number = offered(town)
    closed(town, number)
    with refused(NotThere, state="closed"):
        bought(town, number)


def test_an_offer_that_changed_is_not_bought_with_an_old_button(town):
    number = offered(town)
    edited(town, number, price=Worth(Measure.CREDITS, 9))
    with refused(OutOfDate):
        bought(town, number, version=1)
    bought(town, number, version=2)
    assert town.balance("ann") == 1


def test_no_more_is_ordered_than_is_left(town):
    number = offered(town, quantity=3)
    bought(town, number, quantity=2)
    with refused(NothingLeft, left=1):
        bought(town, number, quantity=2)
    bought(town, number)
    with refused(NothingLeft, left=0):
        bought(town, number)


def test_nobody_orders_none_or_less(town):
    number = offered(town, per="loaf")
    for quantity in (0, -1):
        with refused(NothingLeft):
            bought(town, number, quantity=quantity)
    assert listing(town, number).taken == 0


def test_half_a_credit_a_loaf_is_sold_in_pairs(town):
    number = offered(town, price=HALF, per="loaf")
    with refused(NotWhole, least=2):
        bought(town, number, quantity=3)
    bought(town, number, quantity=4)
    assert town.balance("ann") == 8


def test_what_was_called_off_can_be_ordered_again(town):
    number = offered(town, quantity=2)
    order = bought(town, number, quantity=2)
    cancelled(town, "ann", order)
    assert listing(town, number).taken == 0
    bought(town, number, quantity=2)


def test_only_the_two_sides_of_an_order_have_a_word(town):
    order = bought(town, offered(town))
    for who in ("cho", STEWARD):
        with refused(NoPart):
            says_delivered(town, who, order)
        with refused(NoPart):
            cancelled(town, who, order)


def test_an_order_that_ended_does_not_change_any_more(town):
    settled, off = bought(town, offered(town)), bought(town, offered(town))
    says_delivered(town, "ann", settled)
    cancelled(town, "ben", off)
    for order, word in ((settled, "settled"), (off, "cancelled")):
        for who in ("ann", "ben"):
            with refused(NotThere, state=word):
                says_delivered(town, who, order)
            with refused(NotThere, state=word):
                cancelled(town, who, order)


def test_what_the_giver_says_is_delivered_is_not_called_off(town):
    order = bought(town, offered(town))
    says_delivered(town, "ben", order)
    for who in ("ann", "ben"):
        with refused(NotThere, state="delivered"):
            cancelled(town, who, order)
    with refused(NotThere, state="delivered"):
        says_delivered(town, "ben", order)


def test_an_old_button_neither_delivers_nor_cancels(town):
    order = bought(town, offered(town))
    with refused(OutOfDate):
        says_delivered(town, "ben", order, version=2)
    with refused(OutOfDate):
        cancelled(town, "ben", order, version=2)


def test_what_is_no_order_is_neither_delivered_nor_called_off(town):
    number = offered(town)
    for act in (says_delivered, cancelled):
        with refused(AnotherKind, is_a="listing", wanted="order"):
            act(town, "ann", number)
        with refused(NoSuchThing):
            act(town, "ann", Number(4711))


# --- monthly quantities --------------------------------------------------------------------


def local(month, day, hour, minute=0):
    """An instant of 2026 by Nairobi's clocks, three hours ahead of UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


def test_a_monthly_quantity_starts_anew_at_midnight_in_the_pools_zone(town):
    town.clock.now = local(11, 30, 23, 59)
    number = offered(town, quantity=1, every=Every.MONTH)
    bought(town, number)
    with refused(NothingLeft):
        bought(town, number)
    town.clock.now = local(12, 1, 0, 0)
    bought(town, number)
    with refused(NothingLeft):
        bought(town, number)


def test_an_order_of_last_month_that_is_called_off_frees_nothing_of_this_month(town):
    town.clock.now = local(11, 30, 12)
    number = offered(town, quantity=1, every=Every.MONTH)
    old = bought(town, number)
    town.clock.now = local(12, 1, 12)
    bought(town, number)
    cancelled(town, "ann", old)
    assert listing(town, number).taken == 1
    with refused(NothingLeft):
        bought(town, number)


def test_an_order_of_this_month_that_is_called_off_can_be_ordered_again(town):
    town.clock.now = local(11, 30, 12)
    number = offered(town, quantity=1, every=Every.MONTH)
    bought(town, number)
    town.clock.now = local(12, 1, 12)
    cancelled(town, "ann", bought(town, number))
    bought(town, number)


def test_what_was_monthly_and_is_once_now_counts_what_is_still_open(town):
    town.clock.now = local(11, 30, 12)
    number = offered(town, quantity=3, every=Every.MONTH)
    old, ended = bought(town, number), bought(town, number)
    says_delivered(town, "ann", ended)
    town.clock.now = local(12, 1, 12)
    new = bought(town, number)
    edited(town, number, every=Every.ONCE)
    assert listing(town, number).taken == 2
    cancelled(town, "ann", old)
    cancelled(town, "ann", new)
    assert listing(town, number).taken == 0


def test_a_limit_that_is_set_later_counts_what_is_still_open(town):
    number = offered(town, price=Worth(Measure.CREDITS, 1), per="loaf")
    says_delivered(town, "ann", bought(town, number, quantity=4))
    order = bought(town, number, quantity=2)
    with refused(BelowTaken, taken=2):
        edited(town, number, quantity=1)
    edited(town, number, quantity=3)
    bought(town, number)
    with refused(NothingLeft):
        bought(town, number)
    cancelled(town, "ann", order)
    assert listing(town, number).taken == 1


def test_what_was_paid_before_a_limit_was_set_frees_nothing_when_it_is_taken_back(town):
    number = offered(town, price=Worth(Measure.CREDITS, 1), per="loaf")
    paid, later = bought(town, number), bought(town, number)
    says_delivered(town, "ann", paid)
    edited(town, number, quantity=2)
    says_delivered(town, "ann", later)
    assert listing(town, number).taken == 1
    town.do(reverse_entry, Reverse(town.pool, town.by(STEWARD), paid, "a slip"))
    assert listing(town, number).taken == 1
    town.do(reverse_entry, Reverse(town.pool, town.by(STEWARD), later, "a slip"))
    assert listing(town, number).taken == 0


def test_what_has_no_limit_is_not_counted(town):
    number = offered(town, price=Worth(Measure.CREDITS, 1), per="loaf")
    order = bought(town, number, quantity=4)
    assert listing(town, number).version == 1
    cancelled(town, "ann", order)
    assert listing(town, number).taken == 0


def test_never_less_than_none_is_taken_when_the_clock_goes_back_over_a_months_end(town):
    town.clock.now = local(11, 30, 12)
    number = offered(town, quantity=3, every=Every.MONTH)
    first = bought(town, number)
    town.clock.now = local(12, 1, 0)
    bought(town, number)
    town.clock.now = local(11, 30, 23)
    second = bought(town, number)
    cancelled(town, "ann", first)
    cancelled(town, "ann", second)
    assert listing(town, number).taken == 0


# --- the board -----------------------------------------------------------------------------


def test_an_offer_is_one_and_one_by_the_piece_has_no_limit(town):
    assert listing(town, offered(town)).quantity == 1
    assert listing(town, offered(town, per="loaf")).quantity is None
    assert listing(town, offered(town, per="loaf", quantity=5)).quantity == 5
    assert listing(town, offered(town, per="loaf", every=Every.MONTH)).quantity == 1


def test_a_listing_stays_for_ninety_days_and_may_be_renewed(town):
    number = offered(town)
    assert time_passes(town, LISTING_LASTS - timedelta(seconds=1)) == 0
    assert time_passes(town, timedelta(seconds=1)) == 1
    assert listing(town, number).state is ListingState.EXPIRED
    with refused(NotThere, state="expired"):
        bought(town, number)
    renewed(town, number)
    bought(town, number)


def test_a_listing_is_not_for_yesterday(town):
    with refused(InThePast):
        offered(town, until=town.clock.now)
    number = offered(town)
    with refused(InThePast):
        edited(town, number, until=town.clock.now)


def test_only_its_owner_changes_closes_or_renews_a_listing(town):
    number = offered(town)
    for who in ("ann", STEWARD):
        with refused(NotYours):
            edited(town, number, who, text="Mine")
        with refused(NotYours):
            closed(town, number, who)
        with refused(NotYours):
            renewed(town, number, who)


def test_an_edit_says_something_new(town):
    number = offered(town)
    with refused(NothingChanged):
        edited(town, number, text="Bread")
    with refused(NothingChanged):
        edited(town, number)
    edited(town, number, text="Rye bread")
    assert listing(town, number).text == "Rye bread"


def test_a_quantity_is_not_edited_below_what_is_spoken_for(town):
    number = offered(town, quantity=3)
    bought(town, number, quantity=2)
    with refused(BelowTaken, taken=2):
        edited(town, number, quantity=1)
    edited(town, number, quantity=2)
    with refused(NothingLeft):
        bought(town, number)


def test_orders_keep_the_terms_they_were_made_at(town):
    number = offered(town, quantity=2)
    order = bought(town, number)
    edited(town, number, price=Worth(Measure.CREDITS, 5))
    says_delivered(town, "ann", order)
    assert town.balance("ben") == 2


def test_what_is_closed_stays_closed(town):
    number = offered(town)
    closed(town, number)
    for act in (closed, renewed):
        with refused(NotThere, state="closed"):
            act(town, number)
    with refused(NotThere, state="closed"):
        edited(town, number, text="Cake")


def test_an_old_button_neither_closes_nor_renews(town):
    number = offered(town)
    for act in (closed, renewed):
        with refused(OutOfDate):
            act(town, number, version=2)


def test_what_is_no_listing_is_neither_changed_closed_nor_renewed(town):
    for act in (edited, closed, renewed):
        with refused(NoSuchThing):
            act(town, Number(4711))
        with refused(AnotherKind, wanted="listing"):
            act(town, town.chat)


def test_a_stranger_has_no_place_on_the_board(town):
    with refused(NotAMember):
        offered(town, "zed")
    with refused(NotAMember):
        bought(town, offered(town), "zed")
