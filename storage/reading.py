"""What the top floor asks: straight from SQL to the small records of `core.reads`.

A question is answered whole on a reading thread, within one view of the database. Lists come in
the order they are shown. What a question costs does not grow with the journal, except a
statement (with the member's own entries) and the audit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    union,
    union_all,
)

from core.domain.commitments import Commitment
from core.domain.ledger import CREDITS, EntryKind
from core.domain.listings import Listing, ListingKind
from core.domain.members import Identity, Member, Role, Who
from core.domain.pools import HELD_AT_MOST, SETTLES_AFTER, Chat, Pool
from core.domain.units import Credits, MemberId, Number, PersonId, PoolId
from core.reads import (
    Audit,
    Balance,
    Known,
    Line,
    Mine,
    Named,
    Page,
    Shown,
    Status,
    Stored,
    Waiting,
)
from core.usecases.passing import MISSED_AFTER
from storage import audit, mapping, tables
from storage.asking import Asker
from storage.database import Session
from storage.mapping import Mapped
from storage.statements import Row, Statement, any_of, chosen, equal
from storage.work import (
    CHATS,
    COMMITMENTS,
    KIND_OF,
    LISTINGS,
    MEMBER_OF,
    ORDERS,
    REQUESTS,
    TERMS,
    Kept,
)

Thing = TypeVar("Thing")
Condition = ColumnElement[bool]

_member, _identity, _pool, _term = (
    tables.member.c,
    tables.identity.c,
    tables.pool.c,
    tables.term.c,
)
_listing, _commitment, _order, _request = (
    tables.listing.c,
    tables.commitment.c,
    tables.spend_order.c,
    tables.request.c,
)
_entry, _posting, _chat, _balance = (
    tables.entry.c,
    tables.posting.c,
    tables.chat.c,
    tables.balance.c,
)

HERE = any_of(_member.state, "joined", "active", "paused")
_NOW = bindparam("now", type_=_term.until.type)
_POOL = bindparam("pool_id", type_=_pool.id.type)
_MEMBER = bindparam("member", type_=_member.id.type)


def _all(
    session: Session, statement: Statement, mapped: Mapped[Thing], **values: Any
) -> list[Thing]:
    return [mapped.made(row) for row in session.rows(statement, **values)]


def _count(session: Session, statement: Statement, **values: Any) -> int:
    row = session.row(statement, **values)
    return int(row[0]) if row else 0


def _whole(expression: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as a whole number, 0 of nothing; PostgreSQL would make a decimal of it."""
    return cast(func.coalesce(func.sum(expression), 0), BigInteger)


def _counted(*where: Condition) -> Select[Any]:
    return select(func.count()).where(*where)


# --- people and pools ----------------------------------------------------------------------

_IDENTITY = Statement(chosen(tables.identity, "platform", "external"))
_IDENTITIES = Statement(
    chosen(tables.identity, "person").order_by(_identity.platform, _identity.external)
)
_PERSON = Statement(chosen(tables.person, "id"))
_POOLS_OF = Statement(
    select(tables.pool)
    .join(tables.member, _member.pool_id == _pool.id)
    .where(equal(tables.member, ["person"]), _member.state != "left")
    .order_by(_pool.id)
)
_CHAT = Statement(chosen(tables.chat, "platform", "external").where(_chat.state != "ended"))
_ONE_POOL = Statement(chosen(tables.pool, "id"))
_POOLS = Statement(select(_pool.id).order_by(_pool.id))
_ONE_MEMBER = Statement(select(tables.member).where(equal(tables.member, ["pool_id", "id"])))
_PHOTO = Statement(
    select(tables.photo.c.content)
    .join(
        tables.commitment,
        (tables.commitment.c.pool_id == tables.photo.c.pool_id)
        & (tables.commitment.c.photo == tables.photo.c.sha256)
        & (tables.commitment.c.maker == tables.photo.c.owner),
    )
    .where(equal(tables.commitment, ["pool_id", "number"]))
)
_NAME = Statement(select(_member.name).where(equal(tables.member, ["pool_id", "id"])))
_EVERYONE = Statement(
    select(_member.id, _member.name, _member.person)
    .where(equal(tables.member, ["pool_id"]), HERE)
    .order_by(_member.id)
)
_ACCOUNTS = Statement(
    select(tables.identity)
    .join(tables.member, _member.person == _identity.person)
    .where(equal(tables.member, ["pool_id"]), HERE)
    .order_by(_identity.platform, _identity.external)
)
_RUNNING = and_(_term.state == "serving", or_(_term.until.is_(None), _term.until > _NOW))
_ROLES = Statement(
    select(_term.role)
    .where(equal(tables.term, ["pool_id", "member"]), _RUNNING)
    .order_by(_term.number)
)
_SERVING = Statement(
    select(_term.member, _member.name, _term.role, _term.until)
    .join(tables.member, and_(_member.pool_id == _term.pool_id, _member.id == _term.member))
    .where(equal(tables.term, ["pool_id"]), _RUNNING)
    .order_by(_term.role, _term.number)
)
_CHATS = Statement(
    chosen(tables.chat, "pool_id").where(_chat.state != "ended").order_by(_chat.number)
)


