"""The unit of work: what a use case reads and writes within one transaction (`core.ports`).

Questions about a pool's things carry the pool because they start from `PoolHere`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    Integer,
    Table,
    Update,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    union,
    union_all,
)

from core.domain import neutral
from core.domain.chance import At
from core.domain.commitments import Photo
from core.domain.ledger import (
    CASH_ACCOUNTS,
    CREDITS,
    Account,
    AccountKind,
    Entry,
    EntryKind,
    Tally,
)
from core.domain.ledger import Posting as Move
from core.domain.members import Identity, LinkCode, Member, Person
from core.domain.months import after_quiet, month_in, next_month
from core.domain.neutral import Notice
from core.domain.pools import Announced, Chat, Invitation, Pool, Posting
from core.domain.recurring import Template
from core.domain.refusals import NoSuchPool, Refused
from core.domain.units import Address, MemberId, Number, PersonId, PoolId
from core.ports import Head, Holding
from storage import currency, erasing, lots, mapping, tables, trading
from storage.database import Session
from storage.holding import hold_chat, readdress, resume_chat, resume_person
from storage.mapping import Mapped
from storage.queueing import (
    queue_cards,
    queue_for_person,
    queue_mention,
    queue_notice,
    queue_post,
    queue_post_in,
)
from storage.statements import Row, Statement, added, changed, chosen, equal

Thing = TypeVar("Thing")


class Stale(Exception):
    """What was to be saved is not the next version of what is stored: a bug in a use case."""


# --- things of a pool ----------------------------------------------------------------------


class Kept(Generic[Thing]):
    """The statements for things of one kind; made once."""

    def __init__(self, mapped: Mapped[Thing]) -> None:
        table, key = mapped.table, mapped.key
        self.mapped = mapped
        self.get = Statement(lambda: chosen(table, "pool_id", key))
        self.add = Statement(lambda: added(table))
        self.save = Statement(lambda: _next_one(table, key))
        self._finds: dict[tuple[tuple[str, int], ...], Statement] = {}

    def find(self, shape: tuple[tuple[str, int], ...]) -> Statement:
        """The question for these columns: each equal to any of so many values, or NULL for 0."""
        if shape not in self._finds:
            self._finds[shape] = Statement(lambda: self._question(shape))
        return self._finds[shape]

    def _question(self, shape: tuple[tuple[str, int], ...]) -> Any:
        table = self.mapped.table
        question = select(table).where(equal(table, ["pool_id"]))
        for name, count in shape:
            column = table.c[name]
            values = [bindparam(f"{name}_{n}", type_=column.type) for n in range(count)]
            question = question.where(column.in_(values) if values else column.is_(None))
        return question.order_by(table.c[self.mapped.key])


def _next_one(table: Table, key: str) -> Update:
    names = [column.name for column in table.c if column.name not in ("pool_id", key)]
    before = table.c.version == bindparam("version_before", type_=table.c.version.type)
    return changed(table, ("pool_id", key), names).where(before)


class PoolThings(Generic[Thing]):
    """The things of one kind in one pool."""

    __slots__ = ("_kept", "_pool", "_session")

    def __init__(self, session: Session, pool: PoolId, kept: Kept[Thing]) -> None:
        self._session = session
        self._pool = pool
        self._kept = kept

    def get(self, key: Number | str) -> Thing | None:
        """The thing of this number (for members: of this id), or None."""
        mapped = self._kept.mapped
        row = self._session.row(self._kept.get, pool_id=self._pool, **{mapped.key: key})
        return None if row is None else mapped.made(row)

    def add(self, thing: Thing) -> None:
        """Keep a new thing."""
        self._session.write(self._kept.add, **self._values(thing))

    def save(self, thing: Thing) -> None:
        """Keep the next version of a thing.

        Raises:
            Stale: when the stored one is not the version before.
        """
        values = self._values(thing)
        values["version_before"] = values["version"] - 1
        if self._session.write(self._kept.save, **values) != 1:
            raise Stale(f"{type(thing).__name__} {values[self._kept.mapped.key]}")

    def find(self, **equal_to: object) -> Sequence[Thing]:
        """All things whose fields are equal to these, in the order of their keys."""
        choices = {name: _choices(value) for name, value in equal_to.items()}
        if any(not each for each in choices.values() if each is not None):
            return []
        shape = tuple((name, len(each or ())) for name, each in choices.items())
        values = {
            f"{n}_{i}": value for n, each in choices.items() for i, value in enumerate(each or ())
        }
        rows = self._session.rows(self._kept.find(shape), pool_id=self._pool, **values)
        return [self._kept.mapped.made(row) for row in rows]

    def _values(self, thing: Thing) -> dict[str, Any]:
        values = self._kept.mapped.values(thing)
        if values["pool_id"] != self._pool:
            raise ValueError("a thing of another pool")
        return values


def _choices(value: object) -> list[object] | None:
    """The values that are meant, plain; None where NULL is."""
    if value is None:
        return None
    many = value if isinstance(value, (tuple, list, set, frozenset)) else (value,)
    return [getattr(each, "value", each) for each in many]


MEMBERS = Kept(mapping.MEMBERS)
TERMS = Kept(mapping.TERMS)
CHATS = Kept(mapping.CHATS)
LISTINGS = Kept(mapping.LISTINGS)
COMMITMENTS = Kept(mapping.COMMITMENTS)
ORDERS = Kept(mapping.ORDERS)
REQUESTS = Kept(mapping.REQUESTS)
CASH = Kept(mapping.CASH)
CASH_OUTS = Kept(mapping.CASH_OUTS)
EXPENSES = Kept(mapping.EXPENSES)
TEMPLATES = Kept(mapping.TEMPLATES)
PLANS = Kept(mapping.PLANS)
GATHERINGS = Kept(mapping.GATHERINGS)
GOINGS = Kept(mapping.GOINGS)
DISPUTES = Kept(mapping.DISPUTES)
CONCERNS = Kept(mapping.CONCERNS)
RULE_CHANGES = Kept(mapping.RULE_CHANGES)
PERIODS = Kept(mapping.PERIODS)

_TO_OPEN = Statement(
    lambda: (
        select(tables.template)
        .where(
            equal(tables.template, ["pool_id"]),
            tables.template.c.state == "active",
            tables.template.c.opened_in
            < bindparam("month", type_=tables.template.c.opened_in.type),
        )
        .order_by(tables.template.c.number)
        .limit(bindparam("at_most", type_=Integer()))
    )
)


# --- one pool ------------------------------------------------------------------------------

HEAD = ("next_number", "place", "hash", "at")
SETTINGS = [column.name for column in tables.pool.c if column.name not in ("id", *HEAD)]

_ENTER = Statement(lambda: chosen(tables.pool, "id").with_for_update())
_FOUND = Statement(
    lambda: (
        insert(tables.pool)
        .values({name: bindparam(name) for name in (*SETTINGS, *HEAD)})
        .returning(tables.pool.c.id)
    )
)
_SAVE_POOL = Statement(
    lambda: changed(tables.pool, ["id"], SETTINGS).where(
        tables.pool.c.version == bindparam("version_before", type_=tables.pool.c.version.type)
    )
)
_SAVE_HEAD = Statement(lambda: changed(tables.pool, ["id"], HEAD))

_LIVING = tables.member.c.state != "left"
MEMBER_OF = Statement(lambda: chosen(tables.member, "pool_id", "person").where(_LIVING))
_MEMBER_WITH = Statement(
    lambda: (
        select(tables.member, tables.balance.c.amount)
        .join(tables.identity, tables.identity.c.person == tables.member.c.person)
        .join(
            tables.balance,
            (tables.balance.c.pool_id == tables.member.c.pool_id)
            & (tables.balance.c.address == tables.member.c.account)
            & (tables.balance.c.unit == CREDITS),
        )
        .where(equal(tables.identity, ["platform", "external"]))
        .where(equal(tables.member, ["pool_id"]), _LIVING)
    )
)
KIND_OF = Statement(
    lambda: union_all(
        *(
            select(literal(word)).where(equal(table, ["pool_id", "number"]))
            for word, table in (
                ("entry", tables.entry),
                ("listing", tables.listing),
                ("commitment", tables.commitment),
                ("order", tables.spend_order),
                ("request", tables.request),
                ("cash", tables.cash),
                ("cash_out", tables.cash_out),
                ("expense", tables.expense),
                ("template", tables.template),
                ("plan", tables.plan),
                ("gathering", tables.gathering),
                ("dispute", tables.dispute),
                ("concern", tables.concern),
                ("rule_change", tables.rule_change),
                ("chat", tables.chat),
                ("term", tables.term),
            )
        )
    )
)
_ADD_ACCOUNT = Statement(lambda: added(tables.account))
_ADD_BALANCE = Statement(lambda: added(tables.balance))
_ADDRESS = Statement(
    lambda: select(tables.account.c.address).where(
        equal(tables.account, ["pool_id", "kind"]), tables.OWN
    )
)
_BALANCE = Statement(
    lambda: select(tables.balance.c.amount).where(
        equal(tables.balance, ["pool_id", "address", "unit"])
    )
)
_TALLY = Statement(
    lambda: select(
        *(tables.balance.c[name] for name in ("amount", "moved_at", "charged_through", "accrued"))
    ).where(equal(tables.balance, ["pool_id", "address", "unit"]))
)
_CHARGED = Statement(
    lambda: changed(tables.balance, ["pool_id", "address", "unit"], ["charged_through", "accrued"])
)
_TOUCHED = Statement(lambda: changed(tables.balance, ["pool_id", "address", "unit"], ["moved_at"]))
HOLDERS = (
    select(
        tables.member.c.id,
        tables.member.c.account,
        tables.member.c.joined_at,
        *(tables.balance.c[name] for name in ("amount", "moved_at", "charged_through", "accrued")),
    )
    .select_from(tables.member)
    .join(
        tables.balance,
        (tables.balance.c.pool_id == tables.member.c.pool_id)
        & (tables.balance.c.address == tables.member.c.account)
        & (tables.balance.c.unit == CREDITS),
    )
    .where(equal(tables.member, ["pool_id"]))
)
_HOLDINGS = Statement(
    lambda: (
        HOLDERS.where(tables.member.c.id > bindparam("after", type_=tables.member.c.id.type))
        .order_by(tables.member.c.id)
        .limit(bindparam("limit", type_=Integer()))
    )
)
_HOLDING = Statement(lambda: HOLDERS.where(equal(tables.member, ["account"])))
_MOVED = (
    tables.balance.update()
    .where(equal(tables.balance, ["pool_id", "address", "unit"]))
    .values(
        amount=tables.balance.c.amount + bindparam("moved", type_=tables.balance.c.amount.type),
        trade=tables.balance.c.trade + bindparam("traded", type_=tables.balance.c.trade.type),
        moved_at=func.coalesce(
            bindparam("moved_at", type_=tables.balance.c.moved_at.type), tables.balance.c.moved_at
        ),
    )
)
_MOVE = Statement(lambda: _MOVED.returning(tables.balance.c.amount))
_MOVE_UNSEEN = Statement(lambda: _MOVED)
_ADD_ENTRY = Statement(lambda: added(tables.entry))
_ADD_POSTING = Statement(lambda: added(tables.posting))
_ADD_NOTE = Statement(lambda: added(tables.entry_note))
_ENTRY = Statement(lambda: chosen(tables.entry, "pool_id", "number"))
_POSTINGS = Statement(
    lambda: (
        select(*(tables.posting.c[name] for name in ("source", "target", "amount", "unit")))
        .where(equal(tables.posting, ["pool_id", "entry"]))
        .order_by(tables.posting.c.line)
    )
)
_LAST_SEND = Statement(
    lambda: (
        select(tables.posting.c.entry)
        .join(
            tables.entry,
            (tables.entry.c.pool_id == tables.posting.c.pool_id)
            & (tables.entry.c.number == tables.posting.c.entry),
        )
        .where(
            equal(tables.posting, ["pool_id", "source"]),
            tables.entry.c.kind == EntryKind.SEND.value,
        )
        .order_by(tables.posting.c.entry.desc())
        .limit(1)
    )
)
_REVERSAL = Statement(
    lambda: select(tables.entry.c.number).where(equal(tables.entry, ["pool_id", "reverses"]))
)
_PHOTO = Statement(
    lambda: select(tables.photo.c.owner).where(equal(tables.photo, ["pool_id", "sha256", "owner"]))
)
_ADD_PHOTO = Statement(lambda: added(tables.photo))

_QUIET = Statement(
    lambda: (
        select(tables.person.c.quiet_from, tables.person.c.quiet_until)
        .join(tables.member, tables.member.c.person == tables.person.c.id)
        .where(equal(tables.member, ["pool_id", "id"]))
    )
)
_REMINDED = Statement(
    lambda: select(tables.reminded.c.at).where(
        equal(tables.reminded, ["pool_id", "member", "about", "number", "step"])
    )
)
_NOTE_REMINDED = Statement(lambda: added(tables.reminded))

OF_THE_CLOCK = "job:"
"""How the keys of events begin that nobody's act brought about."""

