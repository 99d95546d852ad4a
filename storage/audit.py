"""Proving the books: the journal of a pool replayed from nothing, in flat memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from sqlalchemy import BigInteger, Table, cast, func, select

from core.domain.ledger import CREDITS, AccountKind, Entry, EntryKind, hash_of_entry, hash_of_note
from core.domain.pools import GENESIS, Pool
from core.domain.units import PoolId
from core.ports import Head
from core.reads import Audit
from storage import mapping, tables
from storage.database import Session
from storage.lot_audit import Months, lot_faults
from storage.lots import DATED
from storage.statements import Row, Statement, any_of, chosen, equal
from storage.work import HELD_FOR_CASH, SOURCE_TRADES, TARGET_TRADES, traded

SOURCES = frozenset({EntryKind.WORK, EntryKind.STIPEND, EntryKind.BUY, EntryKind.PLEDGE})
"""What brings credits into being; one cause does so once."""

CASH_ALONE = frozenset({EntryKind.GIFT, EntryKind.DUES, EntryKind.BACKING, EntryKind.EXPENSE})
"""What moves cash and never a credit."""

TRADES = SOURCE_TRADES | TARGET_TRADES
FAULTS_MAX = 100
"""Faults that are listed; further ones are only counted."""

_ENTRY_COLUMNS = len(tables.entry.c)
_POSTED = [tables.posting.c[name] for name in ("source", "target", "amount", "unit")]
_JOURNAL = Statement(
    lambda: (
        select(*tables.entry.c, *_POSTED)
        .outerjoin(
            tables.posting,
            (tables.posting.c.pool_id == tables.entry.c.pool_id)
            & (tables.posting.c.entry == tables.entry.c.number),
        )
        .where(equal(tables.entry, ["pool_id"]))
        .order_by(tables.entry.c.place, tables.posting.c.line)
    )
)
_POOL = Statement(lambda: chosen(tables.pool, "id"))
_ACCOUNTS = Statement(
    lambda: (
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
)
_HELD = Statement(
    lambda: select(
        cast(func.coalesce(func.sum(tables.spend_order.c.credits), 0), BigInteger)
    ).where(
        equal(tables.spend_order, ["pool_id"]),
        any_of(tables.spend_order.c.state, "held", "delivered", "disputed"),
    )
)
_CASHING_OUT = Statement(
    lambda: select(cast(func.coalesce(func.sum(HELD_FOR_CASH), 0), BigInteger)).where(
        equal(tables.cash_out, ["pool_id"])
    )
)
_RESERVED = Statement(
    lambda: select(cast(func.coalesce(func.sum(tables.cash_out.c.cents), 0), BigInteger)).where(
        equal(tables.cash_out, ["pool_id"]), tables.cash_out.c.state == "approved"
    )
)
_FROZEN = Statement(
    lambda: select(cast(func.coalesce(func.sum(tables.dispute.c.frozen), 0), BigInteger)).where(
        equal(tables.dispute, ["pool_id"]),
        any_of(tables.dispute.c.state, "opened", "talk", "panel", "circle"),
    )
)


def _cents(table: Table, *states: str) -> Statement:
    return Statement(
        lambda: select(cast(func.coalesce(func.sum(table.c.cents), 0), BigInteger)).where(
            equal(table, ["pool_id"]), any_of(table.c.state, *states)
        )
    )


_CAME = _cents(tables.cash, "received")
_SPENT = _cents(tables.expense, "approved", "returning")
_PAID_OUT = _cents(tables.cash_out, "paid")
_UNLIKE = Statement(
    lambda: (
        select(tables.cash.c.number, tables.cash.c.cents, tables.posting.c.amount)
        .select_from(tables.cash)
        .outerjoin(
            tables.posting,
            (tables.posting.c.pool_id == tables.cash.c.pool_id)
            & (tables.posting.c.entry == tables.cash.c.entry)
            & (tables.posting.c.unit != CREDITS),
        )
        .where(
            equal(tables.cash, ["pool_id"]),
            any_of(tables.cash.c.state, "received", "reversed"),
            func.coalesce(tables.posting.c.amount, 0) != tables.cash.c.cents,
        )
        .order_by(tables.cash.c.number)
    )
)
"""Cash whose line in the books, if it has one, says another amount."""
_NOTES = Statement(
    lambda: (
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
)


@dataclass
class _Books:
    """What the journal says so far, and what is wrong with it."""

    place: int = 0
    hash: bytes = GENESIS
    amounts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    trades: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    paid: set[int] = field(default_factory=set)
    kinds: dict[int, EntryKind] = field(default_factory=dict)
    """Of entries that are trades: what they were, should one be taken back."""
    reversed: set[int] = field(default_factory=set)
    months: Months = field(default_factory=Months)
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
    books.months.see(entry)
    _hold_once(books, entry)
    _move(books, entry)
    books.place, books.hash = entry.place, entry.hash


def _hold_once(books: _Books, entry: Entry) -> None:
    """One source issues once, one entry is reversed once."""
    if entry.reverses is not None:
        if entry.reverses in books.reversed:
            books.fault(f"entry {entry.number}: reverses {entry.reverses} a second time")
        books.reversed.add(entry.reverses)
    if entry.kind in SOURCES and entry.cause is not None:
        if entry.cause in books.paid:
            books.fault(f"entry {entry.number}: pays for {entry.cause} a second time")
        books.paid.add(entry.cause)
    if entry.kind in CASH_ALONE and any(each.unit == CREDITS for each in entry.postings):
        books.fault(f"entry {entry.number}: moves credits, and is about cash alone")


def _move(books: _Books, entry: Entry) -> None:
    if entry.kind in TRADES:
        books.kinds[entry.number] = entry.kind
    taken_back = books.kinds.get(entry.reverses) if entry.reverses else None
    gives, gets = traded(entry.kind, taken_back)
    for posting in entry.postings:
        books.amounts[posting.source, posting.unit] -= posting.amount
        books.amounts[posting.target, posting.unit] += posting.amount
        if gives:
            books.trades[posting.source] -= posting.amount
        if gets:
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
    if row is None:
        return
    stands = mapping.pool_made(row)
    floor = _lowest(stands)
    sums: dict[str, int] = defaultdict(int)
    known, dated = set(), {}
    accounts: Iterable[Row] = session.rows(_ACCOUNTS, pool_id=pool)
    for address, unit, amount, trade, kind in accounts:
        known.add((address, unit))
        sums[unit] += amount
        _compare_account(books, address, unit, amount, trade)
        if kind == AccountKind.MEMBER and amount < floor:
            books.fault(f"account {address}: {amount} is below its floor of {floor}")
        if kind in DATED:
            dated[address] = amount
        _compare_own(books, session, pool, kind, amount)
    for unit, total in sums.items():
        if total != 0:
            books.fault(f"{unit}: all accounts add up to {total}, not to 0")
    for address, unit in books.amounts.keys() - known:
        books.fault(f"account {address}: moves {unit} in the journal but does not exist")
    for fault in lot_faults(session, stands, dated, books.months):
        books.fault(fault)


def _lowest(pool: Pool) -> int:
    """How low a member may have come by the rules as they were written down last, or come since."""
    coming = (int(each.value) for each in pool.coming if each.rule == "debit_limit")
    return -max([pool.rules.debit_limit_credits, *coming])


def _compare_account(books: _Books, address: str, unit: str, amount: int, trade: int) -> None:
    replayed = books.amounts.get((address, unit), 0)
    if amount != replayed:
        books.fault(f"account {address}: holds {amount} {unit}, the journal gives {replayed}")
    traded = books.trades.get(address, 0) if unit == CREDITS else 0
    if trade != traded:
        books.fault(f"account {address}: traded {trade}, the journal gives {traded}")


def _compare_own(
    books: _Books, session: Session, pool: PoolId, kind: AccountKind, amount: int
) -> None:
    """Hold what one of the pool's own accounts has against what it should have."""
    if kind in _NEEDED:
        _compare_needed(books, session, pool, kind, amount)
    if kind == AccountKind.TREASURY:
        _compare_treasury(books, session, pool, amount)


