"""The ledger: accounts, postings, entries, and the chain that shows nothing was changed.

A posting moves a positive amount from one account to another, so an entry cannot be unbalanced.
Entries are append-only; a correction is a new entry that names the one it reverses, once.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from core.domain.units import AMOUNT_MAX, Address, MemberId, Number, PoolId
from core.records import dataclass

CREDITS = "credits"
"""The unit of postings in credits; a currency's code is the unit of postings in cash."""


class AccountKind(StrEnum):
    """What an account is for. MEMBER has a holder, the others are the pool's own."""

    MEMBER = "member"
    ISSUANCE = "issuance"
    COMMON = "common"
    HELD = "held"
    DISPUTED = "disputed"
    TREASURY = "treasury"
    OUTSIDE = "outside"


CASH_ACCOUNTS = (AccountKind.TREASURY, AccountKind.OUTSIDE)
"""The accounts that hold the pool's currency; all others hold credits."""


class EntryKind(StrEnum):
    """Why credits moved; a reader's sentence is made from this and the entry's facts."""

    WORK = "work"
    STIPEND = "stipend"
    MET = "met"
    SEND = "send"
    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"
    UNDO = "undo"
    REVERSE = "reverse"
    COVER = "cover"
    COMPENSATE = "compensate"
    FREEZE = "freeze"
    THAW = "thaw"
    EXPIRE = "expire"
    DEMURRAGE = "demurrage"
    SHARE = "share"
    BUY = "buy"
    GIFT = "gift"
    PLEDGE = "pledge"
    DUES = "dues"
    BACKING = "backing"
    EXPENSE = "expense"
    CASH_OUT_HOLD = "cash_out_hold"
    CASH_OUT_RELEASE = "cash_out_release"
    CASH_OUT = "cash_out"
    LINK = "link"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a pool. The address is random and tells nothing about its holder."""

    pool: PoolId
    address: Address
    kind: AccountKind


@dataclass(frozen=True, slots=True)
class Tally:
    """What an account holds, and what the month's charges need to know of it.

    `moved_at` is the last time its holder earned or spent (None: never); `charged_through` the last
    month ('2026-10') whose charges were taken, '' before the first; `accrued` the charge that made
    no whole credit yet, in millionths of a credit.
    """

    amount: int
    moved_at: datetime | None = None
    charged_through: str = ""
    accrued: int = 0


@dataclass(frozen=True, slots=True)
class Posting:
    """A positive amount of one unit, from one account to another.

    Raises:
        ValueError: when the amount is out of range or both accounts are one.
    """

    source: Address
    target: Address
    amount: int
    unit: str = CREDITS

    def __post_init__(self) -> None:
        if not 0 < self.amount <= AMOUNT_MAX:
            raise ValueError("a posting moves between 1 and 1,000,000,000")
        if self.source == self.target:
            raise ValueError("a posting moves between two accounts")


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as a use case wants it: what moves, why, on whose word, caused by what."""

    kind: EntryKind
    actor: MemberId | None
    postings: tuple[Posting, ...]
    on_behalf: MemberId | None = None
    cause: Number | None = None
    reverses: Number | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the journal. `at` is UTC and never before the entry that precedes it."""

    pool: PoolId
    number: Number
    place: int
    kind: EntryKind
    actor: MemberId | None
    on_behalf: MemberId | None
    cause: Number | None
    reverses: Number | None
    key: str
    rules_version: int
    at: datetime
    postings: tuple[Posting, ...]
    note_hash: bytes
    previous_hash: bytes
    hash: bytes


def hash_of_note(salt: bytes, note: str) -> bytes:
    """What stands in the chain for a note; the note itself can be erased. Empty for none."""
    return sha256(salt + note.encode()).digest() if note else b""


def hash_of_entry(entry: Entry) -> bytes:
    """SHA-256 over the canonical encoding of an entry and the hash of the one before.

    Canonical: the fields in the order below, each as UTF-8 text, joined by the unit separator
    (0x1F), the postings by the record separator (0x1E); the instant in microseconds since 1970.
    """
    postings = "\x1e".join(
        f"{posting.source}>{posting.target}>{posting.amount}>{posting.unit}"
        for posting in entry.postings
    )
    fields = (
        entry.pool,
        entry.number,
        entry.place,
        entry.kind,
        entry.actor or "",
        entry.on_behalf or "",
        entry.cause or "",
        entry.reverses or "",
        entry.key,
        entry.rules_version,
        microseconds(entry.at),
        postings,
        entry.note_hash.hex(),
        entry.previous_hash.hex(),
    )
    return sha256("\x1f".join(map(str, fields)).encode()).digest()


def microseconds(at: datetime) -> int:
    """Microseconds since 1970 of an aware instant, without a float."""
    seconds = int(at.replace(microsecond=0).timestamp())
    return seconds * 1_000_000 + at.microsecond