SOURCE_TRADES = frozenset({EntryKind.WORK, EntryKind.STIPEND, EntryKind.MET, EntryKind.HOLD})
"""What the pool pays for work (it counts as a party, so that the sum is always 0), and what a
spender commits to spend; reading takes off again what is still only held."""

TARGET_TRADES = frozenset(
    {
        EntryKind.WORK,
        EntryKind.STIPEND,
        EntryKind.MET,
        EntryKind.SETTLE,
        EntryKind.RELEASE,
    }
)
"""What is received in trades, and what a cancelled order gives back."""


def traded(kind: EntryKind, taken_back: EntryKind | None) -> tuple[bool, bool]:
    """Whether an entry is a trade for the one who gives, and for the one who gets.

    What takes a trade back (`taken_back` is the kind of that entry) counts the other way round.
    """
    if taken_back is not None:
        return taken_back in TARGET_TRADES, taken_back in SOURCE_TRADES
    return kind in SOURCE_TRADES, kind in TARGET_TRADES


MOVEMENTS = frozenset(
    {
        EntryKind.WORK,
        EntryKind.STIPEND,
        EntryKind.MET,
        EntryKind.SEND,
        EntryKind.SETTLE,
        EntryKind.BUY,
        EntryKind.PLEDGE,
        EntryKind.CASH_OUT,
    }
)
"""What counts as a holder's own earning and spending, so that their balance did not rest (rules,
section 3). The spender of a settled order is touched beside it: the credits were held before."""


