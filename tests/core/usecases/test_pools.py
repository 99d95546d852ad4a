"""Pools and their chats: who makes them, who lets them in, where they go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.ledger import AccountKind
from core.domain.members import Role
from core.domain.pools import INVITATION_LASTS, Announced, ChatState, Posting
from core.domain.refusals import (
    AdminsOnly,
    AnotherKind,
    ChatTaken,
    ChatUnbound,
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    NoSuchThing,
    NotAMember,
    NotThere,
    OutOfDate,
    OwnChat,
    StewardsOnly,
    UnknownCurrency,
    UnknownTimeZone,
)
from core.domain.units import Number
from core.usecases.pools import (
    AnswerChat,
    ChannelLost,
    ChatLetIn,
    ChatMoved,
    ChatTurnedAway,
    InviteChat,
    JoinChat,
    RenamePool,
    SetChannel,
    SetPosting,
    answer_chat,
    channel_lost,
    chat_moved,
    invite_chat,
    join_chat,
    rename_pool,
    set_channel,
    set_posting,
)
from tests.core.hall import STEWARD, Town
from tests.core.refusing import refused


def invited(town, who=STEWARD):
    return town.do(invite_chat, InviteChat(town.pool, town.by(who))).code


def asked(town, code, who="ann", chat="far", admin=True):
    command = JoinChat(town.by(who), admin, "local", chat, "Far square", "", code)
    return town.do(join_chat, command).number


def answered(town, number, who=STEWARD, let_in=True, **more):
    return town.do(answer_chat, AnswerChat(town.pool, town.by(who), number, let_in, **more))


def moved(town, chat, now, inside=True):
    return town.do(chat_moved, ChatMoved("local", chat, now, inside)).pool


def state(town, number):
    return town.here().chats.get(number).state


# --- a new pool ----------------------------------------------------------------------------


def test_who_makes_a_pool_is_its_first_steward_and_the_chat_is_bound(town):
    assert state(town, town.chat) is ChatState.BOUND
    assert [term.role for term in town.here().terms.find(member=town.members[STEWARD])] == [
        Role.STEWARD
    ]
    assert {town.own(kind) for kind in AccountKind if kind is not AccountKind.MEMBER} == {0}


def test_only_an_admin_of_the_chat_makes_a_pool_there(an_empty_hall):
    with refused(AdminsOnly):
        Town(an_empty_hall).found(admin=False)


def test_a_chat_belongs_to_one_pool_at_a_time(town):
    with refused(ChatTaken, pool="Kijiji"):
        Town(town.hall).found("Another")
    asked(town, invited(town))
    with refused(ChatTaken, pool="Kijiji"):
        Town(town.hall).found("Another", "far")


@pytest.mark.parametrize("zone", ["Nairobi", "", "../etc/passwd", "Mars/Phobos"])
def test_a_time_zone_is_one_of_those_there_are(an_empty_hall, zone):
    with refused(UnknownTimeZone, said=zone):
        Town(an_empty_hall).found(time_zone=zone)


@pytest.mark.parametrize("currency", ["", "KE", "KESH", "K3S", "ΚΕΣ", "$$$"])
def test_a_currency_is_three_letters(an_empty_hall, currency):
    with refused(UnknownCurrency, said=currency):
        Town(an_empty_hall).found(currency=currency)


def test_a_currency_may_be_said_in_small_letters(an_empty_hall):
    town = Town(an_empty_hall)
    town.found(currency="kes")
    assert town.here().pool.currency == "KES"


def test_whoever_was_never_seen_makes_no_pool(an_empty_hall):
    town = Town(an_empty_hall)
    with refused(NotAMember):
        town.found(by=town.by("nobody"))


def test_pools_count_for_themselves(town):
    other = Town(town.hall)
    other.found("Other", "elsewhere")
    assert other.chat == town.chat


# --- further chats -------------------------------------------------------------------------


def test_a_chat_joins_with_a_code_and_a_stewards_word(town):
    number = asked(town, invited(town))
    assert state(town, number) is ChatState.WAITING
    assert isinstance(answered(town, number), ChatLetIn)
    assert state(town, number) is ChatState.BOUND


def told(town, kind):
    """Which persons, or which chats, hear this."""
    return town.hall.rows(
        "SELECT person, chat, notice FROM outbox WHERE notice LIKE :kind ORDER BY id",
        kind=f'["{kind}"%',
    )


def test_who_asked_hears_the_answer_and_the_new_chat_that_it_is_in(town):
    number = asked(town, invited(town))
    answered(town, number)
    ((person, _, notice),) = told(town, "ChatAnswered")
    assert (person, "true" in notice) == (town.people["ann"], True)
    ((_, chat, _),) = told(town, "ChatWelcome")
    assert chat == "far"


def test_a_chat_that_stays_outside_hears_nothing_but_who_asked_does(town):
    answered(town, asked(town, invited(town)), let_in=False)
    ((person, _, notice),) = told(town, "ChatAnswered")
    assert (person, "false" in notice) == (town.people["ann"], True)
    assert told(town, "ChatWelcome") == []


def test_a_chat_that_is_turned_away_may_ask_again(town):
    number = asked(town, invited(town))
    assert isinstance(answered(town, number, let_in=False), ChatTurnedAway)
    assert state(town, number) is ChatState.ENDED
    asked(town, invited(town))


def test_a_code_lets_one_chat_ask(town):
    code = invited(town)
    asked(town, code)
    with refused(CodeUsed):
        asked(town, code, chat="farther")


def test_a_code_is_good_for_two_days(town):
    code = invited(town)
    town.clock.advance(INVITATION_LASTS)
    with refused(CodeExpired):
        asked(town, code)
    town.clock.advance(timedelta(seconds=-1))
    asked(town, code)


def test_only_a_code_that_was_given_out_and_an_admin_bring_a_chat_in(town):
    with refused(CodeUnknown):
        asked(town, "00000000")
    with refused(AdminsOnly):
        asked(town, invited(town), admin=False)
    with refused(ChatTaken):
        asked(town, invited(town), chat="square")


def test_a_code_is_not_used_up_by_who_was_refused(town):
    code = invited(town)
    with refused(NotAMember):
        asked(town, code, who="nobody")
    asked(town, code)


def test_only_stewards_invite(town):
    with refused(StewardsOnly):
        invited(town, "ann")
    with refused(NotAMember):
        invited(town, "zed")


def test_only_another_steward_answers(town):
    number = asked(town, invited(town), who=STEWARD)
    with refused(OwnChat):
        answered(town, number)
    with refused(StewardsOnly):
        answered(town, number, "ann")
    town.appoint("ann")
    answered(town, number, "ann")


def test_a_chat_is_answered_once(town):
    number = asked(town, invited(town))
    answered(town, number)
    for let_in in (True, False):
        with refused(NotThere, kind="chat", state="bound"):
            answered(town, number, let_in=let_in)


def test_an_old_button_lets_nobody_in(town):
    number = asked(town, invited(town))
    with refused(OutOfDate):
        answered(town, number, version=2)
    answered(town, number, version=1)


def test_what_is_no_chat_is_not_let_in(town):
    with refused(NoSuchThing):
        answered(town, Number(4711))
    with refused(AnotherKind, is_a="term", wanted="chat"):
        answered(town, Number(1))


# --- where the chat is ---------------------------------------------------------------------


def test_a_chat_that_got_another_id_is_followed(town):
    assert moved(town, "square", "super square") == town.pool
    assert moved(town, "square", "super square") is None
    town.do(set_channel, SetChannel(town.by(STEWARD), town.pool, "local", "super square", "7"))


def test_a_chat_without_the_bot_is_paused_and_bound_again_when_it_comes_back(town):
    moved(town, "square", "square", inside=False)
    assert state(town, town.chat) is ChatState.PAUSED
    with refused(ChatUnbound):
        town.do(set_channel, SetChannel(town.by(STEWARD), town.pool, "local", "square", "7"))
    with refused(ChatTaken):
        Town(town.hall).found("Another")
    moved(town, "square", "square")
    assert state(town, town.chat) is ChatState.BOUND


def test_following_twice_changes_nothing(town):
    before = town.here().chats.get(town.chat)
    moved(town, "square", "square")
    assert town.here().chats.get(town.chat) == before


def test_a_chat_that_waits_is_not_let_in_by_coming_back(town):
    number = asked(town, invited(town))
    moved(town, "far", "far", inside=True)
    moved(town, "far", "far", inside=False)
    assert state(town, number) is ChatState.WAITING


def test_a_chat_of_no_pool_is_nobodys_business(town):
    assert moved(town, "nowhere", "somewhere") is None


# --- settings ------------------------------------------------------------------------------


def test_only_a_steward_says_where_and_how_the_group_hears_of_acts(town):
    with refused(StewardsOnly):
        town.do(set_channel, SetChannel(town.by("ann"), town.pool, "local", "square", "7"))
    command = SetPosting(town.pool, town.by("ann"), Announced.OFFERS, Posting.OFF)
    with refused(StewardsOnly):
        town.do(set_posting, command)


def test_announcements_go_where_the_steward_said(town):
    for channel in ("7", "7", ""):
        town.do(set_channel, SetChannel(town.by(STEWARD), town.pool, "local", "square", channel))
        assert town.here().chats.get(town.chat).channel == channel
    with refused(ChatUnbound):
        town.do(set_channel, SetChannel(town.by(STEWARD), town.pool, "local", "nowhere", "7"))


def test_where_nothing_can_be_written_any_more_is_given_up_and_the_stewards_are_told(town):
    town.do(set_channel, SetChannel(town.by(STEWARD), town.pool, "local", "square", "7"))
    for channel in ("8", "7", "7"):
        town.do(channel_lost, ChannelLost("local", "square", channel))
    assert town.here().chats.get(town.chat).channel == ""
    rows = town.hall.rows("SELECT member FROM outbox WHERE notice LIKE '[\"ChannelClosed\"%'")
    assert rows == [(town.members[STEWARD],)]
    assert town.do(channel_lost, ChannelLost("local", "nowhere", "7")).pool is None


@pytest.mark.parametrize("kind", Announced)
@pytest.mark.parametrize("posting", Posting)
def test_each_kind_of_act_is_shown_as_the_steward_said(town, kind, posting):
    town.do(set_posting, SetPosting(town.pool, town.by(STEWARD), kind, posting))
    assert town.here().pool.posting_of(kind) is posting
    others = [town.here().pool.posting_of(each) for each in Announced if each is not kind]
    assert others == [Posting.CARD] * (len(Announced) - 1)


def test_only_a_steward_gives_the_pool_another_name(town):
    with refused(StewardsOnly):
        town.do(rename_pool, RenamePool(town.pool, town.by("ann"), "Hill"))
    for _ in range(2):
        town.do(rename_pool, RenamePool(town.pool, town.by(STEWARD), "Hill"))
        assert town.here().pool.name == "Hill"