_NEEDED = {
    AccountKind.HELD: ("open orders and cash-outs", (_HELD, _CASHING_OUT)),
    AccountKind.DISPUTED: ("open disputes", (_FROZEN,)),
}
"""What the pool keeps for others, and what it keeps it for."""


def _compare_needed(
    books: _Books, session: Session, pool: PoolId, kind: AccountKind, amount: int
) -> None:
    things, questions = _NEEDED[kind]
    needed = sum(_sum(session, question, pool) for question in questions)
    if amount != needed:
        books.fault(f"{kind}: {amount} credits, {things} need {needed}")


def _compare_treasury(books: _Books, session: Session, pool: PoolId, amount: int) -> None:
    came, spent, paid = (_sum(session, each, pool) for each in (_CAME, _SPENT, _PAID_OUT))
    if amount != came - spent - paid:
        books.fault(f"treasury: {amount} cents, and {came} came, {spent + paid} went")
    reserved = _sum(session, _RESERVED, pool)
    if amount < reserved:
        books.fault(f"treasury: {amount} cents, and {reserved} are reserved")
    for number, cents, moved in session.rows(_UNLIKE, pool_id=pool):
        books.fault(f"cash {number}: {cents} cents, the journal moved {moved or 0} for it")


def _sum(session: Session, statement: Statement, pool: PoolId) -> int:
    row = session.row(statement, pool_id=pool)
    return row[0] if row else 0