HELD_FOR_CASH = case(
    (tables.cash_out.c.state == "requested", tables.cash_out.c.credits),
    (tables.cash_out.c.state == "approved", tables.cash_out.c.approved),
    else_=0,
)
"""How many credits are held for a cash-out (as `CashOut.held`)."""


FEW = 4
"""Postings of an entry that are written one by one, and their balances read back."""


def _changes(
    entry: Entry, posting: Move, trades: tuple[bool, bool]
) -> Iterator[tuple[Address, dict[str, Any]]]:
    """What a posting changes in the balances of its two accounts."""
    amount, (gives, gets) = posting.amount, trades
    at = entry.at if entry.kind in MOVEMENTS else None
    given, taken = amount if gives else 0, amount if gets else 0
    yield posting.source, {"moved": -amount, "traded": -given, "moved_at": at}
    yield posting.target, {"moved": amount, "traded": taken, "moved_at": at}


class _Of(Generic[Thing]):
    """The things of one kind in the pool in which one stands, as an attribute of it."""

    __slots__ = ("_kept",)

    def __init__(self, kept: Kept[Thing]) -> None:
        self._kept = kept

    def __get__(self, here: PoolHere, _: type[PoolHere]) -> PoolThings[Thing]:
        return here.things(self._kept)


Standing = tuple[Pool, Head, bool]
"""Where a pool stands within a transaction, and whether a change of its rules is due."""