def _known(session: Session, platform: str, external: str) -> Known | None:
    row = session.row(_IDENTITY, platform=platform, external=external)
    if row is None:
        return None
    identity = mapping.identity_made(row)
    person = session.row(_PERSON, id=identity.person)
    if person is None:
        return None
    accounts = session.rows(_IDENTITIES, person=identity.person)
    pools = session.rows(_POOLS_OF, person=identity.person)
    return Known(
        identity,
        mapping.person_made(person),
        [mapping.identity_made(each) for each in accounts],
        [mapping.pool_made(each) for each in pools],
    )


def _found_chat(session: Session, platform: str, external: str) -> Chat | None:
    row = session.row(_CHAT, platform=platform, external=external)
    return None if row is None else mapping.chat_made(row)


def _found_pool(session: Session, pool: PoolId) -> Pool | None:
    row = session.row(_ONE_POOL, id=pool)
    return None if row is None else mapping.pool_made(row)


def _found_member(session: Session, pool: PoolId, person: PersonId) -> Member | None:
    row = session.row(MEMBER_OF, pool_id=pool, person=person)
    return None if row is None else mapping.member_made(row)


def _one_member(session: Session, pool: PoolId, member: MemberId) -> Member | None:
    row = session.row(_ONE_MEMBER, pool_id=pool, id=member)
    return None if row is None else mapping.member_made(row)


def _photo(session: Session, pool: PoolId, number: Number) -> bytes | None:
    row = session.row(_PHOTO, pool_id=pool, number=number)
    return None if row is None else bytes(row[0])


def _names(session: Session, pool: PoolId, members: Sequence[MemberId]) -> dict[MemberId, str]:
    rows = {member: session.row(_NAME, pool_id=pool, id=member) for member in members}
    return {member: row[0] if row else "" for member, row in rows.items()}


def _everyone(session: Session, pool: PoolId) -> list[Named]:
    accounts: dict[str, list[Identity]] = defaultdict(list)
    for row in session.rows(_ACCOUNTS, pool_id=pool):
        identity = mapping.identity_made(row)
        accounts[identity.person].append(identity)
    return [
        Named(member, name, person, tuple(accounts.get(person, ())))
        for member, name, person in session.rows(_EVERYONE, pool_id=pool)
    ]


# --- things --------------------------------------------------------------------------------

_SHOWN: Mapping[str, Kept[Any]] = {
    "listing": LISTINGS,
    "commitment": COMMITMENTS,
    "order": ORDERS,
    "request": REQUESTS,
    "chat": CHATS,
    "term": TERMS,
}


def _thing(session: Session, pool: PoolId, number: Number) -> Shown | None:
    kind = session.row(KIND_OF, pool_id=pool, number=number)
    kept = _SHOWN.get(kind[0]) if kind else None
    if kept is None:
        return None
    row = session.row(kept.get, pool_id=pool, number=number)
    shown: Shown | None = None if row is None else kept.mapped.made(row)
    return shown


_OPEN = and_(equal(tables.listing, ["pool_id"]), _listing.state == "open")
_WANTED = bindparam("wanted", type_=String())
_FOUND = and_(
    _OPEN,
    or_(_WANTED == "", _listing.kind == _WANTED),
    _listing.search.like(bindparam("pattern", type_=String()), escape="\\"),
)
_BOARD = Statement(
    select(tables.listing)
    .where(_FOUND)
    .order_by(_listing.number.desc())
    .limit(bindparam("size", type_=Integer()))
    .offset(bindparam("skipped", type_=Integer()))
)
_BOARD_TOTAL = Statement(_counted(_FOUND).select_from(tables.listing))
_OPEN_LISTINGS = Statement(
    select(tables.listing).where(_OPEN, equal(tables.listing, ["kind"])).order_by(_listing.number)
)


