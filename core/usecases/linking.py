"""One person, two platforms: a code made on one and typed on the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.domain.chance import At
from core.domain.ledger import Draft, EntryKind
from core.domain.listings import ListingState
from core.domain.members import LinkCode, Member, MemberState, Person, TermState
from core.domain.neutral import Command, Outcome
from core.domain.orders import RequestState
from core.domain.pools import LINK_CODE_LASTS
from core.domain.refusals import (
    AlreadyLinked,
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    OnlyAccount,
    OwesFirst,
    Refused,
)
from core.domain.units import Address, Carry, Credits, MemberId, PersonId
from core.ports import Here, Things, Work
from core.records import dataclass
from core.usecases.gatherings import hand_over_answers
from core.usecases.orders import announced
from core.usecases.people import person_behind
from core.usecases.posting import enter, held_by, moved_whole, tally_of
from core.usecases.recurring import end_doubles
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
        Refused: NotAMember, CodeUnknown, CodeUsed, CodeExpired, AlreadyLinked, OwesFirst.
    """
    work.people.begin_linking()
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


@dataclass(frozen=True, slots=True)
class Unlink(Command):
    """Take the account that one writes with apart from one's others."""

    by: By


@dataclass(frozen=True, slots=True)
class Unlinked(Outcome):
    """This account stands alone; what the person has stays with the others."""


def unlink(work: Work, command: Unlink, at: At) -> Unlinked:
    """Let an account stand alone again, as that of somebody who has joined nothing.

    Memberships, credits and things stay with the person and their other accounts.

    Raises:
        Refused: NotAMember, OnlyAccount.
    """
    person = person_behind(work, command.by)
    accounts = work.people.identities(person.id)
    if len(accounts) < 2:
        raise Refused(OnlyAccount())
    caller = (command.by.platform, command.by.external)
    (own,) = (each for each in accounts if (each.platform, each.external) == caller)
    alone = Person(PersonId(at.id()), language=person.language)
    work.people.add(alone)
    work.people.keep(replace(own, person=alone.id))
    return Unlinked()


def _become_one(work: Work, into: PersonId, gone: Person, at: At) -> int:
    his, theirs = set(work.people.pools(into)), set(work.people.pools(gone.id))
    for pool in sorted(his | theirs | set(work.people.gathers_in(gone.id))):
        here = work.enter(pool)
        _ask_as(here, gone.id, into)
        hand_over_answers(here, gone.id, into)
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
    _keep_choices(work, into, gone)
    work.people.readdress(gone.id, into)
    work.people.forget(gone.id)
    return len(his & theirs)


def _ask_as(here: Here, gone: PersonId, into: PersonId) -> None:
    """What one turned to the stewards with is own to the other from now on."""
    for concern in here.concerns.find(person=gone):
        here.concerns.save(replace(concern, person=into, version=concern.version + 1))
    for chat in here.chats.find(asked_by=gone):
        here.chats.save(replace(chat, asked_by=into, version=chat.version + 1))


def _keep_choices(work: Work, into: PersonId, gone: Person) -> None:
    """What the one who stays has not chosen, the other may have."""
    person = work.people.person(into)
    if person is None:
        return
    language = person.language or gone.language
    pool = gone.pool if person.pool is None else person.pool
    if (language, pool) != (person.language, person.pool):
        chosen = replace(person, language=language, pool=pool, version=person.version + 1)
        work.people.save(chosen)


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
    end_doubles(here, older.id, at)
    _join_terms(here, younger.id, older.id, at)


def _move_credits(here: Here, giver: Member, taker: Member, at: At) -> None:
    balance = held_by(here, giver.account)
    _must_not_owe_too_much(here, balance + held_by(here, taker.account))
    _move_accrued(here, giver.account, taker.account)
    _rest_as_one(here, giver.account, taker.account)
    if balance == 0:
        return
    source, target = giver.account, taker.account
    if balance < 0:
        source, target = target, source
    postings = moved_whole(source, target, abs(balance))
    enter(here, Draft(EntryKind.LINK, taker.id, postings), at)


def _must_not_owe_too_much(here: Here, balance: int) -> None:
    """Hold that two balances make one that is not below the limit for one (rules, 8.5)."""
    floor = here.pool.floor_credits
    if balance < floor:
        raise Refused(OwesFirst(Credits(floor - balance)))


def _move_accrued(here: Here, source: Address, target: Address) -> None:
    """What both accounts accrued of charges makes whole credits together."""
    gives, takes = tally_of(here, source), tally_of(here, target)
    if gives.accrued:
        here.charged(target, takes.charged_through, takes.accrued + gives.accrued)
        here.charged(source, gives.charged_through, 0)


def _rest_as_one(here: Here, source: Address, target: Address) -> None:
    """What either account earned or spent last, its holder did: the balance rests since then."""
    moved, mine = tally_of(here, source).moved_at, tally_of(here, target).moved_at
    if moved is not None and (mine is None or mine < moved):
        here.touch(target, moved)


def _hand_over(here: Here, gone: MemberId, kept: MemberId) -> None:
    _pass_on(here.listings, gone, kept, "owner")
    _pass_on(here.commitments, gone, kept, "maker", "claimed_by", "confirmed_by", "backer")
    _pass_on(here.orders, gone, kept, "spender", "giver")
    _pass_on(here.requests, gone, kept, "asker", "payer")
    _pass_on(here.cash, gone, kept, "giver", "received_by")
    _pass_on(here.cash_outs, gone, kept, "partner", "first_by", "approved_by", "paid_by")
    _pass_on(here.expenses, gone, kept, "made_by", "decided_by", "returned_by")
    _pass_on(here.members, gone, kept, "acted_by")
    _pass_on(here.templates, gone, kept, "member")
    _pass_on(here.disputes, gone, kept, "opener", "other", "holder", "helper")
    _pass_on_words(here, gone, kept)
    _pass_on(here.concerns, gone, kept, "taken_by")
    # Their names and versions are others now, and nobody asks themselves for credits.
    for listing in here.listings.find(owner=kept, state=ListingState.OPEN):
        here.card(announced(listing), listing.number)
    for request in here.requests.find(asker=kept, payer=kept, state=RequestState.OPEN):
        here.requests.save(
            replace(request, state=RequestState.DECLINED, version=request.version + 1)
        )


def _pass_on(things: Things[Any], gone: MemberId, kept: MemberId, *parts: str) -> None:
    for part in parts:
        for thing in things.find(**{part: gone}):
            things.save(replace(thing, **{part: kept}, version=thing.version + 1))


def _pass_on_words(here: Here, gone: MemberId, kept: MemberId) -> None:
    """Who agreed, sits on a panel or spoke there goes on doing so under the other's id."""
    for dispute in here.disputes.find():
        words = {
            part: getattr(dispute, part).replace(gone, kept)
            for part in ("agreed", "panel", "votes")
            if gone in getattr(dispute, part)
        }
        if words:
            here.disputes.save(replace(dispute, version=dispute.version + 1, **words))


def _join_terms(here: Here, gone: MemberId, kept: MemberId, at: At) -> None:
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
        here.terms.save(replace(term.ended(TermState.ENDED, at.now), member=kept))
