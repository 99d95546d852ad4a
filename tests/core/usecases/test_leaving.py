"""Leaving: what is open is settled, the rest is given away, the name is found nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.commitments import CommitmentState
from core.domain.ledger import AccountKind
from core.domain.listings import ListingKind, ListingState
from core.domain.members import MemberState, Role
from core.domain.orders import OrderState
from core.domain.refusals import (
    ActsForThemselves,
    LastSteward,
    LeavingMeans,
    MemberLeft,
    NoSuchMember,
    NotAMember,
    NothingLeft,
    OwesFirst,
    StewardsOnly,
    Yourself,
)
from core.domain.units import AMOUNT_MAX, Credits, Measure, MemberId, Worth
from core.usecases.board import PostListing, post_listing
from core.usecases.commitments import Take, take_need
from core.usecases.credits import Ask, ask
from core.usecases.leaving import Leave, leave
from core.usecases.orders import Deliver, Spend, deliver, spend
from core.usecases.passing import PassTime, pass_time
from tests.core.hall import STEWARD
from tests.core.refusing import refused

TWO = Worth(Measure.CREDITS, 2)


@pytest.fixture
def town(town):
    """Everybody has ten credits."""
    town.thank(10, "ann", "ben", "cho")
    return town


def left(town, who, behalf="", sure=True, **more):
    return town.do(leave, Leave(town.pool, town.by(who, behalf), sure=sure, **more))


def listed(town, who, kind=ListingKind.OFFER, **more):
    command = PostListing(town.pool, town.by(who), kind, TWO, f"Bread of {who}", **more)
    return town.do(post_listing, command).listing


def bought(town, who, number):
    return town.do(spend, Spend(town.pool, town.by(who), number)).order


def delivered(town, who, order):
    return town.do(deliver, Deliver(town.pool, town.by(who), order))


def everything(town):
    """All that is stored, as one text; the keys of events are the tests' own."""
    from storage import tables

    texts = []
    for table in tables.metadata.tables.values():
        names = ", ".join(f'"{column.name}"' for column in table.c if column.name != "key")
        texts.append(str(town.hall.rows(f'SELECT {names} FROM "{table.name}"')))  # noqa: S608
    return "\n".join(texts).casefold()


# --- who may, and what it means ------------------------------------------------------------


def test_who_leaves_is_first_told_what_it_means(town):
    with refused(LeavingMeans, credits=10, orders=0, commitments=0, heir=None):
        left(town, "ann", sure=False)
    assert town.member("ann").state is MemberState.ACTIVE


def test_what_leaving_means_counts_all_that_is_open(town):
    bought(town, "ann", listed(town, "ben"))
    bought(town, "cho", listed(town, "ann"))
    delivered(town, "ann", bought(town, "ben", listed(town, "ann")))
    town.promise("ann", TWO)
    town.done("ann", town.promise("ann", TWO))
    with refused(LeavingMeans, credits=12, orders=2, commitments=2) as told:
        left(town, "ann", sure=False)
    assert left(town, "ann").credits == told.refusal.credits


def test_the_heir_is_named_in_what_leaving_means(town):
    with refused(LeavingMeans) as told:
        left(town, "ann", heir=town.members["ben"], sure=False)
    assert told.refusal.heir.name == "Ben"


def test_a_stranger_leaves_nothing(town):
    with refused(NotAMember):
        left(town, "zed")


def test_the_last_steward_stays(town):
    with refused(LastSteward):
        left(town, STEWARD)
    town.appoint("ann")
    left(town, STEWARD)
    with refused(LastSteward):
        left(town, "ann")


def test_who_owes_settles_first(town):
    # No pool of this issue lends; the floor is held all the same.
    account = town.member("ann").account
    town.hall.session.connection.execute(
        "UPDATE balance SET amount = -3 WHERE address = :ann", {"ann": account}
    )
    with refused(OwesFirst, owes=3):
        left(town, "ann")


# --- what becomes of credits ---------------------------------------------------------------


def test_the_rest_goes_to_the_common_fund(town):
    assert left(town, "ann").credits == 10
    assert town.own(AccountKind.COMMON) == 10
    town.audit()


def test_the_rest_goes_to_the_member_who_was_named(town):
    left(town, "ann", heir=town.members["ben"])
    assert town.balance("ben") == 20
    assert town.own(AccountKind.COMMON) == 0