def _pattern(search: str) -> str:
    """A LIKE pattern for a text anywhere, its own signs taken literally."""
    text = search.strip().casefold()
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, "\\" + sign)
    return f"%{text}%"


def _board(
    session: Session, pool: PoolId, search: str, kind: ListingKind | None, page: int, size: int
) -> Page:
    asked = {"pool_id": pool, "wanted": kind.value if kind else "", "pattern": _pattern(search)}
    listings = _all(
        session, _BOARD, mapping.LISTINGS, size=size, skipped=(page - 1) * size, **asked
    )
    return Page(listings, _count(session, _BOARD_TOTAL, **asked))


def _own(table: Table, sides: Sequence[str], states: Sequence[str]) -> Statement:
    mine = or_(*(table.c[side] == _MEMBER for side in sides))
    return Statement(
        select(table)
        .where(equal(table, ["pool_id"]), mine, any_of(table.c.state, *states))
        .order_by(table.c.number)
    )


_MY_LISTINGS = _own(tables.listing, ["owner"], ["open"])
_MY_COMMITMENTS = _own(tables.commitment, ["maker"], ["open", "done", "missed"])
_MY_ORDERS = _own(tables.spend_order, ["spender", "giver"], ["held", "delivered"])
_MY_REQUESTS = _own(tables.request, ["asker", "payer"], ["open"])


def _mine(session: Session, pool: PoolId, member: MemberId) -> Mine:
    asked = {"pool_id": pool, "member": member}
    return Mine(
        _all(session, _MY_LISTINGS, mapping.LISTINGS, **asked),
        _all(session, _MY_COMMITMENTS, mapping.COMMITMENTS, **asked),
        _all(session, _MY_ORDERS, mapping.ORDERS, **asked),
        _all(session, _MY_REQUESTS, mapping.REQUESTS, **asked),
    )


_CLAIMS = Statement(
    select(tables.commitment)
    .where(equal(tables.commitment, ["pool_id"]), _commitment.state == "done")
    .order_by(_commitment.number)
)
_ASKING = Statement(
    select(tables.chat)
    .where(equal(tables.chat, ["pool_id"]), _chat.state == "waiting")
    .order_by(_chat.number)
)


def _waiting(session: Session, pool: PoolId) -> Waiting:
    claims: list[Commitment] = _all(session, _CLAIMS, mapping.COMMITMENTS, pool_id=pool)
    return Waiting(claims, _all(session, _ASKING, mapping.CHATS, pool_id=pool))


# --- credits -------------------------------------------------------------------------------

_HELD = (
    select(_whole(_order.credits))
    .where(_order.pool_id == _POOL, _order.spender == _MEMBER)
    .where(any_of(_order.state, "held", "delivered"))
    .scalar_subquery()
)
_BALANCE = Statement(
    select(_balance.amount, _HELD, _balance.trade)
    .join(
        tables.member,
        and_(_member.pool_id == _balance.pool_id, _member.account == _balance.address),
    )
    .where(_member.pool_id == _POOL, _member.id == _MEMBER, _balance.unit == CREDITS)
)
_FOLDED = Statement(
    select(_member.id, _balance.trade)
    .join(
        tables.balance,
        and_(_member.pool_id == _balance.pool_id, _member.account == _balance.address),
    )
    .where(_member.pool_id == _POOL, _member.folded_into == _MEMBER, _balance.unit == CREDITS)
)


def _had(session: Session, pool: PoolId, member: MemberId) -> Balance:
    row = session.row(_BALANCE, pool_id=pool, member=member)
    free, held, trade = row or (0, 0, 0)
    # What is held has left the spender, but is not spent before it is delivered.
    trade += held + _traded_before(session, pool, member)
    return Balance(Credits(free), Credits(held), trade)


def _traded_before(session: Session, pool: PoolId, member: str) -> int:
    """What a person traded as members that were folded into this one, when accounts were linked."""
    folded = session.rows(_FOLDED, pool_id=pool, member=member)
    return sum(trade + _traded_before(session, pool, former) for former, trade in folded)


_ACCOUNT = (
    select(_member.account).where(_member.pool_id == _POOL, _member.id == _MEMBER).scalar_subquery()
)


