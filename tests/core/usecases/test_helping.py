"""Calls for help, words to the stewards, and how an exchange was."""

from __future__ import annotations

import pytest

from core.domain.disputes import ConcernKind, ConcernState
from core.domain.listings import ListingKind
from core.domain.refusals import (
    InHand,
    NoPart,
    NotAMember,
    NotThere,
    SaidAlready,
    StewardsOnly,
)
from core.domain.units import Measure, Worth
from core.usecases.board import PostListing, post_listing
from core.usecases.helping import (
    CloseUp,
    SayHowItWas,
    SeekHelp,
    TakeUp,
    close_up,
    say_how_it_was,
    seek_help,
    take_up,
)
from core.usecases.orders import Deliver, Spend, deliver, spend
from tests.core.hall import STEWARD
from tests.core.refusing import refused


def sought(town, who, kind=ConcernKind.SUPPORT, text="I am stuck"):
    return town.do(seek_help, SeekHelp(town.pool, town.by(who), kind, text)).concern


def taken(town, who, number, **more):
    return town.do(take_up, TakeUp(town.pool, town.by(who), number, **more))


def closed(town, who, number, answer="done"):
    return town.do(close_up, CloseUp(town.pool, town.by(who), number, answer))


def concern(town, number):
    return town.here().concerns.get(number)


def waiting(town):
    """What waits to be told, by the person it is for."""
    rows = town.hall.rows("SELECT person, notice FROM outbox WHERE sort = 'notice' ORDER BY id")
    return [(person, notice.split('"')[1]) for person, notice in rows]


def test_a_call_for_help_is_told_to_every_steward_at_once_and_a_word_to_none(town):
    before = len(waiting(town))
    sought(town, "ann", ConcernKind.FEEDBACK)
    assert len(waiting(town)) == before
    sought(town, "ann")
    assert waiting(town)[before:] == [(town.people[STEWARD], "HelpWanted")]


def test_somebody_who_is_no_member_is_helped_too_and_hears_of_it(town):
    stranger = town.meet("zed")
    number = sought(town, "zed")
    taken(town, STEWARD, number)
    closed(town, STEWARD, number)
    heard = [notice for person, notice in waiting(town) if person == stranger]
    assert heard == ["HelpComes", "HelpEnded"]
    assert concern(town, number).state is ConcernState.CLOSED


def test_nobody_unknown_is_helped(town):
    with refused(NotAMember):
        sought(town, "nobody")


def test_one_steward_has_it_in_hand_and_the_other_is_told_who(town):
    town.join("dina")
    town.appoint("dina")
    number = sought(town, "ann")
    taken(town, STEWARD, number)
    with refused(InHand) as told:
        taken(town, "dina", number)
    assert told.refusal.by.member == town.members[STEWARD]


def test_only_stewards_look_after_it_and_only_they_and_the_asker_close_it(town):
    number = sought(town, "ann")
    with refused(StewardsOnly):
        taken(town, "ben", number)
    with refused(StewardsOnly):
        closed(town, "ben", number)
    assert closed(town, "ann", number).told is False
    with refused(NotThere, state="closed"):
        closed(town, STEWARD, number)


@pytest.fixture
def order(town):
    """Ann has bought bread from Ben and got it."""
    town.thank(10, "ann")
    price = Worth(Measure.CREDITS, 2)
    listed = PostListing(town.pool, town.by("ben"), ListingKind.OFFER, price, "Bread")
    offer = town.do(post_listing, listed).listing
    number = town.do(spend, Spend(town.pool, town.by("ann"), offer)).order
    with refused(NotThere, state="held"):
        said(town, "ann", number)
    town.do(deliver, Deliver(town.pool, town.by("ann"), number))
    return number


def said(town, who, order, *, well=True):
    return town.do(say_how_it_was, SayHowItWas(town.pool, town.by(who), order, well, "too small"))


def test_each_side_says_once_how_it_was(town, order):
    said(town, "ann", order)
    said(town, "ben", order, well=False)
    kept = town.here().orders.get(order)
    assert (kept.spender_content, kept.giver_content) == (True, False)
    for side in ("ann", "ben"):
        with refused(SaidAlready):
            said(town, side, order)


def test_only_the_two_sides_say_how_it_was(town, order):
    with refused(NoPart):
        said(town, "cho", order)


def test_a_no_reaches_the_stewards_and_a_yes_nobody(town, order):
    before = len(waiting(town))
    said(town, "ann", order)
    assert len(waiting(town)) == before
    said(town, "ben", order, well=False)
    assert waiting(town)[before:] == [(town.people[STEWARD], "HelpWanted")]
    (no,) = town.here().concerns.find(kind=ConcernKind.EXCHANGE)
    assert (no.about, no.text) == (order, "too small")


def test_a_steward_on_one_side_does_not_read_the_no_of_the_other(town, order):
    town.appoint("ben")
    before = len(waiting(town))
    said(town, "ann", order, well=False)
    assert waiting(town)[before:] == [(town.people[STEWARD], "HelpWanted")]
