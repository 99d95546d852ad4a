"""People: being seen, joining, languages, those without a phone, roles and their terms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.members import MemberState, Role, TermState
from core.domain.refusals import (
    AlreadyMember,
    CalledSo,
    HasNoRole,
    HasRole,
    InThePast,
    LastSteward,
    MemberLeft,
    NoSuchMember,
    NoSuchPool,
    NotAMember,
    OwnCommitment,
    StewardsOnly,
    Yourself,
)
from core.domain.units import Measure, MemberId, PoolId, Worth
from core.usecases.leaving import Leave, leave
from core.usecases.people import ChoosePool, Join, SetLanguage, choose_pool, join, set_language
from core.usecases.pools import SetPoolLanguage, set_pool_language
from core.usecases.roles import Dismiss, dismiss
from tests.core.hall import STEWARD
from tests.core.refusing import refused

TWO = Worth(Measure.CREDITS, 2)
YEAR = timedelta(days=365)


def dismissed(town, who, role=Role.STEWARD, by=STEWARD):
    return town.do(dismiss, Dismiss(town.pool, town.by(by), town.members[who], role))


def identity(town, who):
    by = town.by(who)
    ((name, username, rebound),) = town.hall.rows(
        "SELECT name, username, rebound FROM identity"
        " WHERE platform = :platform AND external = :external",
        platform=by.platform,
        external=by.external,
    )
    return name, username, bool(rebound)


# --- being seen ----------------------------------------------------------------------------


def test_who_is_seen_twice_is_one_person(town):
    assert town.meet("ann") == town.people["ann"] == town.meet("ann")
    assert town.meet("other/ann") != town.people["ann"]


def test_a_member_is_called_what_they_call_themselves_now(town):
    town.meet("ann", name="Anita")
    assert town.member("ann").name == "Anita"


def test_a_username_belongs_to_whoever_was_seen_with_it_last(town):
    town.meet("ann", username="Rose")
    assert identity(town, "ann") == ("Ann", "Rose", False)
    town.meet("ben", username="rose")
    assert identity(town, "ben") == ("Ben", "rose", True)
    assert identity(town, "ann") == ("Ann", "", False)
    town.meet("ben", username="rose")
    assert identity(town, "ben") == ("Ben", "rose", True)
    town.meet("ben", username="thorn")
    assert identity(town, "ben") == ("Ben", "thorn", False)


def test_the_same_username_on_another_platform_changes_no_hands(town):
    town.meet("ann", username="rose")
    town.meet("other/zed", username="rose")
    assert identity(town, "ann") == ("Ann", "rose", False)
    assert identity(town, "other/zed") == ("Zed", "rose", False)


def test_who_can_be_reached_stays_so_until_it_is_known_otherwise(town):
    reachable = "SELECT reachable FROM identity WHERE external = 'ann'"
    town.meet("ann", reachable=True)
    town.meet("ann", name="Anita")
    assert town.hall.rows(reachable) == [(1,)]
    town.meet("ann", reachable=False)
    assert town.hall.rows(reachable) == [(0,)]


# --- joining -------------------------------------------------------------------------------


def test_who_joins_is_an_active_member_with_nothing(town):
    assert town.member("ann").state is MemberState.ACTIVE
    assert town.balance("ann") == 0


def test_nobody_joins_twice_or_unseen_or_nowhere(town):
    with refused(AlreadyMember):
        town.do(join, Join(town.pool, town.by("ann")))
    with refused(NotAMember):
        town.do(join, Join(town.pool, town.by("nobody")))
    with refused(NoSuchPool):
        town.do(join, Join(PoolId(99_999), town.by("ann")))


def test_stewards_and_guardians_register_and_nobody_else(town):
    with refused(StewardsOnly):
        town.register("nana", by="ann")
    with refused(NotAMember):
        town.register("nana", by="zed")
    town.appoint("ann", Role.GUARDIAN)
    town.register("nana", by="ann")
    nana = town.member("nana")
    assert (nana.state, nana.person) == (MemberState.JOINED, None)
    assert nana.acted_by == town.members["ann"]


# --- languages, the pool of direct messages ------------------------------------------------


def test_nobody_is_registered_under_the_name_of_another(town):
    town.register("nana")
    with refused(CalledSo, name="Nana"):
        town.register("nana")
    town.register("nana of the mill")


def test_a_language_is_the_persons_on_every_platform(town):
    town.do(set_language, SetLanguage(town.by("ann"), "sw"))
    rows = town.hall.rows(
        "SELECT language FROM person WHERE id = :person", person=town.people["ann"]
    )
    assert rows == [("sw",)]
    town.do(set_language, SetLanguage(town.by("ann"), "sw"))
    with refused(NotAMember):
        town.do(set_language, SetLanguage(town.by("nobody"), "sw"))


def test_only_a_steward_chooses_the_language_of_the_group(town):
    with refused(StewardsOnly):
        town.do(set_pool_language, SetPoolLanguage(town.pool, town.by("ann"), "sw"))
    town.do(set_pool_language, SetPoolLanguage(town.pool, town.by(STEWARD), "sw"))
    assert town.here().pool.language == "sw"


def test_one_talks_in_private_about_a_pool_that_one_is_in(town):
    town.do(choose_pool, ChoosePool(town.pool, town.by("ann")))
    rows = town.hall.rows(
        "SELECT pool_id FROM person WHERE id = :person", person=town.people["ann"]
    )
    assert rows == [(town.pool,)]
    town.meet("zed")
    with refused(NotAMember):
        town.do(choose_pool, ChoosePool(town.pool, town.by("zed")))


# --- roles and terms -----------------------------------------------------------------------


def test_a_steward_serves_for_a_year_and_others_without_end(town):
    assert town.appoint("ann").until == town.clock.now + YEAR
    assert town.appoint("ann", Role.PARTNER).until is None
    day = town.clock.now + timedelta(days=5)
    assert town.appoint("ben", until=day).until == day


def test_rights_end_with_the_term_on_the_next_act(town):
    town.appoint("ann", until=town.clock.now + timedelta(days=30))
    claims = [town.promise("ben", TWO) for _ in range(2)]
    for each in claims:
        town.done("ben", each)
    town.clock.advance(timedelta(days=30) - timedelta(seconds=1))
    town.confirm("ann", claims[0])
    town.clock.advance(timedelta(seconds=1))
    with refused(StewardsOnly):
        town.confirm("ann", claims[1])


def test_rights_end_with_a_dismissal_on_the_next_act(town):
    town.appoint("ann")
    town.register("nana", by="ann")
    dismissed(town, "ann")
    with refused(StewardsOnly):
        town.thank(1, "ben", by="ann")


def test_the_last_steward_serves_on_when_the_term_is_over(town):
    town.clock.advance(YEAR + timedelta(days=1))
    town.thank(1, "ann")
    with refused(LastSteward):
        dismissed(town, STEWARD)
    with refused(LastSteward):
        town.do(leave, Leave(town.pool, town.by(STEWARD), sure=True))
    town.appoint("ann")
    with refused(StewardsOnly):
        town.thank(1, "ben")
    town.thank(1, "ben", by="ann")


def test_of_several_whose_terms_are_over_the_one_that_ended_last_serves_on(town):
    town.appoint("ann", until=town.clock.now + 2 * YEAR)
    town.clock.advance(3 * YEAR)
    with refused(StewardsOnly):
        town.thank(1, "ben")
    town.thank(1, "ben", by="ann")


def test_a_last_steward_may_still_not_confirm_their_own_commitment(town):
    town.clock.advance(YEAR * 2)
    number = town.promise(STEWARD, TWO)
    town.done(STEWARD, number)
    with refused(OwnCommitment):
        town.confirm(STEWARD, number)


def test_other_roles_end_with_their_term_whoever_was_last(town):
    town.appoint("ann", Role.GUARDIAN, until=town.clock.now + timedelta(days=1))
    town.clock.advance(timedelta(days=1))
    with refused(StewardsOnly):
        town.register("nana", by="ann")


def test_who_serves_is_not_appointed_again_before_the_term_is_over(town):
    town.appoint("ann", until=town.clock.now + timedelta(days=1))
    with refused(HasRole, role=Role.STEWARD):
        town.appoint("ann")
    town.clock.advance(timedelta(days=1))
    town.appoint("ann")
    states = town.hall.rows(
        "SELECT state FROM term WHERE member = :ann ORDER BY number", ann=town.members["ann"]
    )
    assert states == [(TermState.ENDED.value,), (TermState.SERVING.value,)]


def test_nobody_appoints_themselves_or_whoever_is_not_here_or_for_yesterday(town):
    with refused(Yourself):
        town.appoint(STEWARD, Role.PARTNER)
    with refused(InThePast):
        town.appoint("ann", until=town.clock.now)
    with refused(StewardsOnly):
        town.appoint("ben", by="ann")
    town.members["ghost"] = MemberId("ghost")
    with refused(NoSuchMember):
        town.appoint("ghost")
    town.do(leave, Leave(town.pool, town.by("cho"), sure=True))
    with refused(MemberLeft):
        town.appoint("cho")


def test_who_does_not_serve_is_not_dismissed(town):
    with refused(HasNoRole):
        dismissed(town, "ann")
    with refused(HasNoRole):
        dismissed(town, STEWARD, Role.PARTNER)
    with refused(StewardsOnly):
        dismissed(town, STEWARD, by="ann")
    town.members["ghost"] = MemberId("ghost")
    with refused(NoSuchMember):
        dismissed(town, "ghost")


def test_a_pool_keeps_one_steward(town):
    with refused(LastSteward):
        dismissed(town, STEWARD)
    town.appoint("ann")
    dismissed(town, STEWARD)
    with refused(LastSteward):
        dismissed(town, "ann", by="ann")


@pytest.mark.parametrize(("by", "state"), [(STEWARD, "recalled"), ("ann", "stepped_down")])
def test_who_goes_by_themselves_stepped_down_and_who_was_sent_was_recalled(town, by, state):
    town.appoint("ann")
    dismissed(town, "ann", by=by)
    rows = town.hall.rows("SELECT state FROM term WHERE member = :ann", ann=town.members["ann"])
    assert rows == [(state,)]


def test_a_member_who_left_is_not_dismissed(town):
    town.appoint("cho")
    town.do(leave, Leave(town.pool, town.by("cho"), sure=True))
    with refused(MemberLeft):
        dismissed(town, "cho")
