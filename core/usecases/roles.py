"""Roles and their terms: appointing and dismissing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.chance import At
from core.domain.members import TOLD_AGAIN_AFTER, Member, Role, Term, TermState, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.refusals import (
    HasNoRole,
    HasRole,
    InThePast,
    LastSteward,
    NeedsAccount,
    Refused,
    Yourself,
)
from core.domain.units import MemberId, PoolId
from core.ports import Here, Work
from core.records import dataclass
from core.usecases.standing import By, other, serves, steward, stewards, terms, who

STEWARDS_ENOUGH = 2
AWAY_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Appoint(Command):
    """Give a member a role. `until` is None for the pool's usual term."""

    pool: PoolId
    by: By
    member: MemberId
    role: Role
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Appointed(Outcome):
    """The member serves from now on; `until` is None for a role without a term."""

    who: Who
    role: Role
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RoleGiven(Notice):
    """Tells the member."""

    role: Role
    until: datetime | None


def appoint(work: Work, command: Appoint, at: At) -> Appointed:
    """Appoint a member to a role; a steward's term ends by itself.

    Raises:
        Refused: StewardsOnly, NoSuchMember, MemberLeft, Yourself, NeedsAccount, HasRole, InThePast.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    member = other(here, command.member)
    if member.id == actor.id:
        raise Refused(Yourself())
    until = _begin(here, member, command.role, command.until, at.now)
    return Appointed(who(member), command.role, until)


def _begin(
    here: Here, member: Member, role: Role, until: datetime | None, now: datetime
) -> datetime | None:
    """Begin a term of somebody who may serve, and tell them until when."""
    if role is Role.STEWARD and member.person is None:
        raise Refused(NeedsAccount(who(member)))
    if serves(here, member, role, now):
        raise Refused(HasRole(who(member), role))
    if until is not None and until <= now:
        raise Refused(InThePast(until))
    _close_run_out(here, member, role)
    ends = until or _usual_end(here, role, now)
    here.terms.add(Term(here.pool.id, here.number(), member.id, role, since=now, until=ends))
    here.tell(member.id, RoleGiven(role, ends))
    return ends


def _usual_end(here: Here, role: Role, now: datetime) -> datetime | None:
    return now + timedelta(days=here.pool.rules.term_days) if role is Role.STEWARD else None


def _close_run_out(here: Here, member: Member, role: Role) -> None:
    for term in terms(here, role, member.id):
        here.terms.save(replace(term, state=TermState.ENDED, version=term.version + 1))


@dataclass(frozen=True, slots=True)
class Dismiss(Command):
    """End a member's role now. One's own: stepping down."""

    pool: PoolId
    by: By
    member: MemberId
    role: Role


@dataclass(frozen=True, slots=True)
class Dismissed(Outcome):
    """The role has ended. `alone`: one steward is left, so that what needs two waits."""

    who: Who
    role: Role
    alone: bool


@dataclass(frozen=True, slots=True)
class RoleEnded(Notice):
    """Tells the member."""

    role: Role


def dismiss(work: Work, command: Dismiss, at: At) -> Dismissed:
    """End a role at once; a pool keeps at least one steward.

    Raises:
        Refused: StewardsOnly, NoSuchMember, MemberLeft, HasNoRole, LastSteward.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    member = other(here, command.member)
    if not serves(here, member, command.role, at.now):
        raise Refused(HasNoRole(who(member), command.role))
    if command.role is Role.STEWARD and stewards(here, at.now) == [member.id]:
        raise Refused(LastSteward())
    stepped_down = member.id == actor.id
    state = TermState.STEPPED_DOWN if stepped_down else TermState.RECALLED
    for term in terms(here, command.role, member.id):
        here.terms.save(term.ended(state, at.now))
    if not stepped_down:
        here.tell(member.id, RoleEnded(command.role))
    alone = command.role is Role.STEWARD and len(stewards(here, at.now)) < STEWARDS_ENOUGH
    return Dismissed(who(member), command.role, alone)


@dataclass(frozen=True, slots=True)
class Rotate(Command):
    """Hand a steward's term over to another member."""

    pool: PoolId
    by: By
    outgoing: MemberId
    incoming: MemberId
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rotated(Outcome):
    """One serves no more, the other does from now on."""

    outgoing: Who
    incoming: Who
    until: datetime


def rotate(work: Work, command: Rotate, at: At) -> Rotated:
    """End one steward's term and begin another's, in one step.

    Raises:
        Refused: StewardsOnly, NoSuchMember, MemberLeft, HasNoRole, NeedsAccount, HasRole,
            InThePast.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    outgoing, incoming = other(here, command.outgoing), other(here, command.incoming)
    if not serves(here, outgoing, Role.STEWARD, at.now):
        raise Refused(HasNoRole(who(outgoing), Role.STEWARD))
    until = _begin(here, incoming, Role.STEWARD, command.until, at.now)
    own = outgoing.id == actor.id
    state = TermState.STEPPED_DOWN if own else TermState.ENDED
    for term in terms(here, Role.STEWARD, outgoing.id):
        here.terms.save(term.ended(state, at.now))
    if not own:
        here.tell(outgoing.id, RoleEnded(Role.STEWARD))
    return Rotated(who(outgoing), who(incoming), until or at.now)


@dataclass(frozen=True, slots=True)
class GoAway(Command):
    """Be away until a day, or be back when one was away."""

    pool: PoolId
    by: By
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AwaySet(Outcome):
    """Away until then; None: back."""

    until: datetime | None


def go_away(work: Work, command: GoAway, at: At) -> AwaySet:
    """Have the nudges of the queue go to the others: until the day named, else for two weeks.

    Whoever is away and names no day is back.

    Raises:
        Refused: StewardsOnly, InThePast.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    if command.until is not None and command.until <= at.now:
        raise Refused(InThePast(command.until))
    (term,) = terms(here, Role.STEWARD, actor.id)
    back = command.until is None and term.away(at.now)
    until = None if back else command.until or at.now + AWAY_FOR
    here.terms.save(replace(term, away_until=until, version=term.version + 1))
    return AwaySet(until)


@dataclass(frozen=True, slots=True)
class TermOver(Notice):
    """Tells a member that their term has ended by itself."""

    role: Role


def end_terms(here: Here, now: datetime) -> int:
    """End the terms whose time is over; how many ended.

    A last steward's does not end the role: the group is told, once a week, that it is time to
    choose stewards (rules, section 3). The day's digest says so, of the term as it stands.
    """
    serving = here.terms.find(state=TermState.SERVING)
    over = [term for term in serving if term.until is not None and term.until <= now]
    lasting = set(stewards(here, now))
    changed = 0
    for term in over:
        if term.role is Role.STEWARD and term.member in lasting:
            changed += _call_for_election(here, term, now)
            continue
        here.terms.save(replace(term, state=TermState.ENDED, version=term.version + 1))
        here.tell(term.member, TermOver(term.role))
        if term.role is Role.STEWARD and len(lasting) < STEWARDS_ENOUGH:
            here.mention(term.number)
        changed += 1
    return changed


def _call_for_election(here: Here, term: Term, now: datetime) -> int:
    if term.told_at is not None and now < term.told_at + TOLD_AGAIN_AFTER:
        return 0
    here.terms.save(replace(term, told_at=now, version=term.version + 1))
    here.mention(term.number)
    return 1
