"""Gatherings: called by anybody in the group, with who comes, who was there, and their thanks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.chance import At
from core.domain.gatherings import (
    OVER_AFTER,
    Gathering,
    GatheringState,
    Going,
    GoingState,
    going_id,
    next_reminder,
)
from core.domain.members import Guest, Member
from core.domain.neutral import Command, Notice, Outcome
from core.domain.pools import Announced
from core.domain.refusals import (
    NobodyCame,
    NobodyToThank,
    NotBegun,
    NotThere,
    NotYourGathering,
    Refused,
    TimeIsOver,
)
from core.domain.units import MemberId, Number, PersonId, PoolId, Worth
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.commitments import Issued, backer_named, thank_each
from core.usecases.people import person_behind
from core.usecases.standing import By, other, steward, stewards, thing

LEAST = timedelta(microseconds=1)
SAID_YES = (GoingState.GOING, GoingState.WAITING)


@dataclass(frozen=True, slots=True)
class Gather(Command):
    """Call a gathering. `capacity` is None without a limit."""

    pool: PoolId
    by: By
    starts_at: datetime
    text: str
    place: str = ""
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class GatheringCalled(Outcome):
    """The group sees its card."""

    gathering: Number
    text: str
    starts_at: datetime


def gather(work: Work, command: Gather, at: At) -> GatheringCalled:
    """Call a gathering; whoever is in the group may.

    Raises:
        Refused: NotAMember when the account is unknown, TimeIsOver.
    """
    here = work.enter(command.pool)
    person = person_behind(work, command.by)
    if command.starts_at <= at.now:
        raise Refused(TimeIsOver(command.starts_at))
    # A reminder that it is too late for is not sent.
    remind_at = next_reminder(command.starts_at, at.now, here.pool.time_zone)
    made = Gathering(
        pool=here.pool.id,
        number=here.number(),
        text=command.text,
        starts_at=command.starts_at,
        made_by=person.id,
        made_at=at.now,
        place=command.place,
        capacity=command.capacity,
        remind_at=remind_at,
    )
    here.gatherings.add(made)
    here.card(Announced.GATHERINGS, made.number)
    return GatheringCalled(made.number, made.text, made.starts_at)


# --- who comes -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SayGoing(Command):
    """Say that one comes, or does not."""

    pool: PoolId
    by: By
    gathering: Number
    going: bool = True


@dataclass(frozen=True, slots=True)
class GoingNoted(Outcome):
    """Their answer is noted. `line` is their place in the line of a full gathering, else 0."""

    gathering: Number
    text: str
    starts_at: datetime
    place: str
    state: GoingState
    line: int


@dataclass(frozen=True, slots=True)
class PlaceFree(Notice):
    """Tells the next in line that there is a place for them."""

    gathering: Number
    text: str
    starts_at: datetime
    place: str


def say_going(work: Work, command: SayGoing, at: At) -> GoingNoted:
    """Take somebody's answer; whoever is in the group may come.

    Raises:
        Refused: NotAMember when the account is unknown, NoSuchThing, AnotherKind, NotThere.
    """
    here = work.enter(command.pool)
    person = person_behind(work, command.by).id
    gathering = _open(here, command.gathering)
    answers = here.goings.find(gathering=gathering.number)
    before = next((each for each in answers if each.person == person), None)
    now = _answer(here, gathering, answers, before, person, going=command.going, at=at)
    if before is None or now.state is not before.state:
        _let_in(here, gathering)
        here.card(Announced.GATHERINGS, gathering.number)
    return GoingNoted(
        gathering.number,
        gathering.text,
        gathering.starts_at,
        gathering.place,
        now.state,
        _place_in_line(here, now),
    )


def _open(here: Here, number: Number) -> Gathering:
    gathering = thing(here, here.gatherings, number, "gathering")
    if gathering.state is not GatheringState.OPEN:
        raise Refused(NotThere(number, "gathering", gathering.state))
    return gathering


def _answer(
    here: Here,
    gathering: Gathering,
    answers: Sequence[Going],
    before: Going | None,
    person: PersonId,
    *,
    going: bool,
    at: At,
) -> Going:
    """Keep an answer. Who says once more that they come keeps their place; who was there, was."""
    if before is not None and going == (before.state is not GoingState.NOT_GOING):
        return before
    if before is not None and before.state is GoingState.ATTENDED:
        return before
    said_at = _after_all(answers, at.now)
    state = GoingState.NOT_GOING
    if going:
        state = GoingState.WAITING if _is_full(gathering, answers) else GoingState.GOING
    if before is not None:
        now = replace(before, state=state, said_at=said_at, version=before.version + 1)
        here.goings.save(now)
        return now
    key = going_id(gathering.number, person)
    now = Going(here.pool.id, key, gathering.number, person, said_at, state=state)
    here.goings.add(now)
    return now


def _after_all(answers: Iterable[Going], now: datetime) -> datetime:
    """The present instant, or the next after those of all answers: each has its place in line."""
    last = max((each.said_at for each in answers), default=now - LEAST)
    return max(now, last + LEAST)


def _is_full(gathering: Gathering, answers: Sequence[Going]) -> bool:
    coming = sum(each.state is GoingState.GOING for each in answers)
    return gathering.capacity is not None and coming >= gathering.capacity


def _let_in(here: Here, gathering: Gathering) -> None:
    """Give a free place to the next in line, and tell them."""
    line = _line(here, gathering.number)
    coming = here.goings.find(gathering=gathering.number, state=GoingState.GOING)
    if not line or _is_full(gathering, coming):
        return
    first = line[0]
    here.goings.save(replace(first, state=GoingState.GOING, version=first.version + 1))
    told = PlaceFree(gathering.number, gathering.text, gathering.starts_at, gathering.place)
    _tell(here, [first], told)


def _line(here: Here, number: Number) -> list[Going]:
    """Those who wait for a place, in the order in which they said that they would come."""
    return _in_order(here.goings.find(gathering=number, state=GoingState.WAITING))


def _in_order(goings: Iterable[Going]) -> list[Going]:
    """Answers in the order in which they were given."""
    return sorted(goings, key=lambda each: (each.said_at, each.id))


def _place_in_line(here: Here, going: Going) -> int:
    if going.state is not GoingState.WAITING:
        return 0
    return [each.id for each in _line(here, going.gathering)].index(going.id) + 1


def _tell(here: Here, goings: Sequence[Going], notice: Notice) -> None:
    for each in goings:
        if each.person is not None:
            here.tell_person(each.person, notice)


def cancel_answers(here: Here, person: PersonId, at: At) -> None:
    """Free the places of somebody who leaves, at gatherings that are still to come."""
    for answer in here.goings.find(person=person, state=SAID_YES):
        gathering = here.gatherings.get(answer.gathering)
        if gathering is None or gathering.state is not GatheringState.OPEN:
            continue
        gone = replace(
            answer, state=GoingState.NOT_GOING, said_at=at.now, version=answer.version + 1
        )
        here.goings.save(gone)
        _let_in(here, gathering)
        here.card(Announced.GATHERINGS, gathering.number)


def hand_over_answers(here: Here, gone: PersonId, into: PersonId) -> None:
    """Let what one person called and answered be another's, when two turn out to be one.

    Where both had answered, the answer of the one who stays counts; to have been there counts most.
    """
    for called in here.gatherings.find(made_by=gone):
        here.gatherings.save(replace(called, made_by=into, version=called.version + 1))
    for answer in here.goings.find(person=gone):
        (kept, *_) = (*here.goings.find(gathering=answer.gathering, person=into), None)
        if kept is None:
            here.goings.save(replace(answer, person=into, version=answer.version + 1))
            continue
        was_there = answer.state is GoingState.ATTENDED
        state = answer.state if was_there else GoingState.NOT_GOING
        here.goings.save(replace(answer, person=None, state=state, version=answer.version + 1))
        if was_there:
            _note(here, kept, known=True)
        gathering = here.gatherings.get(answer.gathering)
        if gathering is not None and gathering.state is GatheringState.OPEN:
            _let_in(here, gathering)
            here.card(Announced.GATHERINGS, gathering.number)


# --- called off, reminded, over ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GatheringCalledOff(Outcome):
    """It does not take place; `told` hear of it."""

    gathering: Number
    text: str
    told: int


@dataclass(frozen=True, slots=True)
class GatheringIsOff(Notice):
    """Tells those who said that they would come."""

    gathering: Number
    text: str
    starts_at: datetime


def call_off_gathering(
    work: Work, here: Here, by: By, number: Number, seen: int | None, at: At
) -> GatheringCalledOff:
    """Call a gathering off: who called it may, and any steward.

    Raises:
        Refused: NotAMember when the account is unknown, NotYourGathering, NotThere.
    """
    gathering = thing(here, here.gatherings, number, "gathering")
    person = person_behind(work, by).id
    member = here.member_of(person)
    is_steward = member is not None and member.id in stewards(here, at.now)
    if gathering.made_by != person and not is_steward:
        raise Refused(NotYourGathering(number))
    gathering = _open(here, number)
    off = replace(gathering, state=GatheringState.CANCELLED, version=gathering.version + 1)
    here.gatherings.save(off)
    coming = here.goings.find(gathering=number, state=SAID_YES)
    told = [each for each in coming if each.person != person]
    _tell(here, told, GatheringIsOff(number, off.text, off.starts_at))
    here.card(Announced.GATHERINGS, number)
    return GatheringCalledOff(number, off.text, len(told))


@dataclass(frozen=True, slots=True)
class GatheringSoon(Notice):
    """Reminds somebody who comes: when, where, and who else does."""

    gathering: Number
    text: str
    starts_at: datetime
    place: str
    others: tuple[Guest, ...]


def pass_gatherings(work: Work, here: Here, at: At) -> int:
    """Remind those who come of what is near, and close what is over; how many there were."""
    changed = 0
    for gathering in here.gatherings.find(state=GatheringState.OPEN):
        if gathering.starts_at + OVER_AFTER <= at.now:
            over = replace(gathering, state=GatheringState.OVER, version=gathering.version + 1)
            here.gatherings.save(over)
            here.card(Announced.GATHERINGS, gathering.number)
        elif gathering.remind_at is not None and gathering.remind_at <= at.now:
            _remind(work, here, gathering, at)
        else:
            continue
        changed += 1
    return changed


def _remind(work: Work, here: Here, gathering: Gathering, at: At) -> None:
    """Remind those who come, once, however many reminders were missed; none once it has begun."""
    later = next_reminder(gathering.starts_at, at.now, here.pool.time_zone)
    here.gatherings.save(replace(gathering, remind_at=later, version=gathering.version + 1))
    if gathering.starts_at <= at.now:
        return
    coming = here.goings.find(gathering=gathering.number, state=GoingState.GOING)
    guests = _guests(work, coming)
    for each in coming:
        others = tuple(guest for guest in guests if guest.id != each.person)
        told = GatheringSoon(
            gathering.number, gathering.text, gathering.starts_at, gathering.place, others
        )
        _tell(here, [each], told)


def _guests(work: Work, goings: Sequence[Going]) -> tuple[Guest, ...]:
    """People as an answer names them, in the order in which they answered."""
    found = (each.person or each.member for each in _in_order(goings))
    return tuple(Guest(each, work.name_of(each)) for each in found if each is not None)


# --- who was there -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoteAttendance(Command):
    """Note who was there; without names, all who had said that they would come."""

    pool: PoolId
    by: By
    gathering: Number
    members: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True)
class AttendanceNoted(Outcome):
    """All who are noted by now; `guests` are those of them who are no members."""

    gathering: Number
    text: str
    there: tuple[Guest, ...]
    guests: tuple[Guest, ...]


def note_attendance(work: Work, command: NoteAttendance, at: At) -> AttendanceNoted:
    """Note who was at a gathering, once it has begun.

    Raises:
        Refused: StewardsOnly, NoSuchThing, AnotherKind, NotThere, NotBegun, NoSuchMember,
            MemberLeft, NobodyCame.
    """
    here = work.enter(command.pool)
    steward(here, command.by, at.now)
    gathering = _begun(here, command.gathering, at.now)
    members = dict.fromkeys(other(here, each) for each in command.members)
    answers = {each.id: each for each in here.goings.find(gathering=gathering.number)}
    for member in members:
        answer = _answer_of(here, gathering, answers.values(), member, at)
        _note(here, answer, known=answer.id in answers)
        answers[answer.id] = answer
    if not command.members:
        for answer in answers.values():
            if answer.state is GoingState.GOING:
                _note(here, answer, known=True)
    there = here.goings.find(gathering=gathering.number, state=GoingState.ATTENDED)
    if not there:
        raise Refused(NobodyCame(gathering.number))
    guests = [each for each in there if _member(here, each) is None]
    return AttendanceNoted(
        gathering.number, gathering.text, _guests(work, there), _guests(work, guests)
    )


def _begun(here: Here, number: Number, now: datetime) -> Gathering:
    gathering = thing(here, here.gatherings, number, "gathering")
    if gathering.state is GatheringState.CANCELLED:
        raise Refused(NotThere(number, "gathering", gathering.state))
    if now < gathering.starts_at:
        raise Refused(NotBegun(number, gathering.starts_at))
    return gathering


def _answer_of(
    here: Here, gathering: Gathering, answers: Collection[Going], member: Member, at: At
) -> Going:
    """A member's answer, be it that they gave none."""
    without_account = member.id if member.person is None else None
    for answer in answers:
        if (answer.person, answer.member) == (member.person, without_account):
            return answer
    key = going_id(gathering.number, member.person or member.id)
    said_at = _after_all(answers, at.now)
    return Going(here.pool.id, key, gathering.number, member.person, said_at, without_account)