class PoolHere:
    """One pool within a write transaction; its head row is locked."""

    members = _Of(MEMBERS)
    terms = _Of(TERMS)
    chats = _Of(CHATS)
    listings = _Of(LISTINGS)
    commitments = _Of(COMMITMENTS)
    orders = _Of(ORDERS)
    requests = _Of(REQUESTS)
    cash = _Of(CASH)
    cash_outs = _Of(CASH_OUTS)
    expenses = _Of(EXPENSES)
    templates = _Of(TEMPLATES)
    plans = _Of(PLANS)
    gatherings = _Of(GATHERINGS)
    goings = _Of(GOINGS)
    disputes = _Of(DISPUTES)
    concerns = _Of(CONCERNS)
    rule_changes = _Of(RULE_CHANGES)
    periods = _Of(PERIODS)

    def __init__(self, work: Transaction, stored: Pool, head: Head) -> None:
        self._work = work
        self._session = work.session
        self._pool = stored.at(work.at.now)
        self._is_change_due = self._pool is not stored
        self._stored_head = head
        self._head = head
        # The head is locked, so within this transaction nobody else moves a balance.
        self._balances: dict[Address, int] = {}

    def things(self, kept: Kept[Thing]) -> PoolThings[Thing]:
        """The things of one kind in this pool."""
        return PoolThings(self._session, self._pool.id, kept)

    @property
    def pool(self) -> Pool:
        """The pool with the rules that are in force now."""
        return self._pool

    @property
    def is_change_due(self) -> bool:
        """Whether the day of a change of the rules has come, and it is not written down yet."""
        return self._is_change_due

    @property
    def now(self) -> datetime:
        """The instant of an entry that is made now: never before that of the last one."""
        return max(self._work.at.now, self._head.at)

    @property
    def head(self) -> Head:
        """Where the chain stands after what was appended so far."""
        return self._head

    @property
    def key(self) -> str:
        """The key of the event that is being decided."""
        return self._work.key

    def templates_to_open(self, month: str, limit: int) -> Sequence[Template]:
        """Active templates that have opened nothing for this month yet, the first by number."""
        rows = self._session.rows(_TO_OPEN, pool_id=self._pool.id, month=month, at_most=limit)
        return [mapping.TEMPLATES.made(row) for row in rows]

    def save_pool(self, pool: Pool) -> None:
        """Keep the next version of the pool.

        Raises:
            Stale: when the stored one is not the version before.
        """
        values = mapping.pool_values(pool)
        before = pool.version - 1
        if self._session.write(_SAVE_POOL, id=self._pool.id, version_before=before, **values) != 1:
            raise Stale(f"Pool {pool.id}")
        self._pool = replace(pool, id=self._pool.id)
        self._is_change_due = False

    def counts_money(self) -> bool:
        """Whether anything in the pool is counted in its currency: in the books, or promised."""
        return currency.is_counted(self._session, self._pool.id)

    def recount(self, pool: Pool) -> None:
        """Keep the next version of the pool, whose empty cash accounts hold another currency."""
        self.save_pool(pool)
        currency.recount(self._session, self._pool.id, pool.currency)

    def number(self) -> Number:
        """The next number of the pool's one count."""
        number = self._head.next_number
        self._head = replace(self._head, next_number=number + 1)
        return Number(number)

    def kind_of(self, number: Number) -> str | None:
        """What the number names, in one question over the keys of all kinds."""
        row = self._session.row(KIND_OF, pool_id=self._pool.id, number=number)
        return None if row is None else row[0]

    def member_with(self, platform: str, external: str) -> Member | None:
        """The member behind an account on a platform; whoever acts, what they have comes along."""
        row = self._session.row(
            _MEMBER_WITH, pool_id=self._pool.id, platform=platform, external=external
        )
        if row is None:
            return None
        *columns, balance = row
        member = mapping.MEMBERS.made(columns)
        self._balances[member.account] = balance
        return member

    def member_of(self, person: PersonId) -> Member | None:
        """The member that this person is in this pool."""
        row = self._session.row(MEMBER_OF, pool_id=self._pool.id, person=person)
        return None if row is None else mapping.MEMBERS.made(row)

    def open_account(self, account: Account) -> None:
        """Open an account with nothing in it; one for cash holds the pool's currency."""
        self._session.write(_ADD_ACCOUNT, **mapping.ACCOUNTS.values(account))
        self._session.write(
            _ADD_BALANCE,
            pool_id=account.pool,
            address=account.address,
            unit=self._pool.currency if account.kind in CASH_ACCOUNTS else CREDITS,
            amount=0,
            trade=0,
            moved_at=None,
            charged_through="",
            accrued=0,
        )

    def address(self, kind: AccountKind) -> Address:
        """The address of one of the pool's own accounts."""
        row = self._session.row(_ADDRESS, pool_id=self._pool.id, kind=kind.value)
        if row is None:
            raise LookupError(f"pool {self._pool.id} has no account {kind}")
        return Address(row[0])

    def balance(self, address: Address) -> int:
        """Credits in an account now."""
        if address not in self._balances:
            row = self._session.row(_BALANCE, pool_id=self._pool.id, address=address, unit=CREDITS)
            self._balances[address] = _amount(row)
        return self._balances[address]

    def cash_in(self, kind: AccountKind) -> int:
        """Cents in one of the pool's cash accounts now."""
        row = self._session.row(
            _BALANCE,
            pool_id=self._pool.id,
            address=self.address(kind),
            unit=self._pool.currency,
        )
        return _amount(row)

    def tally(self, address: Address) -> Tally:
        """What an account holds, and what its month's charges need to know."""
        row = self._session.row(_TALLY, pool_id=self._pool.id, address=address, unit=CREDITS)
        if row is None:
            raise LookupError("no such account")
        return Tally(*row)

    def holdings(self, after: MemberId | str, limit: int) -> Sequence[Holding]:
        """The accounts of so many members, by id from the one after this."""
        rows = self._session.rows(_HOLDINGS, pool_id=self._pool.id, after=after, limit=limit)
        return [self._holding(row) for row in rows]

    def holding(self, address: Address) -> Holding | None:
        """A member's account; None for the pool's own."""
        row = self._session.row(_HOLDING, pool_id=self._pool.id, account=address)
        return None if row is None else self._holding(row)

    def _holding(self, row: Row) -> Holding:
        member, address, joined_at, *tally = row
        dated = lots.free(self._session, self._pool.id, address)
        return Holding(member, address, joined_at, Tally(*tally), dated)

    def charged(self, address: Address, month: str, accrued: int) -> None:
        """Note that the charges of a month were taken from an account, and what is carried on."""
        self._session.write(
            _CHARGED,
            pool_id=self._pool.id,
            address=address,
            unit=CREDITS,
            charged_through=month,
            accrued=accrued,
        )

    def charged_all(self, month: str, accrued: Mapping[Address, int]) -> None:
        """The same for many accounts at once."""
        same = {"pool_id": self._pool.id, "unit": CREDITS, "charged_through": month}
        if accrued:
            self._session.write_all(
                _CHARGED,
                ({**same, "address": each, "accrued": rest} for each, rest in accrued.items()),
            )

    def traders(self, since: datetime, until: datetime) -> Sequence[MemberId]:
        """The members between whom credits changed hands within a time, by id."""
        return trading.traders(self._session, self._pool.id, since, until, self._head.place)

    def demurrage_of(self, month: str, ended: datetime) -> int:
        """What resting credits were charged for a month that has ended then."""
        return trading.demurrage_of(self._session, self._pool.id, month, ended, self._head.place)

    def date_lots(self, month: str) -> None:
        """Date all credits with a month."""
        lots.date_all(self._session, self._pool.id, month)

    def touch(self, address: Address, at: datetime) -> None:
        """Note that the holder earned or spent, where no posting of theirs says so."""
        self._session.write(
            _TOUCHED, pool_id=self._pool.id, address=address, unit=CREDITS, moved_at=at
        )

    def append(self, entry: Entry, salt: bytes, note: str, *, dated: bool) -> None:
        """Add an entry: postings, balances and the chain's head move together.

        `dated`: so do the dates of the credits, as they expire by those.
        """
        self._session.write(_ADD_ENTRY, **mapping.entry_values(entry))
        trades = traded(entry.kind, self._taken_back(entry))
        if len(entry.postings) > FEW:
            self._move_many(entry, trades)
        else:
            for line, posting in enumerate(entry.postings):
                self._session.write(_ADD_POSTING, **mapping.posting_values(entry, line, posting))
                self._move(entry, posting, trades)
        if dated:
            self._move_lots(entry)
        if note:
            self._session.write(
                _ADD_NOTE, pool_id=entry.pool, entry=entry.number, salt=salt, note=note
            )
        self._head = Head(self._head.next_number, entry.place, entry.hash, entry.at)

    def _taken_back(self, entry: Entry) -> EntryKind | None:
        if entry.kind is not EntryKind.REVERSE or entry.reverses is None:
            return None
        row = self._session.row(_ENTRY, pool_id=self._pool.id, number=entry.reverses)
        return None if row is None else mapping.entry_made(row, ()).kind

    def _move(self, entry: Entry, posting: Move, trades: tuple[bool, bool]) -> None:
        for address, change in _changes(entry, posting, trades):
            row = self._session.row(
                _MOVE, pool_id=self._pool.id, address=address, unit=posting.unit, **change
            )
            amount = _amount(row)
            if posting.unit == CREDITS:
                self._balances[address] = amount

    def _move_many(self, entry: Entry, trades: tuple[bool, bool]) -> None:
        """The same for an entry of many postings, in few statements: each account moves once."""
        lines = enumerate(entry.postings)
        self._session.write_all(
            _ADD_POSTING, (mapping.posting_values(entry, line, posting) for line, posting in lines)
        )
        moves: dict[tuple[Address, str], dict[str, Any]] = {}
        for posting in entry.postings:
            for address, change in _changes(entry, posting, trades):
                move = moves.setdefault(
                    (address, posting.unit), {**change, "moved": 0, "traded": 0}
                )
                move["moved"] += change["moved"]
                move["traded"] += change["traded"]
        self._session.write_all(
            _MOVE_UNSEEN,
            (
                {"pool_id": self._pool.id, "address": address, "unit": unit, **move}
                for (address, unit), move in moves.items()
            ),
        )
        for address, _ in moves:
            self._balances.pop(address, None)

    def _move_lots(self, entry: Entry) -> None:
        month = self._dated(entry)
        credits = [each for each in entry.postings if each.unit == CREDITS]
        for place, posting in enumerate(credits):
            later = credits[place + 1 :]
            lots.move(
                self._session,
                self._pool.id,
                posting,
                entry.cause or Number(0),
                month,
                self.balance(posting.target) - _brought(posting.target, later),
            )

    def _dated(self, entry: Entry) -> str:
        """The month with which new credits are dated: late shares as if they had come on time."""
        if entry.kind is EntryKind.SHARE and entry.cause is not None:
            return next_month(month_in(entry.cause))
        return self._pool.month_of(entry.at)

    def entry(self, number: Number) -> Entry | None:
        """An entry of the journal."""
        row = self._session.row(_ENTRY, pool_id=self._pool.id, number=number)
        if row is None:
            return None
        postings = self._session.rows(_POSTINGS, pool_id=self._pool.id, entry=number)
        return mapping.entry_made(row, tuple(map(mapping.posting_made, postings)))

    def last_send(self, address: Address) -> Entry | None:
        """The latest transfer out of an account, undone or not."""
        row = self._session.row(_LAST_SEND, pool_id=self._pool.id, source=address)
        return None if row is None else self.entry(row[0])

    def reversal_of(self, entry: Number) -> Number | None:
        """The entry that reversed this one, if any."""
        row = self._session.row(_REVERSAL, pool_id=self._pool.id, reverses=entry)
        return None if row is None else Number(row[0])

    def keep_photo(self, photo: Photo) -> None:
        """Keep a picture that goes with a claim; the same picture is kept once."""
        key = {"pool_id": self._pool.id, "sha256": photo.sha256, "owner": photo.owner}
        if self._session.row(_PHOTO, **key) is None:
            self._session.write(_ADD_PHOTO, **key, content=photo.content)

    def card(self, kind: Announced, *numbers: Number) -> None:
        """Show the present state of things in the pool's chats.

        What only the clock brings about makes no card of its own: it waits for the day's digest.
        """
        posting: Posting = self._pool.posting_of(kind)
        if posting is Posting.CARD and self.key.startswith(OF_THE_CLOCK):
            posting = Posting.DIGEST
        queue_cards(self._session, self._pool.id, numbers, kind, posting, self._work.at.now)

    def redraw(self, kind: Announced, *numbers: Number) -> None:
        """Edit the card that shows these things, where there is one."""
        now = self._work.at.now
        queue_cards(self._session, self._pool.id, numbers, kind, Posting.OFF, now)

    def mention(self, number: Number) -> None:
        """Have the day's digest say how a thing of the pool stands."""
        queue_mention(self._session, self._pool.id, number, self._work.at.now)

    def post(self, notice: Notice, not_before: datetime) -> None:
        """Tell the group something in each of the pool's chats."""
        text = neutral.write(notice)
        queue_post(self._session, self._pool.id, text, self._work.at.now, not_before)

    def hold(self, chat: Chat) -> None:
        """Keep all that waits for a chat that the bot is not in any more."""
        hold_chat(self._session, chat.platform, chat.external)

    def resume(self, chat: Chat, since: datetime) -> None:
        """Have what was kept for a chat said after all, but no post or digest from before."""
        resume_chat(self._session, chat.platform, chat.external, self._work.at.now, since)

    def post_in(self, chat: Number, notice: Notice) -> None:
        """Tell one of the pool's chats something."""
        text = neutral.write(notice)
        queue_post_in(self._session, self._pool.id, chat, text, self._work.at.now)

    def tell(self, member: MemberId, notice: Notice) -> None:
        """Tell one member in private, once this transaction is committed.

        What only the clock brings about waits for the end of their quiet hours.
        """
        text, now = neutral.write(notice), self._work.at.now
        not_before = self._by_day(member, now) if self.key.startswith(OF_THE_CLOCK) else now
        queue_notice(self._session, self._pool.id, member, text, now, not_before)

    def _by_day(self, member: MemberId, now: datetime) -> datetime:
        """This instant, or the end of the member's quiet hours when it lies in them."""
        row = self._session.row(_QUIET, pool_id=self._pool.id, id=member)
        return now if row is None else after_quiet(now, row[0], row[1], self._pool.time_zone)

    def was_reminded(self, member: MemberId, about: str, number: Number, step: int) -> bool:
        """Whether a member was reminded of this before."""
        key = {"member": member, "about": str(about), "number": number, "step": step}
        return self._session.row(_REMINDED, pool_id=self._pool.id, **key) is not None

    def note_reminded(self, member: MemberId, about: str, number: Number, step: int) -> None:
        """Note that a member is reminded of this, so that it is said once."""
        key = {"member": member, "about": str(about), "number": number, "step": step}
        self._session.write(_NOTE_REMINDED, pool_id=self._pool.id, at=self._work.at.now, **key)

    def tell_person(self, person: PersonId, notice: Notice) -> None:
        """Tell somebody in private who need not be a member."""
        text = neutral.write(notice)
        queue_for_person(self._session, self._pool.id, person, text, self._work.at.now)

    def erase(self, member: Member) -> None:
        """Erase what names a former member."""
        erasing.erase_member(self._session, member)

    def keep_head(self) -> None:
        """Store where the pool's count and its chain stand, when they moved."""
        if self._head is not self._stored_head:
            self._session.write(_SAVE_HEAD, id=self._pool.id, **mapping.head_values(self._head))
            self._stored_head = self._head

    def standing(self) -> Standing:
        """Where it stands, to come back to when a savepoint is undone."""
        return self._pool, self._head, self._is_change_due

    def stand_back(self, standing: Standing) -> None:
        """Come back to where it stood."""
        self._pool, self._head, self._is_change_due = standing
        self._balances.clear()


