"""Proving the books: the journal of a pool replayed from nothing, in flat memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from sqlalchemy import BigInteger, cast, func, select

from core.domain.ledger import CREDITS, AccountKind, Entry, EntryKind, hash_of_entry, hash_of_note
from core.domain.pools import GENESIS
from core.domain.units import PoolId
from core.ports import Head
from core.reads import Audit
from storage import mapping, tables
from storage.database import Session
from storage.statements import Row, Statement, any_of, chosen, equal
from storage.work import SOURCE_TRADES, TARGET_TRADES

FAULTS_MAX = 100
"""Faults that are listed; further ones are only counted."""

_ENTRY_COLUMNS = len(tables.entry.c)
_POSTED = [tables.posting.c[name] for name in ("source", "target", "amount", "unit")]
_JOURNAL = Statement(
    select(*tables.entry.c, *_POSTED)
    .outerjoin(
        tables.posting,
        (tables.posting.c.pool_id == tables.entry.c.pool_id)
        & (tables.posting.c.entry == tables.entry.c.number),
    )
    .where(equal(tables.entry, ["pool_id"]))
    .order_by(tables.entry.c.place, tables.posting.c.line)
)
_POOL = Statement(chosen(tables.pool, "id"))
_ACCOUNTS = Statement(
    select(
        tables.balance.c.address,
        tables.balance.c.unit,
        tables.balance.c.amount,
        tables.balance.c.trade,
        tables.account.c.kind,
    )
    .join(
        tables.account,
        (tables.account.c.pool_id == tables.balance.c.pool_id)
        & (tables.account.c.address == tables.balance.c.address),
    )
    .where(equal(tables.balance, ["pool_id"]))
    .order_by(tables.balance.c.address, tables.balance.c.unit)
)
_HELD = Statement(
    select(cast(func.coalesce(func.sum(tables.spend_order.c.credits), 0), BigInteger)).where(
        equal(tables.spend_order, ["pool_id"]),
        any_of(tables.spend_order.c.state, "held", "delivered"),
    )
)
_NOTES = Statement(
    select(
        tables.entry.c.number,
        tables.entry.c.note_hash,
        tables.entry_note.c.salt,
        tables.entry_note.c.note,
    )
    .join(
        tables.entry_note,
        (tables.entry_note.c.pool_id == tables.entry.c.pool_id)
        & (tables.entry_note.c.entry == tables.entry.c.number),
    )
    .where(equal(tables.entry, ["pool_id"]))
    .order_by(tables.entry.c.place)
)


@dataclass
class _Books:
    """What the journal says so far, and what is wrong with it."""

    place: int = 0
    hash: bytes = GENESIS
    amounts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    trades: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    paid: set[int] = field(default_factory=set)
    reversed: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    faults_more: int = 0

    def fault(self, text: str) -> None:
        """Note a fault, in the order in which they were found."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(text)
        else:
            self.faults_more += 1

    def listed(self) -> tuple[str, ...]:
        """All faults, the last line counting those left out."""
        more = (f"and {self.faults_more} more",) if self.faults_more else ()
        return (*self.faults, *more)


def audit(session: Session, pool: PoolId) -> Audit:
    """Replay a pool's journal and hold the result against what is stored."""
    books = _Books()
    for entry in journal(session, pool):
        _follow(books, entry)
    _compare_head(books, session, pool)
    _compare_notes(books, session, pool)
    _compare_accounts(books, session, pool)
    return Audit(books.place, books.hash.hex(), books.listed())


def journal(session: Session, pool: PoolId) -> Iterator[Entry]:
    """The entries of a pool with their postings, in the order of the chain."""
    rows = session.stream(_JOURNAL, pool_id=pool)
    for _, lines in groupby(rows, key=itemgetter(1)):
        yield _entry(list(lines))


def _entry(lines: list[Row]) -> Entry:
    postings = tuple(
        mapping.posting_made(line[_ENTRY_COLUMNS:])
        for line in lines
        if line[_ENTRY_COLUMNS] is not None
    )
    return mapping.entry_made(lines[0][:_ENTRY_COLUMNS], postings)


