"""Gatherings: places and the line for them, reminders, who was there, and thanks once each."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.domain.gatherings import OVER_AFTER, GatheringState, GoingState
from core.domain.members import Role
from core.domain.refusals import (
    NobodyCame,
    NobodyToThank,
    NotBegun,
    NotThere,
    NotYourGathering,
    Refusal,
    Refused,
    StewardsOnly,
    TimeIsOver,
)
from core.domain.units import Measure, Number, Worth
from core.usecases.ending import End, end
from core.usecases.gatherings import (
    Gather,
    NoteAttendance,
    SayGoing,
    ThankGathering,
    gather,
    note_attendance,
    say_going,
    thank_gathering,
)
from core.usecases.leaving import Leave, leave
from core.usecases.passing import PassTime, pass_time
from tests.core.hall import STEWARD, Town

TWO_HOURS = Worth(Measure.MINUTES, 120)
IN_THREE_DAYS = timedelta(days=3)


def no(act: Callable[..., Any], *about: Any, **more: Any) -> Refusal:
    """The refusal that an act meets with."""
    with pytest.raises(Refused) as raised:
        act(*about, **more)
    return raised.value.refusal


def called(town: Town, who: str = "ann", ahead: timedelta = IN_THREE_DAYS, **more: Any) -> Number:
    command = Gather(town.pool, town.by(who), town.clock() + ahead, "Potluck", **more)
    number: Number = town.do(gather, command).gathering
    return number


def says(town: Town, number: Number, who: str, *, going: bool = True) -> Any:
    return town.do(say_going, SayGoing(town.pool, town.by(who), number, going))


def state(town: Town, number: Number, who: str) -> GoingState | None:
    found = town.here().goings.find(gathering=number, person=town.people[who])
    return found[0].state if found else None


def attended(town: Town, number: Number, *names: str, by: str = STEWARD) -> Any:
    members = tuple(town.members[who] for who in names)
    return town.do(note_attendance, NoteAttendance(town.pool, town.by(by), number, members))


def thanked(town: Town, number: Number, by: str = STEWARD, **more: Any) -> Any:
    command = ThankGathering(town.pool, town.by(by), number, TWO_HOURS, **more)
    return town.do(thank_gathering, command)


def off(town: Town, number: Number, who: str) -> Any:
    return town.do(end, End(town.pool, town.by(who), number))


def told(town: Town, who: str) -> list[str]:
    """The kinds of notices that wait for somebody, of gatherings."""
    rows = town.hall.rows(
        "SELECT notice FROM outbox WHERE person = :person ORDER BY id", person=town.people[who]
    )
    kinds = [json.loads(notice)[0] for (notice,) in rows if notice]
    return [each for each in kinds if each in ("PlaceFree", "GatheringIsOff", "GatheringSoon")]


def later(town: Town, by: timedelta) -> None:
    town.clock.now += by
    town.do(pass_time, PassTime(town.pool))


@pytest.fixture
def guest(town: Town) -> str:
    """Somebody in the group who is no member."""
    town.meet("zuri")
    return "zuri"


def test_whoever_is_in_the_group_calls_gatherings_and_comes(town: Town, guest: str) -> None:
    number = called(town, guest)
    assert says(town, number, guest).state is GoingState.GOING
    assert town.here().member_of(town.people[guest]) is None


def test_a_gathering_lies_ahead(town: Town) -> None:
    now = town.clock()
    assert no(called, town, ahead=timedelta(0)) == TimeIsOver(now)


def test_a_full_gathering_has_a_line_in_which_each_keeps_their_place(
    town: Town, guest: str
) -> None:
    number = called(town, capacity=1)
    answers = [says(town, number, who) for who in ("ann", "ben", guest, "cho", "ben")]
    assert [each.line for each in answers] == [0, 1, 2, 3, 1]
    says(town, number, "ann", going=False)
    assert [state(town, number, who) for who in ("ann", "ben", guest, "cho")] == [
        GoingState.NOT_GOING,
        GoingState.GOING,
        GoingState.WAITING,
        GoingState.WAITING,
    ]
    assert [told(town, who) for who in ("ben", guest, "cho")] == [["PlaceFree"], [], []]


def test_who_leaves_the_line_frees_no_place(town: Town) -> None:
    number = called(town, capacity=1)
    for who in ("ann", "ben", "cho"):
        says(town, number, who)
    says(town, number, "ben", going=False)
    assert state(town, number, "cho") is GoingState.WAITING
    assert says(town, number, "ben").line == 2


def test_a_place_of_somebody_who_leaves_the_pool_goes_to_the_next(town: Town) -> None:
    number = called(town, "ben", capacity=1)
    says(town, number, "ann")
    says(town, number, "cho")
    town.do(leave, Leave(town.pool, town.by("ann"), sure=True))
    assert state(town, number, "cho") is GoingState.GOING
    assert not town.here().goings.find(gathering=number, person=town.people["ann"])


def test_who_called_it_or_a_steward_calls_it_off_and_those_who_come_hear_of_it(
    town: Town, guest: str
) -> None:
    number = called(town, guest)
    for who in (guest, "ann"):
        says(town, number, who)
    assert no(off, town, number, "ann") == NotYourGathering(number)
    assert off(town, number, guest).told == 1
    assert (told(town, "ann"), told(town, guest)) == (["GatheringIsOff"], [])
    assert no(off, town, number, STEWARD) == NotThere(number, "gathering", "cancelled")
    assert no(says, town, number, "ben") == NotThere(number, "gathering", "cancelled")
    another = called(town)
    assert off(town, another, STEWARD).told == 0


def test_each_reminder_comes_once_to_those_who_come(town: Town) -> None:
    number = called(town)
    says(town, number, "ann")
    says(town, number, "ben")
    says(town, number, "ben", going=False)
    for _ in range(3):
        later(town, timedelta(days=1) - timedelta(minutes=1))
        later(town, timedelta(minutes=1))
    assert told(town, "ann") == ["GatheringSoon"] * 2
    assert told(town, "ben") == []


def test_after_downtime_one_reminder_stands_for_both_and_none_for_what_has_begun(
    town: Town,
) -> None:
    number = called(town)
    says(town, number, "ann")
    later(town, IN_THREE_DAYS - timedelta(hours=1))
    assert told(town, "ann") == ["GatheringSoon"]
    another = called(town, ahead=timedelta(days=2))
    says(town, another, "ben")
    later(town, timedelta(days=2))
    assert told(town, "ben") == []


def test_nobody_is_reminded_of_what_was_called_off(town: Town) -> None:
    number = called(town)
    says(town, number, "ann")
    off(town, number, STEWARD)
    later(town, IN_THREE_DAYS - timedelta(hours=1))
    assert told(town, "ann") == ["GatheringIsOff"]


def test_it_is_over_some_hours_after_its_start(town: Town) -> None:
    number = called(town)
    later(town, IN_THREE_DAYS + OVER_AFTER)
    gathering = town.here().gatherings.get(number)
    assert gathering is not None
    assert gathering.state is GatheringState.OVER


def test_who_was_there_is_known_once_it_has_begun(town: Town) -> None:
    number = called(town)
    starts_at = town.clock() + IN_THREE_DAYS
    assert no(attended, town, number, "ann") == NotBegun(number, starts_at)
    town.clock.now = starts_at
    assert no(attended, town, number) == NobodyCame(number)
    assert no(attended, town, number, "ann", by="ben") == StewardsOnly()
    assert len(attended(town, number, "ann", "ann").there) == 1


def test_who_is_named_twice_was_there_once(town: Town) -> None:
    number = called(town)
    says(town, number, "ben")
    later(town, IN_THREE_DAYS)
    noted = attended(town, number, "ben", "cho", "ben", "cho")
    assert sorted(each.name for each in noted.there) == ["Ben", "Cho"]


def test_who_was_there_does_not_say_afterwards_that_they_do_not_come(town: Town) -> None:
    number = called(town, ahead=timedelta(hours=1))
    town.clock.advance(timedelta(hours=1))
    attended(town, number, "ben")
    assert says(town, number, "ben", going=False).state is GoingState.ATTENDED
    assert state(town, number, "ben") is GoingState.ATTENDED


def test_all_who_were_there_are_thanked_once_in_one_step(town: Town, guest: str) -> None:
    number = called(town)
    town.register("mzee")
    for who in ("ann", "ben", guest):
        says(town, number, who)
    town.clock.now += IN_THREE_DAYS
    assert [each.name for each in attended(town, number).guests] == ["Zuri"]
    attended(town, number, "mzee", STEWARD)
    done = thanked(town, number)
    assert [each.maker.name for each in done.issued] == ["Ann", "Ben", "Mzee"]
    assert (len(done.guests), done.yourself) == (1, True)
    assert [town.balance(who) for who in ("ann", "ben", "mzee", STEWARD)] == [4, 4, 4, 0]
    assert no(thanked, town, number) == NobodyToThank(number)
    town.join(guest)
    assert [each.maker.name for each in thanked(town, number).issued] == ["Zuri"]
    town.audit()


def test_another_steward_thanks_the_steward_who_was_there(town: Town) -> None:
    number = called(town)
    town.appoint("ann")
    town.clock.now += IN_THREE_DAYS
    attended(town, number, STEWARD)
    assert no(thanked, town, number) == NobodyToThank(number)
    thanked(town, number, by="ann")
    assert town.balance(STEWARD) == 4


def test_a_backer_stands_behind_what_a_gathering_issues(town: Town) -> None:
    number = called(town)
    town.appoint("cho", Role.BACKER)
    town.clock.now += IN_THREE_DAYS
    attended(town, number, "ann")
    thanked(town, number, backer=town.members["cho"])
    (commitment,) = town.here().commitments.find(gathering=number)
    assert (commitment.backer, commitment.text) == (town.members["cho"], "Potluck")


def test_two_accounts_made_one_have_one_answer(town: Town) -> None:
    number = called(town, capacity=1)
    town.meet("other/ann")
    says(town, number, "other/ann")
    says(town, number, "ben")
    says(town, number, "ann", going=False)
    town.link("ann", "other/ann")
    assert state(town, number, "ann") is GoingState.NOT_GOING
    assert state(town, number, "ben") is GoingState.GOING