def _brought(account: Address, postings: Sequence[Move]) -> int:
    """By how much these postings change what an account holds."""
    came = sum(each.amount for each in postings if each.target == account)
    return came - sum(each.amount for each in postings if each.source == account)


def _amount(row: Row | None) -> int:
    if row is None:
        raise LookupError("no such account")
    amount: int = row[0]
    return amount


# --- people and keys -----------------------------------------------------------------------

_PERSON = Statement(lambda: chosen(tables.person, "id"))
_ADD_PERSON = Statement(lambda: added(tables.person))
_SAVE_PERSON = Statement(
    lambda: changed(
        tables.person, ["id"], [c.name for c in tables.person.c if c.name != "id"]
    ).where(
        tables.person.c.version == bindparam("version_before", type_=tables.person.c.version.type)
    )
)
_IDENTITY = Statement(lambda: chosen(tables.identity, "platform", "external"))
_WITH_USERNAME = Statement(lambda: chosen(tables.identity, "platform", "username_folded").limit(1))
_IDENTITIES = Statement(
    lambda: chosen(tables.identity, "person").order_by(
        tables.identity.c.platform, tables.identity.c.external
    )
)
_ADD_IDENTITY = Statement(lambda: added(tables.identity))
_SAVE_IDENTITY = Statement(
    lambda: changed(
        tables.identity,
        ["platform", "external"],
        [c.name for c in tables.identity.c if c.name not in ("platform", "external")],
    )
)
_POOLS = Statement(
    lambda: (
        select(tables.member.c.pool_id)
        .where(equal(tables.member, ["person"]), _LIVING)
        .order_by(tables.member.c.pool_id)
    )
)
_GATHERS_IN = Statement(
    lambda: union(
        select(tables.going.c.pool_id).where(equal(tables.going, ["person"])),
        select(tables.gathering.c.pool_id).where(
            tables.gathering.c.made_by == bindparam("person", type_=tables.going.c.person.type)
        ),
    )
)
_LINK_CODE = Statement(lambda: chosen(tables.link_code, "code"))
_ADD_LINK_CODE = Statement(lambda: added(tables.link_code))
_SAVE_LINK_CODE = Statement(
    lambda: changed(tables.link_code, ["code"], ["person", "expires_at", "used"])
)