def _moves(side: Any, other: Any, sign: int) -> Select[Any]:
    return select(
        _posting.entry.label("entry"),
        (_posting.amount * sign).label("amount"),
        other.label("other"),
    ).where(_posting.pool_id == _POOL, side == _ACCOUNT, _posting.unit == CREDITS)


_MOVES = union_all(
    _moves(_posting.source, _posting.target, -1), _moves(_posting.target, _posting.source, 1)
).subquery("moves")
_PER_ENTRY = (
    select(
        _MOVES.c.entry,
        cast(func.sum(_MOVES.c.amount), BigInteger).label("amount"),
        func.min(_MOVES.c.other).label("other"),
    )
    .group_by(_MOVES.c.entry)
    .subquery("per_entry")
)
_LINES = select(
    _PER_ENTRY,
    cast(func.sum(_PER_ENTRY.c.amount).over(order_by=_PER_ENTRY.c.entry), BigInteger).label(
        "balance"
    ),
).subquery("lines")

_other, _actor, _behalf = (tables.member.alias(name).c for name in ("other", "actor", "behalf"))
_reversal = tables.entry.alias("reversal").c
_note = tables.entry_note.c
_offer = tables.listing.alias("offer").c
_partner = tables.member.alias("partner").c


def _in_pool(theirs: Any, key: Any, ours: Any) -> Condition:
    return and_(theirs.pool_id == _POOL, key == ours)


_SUBJECT = func.coalesce(_commitment.text, _offer.text, _listing.text, "")
_PARTNER_ID = case((_order.spender == _MEMBER, _order.giver), else_=_order.spender)
_HISTORY = Statement(
    select(
        _LINES.c.entry,
        _entry.at,
        _entry.kind,
        _LINES.c.amount,
        _LINES.c.balance,
        func.coalesce(_partner.id, _other.id),
        func.coalesce(_partner.name, _other.name),
        _entry.actor,
        _actor.name,
        _entry.on_behalf,
        _behalf.name,
        _entry.cause,
        _SUBJECT,
        func.coalesce(_note.note, ""),
        _entry.reverses,
        _reversal.number,
    )
    .select_from(_LINES)
    .join(tables.entry, _in_pool(_entry, _entry.number, _LINES.c.entry))
    .outerjoin(_other.id.table, _in_pool(_other, _other.account, _LINES.c.other))
    .outerjoin(_actor.id.table, _in_pool(_actor, _actor.id, _entry.actor))
    .outerjoin(_behalf.id.table, _in_pool(_behalf, _behalf.id, _entry.on_behalf))
    .outerjoin(_reversal.number.table, _in_pool(_reversal, _reversal.reverses, _entry.number))
    .outerjoin(tables.entry_note, _in_pool(_note, _note.entry, _entry.number))
    .outerjoin(tables.commitment, _in_pool(_commitment, _commitment.number, _entry.cause))
    .outerjoin(tables.listing, _in_pool(_listing, _listing.number, _entry.cause))
    .outerjoin(tables.spend_order, _in_pool(_order, _order.number, _entry.cause))
    .outerjoin(_offer.number.table, _in_pool(_offer, _offer.number, _order.offer))
    .outerjoin(_partner.id.table, _in_pool(_partner, _partner.id, _PARTNER_ID))
    .order_by(_LINES.c.entry.desc())
    .limit(bindparam("size", type_=Integer()))
    .offset(bindparam("skipped", type_=Integer()))
)
_HISTORY_TOTAL = Statement(select(func.count()).select_from(_PER_ENTRY))


def _who(member: str | None, name: str | None) -> Who | None:
    return None if member is None else Who(MemberId(member), name or "")


def _line(row: Row) -> Line:
    return Line(
        entry=row[0],
        at=row[1],
        kind=EntryKind(row[2]),
        amount=row[3],
        balance=row[4],
        other=_who(row[5], row[6]),
        actor=_who(row[7], row[8]),
        on_behalf=_who(row[9], row[10]),
        cause=row[11],
        subject=row[12],
        note=row[13],
        reverses=row[14],
        reversed_by=row[15],
    )


def _history(
    session: Session, pool: PoolId, member: MemberId, page: int, size: int
) -> tuple[list[Line], int]:
    asked = {"pool_id": pool, "member": member}
    rows = session.rows(_HISTORY, size=size, skipped=(page - 1) * size, **asked)
    return [_line(row) for row in rows], _count(session, _HISTORY_TOTAL, **asked)