def _follow(books: _Books, entry: Entry) -> None:
    """Check an entry against the one before, and move what it moves."""
    if entry.place != books.place + 1:
        books.fault(f"entry {entry.number}: stands at {entry.place}, expected {books.place + 1}")
    if entry.previous_hash != books.hash:
        books.fault(f"entry {entry.number}: does not name the hash of the entry before")
    if entry.hash != hash_of_entry(entry):
        books.fault(f"entry {entry.number}: its hash does not fit what it says")
    if not entry.postings:
        books.fault(f"entry {entry.number}: moves nothing")
    _hold_once(books, entry)
    _move(books, entry)
    books.place, books.hash = entry.place, entry.hash


def _hold_once(books: _Books, entry: Entry) -> None:
    """One source issues once, one entry is reversed once."""
    if entry.reverses is not None:
        if entry.reverses in books.reversed:
            books.fault(f"entry {entry.number}: reverses {entry.reverses} a second time")
        books.reversed.add(entry.reverses)
    if entry.kind is EntryKind.WORK and entry.cause is not None:
        if entry.cause in books.paid:
            books.fault(f"entry {entry.number}: pays for {entry.cause} a second time")
        books.paid.add(entry.cause)


def _move(books: _Books, entry: Entry) -> None:
    for posting in entry.postings:
        books.amounts[posting.source, posting.unit] -= posting.amount
        books.amounts[posting.target, posting.unit] += posting.amount
        if entry.kind in SOURCE_TRADES:
            books.trades[posting.source] -= posting.amount
        if entry.kind in TARGET_TRADES:
            books.trades[posting.target] += posting.amount


def _compare_head(books: _Books, session: Session, pool: PoolId) -> None:
    row = session.row(_POOL, id=pool)
    if row is None:
        books.fault(f"pool {pool}: is not there")
        return
    head: Head = mapping.head_made(row)
    if (head.place, head.hash) != (books.place, books.hash):
        books.fault(f"head: says {head.place} entries, the journal ends at {books.place}")


def _compare_notes(books: _Books, session: Session, pool: PoolId) -> None:
    for number, note_hash, salt, note in session.stream(_NOTES, pool_id=pool):
        if hash_of_note(salt, note) != note_hash:
            books.fault(f"entry {number}: its note is not the one that was hashed")


def _compare_accounts(books: _Books, session: Session, pool: PoolId) -> None:
    row = session.row(_POOL, id=pool)
    floor = -mapping.pool_made(row).rules.debit_limit_credits if row else 0
    sums: dict[str, int] = defaultdict(int)
    known = set()
    accounts: Iterable[Row] = session.rows(_ACCOUNTS, pool_id=pool)
    for address, unit, amount, trade, kind in accounts:
        known.add((address, unit))
        sums[unit] += amount
        _compare_account(books, address, unit, amount, trade)
        if kind == AccountKind.MEMBER and unit == CREDITS and amount < floor:
            books.fault(f"account {address}: {amount} is below its floor of {floor}")
        if kind == AccountKind.HELD and unit == CREDITS:
            _compare_held(books, session, pool, amount)
    for unit, total in sums.items():
        if total != 0:
            books.fault(f"{unit}: all accounts add up to {total}, not to 0")
    for address, unit in books.amounts.keys() - known:
        books.fault(f"account {address}: moves {unit} in the journal but does not exist")


def _compare_account(books: _Books, address: str, unit: str, amount: int, trade: int) -> None:
    replayed = books.amounts.get((address, unit), 0)
    if amount != replayed:
        books.fault(f"account {address}: holds {amount} {unit}, the journal gives {replayed}")
    traded = books.trades.get(address, 0) if unit == CREDITS else 0
    if trade != traded:
        books.fault(f"account {address}: traded {trade}, the journal gives {traded}")


def _compare_held(books: _Books, session: Session, pool: PoolId, amount: int) -> None:
    row = session.row(_HELD, pool_id=pool)
    ordered = row[0] if row else 0
    if amount != ordered:
        books.fault(f"held: {amount} credits, open orders need {ordered}")
