"""Two accounts, one person: in either order, also when both had joined."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.ledger import EntryKind
from core.domain.listings import ListingKind
from core.domain.members import MemberState, Role
from core.domain.pools import LINK_CODE_LASTS
from core.domain.refusals import (
    AlreadyConfirmed,
    AlreadyLinked,
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    NotAMember,
    NothingToUndo,
    NotThere,
    OnlyAccount,
    OwesFirst,
    OwnChat,
    OwnCommitment,
    OwnListing,
    OwnRecord,
    SpentAlready,
    Yourself,
)
from core.domain.units import AMOUNT_MAX, Carry, Credits, Measure, Ppm, Worth
from core.usecases.board import PostListing, post_listing
from core.usecases.commitments import SayKept, Take, say_kept, take_need
from core.usecases.credits import AnswerRequest, Ask, Undo, answer_request, ask, undo
from core.usecases.linking import Link, MakeLinkCode, Unlink, link, make_link_code, unlink
from core.usecases.orders import Deliver, Spend, deliver, spend
from core.usecases.people import ChoosePool, SetLanguage, choose_pool, set_language
from core.usecases.pools import (
    AnswerChat,
    InviteChat,
    JoinChat,
    answer_chat,
    invite_chat,
    join_chat,
)
from storage.audit import journal
from tests.core.hall import STEWARD
from tests.core.refusing import refused

TWO = Worth(Measure.CREDITS, 2)
EITHER_ORDER = pytest.mark.parametrize(
    ("maker", "typer"), [("ann", "other/ann"), ("other/ann", "ann")]
)


@pytest.fixture
def both(town):
    """Ann joined on one platform, a day later on the other too."""
    town.clock.advance(timedelta(days=1))
    town.join("other/ann")
    return town


def listed(town, who, kind):
    return town.do(post_listing, PostListing(town.pool, town.by(who), kind, TWO, "Bread")).listing


def code(town, who="ann"):
    return town.do(make_link_code, MakeLinkCode(town.by(who))).code


# --- the code ------------------------------------------------------------------------------


def test_a_code_is_good_once(town):
    town.meet("other/ann")
    town.meet("other/eve")
    made = code(town)
    town.do(link, Link(town.by("other/ann"), made))
    with refused(CodeUsed):
        town.do(link, Link(town.by("other/eve"), made))


def test_a_code_is_good_for_ten_minutes(town):
    town.meet("other/ann")
    made = code(town)
    town.clock.advance(LINK_CODE_LASTS)
    with refused(CodeExpired):
        town.do(link, Link(town.by("other/ann"), made))
    town.clock.advance(timedelta(seconds=-1))
    town.do(link, Link(town.by("other/ann"), made))


def test_a_code_that_nobody_gave_out_links_nobody(town):
    with refused(CodeUnknown):
        town.do(link, Link(town.by("ann"), "00000000"))


def test_a_code_does_not_link_an_account_with_itself(town):
    made = code(town)
    with refused(AlreadyLinked):
        town.do(link, Link(town.by("ann"), made))
    town.meet("other/ann")
    town.do(link, Link(town.by("other/ann"), made))
    with refused(AlreadyLinked):
        town.link("ann", "other/ann")


def test_an_account_that_was_never_seen_links_nothing(town):
    with refused(NotAMember):
        town.do(make_link_code, MakeLinkCode(town.by("nobody")))
    made = code(town)
    with refused(NotAMember):
        town.do(link, Link(town.by("nobody"), made))


# --- one had joined ------------------------------------------------------------------------


@EITHER_ORDER
def test_who_had_joined_with_one_account_is_the_same_member_with_both(town, maker, typer):
    town.thank(5, "ann")
    town.meet("other/ann")
    assert town.link(maker, typer).merged == 0
    assert town.member("other/ann").id == town.member("ann").id == town.members["ann"]
    town.send("other/ann", "ben", 2)
    assert town.balance("ann") == 3


@EITHER_ORDER
def test_what_one_had_chosen_is_kept(town, maker, typer):
    town.meet("other/ann")
    town.do(set_language, SetLanguage(town.by("ann"), "sw"))
    town.do(choose_pool, ChoosePool(town.pool, town.by("ann")))
    town.link(maker, typer)
    person = town.member("ann").person
    assert town.hall.rows(
        "SELECT language, pool_id FROM person WHERE id = :person", person=person
    ) == [("sw", town.pool)]


# --- both had joined -----------------------------------------------------------------------


@EITHER_ORDER
def test_the_older_membership_stays_and_the_younger_is_closed_by_one_entry(both, maker, typer):
    both.thank(5, "ann", "other/ann")
    before = len(list(journal(both.hall.session, both.pool)))
    younger = both.member("other/ann")
    assert both.link(maker, typer).merged == 1
    assert both.member("other/ann").id == both.member("ann").id == both.members["ann"]
    assert both.balance("ann") == 10
    entries = list(journal(both.hall.session, both.pool))[before:]
    assert [entry.kind for entry in entries] == [EntryKind.LINK]
    folded = both.here().members.get(younger.id)
    assert (folded.state, folded.name, folded.folded_into) == (
        MemberState.LEFT,
        "",
        both.members["ann"],
    )
    both.audit()


def test_two_accounts_with_nothing_are_linked_without_an_entry(both):
    both.link("ann", "other/ann")
    assert list(journal(both.hall.session, both.pool)) == []


@EITHER_ORDER
def test_what_was_carried_on_both_counts_together(both, maker, typer):
    for who in ("ann", "other/ann"):
        both.keeps(who, Worth(Measure.MINUTES, 25))
        both.keeps(who, Worth(Measure.CENTS, 600))
    both.link(maker, typer)
    assert both.member("ann").carry == Carry(50, 1200)
    both.keeps("ann", Worth(Measure.MINUTES, 10))
    assert both.balance("ann") == 2


@EITHER_ORDER
def test_a_balance_larger_than_one_posting_moves_whole(both, maker, typer):
    for _ in range(2):
        both.thank(AMOUNT_MAX, "other/ann")
    both.thank(7, "other/ann")
    both.link(maker, typer)
    assert both.balance("ann") == 2 * AMOUNT_MAX + 7
    both.audit()


@EITHER_ORDER
def test_things_of_the_younger_are_the_olders_now(both, maker, typer):
    both.thank(5, "ben", "other/ann")
    offer = listed(both, "other/ann", ListingKind.OFFER)
    promised = both.promise("other/ann", TWO)
    sold = both.do(spend, Spend(both.pool, both.by("ben"), offer)).order
    bought = both.do(
        spend, Spend(both.pool, both.by("other/ann"), listed(both, "ben", ListingKind.OFFER))
    ).order
    both.register("nana")
    both.link(maker, typer)
    both.done("ann", promised)
    both.confirm(STEWARD, promised)
    both.do(deliver, Deliver(both.pool, both.by("ben"), sold))
    both.do(deliver, Deliver(both.pool, both.by("ann"), bought))
    assert both.balance("ann") == 5 + 2 + 2 - 2
    with refused(OwnListing):
        both.do(spend, Spend(both.pool, both.by("ann"), offer))
    both.audit()


@EITHER_ORDER
def test_whom_the_younger_registered_the_older_acts_for(both, maker, typer):
    both.appoint("other/ann", Role.GUARDIAN)
    both.register("nana", by="other/ann")
    both.link(maker, typer)
    both.promise("ann", TWO, behalf="nana")


@pytest.mark.parametrize("steward", ["ann", "other/ann"])
@EITHER_ORDER
def test_a_role_of_one_account_is_the_persons(both, steward, maker, typer):
    both.appoint(steward)
    both.link(maker, typer)
    both.thank(1, "ben", by="ann")
    both.thank(1, "ben", by="other/ann")


@pytest.mark.parametrize(("older", "younger"), [(10, 20), (20, 10)])
@EITHER_ORDER
def test_the_later_end_of_a_role_counts(both, older, younger, maker, typer):
    now = both.clock.now
    both.appoint("ann", until=now + timedelta(days=older))
    both.appoint("other/ann", until=now + timedelta(days=younger))
    both.link(maker, typer)
    both.clock.advance(timedelta(days=20) - timedelta(seconds=1))
    both.thank(1, "ben", by="ann")
    both.clock.advance(timedelta(seconds=1))
    from core.domain.refusals import StewardsOnly

    with refused(StewardsOnly):
        both.thank(1, "ben", by="ann")


@EITHER_ORDER
def test_a_role_without_end_ends_after_any_other(both, maker, typer):
    both.appoint("ann", Role.GUARDIAN, until=both.clock.now + timedelta(days=1))
    both.appoint("other/ann", Role.GUARDIAN)
    both.link(maker, typer)
    both.clock.advance(timedelta(days=900))
    both.register("nana", by="ann")


# --- own means the person ------------------------------------------------------------------


@EITHER_ORDER
def test_a_steward_does_not_confirm_what_their_other_account_did(both, maker, typer):
    both.appoint("ann")
    number = both.promise("other/ann", TWO)
    both.done("other/ann", number)
    both.link(maker, typer)
    with refused(OwnCommitment):
        both.confirm("ann", number)
    with refused(OwnCommitment):
        both.confirm("other/ann", number)


@pytest.mark.parametrize("recorder", ["ann", "other/ann"])
@EITHER_ORDER
def test_a_steward_does_not_confirm_what_their_other_account_recorded(both, recorder, maker, typer):
    both.appoint("ann")
    both.appoint("other/ann")
    both.register("nana")
    number = both.promise(recorder, TWO, behalf="nana")
    both.done(recorder, number, behalf="nana")
    both.link(maker, typer)
    with refused(OwnRecord):
        both.confirm("ann", number)
    both.confirm(STEWARD, number)


@EITHER_ORDER
def test_who_confirmed_is_still_named_after_linking(both, maker, typer):
    both.appoint("other/ann")
    number = both.promise("ben", TWO)
    both.done("ben", number)
    both.confirm("other/ann", number)
    both.link(maker, typer)
    with refused(AlreadyConfirmed) as told:
        both.confirm(STEWARD, number)
    assert told.refusal.by.name == "Ann"


@EITHER_ORDER
def test_nobody_says_of_their_own_promise_that_it_was_kept(both, maker, typer):
    number = listed(both, "ann", ListingKind.NEED)
    made = both.do(take_need, Take(both.pool, both.by("other/ann"), number)).commitment
    both.link(maker, typer)
    with refused(OwnCommitment):
        both.do(say_kept, SayKept(both.pool, both.by("ann"), made))


@EITHER_ORDER
def test_nobody_lets_in_the_chat_that_their_other_account_asked_for(town, maker, typer):
    town.appoint("ann")
    town.meet("other/ann")
    made = town.do(invite_chat, InviteChat(town.pool, town.by(STEWARD))).code
    asked = town.do(
        join_chat, JoinChat(town.by("other/ann"), True, "other", "99", "Far", "", made)
    ).number
    town.link(maker, typer)
    with refused(OwnChat):
        town.do(answer_chat, AnswerChat(town.pool, town.by("ann"), asked, let_in=True))
    town.do(answer_chat, AnswerChat(town.pool, town.by(STEWARD), asked, let_in=True))


@EITHER_ORDER
def test_a_request_between_both_accounts_is_dropped(both, maker, typer):
    both.thank(5, "ann")
    command = Ask(both.pool, both.by("other/ann"), both.members["ann"], Credits(2))
    number = both.do(ask, command).number
    both.link(maker, typer)
    with refused(NotThere, state="declined"):
        both.do(answer_request, AnswerRequest(both.pool, both.by("ann"), number, pay=True))


@EITHER_ORDER
def test_an_order_between_both_accounts_can_still_be_ended(both, maker, typer):
    both.thank(5, "ann")
    offer = listed(both, "other/ann", ListingKind.OFFER)
    order = both.do(spend, Spend(both.pool, both.by("ann"), offer)).order
    both.link(maker, typer)
    both.do(deliver, Deliver(both.pool, both.by("ann"), order))
    assert both.balance("ann") == 5
    both.audit()


# --- what was named before -----------------------------------------------------------------


@EITHER_ORDER
def test_who_names_the_younger_means_the_older(both, maker, typer):
    both.thank(5, "ben")
    both.link(maker, typer)
    both.send("ben", "other/ann", 2)
    assert both.balance("ann") == 2
    with refused(Yourself):
        both.send("ann", "other/ann", 1)


@EITHER_ORDER
def test_a_transfer_to_an_account_that_was_closed_is_taken_back_from_who_has_it(both, maker, typer):
    both.thank(5, "ben")
    sent = both.send("ben", "other/ann", 2).entry
    both.link(maker, typer)
    both.send("ann", "cho", 1)
    with refused(SpentAlready) as told:
        both.do(undo, Undo(both.pool, both.by("ben")))
    assert told.refusal.to.name == "Ann"
    both.send("cho", "ann", 1)
    done = both.do(undo, Undo(both.pool, both.by("ben")))
    assert (done.entry, done.to.name, both.balance("ben"), both.balance("ann")) == (
        sent,
        "Ann",
        5,
        0,
    )
    both.audit()


@EITHER_ORDER
def test_what_one_sent_to_an_account_of_ones_own_is_not_taken_back(both, maker, typer):
    both.thank(5, "ann")
    both.send("ann", "other/ann", 2)
    both.link(maker, typer)
    with refused(NothingToUndo):
        both.do(undo, Undo(both.pool, both.by("ann")))


def test_three_accounts_become_one_after_the_other(both):
    both.clock.advance(timedelta(days=1))
    both.join("third/ann")
    both.thank(1, "ann", "other/ann", "third/ann")
    both.link("third/ann", "other/ann")
    assert both.balance("other/ann") == 2
    both.link("ann", "third/ann")
    assert both.balance("ann") == 3
    both.thank(5, "ben")
    both.send("ben", "third/ann", 1)
    assert both.balance("ann") == 4
    both.audit()


# --- limits and charges ----------------------------------------------------------------------


def with_rules(town, **rules):
    here = town.here()
    changed = replace(here.pool.rules, **rules)
    here.save_pool(replace(here.pool, rules=changed, version=here.pool.version + 1))


def test_two_debts_make_one_only_within_the_limit_for_one(both):
    """Rules, 8.5."""
    with_rules(both, debit_limit_credits=Credits(5))
    both.send("ann", "ben", 5)
    both.send("other/ann", "ben", 4)
    with refused(OwesFirst, owes=4):
        both.link("ann", "other/ann")
    both.send("ben", "ann", 4)
    both.link("ann", "other/ann")
    assert both.balance("ann") == -5
    both.audit()


def test_what_two_accounts_accrued_makes_whole_credits_together(both):
    with_rules(both, tax_ppm=Ppm(60_000))
    both.thank(20, "ann", "other/ann")
    both.send("ann", "ben", 10)
    both.send("other/ann", "ben", 10)
    both.link("ann", "other/ann")
    assert both.send("ann", "ben", 1).tax == 1


@EITHER_ORDER
def test_what_either_account_earned_or_spent_last_keeps_the_balance_from_expiring(
    both, maker, typer
):
    """Rules, section 3: a balance expires that did not move for three months."""
    both.thank(8, "ann")
    both.clock.advance(timedelta(days=90))
    both.thank(5, "other/ann")
    both.link(maker, typer)
    both.clock.advance(timedelta(days=11))
    both.close_months()
    assert both.here().pool.closed_through == "2027-02"
    assert both.balance("ann") == 13
    both.clock.advance(timedelta(days=92))
    both.close_months()
    assert both.balance("ann") == 0
    both.audit()


# --- apart again ---------------------------------------------------------------------------


def test_an_account_taken_apart_stands_alone_and_the_other_keeps_everything(both):
    """A28: unlink is possible; the balance stays with the accounts that stay."""
    both.thank(5, "ann")
    both.link("ann", "other/ann")
    both.do(unlink, Unlink(both.by("other/ann")))
    assert both.balance("ann") == 5
    both.join("other/ann")
    assert both.balance("other/ann") == 0
    assert both.member("other/ann").id != both.member("ann").id


def test_the_only_account_is_not_taken_apart(town):
    with refused(OnlyAccount):
        town.do(unlink, Unlink(town.by("ann")))
