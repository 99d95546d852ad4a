"""People, who they are in a pool, and what they may do there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.states import Steps
from core.domain.units import Address, Carry, MemberId, Number, PersonId, PoolId
from core.records import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """One human, on however many platforms. `language` is '' until they choose one.

    `pool` is the one they chose for direct messages, when they are in several. `reminders` says
    whether they want any; none comes between `quiet_from` and `quiet_until`, in minutes of the day
    by the pool's clock.
    """

    id: PersonId
    language: str = ""
    pool: PoolId | None = None
    reminders: bool = True
    quiet_from: int = 21 * 60
    quiet_until: int = 8 * 60
    version: int = 1


CLOSED_FOR = timedelta(days=7)
"""How long a way to somebody that was refused is left alone, unless they write to the bot."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An account on a platform. `username` is '' where there is none.

    Usernames change hands: `rebound` says that this one was another account's before, so that
    people are asked whether they mean its new owner. `reachable` says that they wrote in private,
    and did not close that way since; one that is closed is left alone until `closed_until`.
    """

    platform: str
    external: str
    person: PersonId
    name: str
    username: str = ""
    language: str = ""
    reachable: bool = False
    rebound: bool = False
    closed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A one-time code by which one person shows that two accounts are theirs."""

    code: str
    person: PersonId
    expires_at: datetime
    used: bool = False


class MemberState(StrEnum):
    """Where a membership stands."""

    INVITED = "invited"
    JOINED = "joined"
    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"


MEMBER_STEPS: Steps[MemberState] = {
    MemberState.INVITED: frozenset({MemberState.JOINED}),
    MemberState.JOINED: frozenset({MemberState.ACTIVE, MemberState.LEFT}),
    MemberState.ACTIVE: frozenset({MemberState.PAUSED, MemberState.LEFT}),
    MemberState.PAUSED: frozenset({MemberState.ACTIVE, MemberState.LEFT}),
}


class Sharing(StrEnum):
    """To whom a member may show their name."""

    PUBLIC = "public"
    AID = "aid"


@dataclass(frozen=True, slots=True)
class Member:
    """A person in one pool, or somebody without an account (`person` is None).

    `account` is the address of their credits. Somebody registered by a steward has JOINED, a
    member with an account is ACTIVE, a former member has neither name nor person. `acted_by` is
    the member who registered them and, while they serve, acts for them. `folded_into` names the
    member that took over when two accounts were linked. Their name is shown to the public, or to
    aid organisations, only when they share it.
    """

    pool: PoolId
    id: MemberId
    person: PersonId | None
    name: str
    state: MemberState
    joined_at: datetime
    account: Address
    carry: Carry = Carry()
    acted_by: MemberId | None = None
    folded_into: MemberId | None = None
    shares_public: bool = False
    shares_aid: bool = False
    version: int = 1

    @property
    def here(self) -> bool:
        """Whether they take part at present."""
        return self.state in (MemberState.JOINED, MemberState.ACTIVE, MemberState.PAUSED)


class Role(StrEnum):
    """What a member may be appointed to, beside being a member."""

    STEWARD = "steward"
    PARTNER = "partner"
    BACKER = "backer"
    MANAGER = "manager"
    GUARDIAN = "guardian"


class TermState(StrEnum):
    """Where a term stands (rules, section 7)."""

    SERVING = "serving"
    ENDED = "ended"
    RENEWED = "renewed"
    STEPPED_DOWN = "stepped_down"
    RECALLED = "recalled"


TERM_STEPS: Steps[TermState] = {
    TermState.SERVING: frozenset(
        {TermState.ENDED, TermState.RENEWED, TermState.STEPPED_DOWN, TermState.RECALLED}
    ),
}


TOLD_AGAIN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Term:
    """A role held by a member for a time. `until` is None for roles without a term.

    Of a term that has ended, `until` is when it did.
    Somebody who is away until a day keeps the role; the queue's nudges go to the others meanwhile.
    `told_at` is when the group last heard that a last steward's term is over.
    """

    pool: PoolId
    number: Number
    member: MemberId
    role: Role
    since: datetime
    until: datetime | None
    state: TermState = TermState.SERVING
    away_until: datetime | None = None
    told_at: datetime | None = None
    version: int = 1

    def runs(self, now: datetime) -> bool:
        """Whether the role may be used at this instant: rights end with the term."""
        return self.state is TermState.SERVING and (self.until is None or now < self.until)

    def ended(self, state: TermState, now: datetime) -> Term:
        """The same term, ended by somebody's act."""
        return replace(self, state=state, until=now, version=self.version + 1)

    def served_at(self, end: datetime) -> bool:
        """Whether its holder served at the last instant before this one, be it long ago."""
        lasted = self.until is not None and end <= self.until
        return self.since < end and (lasted or self.state is TermState.SERVING)

    def away(self, now: datetime) -> bool:
        """Whether its holder is away at this instant."""
        return self.away_until is not None and now < self.away_until


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody at a gathering, member or not, as an answer names them: by their person's id.

    Of a member without an account it is the member's id. The name is looked up anew, as in `Who`.
    """

    id: PersonId | MemberId
    name: str


@dataclass(frozen=True, slots=True)
class Who:
    """A member as an answer names them. The name is looked up anew when an answer is repeated."""

    member: MemberId
    name: str