def test_the_heir_is_somebody_else_who_is_here(town):
    with refused(Yourself):
        left(town, "ann", heir=town.members["ann"])
    with refused(NoSuchMember):
        left(town, "ann", heir=MemberId("ghost"))
    left(town, "cho")
    with refused(MemberLeft):
        left(town, "ann", heir=town.members["cho"])


def test_a_balance_larger_than_one_posting_leaves_whole(town):
    for _ in range(2):
        town.thank(AMOUNT_MAX, "ann")
    left(town, "ann")
    assert town.own(AccountKind.COMMON) == 2 * AMOUNT_MAX + 10
    town.audit()


def test_who_has_nothing_leaves_without_an_entry(town):
    town.join("dan")
    before = town.here().head.place
    left(town, "dan")
    assert town.here().head.place == before


# --- what becomes of open things -----------------------------------------------------------


def test_orders_of_both_sides_are_called_off_and_the_credits_return(town):
    mine, theirs = listed(town, "ann"), listed(town, "ben")
    sold, ordered = bought(town, "ben", mine), bought(town, "ann", theirs)
    left(town, "ann", heir=town.members["cho"])
    orders = town.here().orders
    assert {orders.get(each).state for each in (sold, ordered)} == {OrderState.CANCELLED}
    assert (town.balance("ben"), town.balance("cho")) == (10, 20)
    assert town.own(AccountKind.HELD) == 0
    assert town.here().listings.get(theirs).taken == 0
    town.audit()


def test_delivered_orders_of_both_sides_are_settled(town):
    sold, ordered = (
        bought(town, "ben", listed(town, "ann")),
        bought(town, "ann", listed(town, "cho")),
    )
    delivered(town, "ann", sold)
    delivered(town, "cho", ordered)
    left(town, "ann")
    orders = town.here().orders
    assert {orders.get(each).state for each in (sold, ordered)} == {OrderState.SETTLED}
    assert (town.balance("ben"), town.balance("cho")) == (8, 12)
    assert town.own(AccountKind.COMMON) == 10
    town.clock.advance(timedelta(days=40))
    town.do(pass_time, PassTime(town.pool))
    town.audit()


def test_promises_are_withdrawn_also_those_that_wait_for_a_steward(town):
    promised, claimed = town.promise("ann", TWO), town.promise("ann", TWO)
    town.done("ann", claimed)
    left(town, "ann")
    commitments = town.here().commitments
    assert {commitments.get(each).state for each in (promised, claimed)} == {
        CommitmentState.WITHDRAWN
    }


def test_needs_that_were_spoken_for_are_free_again(town):
    number = listed(town, "ben", ListingKind.NEED)
    town.do(take_need, Take(town.pool, town.by("ann"), number))
    with refused(NothingLeft):
        town.do(take_need, Take(town.pool, town.by("cho"), number))
    left(town, "ann")
    town.do(take_need, Take(town.pool, town.by("cho"), number))


def test_listings_are_off_the_board(town):
    numbers = [listed(town, "ann"), listed(town, "ann", ListingKind.NEED)]
    left(town, "ann")
    states = {town.here().listings.get(each).state for each in numbers}
    assert states == {ListingState.WITHDRAWN}


def test_what_others_promised_to_the_one_who_left_can_still_be_confirmed(town):
    number = listed(town, "ann", ListingKind.NEED)
    made = town.do(take_need, Take(town.pool, town.by("ben"), number)).commitment
    left(town, "ann")
    town.done("ben", made)
    town.confirm(STEWARD, made)
    assert town.balance("ben") == 12


def test_requests_of_both_sides_are_dropped(town):
    for asker, payer in (("ann", "ben"), ("ben", "ann")):
        command = Ask(town.pool, town.by(asker), town.members[payer], Credits(1))
        town.do(ask, command)
    left(town, "ann")
    assert town.hall.rows("SELECT DISTINCT state FROM request") == [("declined",)]


def test_roles_end(town):
    town.appoint("ann")
    left(town, "ann")
    town.join("ann")
    with refused(StewardsOnly):
        town.thank(1, "ben", by="ann")