class Everybody:
    """Persons and their accounts on platforms, over all pools."""

    def __init__(self, session: Session, at: At, forgotten: set[str]) -> None:
        self._session = session
        self._at = at
        self._forgotten = forgotten

    def person(self, person: PersonId) -> Person | None:
        """The person with this id."""
        row = self._session.row(_PERSON, id=person)
        return None if row is None else mapping.PERSONS.made(row)

    def add(self, person: Person) -> None:
        """Keep a new person."""
        self._session.write(_ADD_PERSON, **mapping.PERSONS.values(person))

    def save(self, person: Person) -> None:
        """Keep the next version of a person.

        Raises:
            Stale: when the stored one is not the version before.
        """
        values = mapping.PERSONS.values(person)
        if self._session.write(_SAVE_PERSON, version_before=person.version - 1, **values) != 1:
            raise Stale(f"Person {person.id}")

    def identity(self, platform: str, external: str) -> Identity | None:
        """The account on a platform.

        Two writers may look for the same stranger at once (PostgreSQL has several): the second
        waits until the first has committed, and looks again.
        """
        key = {"platform": platform, "external": external}
        row = self._session.row(_IDENTITY, **key)
        if row is None:
            self._session.take_turns(f"{platform}:{external}")
            row = self._session.row(_IDENTITY, **key)
        return None if row is None else mapping.IDENTITIES.made(row)

    def with_username(self, platform: str, username: str) -> Identity | None:
        """The account that was last seen with this username, whatever its case."""
        row = self._session.row(
            _WITH_USERNAME, platform=platform, username_folded=username.casefold()
        )
        return None if row is None else mapping.IDENTITIES.made(row)

    def identities(self, person: PersonId) -> Sequence[Identity]:
        """All accounts of a person."""
        return [
            mapping.IDENTITIES.made(row) for row in self._session.rows(_IDENTITIES, person=person)
        ]

    def keep(self, identity: Identity) -> None:
        """Keep an account: new, or changed."""
        values = mapping.IDENTITIES.values(identity)
        if not self._session.write(_SAVE_IDENTITY, **values):
            self._session.write(_ADD_IDENTITY, **mapping.IDENTITIES.values(identity))

    def opened(self, person: PersonId, latest: int) -> None:
        """Have the latest of what was kept for this person said after all."""
        resume_person(self._session, person, latest, self._at.now)

    def readdress(self, gone: PersonId, into: PersonId) -> None:
        """Have what waits to be said to one person said to another."""
        readdress(self._session, gone, into)

    def pools(self, person: PersonId) -> Sequence[PoolId]:
        """The pools in which this person is a member."""
        return [PoolId(row[0]) for row in self._session.rows(_POOLS, person=person)]

    def gathers_in(self, person: PersonId) -> Sequence[PoolId]:
        """The pools in which this person called or answered to a gathering."""
        return [PoolId(row[0]) for row in self._session.rows(_GATHERS_IN, person=person)]

    def begin_linking(self) -> None:
        """Wait until nobody else links: each link may fold a person that another needs."""
        self._session.take_turns("linking")

    def link_code(self, code: str) -> LinkCode | None:
        """The code that links two accounts."""
        row = self._session.row(_LINK_CODE, code=code)
        return None if row is None else mapping.LINK_CODES.made(row)

    def keep_link_code(self, code: LinkCode) -> None:
        """Keep a code: new, or used."""
        if not self._session.write(_SAVE_LINK_CODE, **mapping.LINK_CODES.values(code)):
            self._session.write(_ADD_LINK_CODE, **mapping.LINK_CODES.values(code))

    def forget(self, person: PersonId) -> None:
        """Erase a person who is in no pool any more."""
        self._forgotten |= erasing.forget(self._session, person)


