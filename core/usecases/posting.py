"""Putting an entry into the journal: the one place where a balance is held against its floor."""

from __future__ import annotations

from dataclasses import replace

from core.domain.chance import At
from core.domain.ledger import (
    Draft,
    Entry,
    Posting,
    hash_of_entry,
    hash_of_note,
)
from core.domain.members import Member
from core.domain.refusals import NotEnough, Refused, TooLarge
from core.domain.units import AMOUNT_MAX, Address, Credits, Number
from core.ports import Here


def moved(source: Address, target: Address, credits: int) -> Posting:
    """A posting of so many credits.

    Raises:
        Refused: TooLarge.
    """
    if credits > AMOUNT_MAX:
        raise Refused(TooLarge())
    return Posting(source, target, credits)


def moved_whole(source: Address, target: Address, credits: int) -> tuple[Posting, ...]:
    """Postings of a whole balance, be it more than one posting may move."""
    parts = [AMOUNT_MAX] * (credits // AMOUNT_MAX)
    if rest := credits % AMOUNT_MAX:
        parts.append(rest)
    return tuple(Posting(source, target, part) for part in parts)


def must_have(here: Here, member: Member, credits: Credits) -> int:
    """The balance of a member who can pay this.

    Raises:
        Refused: NotEnough.
    """
    balance = here.balance(member.account)
    free = balance + here.pool.rules.debit_limit_credits
    if credits > free:
        raise Refused(NotEnough(Credits(max(free, 0)), credits))
    return balance


def enter(here: Here, draft: Draft, at: At) -> Entry:
    """Number, date, chain and keep an entry.

    The instant is never before that of the last entry (settled.md, "The writer").
    """
    salt = at.salt() if draft.note else b""
    head = here.head
    unsealed = Entry(
        pool=here.pool.id,
        number=here.number(),
        place=head.place + 1,
        kind=draft.kind,
        actor=draft.actor,
        on_behalf=draft.on_behalf,
        cause=draft.cause,
        reverses=draft.reverses,
        key=here.key,
        rules_version=here.pool.rules.version,
        at=max(at.now, head.at),
        postings=draft.postings,
        note_hash=hash_of_note(salt, draft.note),
        previous_hash=head.hash,
        hash=b"",
    )
    entry = replace(unsealed, hash=hash_of_entry(unsealed))
    here.append(entry, salt, draft.note)
    return entry


def reverse(here: Here, entry: Entry, draft: Draft, at: At) -> Entry:
    """Take back an entry whole, by an entry that moves everything the other way."""
    back = tuple(
        Posting(posting.target, posting.source, posting.amount, posting.unit)
        for posting in reversed(entry.postings)
    )
    return enter(here, replace(draft, postings=back, reverses=Number(entry.number)), at)