def test_what_was_carried_is_gone(town):
    town.keeps("ann", Worth(Measure.MINUTES, 29))
    left(town, "ann")
    town.join("ann")
    town.keeps("ann", Worth(Measure.MINUTES, 1))
    assert town.balance("ann") == 0


# --- forgetting ----------------------------------------------------------------------------


def test_the_name_of_who_left_is_found_nowhere(town):
    town.join("zawadi")
    town.meet("zawadi", username="zawadi_the_baker")
    town.thank(5, "zawadi")
    listed(town, "zawadi")
    number = town.promise("zawadi", TWO)
    town.done("zawadi", number, note="Zawadi was here", photo=b"Zawadi", photo_hash="f" * 64)
    town.send("zawadi", "ann", 1, note="From Zawadi")
    assert "zawadi" in everything(town)
    left(town, "zawadi")
    # Pending notices to others keep their words until they are delivered.
    town.hall.session.connection.execute("DELETE FROM outbox")
    assert "zawadi" not in everything(town)
    town.audit()


def test_the_names_of_both_accounts_of_who_left_are_found_nowhere(town):
    town.join("zawadi")
    town.clock.advance(timedelta(days=1))
    town.join("other/zawadi")
    town.thank(5, "zawadi", "other/zawadi")
    for who in ("zawadi", "other/zawadi"):
        number = town.promise(who, TWO)
        town.done(who, number, note=f"{who} was here", photo=b"Zawadi", photo_hash="f" * 64)
        town.send(who, "ann", 1, note=f"From {who}")
    town.link("zawadi", "other/zawadi")
    left(town, "other/zawadi")
    town.hall.session.connection.execute("DELETE FROM outbox")
    assert "zawadi" not in everything(town)
    assert town.hall.rows("SELECT * FROM photo") == []
    town.audit()


def test_who_left_may_come_back_as_a_new_member(town):
    before = town.members["ann"]
    left(town, "ann")
    town.join("ann")
    assert town.members["ann"] != before
    assert town.balance("ann") == 0
    town.thank(3, "ann")
    town.audit()


def test_who_left_one_pool_is_still_known_in_another(town):
    here = town.pool
    town.found("Elsewhere", "other square")
    town.join("ann")
    elsewhere, town.pool = town.pool, here
    left(town, "ann")
    town.pool = elsewhere
    assert town.member("ann").name == "Ann"


def test_who_stays_in_another_pool_is_told_so_before_and_after(town):
    here = town.pool
    with refused(LeavingMeans, elsewhere=False) as told:
        left(town, "ann", sure=False)
    assert told.refusal.pool == town.here().pool.name
    town.found("Elsewhere", "other square")
    town.join("ann")
    town.pool = here
    with refused(LeavingMeans, elsewhere=True):
        left(town, "ann", sure=False)
    assert left(town, "ann").elsewhere
    assert not left(town, "ben").elsewhere


def test_what_who_left_was_told_before_is_erased_though_they_stay_in_another_pool(town):
    here = town.pool
    listed(town, "ann")
    town.found("Elsewhere", "other square")
    town.join("ann")
    town.pool = here
    left(town, "ann")
    assert town.hall.rows("SELECT text FROM answer WHERE text LIKE '%Bread of ann%'") == []


def test_a_steward_lets_somebody_without_a_phone_leave_and_both_stand_in_the_entries(town):
    town.register("nana")
    town.thank(5, "nana")
    bought_for = Spend(town.pool, town.by(STEWARD, "nana"), listed(town, "ben"))
    town.do(spend, bought_for)
    before = town.here().head.place
    left(town, STEWARD, behalf="nana", heir=town.members["ann"])
    assert town.balance("ann") == 15
    rows = town.hall.rows(
        "SELECT kind, actor, on_behalf FROM entry WHERE place > :before ORDER BY place",
        before=before,
    )
    people = (town.members[STEWARD], town.members["nana"])
    assert rows == [("release", *people), ("leave", *people)]


def test_nobody_lets_somebody_with_an_account_leave(town):
    with refused(ActsForThemselves):
        left(town, STEWARD, behalf="ann")


def test_who_left_is_not_acted_for(town):
    town.appoint("ben", Role.GUARDIAN)
    town.register("nana", by="ben")
    left(town, "ben", behalf="nana")
    with refused(MemberLeft):
        town.promise("ben", TWO, behalf="nana")
