"""One person, two platforms: a code made on one and typed on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.domain.chance import At
from core.domain.ledger import Draft, EntryKind
from core.domain.members import LinkCode, Member, MemberState, Person, Term, TermState
from core.domain.neutral import Command, Outcome
from core.domain.pools import LINK_CODE_LASTS
from core.domain.refusals import AlreadyLinked, CodeExpired, CodeUnknown, CodeUsed, Refused
from core.domain.units import Carry, MemberId, PersonId
from core.ports import Here, Work
from core.usecases.people import person_behind
from core.usecases.posting import enter, moved
from core.usecases.standing import By, terms


@dataclass(frozen=True, slots=True)
class MakeLinkCode(Command):
    """Ask for a code to type on the other platform."""

    by: By


@dataclass(frozen=True, slots=True)
class LinkCodeMade(Outcome):
    """The code, good once and for ten minutes."""

    code: str


def make_link_code(work: Work, command: MakeLinkCode, at: At) -> LinkCodeMade:
    """Make a one-time code by which a person shows that another account is theirs too.

    Raises:
        Refused: NotAMember when the account is unknown.
    """
    person = person_behind(work, command.by)
    code = LinkCode(at.code(), person.id, at.now + LINK_CODE_LASTS)
    work.people.keep_link_code(code)
    return LinkCodeMade(code.code)


@dataclass(frozen=True, slots=True)
class Link(Command):
    """Use a code made on the other platform."""

    by: By
    code: str


@dataclass(frozen=True, slots=True)
class Linked(Outcome):
    """Two accounts are one person now; `merged` counts pools in which both were members."""

    merged: int


def link(work: Work, command: Link, at: At) -> Linked:
    """Make two identities one person, in either order, also when both had joined.

    The older membership stays; the younger one's credits move to it by an entry, its things
    become the older one's, and the later end of a role counts (settled.md, "Identity").

    Raises:
        Refused: NotAMember, CodeUnknown, CodeUsed, CodeExpired, AlreadyLinked.
    """
    person = person_behind(work, command.by)
    code = work.people.link_code(command.code)
    if code is None:
        raise Refused(CodeUnknown())
    if code.used:
        raise Refused(CodeUsed())
    if at.now >= code.expires_at:
        raise Refused(CodeExpired())
    if code.person == person.id:
        raise Refused(AlreadyLinked())
    work.people.keep_link_code(replace(code, used=True))
    merged = _become_one(work, into=code.person, gone=person, at=at)
    return Linked(merged)


def _become_one(work: Work, into: PersonId, gone: Person, at: At) -> int:
    both = set(work.people.pools(into)) & set(work.people.pools(gone.id))
    for pool in sorted(set(work.people.pools(gone.id))):
        here = work.enter(pool)
        joining = here.member_of(gone.id)
        staying = here.member_of(into)
        if joining is None:
            continue
        if staying is None:
            here.members.save(replace(joining, person=into, version=joining.version + 1))
        else:
            _fold(here, staying, joining, into, at)
    for identity in work.people.identities(gone.id):
        work.people.keep(replace(identity, person=into))
    _keep_language(work, into, gone)
    work.people.forget(gone.id)
    return len(both)


def _keep_language(work: Work, into: PersonId, gone: Person) -> None:
    person = work.people.person(into)
    if person is not None and not person.language and gone.language:
        work.people.save(replace(person, language=gone.language, version=person.version + 1))


def _fold(here: Here, one: Member, two: Member, person: PersonId, at: At) -> None:
    """Fold the younger membership into the older one."""
    older, younger = sorted((one, two), key=lambda member: (member.joined_at, member.id))
    here.members.save(
        replace(
            younger,
            person=None,
            name="",
            state=MemberState.LEFT,
            folded_into=older.id,
            carry=Carry(),
            version=younger.version + 1,
        )
    )
    carry = Carry(
        older.carry.minutes + younger.carry.minutes, older.carry.cents + younger.carry.cents
    )
    here.members.save(replace(older, person=person, carry=carry, version=older.version + 1))
    _move_credits(here, younger, older, at)
    _hand_over(here, younger.id, older.id)
    _join_terms(here, younger.id, older.id)


def _move_credits(here: Here, giver: Member, taker: Member, at: At) -> None:
    balance = here.balance(giver.account)
    if balance == 0:
        return
    source, target = giver.account, taker.account
    if balance < 0:
        source, target = target, source
    posting = moved(source, target, abs(balance))
    enter(here, Draft(EntryKind.LINK, taker.id, (posting,)), at)


def _hand_over(here: Here, gone: MemberId, kept: MemberId) -> None:
    for listing in here.listings.find(owner=gone):
        here.listings.save(replace(listing, owner=kept, version=listing.version + 1))
    for commitment in here.commitments.find(maker=gone):
        here.commitments.save(replace(commitment, maker=kept, version=commitment.version + 1))
    for order in here.orders.find(spender=gone):
        here.orders.save(replace(order, spender=kept, version=order.version + 1))
    for order in here.orders.find(giver=gone):
        here.orders.save(replace(order, giver=kept, version=order.version + 1))
    for request in here.requests.find(asker=gone):
        here.requests.save(replace(request, asker=kept, version=request.version + 1))
    for request in here.requests.find(payer=gone):
        here.requests.save(replace(request, payer=kept, version=request.version + 1))
    for registered in here.members.find(acted_by=gone):
        here.members.save(replace(registered, acted_by=kept, version=registered.version + 1))


def _join_terms(here: Here, gone: MemberId, kept: MemberId) -> None:
    for term in here.terms.find(member=gone, state=TermState.SERVING):
        mine = terms(here, term.role, kept)
        if not mine:
            here.terms.save(replace(term, member=kept, version=term.version + 1))
            continue
        later = max(
            (mine[0], term), key=lambda each: (each.until is None, each.until or each.since)
        )
        if later is term:
            here.terms.save(replace(mine[0], until=term.until, version=mine[0].version + 1))
        here.terms.save(replace(term, member=kept, state=TermState.ENDED, version=term.version + 1))


def _ends_later(one: Term, other: Term) -> bool:
    if one.until is None or other.until is None:
        return one.until is None
    return one.until > other.until