_ANSWER = Statement(
    lambda: select(tables.answer.c.digest, tables.answer.c.text).where(
        equal(tables.answer, ["key"])
    )
)
_ADD_ANSWER = Statement(lambda: added(tables.answer))


class Answers:
    """What was asked and answered before, by the event's key; kept for 90 days."""

    def __init__(self, session: Session, at: At, forgotten: set[str]) -> None:
        self._session = session
        self._at = at
        self._forgotten = forgotten

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Digest of the request and the answer's neutral text."""
        row = self._session.row(_ANSWER, key=key)
        return None if row is None else (row[0], row[1])

    def add(self, key: str, digest: bytes, answer: str, by: str) -> None:
        """Keep an answer; not whose it was, when the event was to forget them."""
        by = "" if by in self._forgotten else by
        self._session.write(
            _ADD_ANSWER, key=key, digest=digest, text=answer, by=by, at=self._at.now
        )


# --- the whole house -----------------------------------------------------------------------

_CHAT = Statement(
    lambda: (
        select(tables.chat)
        .where(equal(tables.chat, ["platform", "external"]))
        .where(tables.chat.c.state != "ended")
    )
)
_INVITATION = Statement(lambda: chosen(tables.invitation, "code"))
_ADD_INVITATION = Statement(lambda: added(tables.invitation))
_SAVE_INVITATION = Statement(
    lambda: changed(tables.invitation, ["pool_id", "code"], ["made_by", "expires_at", "used"])
)
_NAME_OF = Statement(lambda: select(tables.member.c.name).where(equal(tables.member, ["id"])))
_NAME_OF_PERSON = Statement(
    lambda: (
        select(tables.identity.c.name)
        .where(equal(tables.identity, ["person"]))
        .order_by(tables.identity.c.platform, tables.identity.c.external)
        .limit(1)
    )
)