def _note(here: Here, going: Going, *, known: bool) -> None:
    if not known:
        here.goings.add(replace(going, state=GoingState.ATTENDED))
    elif going.state is not GoingState.ATTENDED:
        here.goings.save(replace(going, state=GoingState.ATTENDED, version=going.version + 1))


def _member(here: Here, going: Going) -> Member | None:
    """The member who gave an answer, if they are one now."""
    if going.person is not None:
        return here.member_of(going.person)
    member = here.members.get(going.member) if going.member else None
    return member if member is not None and member.here else None


@dataclass(frozen=True, slots=True)
class ThankGathering(Command):
    """Issue to all who were at a gathering; `text` is '' for what the gathering is called.

    `backer` stands behind what is issued.
    """

    pool: PoolId
    by: By
    gathering: Number
    worth: Worth
    text: str = ""
    backer: MemberId | None = None


@dataclass(frozen=True, slots=True)
class GatheringThanked(Outcome):
    """Each of them has the credits.

    `guests` are no members and have none. `yourself`: the steward was there too, and has to be
    thanked by another.
    """

    gathering: Number
    text: str
    issued: tuple[Issued, ...]
    guests: tuple[Guest, ...]
    yourself: bool


def thank_gathering(work: Work, command: ThankGathering, at: At) -> GatheringThanked:
    """Record a kept commitment for each who was there and issue its credits, each once.

    Raises:
        Refused: StewardsOnly, NoSuchMember, MemberLeft, HasNoRole, NoSuchThing, AnotherKind,
            NobodyToThank.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    backer = backer_named(here, command.backer, at.now)
    gathering = thing(here, here.gatherings, command.gathering, "gathering")
    text = command.text or gathering.text
    there = here.goings.find(gathering=gathering.number, state=GoingState.ATTENDED)
    members = {each.id: _member(here, each) for each in there}
    thanked = {each.maker for each in here.commitments.find(gathering=gathering.number)}
    were_there = (members[each.id] for each in _in_order(there))
    helpers = [
        each.id
        for each in were_there
        if each is not None and each.id != actor.id and each.id not in thanked
    ]
    if not helpers:
        raise Refused(NobodyToThank(gathering.number))
    issued = thank_each(here, actor, helpers, text, command.worth, backer, at, gathering.number)
    guests = _guests(work, [each for each in there if members[each.id] is None])
    yourself = any(each is not None and each.id == actor.id for each in members.values())
    return GatheringThanked(
        gathering.number, text, issued, guests, yourself and actor.id not in thanked
    )