# --- the pool in numbers -------------------------------------------------------------------


def _number_of(table: Table, *where: Condition) -> Any:
    return _counted(table.c.pool_id == _POOL, *where).select_from(table).scalar_subquery()


def _own_account(kind: str, value: Any) -> Any:
    account = tables.account.c
    return (
        select(value)
        .join(
            tables.account,
            and_(account.pool_id == _balance.pool_id, account.address == _balance.address),
        )
        .where(_balance.pool_id == _POOL, _balance.unit == CREDITS, account.kind == kind)
        .scalar_subquery()
    )


_STATUS = Statement(
    select(
        _number_of(tables.member, HERE),
        select(func.count(_term.member.distinct()))
        .where(_term.pool_id == _POOL, _term.role == "steward", _RUNNING)
        .scalar_subquery(),
        _number_of(tables.listing, _listing.state == "open", _listing.kind == "offer"),
        _number_of(tables.listing, _listing.state == "open", _listing.kind == "need"),
        _number_of(tables.commitment, _commitment.state == "open"),
        _number_of(tables.commitment, _commitment.state == "done"),
        _number_of(tables.chat, _chat.state == "waiting"),
        # What the issuance account ever gave for work, and how far it is below zero now.
        func.coalesce(_own_account("issuance", -_balance.trade), 0),
        func.coalesce(_own_account("issuance", -_balance.amount), 0),
        func.coalesce(_own_account("common", _balance.amount), 0),
    )
)


def _status(session: Session, pool: PoolId, now: datetime) -> Status:
    row = session.row(_STATUS, pool_id=pool, now=now)
    if row is None:
        raise LookupError(pool)
    members, stewards, offers, needs, promised, claims, chats, issued, outstanding, common = row
    return Status(
        members, stewards, offers, needs, promised, claims + chats, issued, outstanding, common
    )


def _touching(side: Any) -> Select[Any]:
    return select(_posting.entry).where(_posting.pool_id == _POOL, side == _ACCOUNT)


_MEMBERSHIPS = Statement(
    chosen(tables.member, "person").where(_member.state != "left").order_by(_member.pool_id)
)
_COUNTS = Statement(
    select(
        _number_of(tables.listing, _listing.owner == _MEMBER),
        _number_of(tables.commitment, _commitment.maker == _MEMBER),
        _number_of(tables.spend_order, or_(_order.spender == _MEMBER, _order.giver == _MEMBER)),
        select(func.count())
        .select_from(union(_touching(_posting.source), _touching(_posting.target)).subquery())
        .scalar_subquery(),
        _number_of(tables.photo, tables.photo.c.owner == _MEMBER),
    )
)


def _stored(session: Session, person: PersonId) -> list[Stored]:
    members = _all(session, _MEMBERSHIPS, mapping.MEMBERS, person=person)
    return [_stored_of(session, member) for member in members]


def _stored_of(session: Session, member: Member) -> Stored:
    row = session.row(_COUNTS, pool_id=member.pool, member=member.id)
    listings, commitments, orders, entries, photos = row or (0, 0, 0, 0, 0)
    return Stored(member, listings, commitments, orders, entries, photos)


def _when(name: str) -> Any:
    return bindparam(name, type_=_listing.until.type)


_DUE = Statement(
    union(
        select(_order.pool_id).where(_order.state == "held", _order.ordered_at <= _when("held")),
        select(_order.pool_id).where(
            _order.state == "delivered", _order.delivered_at <= _when("delivered")
        ),
        select(_listing.pool_id).where(_listing.state == "open", _listing.until <= _when("until")),
        select(_commitment.pool_id).where(
            _commitment.state == "open", _commitment.due <= _when("missed")
        ),
    )
)


def _due(session: Session, now: datetime) -> list[PoolId]:
    rows = session.rows(
        _DUE,
        held=now - HELD_AT_MOST,
        delivered=now - SETTLES_AFTER,
        until=now,
        missed=now - MISSED_AFTER,
    )
    return sorted(PoolId(row[0]) for row in rows)


# --- the door ------------------------------------------------------------------------------


