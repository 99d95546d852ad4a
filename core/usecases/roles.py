"""Roles and their terms: appointing and dismissing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.chance import At
from core.domain.members import Member, Role, Term, TermState, Who
from core.domain.neutral import Command, Notice, Outcome
from core.domain.refusals import HasNoRole, HasRole, InThePast, LastSteward, Refused, Yourself
from core.domain.units import MemberId, PoolId
from core.ports import Here, Work
from core.usecases.standing import By, other, serves, steward, stewards, terms, who


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
        Refused: StewardsOnly, NoSuchMember, MemberLeft, Yourself, HasRole, InThePast.
    """
    here = work.enter(command.pool)
    actor = steward(here, command.by, at.now)
    member = other(here, command.member)
    if member.id == actor.id:
        raise Refused(Yourself())
    if serves(here, member, command.role, at.now):
        raise Refused(HasRole(who(member), command.role))
    if command.until is not None and command.until <= at.now:
        raise Refused(InThePast(command.until))
    _close_run_out(here, member, command.role)
    until = command.until or _usual_end(here, command.role, at.now)
    here.terms.add(
        Term(here.pool.id, here.number(), member.id, command.role, since=at.now, until=until)
    )
    here.tell(member.id, RoleGiven(command.role, until))
    return Appointed(who(member), command.role, until)


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
    """The role has ended."""

    who: Who
    role: Role


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
        here.terms.save(replace(term, state=state, version=term.version + 1))
    if not stepped_down:
        here.tell(member.id, RoleEnded(command.role))
    return Dismissed(who(member), command.role)
