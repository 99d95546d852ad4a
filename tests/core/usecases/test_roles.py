"""Terms: handed over, run out, and the last steward's, which does not end the role."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.members import Role, TermState
from core.domain.refusals import (
    HasNoRole,
    HasRole,
    InThePast,
    LastSteward,
    NeedsAccount,
    StewardsOnly,
)
from core.usecases.passing import PassTime, pass_time
from core.usecases.roles import Dismiss, GoAway, Rotate, dismiss, go_away, rotate
from core.usecases.standing import stewards
from tests.core.hall import STEWARD
from tests.core.refusing import refused

YEAR = timedelta(days=365)


def rotated(town, by, outgoing, incoming, **more):
    out, into = town.members[outgoing], town.members[incoming]
    return town.do(rotate, Rotate(town.pool, town.by(by), out, into, **more))


def away(town, who, **more):
    return town.do(go_away, GoAway(town.pool, town.by(who), **more)).until


def time_passes(town, by):
    town.clock.advance(by)
    return town.do(pass_time, PassTime(town.pool)).changed


def serving(town):
    names = {member: name for name, member in town.members.items()}
    return [names[each] for each in stewards(town.here(), town.clock())]


def states(town, who):
    return [term.state for term in town.here().terms.find(member=town.members[who])]


def mentioned(town):
    return [row[0] for row in town.hall.rows("SELECT number FROM digest ORDER BY number")]


def test_a_steward_without_an_account_is_not_appointed(town):
    town.register("nana")
    with refused(NeedsAccount):
        town.appoint("nana")
    with refused(NeedsAccount):
        rotated(town, STEWARD, STEWARD, "nana")


def test_one_hands_over_to_another_in_one_step(town):
    until = rotated(town, STEWARD, STEWARD, "ann").until
    assert serving(town) == ["ann"]
    assert until == town.clock() + YEAR
    assert states(town, STEWARD) == [TermState.STEPPED_DOWN]
    with refused(StewardsOnly):
        rotated(town, STEWARD, "ann", "ben")


def test_only_who_serves_hands_over_and_only_to_who_does_not(town):
    town.appoint("ann")
    with refused(HasNoRole):
        rotated(town, STEWARD, "ben", "cho")
    with refused(HasRole):
        rotated(town, STEWARD, STEWARD, "ann")
    with refused(InThePast):
        rotated(town, STEWARD, "ann", "ben", until=town.clock())
    assert sorted(serving(town)) == ["ann", STEWARD]


def test_who_is_away_keeps_the_role_and_is_back_on_their_word(town):
    assert away(town, STEWARD) == town.clock() + timedelta(days=14)
    assert serving(town) == [STEWARD]
    assert away(town, STEWARD) is None
    day = town.clock() + timedelta(days=3)
    assert away(town, STEWARD, until=day) == day
    with refused(InThePast):
        away(town, STEWARD, until=town.clock())


def test_a_term_ends_by_itself_where_others_serve(town):
    town.appoint("ann", until=town.clock() + timedelta(days=10))
    town.appoint("ben", Role.PARTNER, until=town.clock() + timedelta(days=10))
    assert time_passes(town, timedelta(days=10) - timedelta(seconds=1)) == 0
    assert time_passes(town, timedelta(seconds=1)) == 2
    assert states(town, "ann") == states(town, "ben") == [TermState.ENDED]
    assert len(mentioned(town)) == 1


def test_the_last_stewards_term_does_not_end_the_role_and_the_group_hears_it_weekly(town):
    assert time_passes(town, YEAR) == 1
    assert serving(town) == [STEWARD]
    assert states(town, STEWARD) == [TermState.SERVING]
    assert len(mentioned(town)) == 1
    assert time_passes(town, timedelta(days=7) - timedelta(seconds=1)) == 0
    assert time_passes(town, timedelta(seconds=1)) == 1


@pytest.mark.parametrize("first", [True, False])
def test_an_overdue_term_ends_once_another_serves(town, first):
    if first:
        town.appoint("ann", until=town.clock() + YEAR + timedelta(days=1))
        time_passes(town, YEAR)
    else:
        time_passes(town, YEAR)
        town.appoint("ann")
        time_passes(town, timedelta(seconds=1))
    assert serving(town) == ["ann"]
    assert states(town, STEWARD) == [TermState.ENDED]


def test_who_is_alone_after_a_dismissal_is_told(town):
    town.appoint("ann")
    command = Dismiss(town.pool, town.by(STEWARD), town.members["ann"], Role.STEWARD)
    assert town.do(dismiss, command).alone
    with refused(LastSteward):
        town.do(dismiss, Dismiss(town.pool, town.by(STEWARD), town.members[STEWARD], Role.STEWARD))