class Readers:
    """`core.reads.Reading` on this database. Pages count from 1."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def _ask(self, question: Callable[..., Thing], *asked: Any) -> Thing:
        return await self._asker.ask(lambda session: question(session, *asked))

    async def known(self, platform: str, external: str) -> Known | None:
        """Who is behind an account on a platform."""
        return await self._ask(_known, platform, external)

    async def chat(self, platform: str, external: str) -> Chat | None:
        """The living binding of a chat, in whichever pool."""
        return await self._ask(_found_chat, platform, external)

    async def pool(self, pool: PoolId) -> Pool | None:
        """A pool and its rules."""
        return await self._ask(_found_pool, pool)

    async def pools(self) -> Sequence[PoolId]:
        """All pools."""
        return await self._ask(lambda session: [row[0] for row in session.rows(_POOLS)])

    async def member(self, pool: PoolId, person: PersonId) -> Member | None:
        """The member that a person is in a pool; former members are nobody."""
        return await self._ask(_found_member, pool, person)

    async def one(self, pool: PoolId, member: MemberId) -> Member | None:
        """A member of any standing, by id."""
        return await self._ask(_one_member, pool, member)

    async def photo(self, pool: PoolId, commitment: Number) -> bytes | None:
        """The picture that goes with a claim, None when there is none or it was erased."""
        return await self._ask(_photo, pool, commitment)

    async def names(self, pool: PoolId, members: Sequence[MemberId]) -> Mapping[MemberId, str]:
        """Names as they are now; a former member's is ''."""
        return await self._ask(_names, pool, members)

    async def everyone(self, pool: PoolId) -> Sequence[Named]:
        """The members who are here."""
        return await self._ask(_everyone, pool)

    async def roles(self, pool: PoolId, member: MemberId, now: datetime) -> Sequence[Role]:
        """The roles whose terms run at this instant."""
        rows = partial(Session.rows, statement=_ROLES, pool_id=pool, member=member, now=now)
        return [Role(row[0]) for row in await self._asker.ask(rows)]

    async def thing(self, pool: PoolId, number: Number) -> Shown | None:
        """What the number names, if it can be shown; an entry cannot."""
        return await self._ask(_thing, pool, number)

    async def board(
        self, pool: PoolId, search: str, kind: ListingKind | None, page: int, size: int
    ) -> Page:
        """Open listings, newest first."""
        return await self._ask(_board, pool, search, kind, page, size)

    async def open_listings(self, pool: PoolId, kind: ListingKind) -> Sequence[Listing]:
        """All open listings of a kind, oldest first."""
        return await self._asker.ask(
            lambda session: _all(
                session, _OPEN_LISTINGS, mapping.LISTINGS, pool_id=pool, kind=kind.value
            )
        )

    async def mine(self, pool: PoolId, member: MemberId) -> Mine:
        """A member's own open things."""
        return await self._ask(_mine, pool, member)

    async def balance(self, pool: PoolId, member: MemberId) -> Balance:
        """What a member has."""
        return await self._ask(_had, pool, member)

    async def history(
        self, pool: PoolId, member: MemberId, page: int, size: int
    ) -> tuple[Sequence[Line], int]:
        """Lines of a statement, newest first, with how many there are in all."""
        return await self._ask(_history, pool, member, page, size)

    async def status(self, pool: PoolId, now: datetime) -> Status:
        """The pool in numbers."""
        return await self._ask(_status, pool, now)

    async def waiting(self, pool: PoolId) -> Waiting:
        """What a steward's queue holds."""
        return await self._ask(_waiting, pool)

    async def serving(
        self, pool: PoolId, now: datetime
    ) -> Sequence[tuple[Who, Role, datetime | None]]:
        """Who serves in which role, until when."""
        rows = partial(Session.rows, statement=_SERVING, pool_id=pool, now=now)
        return [
            (Who(member, name), Role(role), until)
            for member, name, role, until in await self._asker.ask(rows)
        ]

    async def chats(self, pool: PoolId) -> Sequence[Chat]:
        """The chats that are bound, paused or waiting."""
        return await self._asker.ask(
            lambda session: _all(session, _CHATS, mapping.CHATS, pool_id=pool)
        )

    async def stored(self, person: PersonId) -> Sequence[Stored]:
        """All that is stored about a person, pool by pool."""
        return await self._ask(_stored, person)

    async def audit(self, pool: PoolId) -> Audit:
        """Replay the journal from nothing: sums, balances, chain."""
        return await self._ask(audit.audit, pool)

    async def due(self, now: datetime) -> Sequence[PoolId]:
        """Pools in which an order, a listing or a commitment has reached its time."""
        return await self._ask(_due, now)
