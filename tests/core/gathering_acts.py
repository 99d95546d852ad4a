"""Gatherings in the random histories: called, joined, held, thanked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.domain.units import MemberId, Number
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
from tests.core.meetings import Meeting, Meetings
from tests.core.model import THERE_IS_NONE, Promised

AHEAD = (timedelta(hours=1), timedelta(hours=25), timedelta(days=3), timedelta(0))


class GatheringActs:
    """Acts around gatherings, for a machine that knows people."""

    @property
    def meetings(self: Any) -> Meetings:
        meetings: Meetings = self.model.meetings
        return meetings

    def people_gather(self: Any, dice: Any) -> None:
        there = self.meetings.all
        begun = any(self.model.now >= each.starts_at for each in there.values())
        came = any(self.attended(each) for each in there.values())
        self.one_of(
            dice,
            (len(there) < 3 or dice.seldom(), self.a_gathering_is_called),
            (bool(there), self.somebody_answers),
            (bool(there), self.somebody_answers),
            (bool(there), self.somebody_answers),
            (begun, self.attendance_is_noted),
            (begun, self.attendance_is_noted),
            (came, self.all_who_came_are_thanked),
            (came, self.all_who_came_are_thanked),
            (came, self.all_who_came_are_thanked),
            (bool(there) and dice.seldom(), self.a_gathering_is_called_off),
            (bool(there) and not begun, self.its_time_comes),
        )

    def its_time_comes(self: Any, dice: Any) -> None:
        ahead = [each.starts_at for each in self.meetings.all.values()]
        if ahead:
            self.it_becomes(max(dice.of(ahead), self.model.now))

    def a_gathering_is_called(self: Any, dice: Any) -> None:
        account, ahead = dice.of(self.accounts), dice.of(AHEAD)
        person, capacity = self.model.persons.get(account), dice.of((None, 1, 2))
        starts_at = self.model.now + ahead
        wrong = set() if person else {"NotAMember"}
        if not ahead:
            wrong = wrong | {"TimeIsOver"}
        by = self.by(account)
        command = Gather(self.town.pool, by, starts_at, "Potluck", capacity=capacity)
        done = self.act(gather, command, wrong)
        if done:
            self.meetings.all[done.gathering] = Meeting(starts_at, capacity, person)

    def a_meeting(self: Any, dice: Any) -> tuple[Number, Meeting | None]:
        number = self.a_thing(dice, self.meetings.all, "open", "over", "open")
        return number, self.meetings.all.get(number)

    def somebody_answers(self: Any, dice: Any) -> None:
        account, going = dice.of(self.accounts), dice.throw(3) > 0
        person, (number, meeting) = self.model.persons.get(account), self.a_meeting(dice)
        wrong = set() if person else {"NotAMember"}
        if meeting is None:
            wrong = wrong | THERE_IS_NONE
        elif meeting.state != "open":
            wrong = wrong | {"NotThere"}
        command = SayGoing(self.town.pool, self.by(account), number, going)
        done = self.act(say_going, command, wrong)
        if done and meeting:
            said = meeting.says(person, going=going)
            assert (done.state, done.line) == (said, meeting.place(person))

    def attendance_is_noted(self: Any, dice: Any) -> None:
        account, (number, meeting) = self.a_steward(dice), self.a_meeting(dice)
        members = [self.someone(dice) for _ in range(dice.of((0, 0, 1, 2)))]
        _, wrong = self.model.steward(account)
        there: set[Any] = set()
        for member in members:
            target, missing = self.model.resolve(member)
            wrong = wrong | missing
            there |= {self.meetings.guest(target)} if target else set()
        if meeting is None:
            wrong = wrong | THERE_IS_NONE
        else:
            if meeting.state == "cancelled":
                wrong = wrong | {"NotThere"}
            if self.model.now < meeting.starts_at:
                wrong = wrong | {"NotBegun"}
            if not members:
                there = {guest for guest, said in meeting.said.items() if said == "going"}
            if not there and not self.attended(meeting):
                wrong = wrong | {"NobodyCame"}
        ids = tuple(map(MemberId, members))
        command = NoteAttendance(self.town.pool, self.by(account), number, ids)
        if self.act(note_attendance, command, wrong) and meeting:
            for guest in there:
                meeting.said[guest] = "attended"

    def attended(self: Any, meeting: Meeting) -> bool:
        return "attended" in [*meeting.said.values(), *meeting.folded]

    def all_who_came_are_thanked(self: Any, dice: Any) -> None:
        account, (number, meeting) = self.a_steward(dice), self.a_meeting(dice)
        worth = dice.of(self.worths)
        actor, wrong = self.model.steward(account)
        if meeting is None:
            wrong = wrong | THERE_IS_NONE
        helpers = set(self.meetings.to_thank(self.model, number)) if meeting else set()
        helpers -= {actor.id} if actor else set()
        if meeting and not helpers:
            wrong = wrong | {"NobodyToThank"}
        command = ThankGathering(self.town.pool, self.by(account), number, worth)
        done = self.act(thank_gathering, command, wrong)
        if not done or not actor:
            return
        assert {each.maker.member for each in done.issued} == helpers
        for issued in done.issued:
            said = (worth.measure.value, worth.amount)
            self.model.promises[issued.commitment] = Promised(
                issued.maker.member, said, self.model.month
            )
            assert issued.credits == self.model.confirm(issued.commitment, actor.id)
            self.meetings.thanked[issued.commitment] = number

    def a_gathering_is_called_off(self: Any, dice: Any) -> None:
        account, (number, meeting) = dice.of(self.accounts), self.a_meeting(dice)
        if meeting is None:
            return  # It may be a plan, or something monthly.
        person, actor = self.model.persons.get(account), self.model.behind(account)
        wrong = set() if person else {"NotAMember"}
        serves = actor and self.model.serves(actor.id, "steward")
        if person and meeting.made_by != person and not serves:
            wrong = wrong | {"NotYourGathering"}
        if meeting.state != "open":
            wrong = wrong | {"NotThere"}
        if self.act(end, End(self.town.pool, self.by(account), number), wrong):
            meeting.state = "cancelled"

    def gatherings_are_the_models(self: Any) -> None:
        assert self.stored("gathering", "number, state") == {
            (number, each.state) for number, each in self.meetings.all.items()
        }
        assert sorted(self.stored_list("going", "gathering, state")) == sorted(
            (number, said)
            for number, each in self.meetings.all.items()
            for said in (*each.said.values(), *each.folded)
        )
