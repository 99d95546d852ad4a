"""Persons and members: being seen, joining, being registered, settings of one's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.chance import At
from core.domain.members import CLOSED_FOR, Identity, Person, Role, Sharing, Who
from core.domain.neutral import Command, Outcome
from core.domain.refusals import AlreadyMember, CalledSo, NotAMember, Refused
from core.domain.units import PersonId, PoolId
from core.ports import Work
from core.records import dataclass
from core.usecases.pools import admit
from core.usecases.standing import By, acting, caller, serves, steward, who

LATEST_SAID = 5
"""How much of what could not be said to somebody they hear when they write again."""


@dataclass(frozen=True, slots=True)
class Meet(Command):
    """Somebody was seen: remember the account, and what it is called now.

    `reachable` says that they wrote in private (True), or closed that way (False), or neither.
    """

    platform: str
    external: str
    name: str
    username: str = ""
    language: str = ""
    reachable: bool | None = None


@dataclass(frozen=True, slots=True)
class Met(Outcome):
    """The account is known."""

    person: PersonId


def meet(work: Work, command: Meet, at: At) -> Met:
    """Know an account on a platform; a username belongs to whoever was seen with it last.

    A name that changed is changed in the pools too: a member is called what they call themselves.
    Who writes in private after a time hears the latest of what could not be said to them.
    """
    known = work.people.identity(command.platform, command.external)
    person = known.person if known else _new_person(work, at)
    reachable, closed_until = _way_to(command, known, at)
    seen = Identity(
        platform=command.platform,
        external=command.external,
        person=person,
        name=command.name,
        username=command.username,
        language=command.language,
        reachable=reachable,
        rebound=_changed_hands(work, command, known),
        closed_until=closed_until,
    )
    if seen != known:
        work.people.keep(seen)
    if known is not None and reachable and not known.reachable:
        work.people.opened(person, LATEST_SAID)
    if known is not None and known.name != seen.name:
        _rename(work, person, known.name, seen.name)
    return Met(person)


def _way_to(command: Meet, known: Identity | None, at: At) -> tuple[bool, datetime | None]:
    """Whether the account can be written to, and until when it is left alone if it cannot."""
    if command.reachable is None:
        return (known.reachable, known.closed_until) if known else (False, None)
    return command.reachable, None if command.reachable else at.now + CLOSED_FOR


def _changed_hands(work: Work, command: Meet, known: Identity | None) -> bool:
    """Whether the username was somebody else's; from now on they are not called so any more."""
    if not command.username:
        return False
    if known is not None and known.username.casefold() == command.username.casefold():
        return known.rebound
    former = work.people.with_username(command.platform, command.username)
    if former is None or former.external == command.external:
        return False
    work.people.keep(replace(former, username=""))
    return True


def _new_person(work: Work, at: At) -> PersonId:
    person = Person(PersonId(at.id()))
    work.people.add(person)
    return person.id


def _rename(work: Work, person: PersonId, before: str, after: str) -> None:
    for pool in work.people.pools(person):
        here = work.enter(pool)
        member = here.member_of(person)
        if member is not None and member.name == before:
            here.members.save(replace(member, name=after, version=member.version + 1))


@dataclass(frozen=True, slots=True)
class Join(Command):
    """Become a member of a pool."""

    pool: PoolId
    by: By


@dataclass(frozen=True, slots=True)
class Joined(Outcome):
    """Welcome."""

    pool: PoolId
    name: str
    who: Who


def join(work: Work, command: Join, at: At) -> Joined:
    """Join the pool of a chat.

    Raises:
        Refused: AlreadyMember, NotAMember when the account is unknown.
    """
    here = work.enter(command.pool)
    identity = work.people.identity(command.by.platform, command.by.external)
    if identity is None:
        raise Refused(NotAMember())
    if here.member_of(identity.person) is not None:
        raise Refused(AlreadyMember())
    member = admit(here, identity.person, identity.name, at)
    return Joined(here.pool.id, here.pool.name, who(member))


@dataclass(frozen=True, slots=True)
class Register(Command):
    """Make somebody without an account a member."""

    pool: PoolId
    by: By
    name: str


@dataclass(frozen=True, slots=True)
class Registered(Outcome):
    """They are a member; the steward or guardian acts for them."""

    who: Who


def register(work: Work, command: Register, at: At) -> Registered:
    """Register somebody without a phone; the one who does acts for them.

    Raises:
        Refused: StewardsOnly unless the caller is a steward or a guardian; CalledSo.
    """
    here = work.enter(command.pool)
    actor = caller(here, command.by)
    if not serves(here, actor, Role.GUARDIAN, at.now):
        steward(here, command.by, at.now)
    if any(each.here for each in here.members.find(person=None, name=command.name)):
        raise Refused(CalledSo(command.name))
    member = admit(here, None, command.name, at)
    here.members.save(replace(member, acted_by=actor.id, version=member.version + 1))
    return Registered(who(member))


@dataclass(frozen=True, slots=True)
class SetLanguage(Command):
    """Choose the language of one's answers."""

    by: By
    language: str


@dataclass(frozen=True, slots=True)
class LanguageSet(Outcome):
    """Answers come in this language from now on."""

    language: str


def set_language(work: Work, command: SetLanguage, at: At) -> LanguageSet:
    """Answer a person in this language from now on, on every platform.

    Raises:
        Refused: NotAMember when the account is unknown.
    """
    person = person_behind(work, command.by)
    if person.language != command.language:
        work.people.save(replace(person, language=command.language, version=person.version + 1))
    return LanguageSet(command.language)


@dataclass(frozen=True, slots=True)
class Share(Command):
    """Say whether one's name may be shown to the public, or to an aid organisation."""

    pool: PoolId
    by: By
    sharing: Sharing
    on: bool


@dataclass(frozen=True, slots=True)
class NameShared(Outcome):
    """The name is shown so from now on, or not any more."""

    sharing: Sharing
    on: bool


def share(work: Work, command: Share, at: At) -> NameShared:
    """Show one's name, or withdraw it.

    Raises:
        Refused: who may (`acting`).
    """
    here = work.enter(command.pool)
    member = acting(here, command.by, at.now).member
    shown = replace(member, shares_public=command.on, version=member.version + 1)
    if command.sharing is Sharing.AID:
        shown = replace(member, shares_aid=command.on, version=member.version + 1)
    here.members.save(shown)
    return NameShared(command.sharing, command.on)


@dataclass(frozen=True, slots=True)
class ChoosePool(Command):
    """Say which pool one's direct messages are about."""

    pool: PoolId
    by: By


@dataclass(frozen=True, slots=True)
class PoolChosen(Outcome):
    """Direct messages are about this pool from now on."""

    pool: PoolId
    name: str


def choose_pool(work: Work, command: ChoosePool, at: At) -> PoolChosen:
    """Take direct messages to be about this pool.

    Raises:
        Refused: NotAMember.
    """
    here = work.enter(command.pool)
    caller(here, command.by)
    person = person_behind(work, command.by)
    if person.pool != command.pool:
        work.people.save(replace(person, pool=command.pool, version=person.version + 1))
    return PoolChosen(here.pool.id, here.pool.name)


def person_behind(work: Work, by: By) -> Person:
    """The person behind an account.

    Raises:
        Refused: NotAMember when the account was never seen.
    """
    identity = work.people.identity(by.platform, by.external)
    person = work.people.person(identity.person) if identity else None
    if person is None:
        raise Refused(NotAMember())
    return person
