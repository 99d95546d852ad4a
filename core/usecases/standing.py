"""Who may do what, asked at the moment of the act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.domain.members import Member, Role, Term, TermState, Who
from core.domain.refusals import (
    ActsForThemselves,
    AnotherKind,
    MayNotActFor,
    MemberLeft,
    NoSuchMember,
    NoSuchThing,
    NotAMember,
    OutOfDate,
    Refused,
    StewardsOnly,
)
from core.domain.units import Address, MemberId, Number
from core.ports import Here, Thing, Things
from core.records import dataclass


@dataclass(frozen=True, slots=True)
class By:
    """Who asks: an account on a platform, for themselves or for somebody without a phone."""

    platform: str
    external: str
    behalf: MemberId | None = None

    @property
    def account(self) -> str:
        """The account as it is kept beside an answer, so that it can be erased."""
        return f"{self.platform}:{self.external}"


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom something is done, and who does it: the same member, unless on behalf."""

    member: Member
    actor: Member

    @property
    def behalf(self) -> MemberId | None:
        """For whom, when it is somebody else: both stand in the entry."""
        return None if self.member.id == self.actor.id else self.member.id


def caller(here: Here, by: By) -> Member:
    """The member who asks.

    Raises:
        Refused: NotAMember.
    """
    member = here.member_with(by.platform, by.external)
    if member is None:
        raise Refused(NotAMember())
    return member


def acting(here: Here, by: By, now: datetime) -> Acting:
    """For whom and by whom, when the one may act for the other.

    A steward may, and a guardian for whom they registered: as long as they serve.

    Raises:
        Refused: NotAMember, NoSuchMember, MemberLeft, ActsForThemselves, MayNotActFor.
    """
    actor = caller(here, by)
    if by.behalf is None or by.behalf == actor.id:
        return Acting(actor, actor)
    member = other(here, by.behalf)
    if member.person is not None:
        raise Refused(ActsForThemselves(who(member)))
    guards = member.acted_by == actor.id and serves(here, actor, Role.GUARDIAN, now)
    if not guards and not serves(here, actor, Role.STEWARD, now):
        raise Refused(MayNotActFor(who(member)))
    return Acting(member, actor)


def steward(here: Here, by: By, now: datetime) -> Member:
    """The steward who asks.

    Raises:
        Refused: NotAMember, StewardsOnly.
    """
    member = caller(here, by)
    if not serves(here, member, Role.STEWARD, now):
        raise Refused(StewardsOnly())
    return member


def serves(here: Here, member: Member, role: Role, now: datetime) -> bool:
    """Whether a member holds a role at this instant."""
    if role is Role.STEWARD:
        return member.id in stewards(here, now)
    return any(term.runs(now) for term in terms(here, role, member.id))


def terms(here: Here, role: Role, member: MemberId) -> Sequence[Term]:
    """The terms of a member in a role that have not been closed."""
    return here.terms.find(role=role, member=member, state=TermState.SERVING)


def stewards(here: Here, now: datetime) -> list[MemberId]:
    """The members who are stewards at this instant, by the age of their terms.

    The end of its term does not end the role of a pool's last steward (rules, section 3): where
    nobody's term runs, whoever's ran longest serves on, so that there is somebody to appoint.
    """
    serving = here.terms.find(role=Role.STEWARD, state=TermState.SERVING)
    running = [term for term in serving if term.runs(now)]
    return [term.member for term in running or _ended_last(serving)]


def _ended_last(serving: Sequence[Term]) -> list[Term]:
    last = max((term.until for term in serving if term.until), default=None)
    return [term for term in serving if term.until == last]


def other(here: Here, member: MemberId) -> Member:
    """A member who was named, and is here.

    Raises:
        Refused: NoSuchMember, MemberLeft.
    """
    found = here.members.get(member)
    if found is None:
        raise Refused(NoSuchMember())
    if found.folded_into is not None:
        return other(here, found.folded_into)
    if not found.here:
        raise Refused(MemberLeft())
    return found


def holder(here: Here, account: Address) -> Member:
    """Whose account it is, be it closed: since two were linked, the one both are now."""
    (found,) = here.members.find(account=account)
    return now_is(here, found)


def now_is(here: Here, member: Member) -> Member:
    """The member that somebody is since their accounts were linked; mostly themselves."""
    while member.folded_into is not None and (one := here.members.get(member.folded_into)):
        member = one
    return member


def who(member: Member) -> Who:
    """A member as an answer names them."""
    return Who(member.id, member.name)


def known(here: Here, member: MemberId) -> Who:
    """A member of any standing as an answer names them."""
    found = here.members.get(member)
    return Who(member, found.name if found else "")


def thing(here: Here, things: Things[Thing], number: Number, wanted: str) -> Thing:
    """What a number names.

    Raises:
        Refused: NoSuchThing, or AnotherKind when the number names something else.
    """
    found = things.get(number)
    if found is not None:
        return found
    is_a = here.kind_of(number)
    if is_a is None:
        raise Refused(NoSuchThing(number))
    raise Refused(AnotherKind(number, is_a, wanted))


def drawn_for(version: int, seen: int | None, number: Number) -> None:
    """Hold the version on a button against the thing's; a typed command has none.

    Raises:
        Refused: OutOfDate.
    """
    if seen is not None and seen != version:
        raise Refused(OutOfDate(number))