def name_of(session: Session, who: MemberId | PersonId) -> str:
    """What a member of any pool, or a person, is called now; '' for a former member."""
    row = session.row(_NAME_OF, id=who) or session.row(_NAME_OF_PERSON, person=who)
    return "" if row is None else row[0]


@cache
def _savepoint(depth: int) -> str:
    return f"inner_{depth}"


class Transaction:
    """One request within a write transaction: `core.ports.Work`.

    `outer` is the savepoint that the writer set before the request.
    """

    def __init__(self, session: Session, at: At, key: str, outer: str) -> None:
        self.session = session
        self.at = at
        self.key = key
        self._outer = outer
        self._writes_before = session.writes
        self._depth = 0
        self._heres: dict[PoolId, PoolHere] = {}
        self._forgotten: set[str] = set()

    @property
    def people(self) -> Everybody:
        """Persons and their accounts on platforms."""
        return Everybody(self.session, self.at, self._forgotten)

    @property
    def keys(self) -> Answers:
        """What was answered before."""
        return Answers(self.session, self.at, self._forgotten)

    def enter(self, pool: PoolId) -> PoolHere:
        """Stand in a pool, with its head locked.

        Raises:
            Refused: NoSuchPool.
        """
        here = self._heres.get(pool)
        if here is None:
            row = self.session.row(_ENTER, id=pool)
            if row is None:
                raise Refused(NoSuchPool())
            here = PoolHere(self, mapping.pool_made(row), mapping.head_made(row))
            self._heres[pool] = here
        return here

    def found(self, pool: Pool, head: Head) -> PoolHere:
        """Make a pool, with an id of the database's, and stand in it."""
        values = {**mapping.pool_values(pool), **mapping.head_values(head)}
        row = self.session.row(_FOUND, **values)
        if row is None:
            raise LookupError("the database gave the new pool no id")
        here = PoolHere(self, replace(pool, id=PoolId(row[0])), head)
        self._heres[here.pool.id] = here
        return here

    def chat(self, platform: str, external: str) -> Chat | None:
        """The living binding of a chat, in whichever pool."""
        row = self.session.row(_CHAT, platform=platform, external=external)
        return None if row is None else mapping.CHATS.made(row)

    def invitation(self, code: str) -> Invitation | None:
        """The invitation with this code."""
        row = self.session.row(_INVITATION, code=code)
        return None if row is None else mapping.INVITATIONS.made(row)

    def keep_invitation(self, invitation: Invitation) -> None:
        """Keep an invitation: new, or used."""
        if not self.session.write(_SAVE_INVITATION, **mapping.INVITATIONS.values(invitation)):
            self.session.write(_ADD_INVITATION, **mapping.INVITATIONS.values(invitation))

    def name_of(self, who: MemberId | PersonId) -> str:
        """What a member, or any person, is called now; '' for a former member."""
        return name_of(self.session, who)

    @contextmanager
    def inner(self) -> Iterator[None]:
        """A savepoint: left by an exception, all that was written inside is undone.

        Where nothing was written before, the request's own savepoint is the same place and is
        used instead: half the savepoints, and on PostgreSQL half the subtransactions.
        """
        name = self._begin_inner()
        standing = {pool: here.standing() for pool, here in self._heres.items()}
        self._depth += 1
        try:
            yield
        except BaseException:
            self.session.undo(name)
            self._stand_back(standing)
            raise
        finally:
            self._depth -= 1
        if name != self._outer:
            self.session.release(name)

    def _begin_inner(self) -> str:
        if self.session.writes == self._writes_before:
            return self._outer
        name = _savepoint(self._depth)
        self.session.savepoint(name)
        return name

    def _stand_back(self, standing: dict[PoolId, Standing]) -> None:
        self._heres = {pool: here for pool, here in self._heres.items() if pool in standing}
        for pool, here in self._heres.items():
            here.stand_back(standing[pool])

    def settle(self) -> None:
        """Store what was kept in mind until the end: where each pool's head stands."""
        for here in self._heres.values():
            here.keep_head()
