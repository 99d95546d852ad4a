"""What the top floor asks: straight from SQL to the small records of `core.reads`.

Most questions are one statement, which sees one state by itself. Where a question is several, what
changed between them would only be shown a moment later; whatever is decided, a use case looks
again. Only a page and its total are read in one state, because they are shown side by side.

Lists come in the order they are shown. What a question costs does not grow with the journal,
except a statement (with the member's own entries) and the audit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import groupby
from operator import itemgetter
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

from core.domain.commitments import Commitment, CommitmentState
from core.domain.figures import frozen
from core.domain.gatherings import OVER_AFTER, Gathering, GoingState
from core.domain.ledger import CREDITS, EntryKind
from core.domain.listings import Listing, ListingKind
from core.domain.members import TOLD_AGAIN_AFTER, Identity, Member, Person, Role, Who
from core.domain.months import Period, Step, month_before, morning_after, next_month
from core.domain.pools import HELD_AT_MOST, SETTLES_AFTER, Chat, Pool
from core.domain.recurring import Plan
from core.domain.reminders import ToRemind
from core.domain.rules import Rules
from core.domain.treasury import CASH_LAPSES_AFTER, CashKind, Health
from core.domain.units import Cents, Credits, MemberId, Number, PersonId, PoolId
from core.reads import (
    Account,
    Addressee,
    Attended,
    Audit,
    Balance,
    Closing,
    Forecast,
    Known,
    Line,
    Mine,
    Moved,
    Named,
    Page,
    Shown,
    Status,
    Stored,
    Treasury,
    Waiting,
)
from core.usecases.passing import MISSED_AFTER
from storage import audit, figures, mapping, moved, tables
from storage.asking import Asker
from storage.forecast import UNSAID, forecast
from storage.reminding import to_remind
from storage.statements import Row, Statement, any_of, chosen, equal
from storage.views import View
from storage.work import (
    CASH,
    CASH_OUTS,
    CHATS,
    COMMITMENTS,
    DISPUTES,
    EXPENSES,
    GATHERINGS,
    HELD_FOR_CASH,
    KIND_OF,
    LISTINGS,
    MEMBER_OF,
    ORDERS,
    PERIODS,
    REQUESTS,
    RULE_CHANGES,
    TEMPLATES,
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
_dispute, _concern = tables.dispute.c, tables.concern.c
_gathering, _going = tables.gathering.c, tables.going.c
_entry, _posting, _chat, _balance = (
    tables.entry.c,
    tables.posting.c,
    tables.chat.c,
    tables.balance.c,
)
_cash, _cash_out, _expense = tables.cash.c, tables.cash_out.c, tables.expense.c

_change = tables.rule_change.c

_IDENTITY_COLUMNS = len(tables.identity.c)
_PERSON_COLUMNS = len(tables.person.c)
_MEMBER_COLUMNS = len(tables.member.c)

ACCOUNT = ("platform", "external")
HERE = any_of(_member.state, "joined", "active", "paused")
_NOW = bindparam("now", type_=_term.until.type)
_POOL = bindparam("pool_id", type_=_pool.id.type)
_MEMBER = bindparam("member", type_=_member.id.type)


async def _all(
    view: View, statement: Statement, made: Callable[[Row], Thing], **values: Any
) -> list[Thing]:
    return [made(row) for row in await view.rows(statement, **values)]


async def _count(view: View, statement: Statement, **values: Any) -> int:
    row = await view.row(statement, **values)
    return int(row[0]) if row else 0


def _whole(expression: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as a whole number, 0 of nothing; PostgreSQL would make a decimal of it."""
    return cast(func.coalesce(func.sum(expression), 0), BigInteger)


def _counted(*where: Condition) -> Select[Any]:
    return select(func.count()).where(*where)


# --- people and pools ----------------------------------------------------------------------

_ASKED = tables.identity.alias("asked")
_BEHIND = (
    select(_ASKED.c.person)
    .where(*(_ASKED.c[name] == bindparam(name, type_=_ASKED.c[name].type) for name in ACCOUNT))
    .scalar_subquery()
)


def _everywhere(person: ColumnElement[Any]) -> Select[Any]:
    """Each account with each membership and pool of a person.

    It is asked with every call, so it is one journey.
    """
    return (
        select(tables.identity, tables.person, tables.member, tables.pool)
        .join(tables.person, tables.person.c.id == _identity.person)
        .outerjoin(tables.member, and_(_member.person == _identity.person, _member.state != "left"))
        .outerjoin(tables.pool, _pool.id == _member.pool_id)
        .where(_identity.person == person)
        .order_by(_identity.platform, _identity.external, _pool.id)
    )


_KNOWN = Statement(lambda: _everywhere(_BEHIND))
_ADDRESSEE = Statement(lambda: _everywhere(bindparam("person", type_=_identity.person.type)))
_CHAT = Statement(lambda: chosen(tables.chat, "platform", "external").where(_chat.state != "ended"))
_ONE_POOL = Statement(lambda: chosen(tables.pool, "id"))
_POOLS = Statement(lambda: select(_pool.id).order_by(_pool.id))
_ONE_MEMBER = Statement(
    lambda: select(tables.member).where(equal(tables.member, ["pool_id", "id"]))
)
_PHOTO = Statement(
    lambda: (
        select(tables.photo.c.content)
        .join(
            tables.commitment,
            (tables.commitment.c.pool_id == tables.photo.c.pool_id)
            & (tables.commitment.c.photo == tables.photo.c.sha256)
            & (tables.commitment.c.maker == tables.photo.c.owner),
        )
        .where(equal(tables.commitment, ["pool_id", "number"]))
    )
)
_RECEIPT = Statement(
    lambda: (
        select(tables.photo.c.content)
        .join(
            tables.cash_out,
            (tables.cash_out.c.pool_id == tables.photo.c.pool_id)
            & (tables.cash_out.c.photo == tables.photo.c.sha256)
            & (tables.cash_out.c.paid_by == tables.photo.c.owner),
        )
        .where(equal(tables.cash_out, ["pool_id", "number"]))
    )
)
_EVERYONE = Statement(
    lambda: (
        select(
            _member.id,
            _member.name,
            _identity.platform,
            _identity.external,
            _identity.username,
            _identity.rebound,
        )
        .outerjoin(tables.identity, _identity.person == _member.person)
        .where(equal(tables.member, ["pool_id"]), HERE)
        .order_by(_member.id, _identity.platform, _identity.external)
    )
)
_OTHER = tables.term.alias("other_term").c
_LAST_END = (
    select(func.max(_OTHER.until))
    .where(_OTHER.pool_id == _term.pool_id, _OTHER.role == "steward", _OTHER.state == "serving")
    .scalar_subquery()
)
# The end of its term does not end the role of a pool's last steward (as `standing.stewards`).
_RUNNING = and_(
    _term.state == "serving",
    or_(
        _term.until.is_(None),
        _term.until > _NOW,
        and_(_term.role == "steward", _term.until == _LAST_END),
    ),
)
_ROLES = Statement(
    lambda: (
        select(_term.role)
        .where(equal(tables.term, ["pool_id", "member"]), _RUNNING)
        .order_by(_term.number)
    )
)
_SERVING = Statement(
    lambda: (
        select(_term.member, _member.name, _term.role, _term.until)
        .join(tables.member, and_(_member.pool_id == _term.pool_id, _member.id == _term.member))
        .where(equal(tables.term, ["pool_id"]), _RUNNING)
        .order_by(_term.role, _term.number)
    )
)
_CHATS = Statement(
    lambda: chosen(tables.chat, "pool_id").where(_chat.state != "ended").order_by(_chat.number)
)


def _stewards_in_chats() -> Select[Any]:
    theirs = and_(_member.pool_id == _term.pool_id, _member.id == _term.member)
    account = and_(_identity.person == _member.person, _identity.platform == _chat.platform)
    return (
        select(_chat.external, _identity.external)
        .select_from(tables.term)
        .join(tables.member, theirs)
        .join(tables.chat, _chat.pool_id == _term.pool_id)
        .join(tables.identity, account)
        .where(_term.role == "steward", _RUNNING, _member.state != "left")
        .where(equal(tables.chat, ["platform"]), _chat.state == "bound")
        .order_by(_chat.external, _identity.external)
    )


_STEWARDS = Statement(_stewards_in_chats)
_STEWARD = Statement(lambda: _stewards_in_chats().where(equal(tables.identity, ["external"])))


async def _known(view: View, platform: str, external: str) -> Known | None:
    asked = {"platform": platform, "external": external}
    rows = await view.rows(_KNOWN, **asked)
    if not rows:
        return None
    person, accounts, members, pools = _in_parts(rows)
    memberships = {each.pool: each for each in members}
    return Known(_account(accounts, platform, external), person, accounts, pools, memberships)


async def _addressee(view: View, person: PersonId) -> Addressee | None:
    rows = await view.rows(_ADDRESSEE, person=person)
    if not rows:
        return None
    somebody, accounts, _, pools = _in_parts(rows)
    return Addressee(somebody, sorted(accounts, key=lambda each: not each.reachable), pools)


def _in_parts(
    rows: Sequence[Row],
) -> tuple[Person, list[Identity], list[Member], list[Pool]]:
    """The person, each account, each membership with its pool, of rows that pair them all."""
    by_account = [list(theirs) for _, theirs in groupby(rows, itemgetter(0, 1))]
    accounts = [mapping.IDENTITIES.made(theirs[0]) for theirs in by_account]
    person = mapping.PERSONS.made(rows[0][_IDENTITY_COLUMNS:])
    rest = [row[_IDENTITY_COLUMNS + _PERSON_COLUMNS :] for row in by_account[0]]
    within = [row for row in rest if row[0] is not None]
    members = [mapping.MEMBERS.made(row) for row in within]
    pools = [mapping.pool_made(row[_MEMBER_COLUMNS:]) for row in within]
    return person, accounts, members, pools


def _account(accounts: Sequence[Identity], platform: str, external: str) -> Identity:
    return next(a for a in accounts if (a.platform, a.external) == (platform, external))


async def _found_chat(view: View, platform: str, external: str) -> Chat | None:
    row = await view.row(_CHAT, platform=platform, external=external)
    return None if row is None else mapping.CHATS.made(row)


async def _found_pool(view: View, pool: PoolId) -> Pool | None:
    row = await view.row(_ONE_POOL, id=pool)
    return None if row is None else mapping.pool_made(row)


async def _found_member(view: View, pool: PoolId, person: PersonId) -> Member | None:
    row = await view.row(MEMBER_OF, pool_id=pool, person=person)
    return None if row is None else mapping.MEMBERS.made(row)


async def _one_member(view: View, pool: PoolId, member: MemberId) -> Member | None:
    row = await view.row(_ONE_MEMBER, pool_id=pool, id=member)
    return None if row is None else mapping.MEMBERS.made(row)


async def _photo(view: View, pool: PoolId, number: Number) -> bytes | None:
    row = await view.row(_PHOTO, pool_id=pool, number=number)
    return None if row is None else bytes(row[0])


async def _receipt(view: View, pool: PoolId, number: Number) -> bytes | None:
    row = await view.row(_RECEIPT, pool_id=pool, number=number)
    return None if row is None else bytes(row[0])


async def _names(view: View, pool: PoolId, members: Sequence[MemberId]) -> dict[MemberId, str]:
    if not members:
        return {}
    # Filled up to a power of two, so that there are few statements to compile.
    asked = [*members, *[members[0]] * ((1 << (len(members) - 1).bit_length()) - len(members))]
    values = {f"id_{place}": member for place, member in enumerate(asked)}
    rows = await view.rows(_names_of(len(asked)), pool_id=pool, **values)
    return dict.fromkeys(members, "") | {row[0]: row[1] for row in rows}


@cache
def _names_of(count: int) -> Statement:
    ids = [bindparam(f"id_{place}", type_=_member.id.type) for place in range(count)]
    return Statement(
        lambda: select(_member.id, _member.name).where(
            _member.pool_id == _POOL, _member.id.in_(ids)
        )
    )


async def _everyone(view: View, pool: PoolId) -> list[Named]:
    rows = await view.rows(_EVERYONE, pool_id=pool)
    return [
        Named(member, name, [Account(*row[2:]) for row in theirs if row[2]])
        for (member, name), theirs in groupby(rows, itemgetter(0, 1))
    ]


# --- things --------------------------------------------------------------------------------

_SHOWN: Mapping[str, Kept[Any]] = {
    "listing": LISTINGS,
    "commitment": COMMITMENTS,
    "order": ORDERS,
    "request": REQUESTS,
    "chat": CHATS,
    "term": TERMS,
    "template": TEMPLATES,
    "cash": CASH,
    "cash_out": CASH_OUTS,
    "expense": EXPENSES,
    "dispute": DISPUTES,
    "rule_change": RULE_CHANGES,
}


async def _thing(view: View, pool: PoolId, number: Number) -> Shown | None:
    kind = await view.row(KIND_OF, pool_id=pool, number=number)
    if kind and kind[0] == "gathering":
        return await _one_gathering(view, pool, number)
    kept = _SHOWN.get(kind[0]) if kind else None
    if kept is None:
        return None
    row = await view.row(kept.get, pool_id=pool, number=number)
    shown: Shown | None = None if row is None else kept.mapped.made(row)
    return shown


_MEMBERS_NAME = (
    select(_member.name)
    .where(
        _member.pool_id == _going.pool_id,
        or_(_member.person == _going.person, _member.id == _going.member),
        _member.state != "left",
    )
    .correlate(tables.going)
    .scalar_subquery()
)
_SEEN_AS = (
    select(func.min(_identity.name))
    .where(_identity.person == _going.person)
    .correlate(tables.going)
    .scalar_subquery()
)
_COMING = Statement(
    lambda: (
        select(_going.gathering, _going.state, func.coalesce(_MEMBERS_NAME, _SEEN_AS, ""))
        .where(
            equal(tables.going, ["pool_id", "gathering"]),
            any_of(_going.state, "going", "waiting", "attended"),
            # Of two answers of one person, given with two accounts, one is nobody's.
            or_(_going.person.is_not(None), _going.member.is_not(None)),
        )
        .order_by(_going.said_at, _going.id)
    )
)
_TO_COME = Statement(
    lambda: (
        select(tables.gathering)
        .where(equal(tables.gathering, ["pool_id"]), _gathering.state == "open")
        .order_by(_gathering.starts_at, _gathering.number)
        .limit(bindparam("size", type_=Integer()))
    )
)


async def _one_gathering(view: View, pool: PoolId, number: Number) -> Attended | None:
    row = await view.row(GATHERINGS.get, pool_id=pool, number=number)
    return None if row is None else await _with_people(view, mapping.GATHERINGS.made(row))


async def _with_people(view: View, gathering: Gathering) -> Attended:
    """A gathering with those who come, in the order in which they said so."""
    rows = await view.rows(_COMING, pool_id=gathering.pool, gathering=gathering.number)
    waiting = sum(state == GoingState.WAITING for _, state, _ in rows)
    coming = [name for _, state, name in rows if state != GoingState.WAITING]
    return Attended(gathering, coming, waiting)


async def _gatherings(view: View, pool: PoolId, size: int) -> list[Attended]:
    to_come = await _all(view, _TO_COME, mapping.GATHERINGS.made, pool_id=pool, size=size)
    return [await _with_people(view, each) for each in to_come]


_OPEN = and_(equal(tables.listing, ["pool_id"]), _listing.state == "open")
_WANTED = bindparam("wanted", type_=String())
_ESCAPE = "!"
"""Not a backslash: whether one is doubled in SQL depends on SQLAlchemy's version."""
_FOUND = and_(
    _OPEN,
    or_(_WANTED == "", _listing.kind == _WANTED),
    _listing.search.like(bindparam("pattern", type_=String()), escape=_ESCAPE),
)
_BOARD = Statement(
    lambda: (
        select(tables.listing)
        .where(_FOUND)
        .order_by(_listing.number.desc())
        .limit(bindparam("size", type_=Integer()))
        .offset(bindparam("skipped", type_=Integer()))
    )
)
_BOARD_TOTAL = Statement(lambda: _counted(_FOUND).select_from(tables.listing))
_OPEN_LISTINGS = Statement(
    lambda: (
        select(tables.listing)
        .where(_OPEN, equal(tables.listing, ["kind"]))
        .order_by(_listing.number)
    )
)


def _pattern(search: str) -> str:
    """A LIKE pattern for a text anywhere, its own signs taken literally."""
    text = search.strip().casefold()
    for sign in (_ESCAPE, "%", "_"):
        text = text.replace(sign, _ESCAPE + sign)
    return f"%{text}%"


async def _board(
    view: View, pool: PoolId, search: str, kind: ListingKind | None, page: int, size: int
) -> Page:
    asked = {"pool_id": pool, "wanted": kind.value if kind else "", "pattern": _pattern(search)}
    async with view.one_state():
        listings = await _all(
            view, _BOARD, mapping.LISTINGS.made, size=size, skipped=(page - 1) * size, **asked
        )
        return Page(listings, await _count(view, _BOARD_TOTAL, **asked))


def _own(table: Table, sides: Sequence[str], states: Sequence[str]) -> Statement:
    def made() -> Select[Any]:
        mine = or_(*(table.c[side] == _MEMBER for side in sides))
        return (
            select(table)
            .where(equal(table, ["pool_id"]), mine, any_of(table.c.state, *states))
            .order_by(table.c.number)
        )

    return Statement(made)


_MY_LISTINGS = _own(tables.listing, ["owner"], ["open"])
_MY_COMMITMENTS = _own(tables.commitment, ["maker"], ["open", "done", "missed", "disputed"])
_MY_ORDERS = _own(tables.spend_order, ["spender", "giver"], ["held", "delivered", "disputed"])
_MY_REQUESTS = _own(tables.request, ["asker", "payer"], ["open"])
_MY_TEMPLATES = _own(tables.template, ["member"], ["active", "paused"])
_PLANS = Statement(
    lambda: (
        select(tables.plan)
        .where(equal(tables.plan, ["pool_id"]), tables.plan.c.state == "open")
        .order_by(tables.plan.c.number)
    )
)
_MY_CASH = _own(tables.cash, ["giver"], ["announced"])
_MY_DISPUTES = _own(tables.dispute, ["opener", "other"], ["opened", "talk", "panel", "circle"])
_MY_CASH_OUTS = _own(tables.cash_out, ["partner"], ["requested", "approved"])


async def _mine(view: View, pool: PoolId, member: MemberId) -> Mine:
    asked = {"pool_id": pool, "member": member}
    return Mine(
        await _all(view, _MY_LISTINGS, mapping.LISTINGS.made, **asked),
        _at_hand(await _all(view, _MY_COMMITMENTS, mapping.COMMITMENTS.made, **asked)),
        await _all(view, _MY_ORDERS, mapping.ORDERS.made, **asked),
        await _all(view, _MY_REQUESTS, mapping.REQUESTS.made, **asked),
        await _all(view, _MY_TEMPLATES, mapping.TEMPLATES.made, **asked),
        await _all(view, _MY_CASH, mapping.CASH.made, **asked),
        await _all(view, _MY_CASH_OUTS, mapping.CASH_OUTS.made, **asked),
        await _all(view, _MY_DISPUTES, mapping.DISPUTES.made, **asked),
    )


def _at_hand(promises: Sequence[Commitment]) -> list[Commitment]:
    """What was missed comes last, and of what comes back every month only the newest."""
    missed = {each.template or each.number: each for each in promises if _is_missed(each)}
    return [*(each for each in promises if not _is_missed(each)), *missed.values()]


def _is_missed(promise: Commitment) -> bool:
    return promise.state is CommitmentState.MISSED


def _in_states(table: Table, *states: str) -> Statement:
    return Statement(
        lambda: (
            select(table)
            .where(equal(table, ["pool_id"]), any_of(table.c.state, *states))
            .order_by(table.c.number)
        )
    )


_CLAIMS = _in_states(tables.commitment, "done")
_UNSAID = Statement(lambda: UNSAID)
_ASKING = _in_states(tables.chat, "waiting")
_EXPECTED = _in_states(tables.cash, "announced")
_CASHING_OUT = _in_states(tables.cash_out, "requested", "approved")
_TO_SPEND = _in_states(tables.expense, "proposed", "returning")


_DISPUTED = Statement(
    lambda: (
        select(tables.dispute)
        .where(
            equal(tables.dispute, ["pool_id"]),
            any_of(_dispute.state, "opened", "talk", "circle"),
            or_(_dispute.state == "circle", _dispute.ruling == "undecided"),
        )
        .order_by(_dispute.number)
    )
)
_CONCERNED = Statement(
    lambda: (
        select(tables.concern)
        .where(equal(tables.concern, ["pool_id"]), any_of(_concern.state, "open", "taken"))
        .order_by(_concern.number)
    )
)
_CALLED = Statement(
    lambda: (
        select(_concern.person, func.coalesce(func.min(_member.name), func.min(_identity.name)))
        .select_from(tables.concern)
        .outerjoin(
            tables.member,
            and_(_member.pool_id == _concern.pool_id, _member.person == _concern.person),
        )
        .outerjoin(tables.identity, _identity.person == _concern.person)
        .where(equal(tables.concern, ["pool_id"]), any_of(_concern.state, "open", "taken"))
        .group_by(_concern.person)
    )
)


_UNDELIVERED = Statement(
    lambda: select(func.count()).where(
        equal(tables.outbox, ["pool_id"]), tables.outbox.c.state == "dead"
    )
)


async def _waiting(view: View, pool: PoolId) -> Waiting:
    return Waiting(
        await _all(view, _CLAIMS, mapping.COMMITMENTS.made, pool_id=pool),
        {Number(row[0]): MemberId(row[1]) for row in await view.rows(_UNSAID, pool_id=pool)},
        await _all(view, _ASKING, mapping.CHATS.made, pool_id=pool),
        await _all(view, _DISPUTED, mapping.DISPUTES.made, pool_id=pool),
        await _all(view, _CONCERNED, mapping.CONCERNS.made, pool_id=pool),
        {row[0]: row[1] or "" for row in await view.rows(_CALLED, pool_id=pool)},
        await _all(view, _EXPECTED, mapping.CASH.made, pool_id=pool),
        await _all(view, _CASHING_OUT, mapping.CASH_OUTS.made, pool_id=pool),
        await _all(view, _TO_SPEND, mapping.EXPENSES.made, pool_id=pool),
        await _count(view, _UNDELIVERED, pool_id=pool),
    )


# --- credits -------------------------------------------------------------------------------

_HELD = (
    select(_whole(_order.credits))
    .where(_order.pool_id == _POOL, _order.spender == _MEMBER)
    .where(any_of(_order.state, "held", "delivered", "disputed"))
    .scalar_subquery()
)
_TO_CASH = (
    select(_whole(HELD_FOR_CASH))
    .where(_cash_out.pool_id == _POOL, _cash_out.partner == _MEMBER)
    .scalar_subquery()
)
# The member, and those who were folded into them when accounts were linked.
_SAME = (
    select(_member.id).where(_member.pool_id == _POOL, _member.id == _MEMBER).cte(recursive=True)
)
_SAME = _SAME.union(
    select(_member.id).where(_member.pool_id == _POOL, _member.folded_into == _SAME.c.id)
)
_TRADED = Statement(
    lambda: (
        select(_whole(_balance.trade))
        .join(
            tables.member,
            and_(_member.pool_id == _balance.pool_id, _member.account == _balance.address),
        )
        .where(
            _member.pool_id == _POOL, _member.id.in_(select(_SAME.c.id)), _balance.unit == CREDITS
        )
    )
)
_FOLDED = (
    select(_member.id)
    .where(_member.pool_id == _POOL, _member.folded_into == _MEMBER)
    .correlate(None)
    .exists()
)
_BALANCE = Statement(
    lambda: (
        select(_balance.amount, _HELD, _TO_CASH, _balance.trade, _FOLDED)
        .join(
            tables.member,
            and_(_member.pool_id == _balance.pool_id, _member.account == _balance.address),
        )
        .where(_member.pool_id == _POOL, _member.id == _MEMBER, _balance.unit == CREDITS)
    )
)


async def _had(view: View, pool: PoolId, member: MemberId) -> Balance:
    asked = {"pool_id": pool, "member": member}
    free, held, cashing_out, traded, folded = await view.row(_BALANCE, **asked) or (0,) * 5
    if folded:  # Seldom, and following them costs more than all the rest.
        traded = await _count(view, _TRADED, **asked)
    # What is held has left the spender, but is not spent before it is delivered.
    return Balance(Credits(free), Credits(held), traded + held, Credits(cashing_out))


_ACCOUNT = (
    select(_member.account).where(_member.pool_id == _POOL, _member.id == _MEMBER).scalar_subquery()
)


def _moves(side: Any, other: Any, sign: int) -> Select[Any]:
    return select(
        _posting.entry.label("entry"),
        (_posting.amount * sign).label("amount"),
        other.label("other"),
        _posting.line.label("line"),
    ).where(_posting.pool_id == _POOL, side == _ACCOUNT, _posting.unit == CREDITS)


_MOVES = union_all(
    _moves(_posting.source, _posting.target, -1), _moves(_posting.target, _posting.source, 1)
).subquery("moves")
_PER_ENTRY = (
    select(
        _MOVES.c.entry,
        cast(func.sum(_MOVES.c.amount), BigInteger).label("amount"),
        # Of an entry of several postings, the first says with whom; a tax beside it does not.
        func.coalesce(
            func.min(case((_MOVES.c.line == 0, _MOVES.c.other))), func.min(_MOVES.c.other)
        ).label("other"),
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
    lambda: (
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
)
_HISTORY_TOTAL = Statement(lambda: select(func.count()).select_from(_PER_ENTRY))


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


async def _history(
    view: View, pool: PoolId, member: MemberId, page: int, size: int
) -> tuple[list[Line], int]:
    asked = {"pool_id": pool, "member": member}
    async with view.one_state():
        lines = await _all(view, _HISTORY, _line, size=size, skipped=(page - 1) * size, **asked)
        return lines, await _count(view, _HISTORY_TOTAL, **asked)


# --- the pool in numbers -------------------------------------------------------------------


def _number_of(table: Table, *where: Condition) -> Any:
    return _counted(table.c.pool_id == _POOL, *where).select_from(table).scalar_subquery()


def _own_account(kind: str, value: Any, unit: Any = CREDITS) -> Any:
    account = tables.account.c
    return (
        select(value)
        .join(
            tables.account,
            and_(account.pool_id == _balance.pool_id, account.address == _balance.address),
        )
        .where(_balance.pool_id == _POOL, _balance.unit == unit, account.kind == kind)
        .scalar_subquery()
    )


def _sum_of(table: Table, value: Any, *states: str) -> Any:
    return select(_whole(value)).where(table.c.pool_id == _POOL, any_of(table.c.state, *states))


_RETIRED = _sum_of(tables.cash_out, _cash_out.approved, "paid").scalar_subquery()


_STATUS = Statement(
    lambda: select(
        _number_of(tables.member, HERE),
        select(func.count(_term.member.distinct()))
        .where(_term.pool_id == _POOL, _term.role == "steward", _RUNNING)
        .scalar_subquery(),
        _number_of(tables.listing, _listing.state == "open", _listing.kind == "offer"),
        _number_of(tables.listing, _listing.state == "open", _listing.kind == "need"),
        _number_of(tables.commitment, _commitment.state == "open"),
        _number_of(tables.commitment, _commitment.state == "done"),
        _number_of(tables.chat, _chat.state == "waiting"),
        # What partners cashed out, and how far the issuance account is below zero now.
        _RETIRED,
        func.coalesce(_own_account("issuance", -_balance.amount), 0),
        func.coalesce(_own_account("common", _balance.amount), 0),
    )
)


async def _status(view: View, pool: PoolId, now: datetime) -> Status:
    row = await view.row(_STATUS, pool_id=pool, now=now)
    if row is None:
        raise LookupError(pool)
    members, stewards, offers, needs, promised, claims, chats, retired, outstanding, common = row
    waiting, issued = claims + chats, retired + outstanding
    return Status(members, stewards, offers, needs, promised, waiting, issued, outstanding, common)


_CASH_IN = Statement(
    lambda: (
        select(_cash.kind, _whole(_cash.cents), _whole(_cash.gift))
        .where(equal(tables.cash, ["pool_id"]), _cash.state == "received")
        .group_by(_cash.kind)
    )
)
_TREASURY = Statement(
    lambda: select(
        _own_account("treasury", _balance.amount, unit=_pool.currency),
        _sum_of(tables.cash_out, _cash_out.cents, "approved").scalar_subquery(),
        _sum_of(tables.cash_out, _cash_out.approved, "approved").scalar_subquery(),
        func.coalesce(_own_account("issuance", -_balance.amount), 0),
        _sum_of(tables.cash, _cash.cents, "announced").scalar_subquery(),
        _sum_of(tables.expense, _expense.cents, "approved", "returning").scalar_subquery(),
        _sum_of(tables.cash_out, _cash_out.cents, "paid").scalar_subquery(),
        _RETIRED,
        _pool.rules,
    ).where(_pool.id == _POOL)
)
_SUPPORTERS = Statement(
    lambda: (
        select(_member.id, _member.name, _member.shares_public)
        .where(_member.pool_id == _POOL, HERE)
        .where(
            select(_cash.number)
            .where(_cash.pool_id == _POOL, _cash.giver == _member.id, _cash.state == "received")
            .correlate(tables.member)
            .exists()
        )
        .order_by(_member.name, _member.id)
    )
)


async def _treasury(view: View, pool: PoolId) -> Treasury:
    async with view.one_state():
        row = await view.row(_TREASURY, pool_id=pool)
        kinds = await view.rows(_CASH_IN, pool_id=pool)
        supporters = await view.rows(_SUPPORTERS, pool_id=pool)
    if row is None:
        raise LookupError(pool)
    cash, reserved, reserved_credits, out, expected, expenses, cashed_out, retired, rules = row
    ruled = mapping.rules_read(rules)
    free, counted = Cents(cash - reserved), Credits(out - reserved_credits)
    return Treasury(
        cash,
        reserved,
        reserved_credits,
        out,
        _by_source(kinds),
        expected,
        expenses,
        cashed_out,
        retired,
        Health(free, counted, Cents(ruled.rates.cents), ruled.cash_out_cents),
        [Who(member, name) for member, name, shares in supporters if shares],
        sum(not shares for *_, shares in supporters),
    )


def _by_source(kinds: Sequence[Row]) -> dict[CashKind, Cents]:
    """What was received, by kind; the odd part of a purchase is a gift."""
    came: dict[CashKind, int] = dict.fromkeys(CashKind, 0)
    for kind, cents, gift in kinds:
        came[CashKind(kind)] += cents - gift
        came[CashKind.GIFT] += gift
    return {kind: Cents(cents) for kind, cents in came.items() if cents}


def _theirs(table: Table, *columns: Any) -> Any:
    """How many rows name the member of the row outside in any of these columns."""
    mine = or_(*(column == _member.id for column in columns))
    counted = _counted(table.c.pool_id == _member.pool_id, mine).select_from(table)
    return counted.correlate(tables.member).scalar_subquery()


_TOUCHED = or_(_posting.source == _member.account, _posting.target == _member.account)
_STORED = Statement(
    lambda: (
        select(
            tables.member,
            _theirs(tables.listing, _listing.owner),
            _theirs(tables.commitment, _commitment.maker),
            _theirs(tables.spend_order, _order.spender, _order.giver),
            select(func.count(_posting.entry.distinct()))
            .where(_posting.pool_id == _member.pool_id, _TOUCHED)
            .correlate(tables.member)
            .scalar_subquery(),
            _theirs(tables.photo, tables.photo.c.owner),
            _theirs(tables.cash, _cash.giver),
            _theirs(tables.template, tables.template.c.member),
            _counted(_going.pool_id == _member.pool_id, _going.person == _member.person)
            .select_from(tables.going)
            .correlate(tables.member)
            .scalar_subquery(),
        )
        .where(equal(tables.member, ["person"]), _member.state != "left")
        .order_by(_member.pool_id)
    )
)


def _stored_made(row: Row) -> Stored:
    member = mapping.MEMBERS.made(row[:_MEMBER_COLUMNS])
    return Stored(member, *row[_MEMBER_COLUMNS:])


# Most pools are up to date, and no zone's month ends more than fourteen hours before UTC's.
_MAYBE_BEHIND = Statement(
    lambda: (
        select(_pool.id, _pool.closed_through, _pool.time_zone)
        .where(_pool.closed_through < bindparam("month", type_=_pool.closed_through.type))
        .order_by(_pool.id)
    )
)
_AHEAD = timedelta(hours=14)


async def _behind(view: View, now: datetime) -> list[PoolId]:
    over = month_before((now + _AHEAD).strftime("%Y-%m"))
    rows = await view.rows(_MAYBE_BEHIND, month=over)
    return [PoolId(pool) for pool, closed, zone in rows if now >= _closes_at(closed, zone)]


def _closes_at(closed_through: str, time_zone: str) -> datetime:
    return morning_after(next_month(closed_through), time_zone)


async def _closing(view: View, pool: PoolId, now: datetime) -> Closing | None:
    stands = await _found_pool(view, pool)
    if stands is None or now < _closes_at(stands.closed_through, stands.time_zone):
        return None
    month = next_month(stands.closed_through)
    row = await view.row(PERIODS.get, pool_id=pool, month=month)
    if row is None:
        return Closing(month, Step.CHARGE, "")
    period = mapping.PERIODS.made(row)
    return Closing(month, period.step, period.upto)


def _when(name: str) -> Any:
    return bindparam(name, type_=_listing.until.type)


_DUE = Statement(
    lambda: union(
        select(_order.pool_id).where(_order.state == "held", _order.ordered_at <= _when("held")),
        select(_order.pool_id).where(
            _order.state == "delivered", _order.delivered_at <= _when("delivered")
        ),
        select(_listing.pool_id).where(_listing.state == "open", _listing.until <= _when("until")),
        select(_commitment.pool_id).where(
            _commitment.state == "open", _commitment.due <= _when("missed")
        ),
        select(_cash.pool_id).where(
            _cash.state == "announced", _cash.announced_at <= _when("lapsed")
        ),
        select(_change.pool_id).where(
            _change.state == "waiting", _change.from_at <= _when("changes")
        ),
        select(_dispute.pool_id).where(_dispute.next_at <= _when("next_at")),
        select(_gathering.pool_id).where(
            _gathering.state == "open",
            or_(_gathering.remind_at <= _when("now"), _gathering.starts_at <= _when("over")),
        ),
        select(_term.pool_id).where(
            _term.state == "serving",
            _term.until <= _when("terms"),
            or_(_term.told_at.is_(None), _term.told_at <= _when("told")),
        ),
    )
)


async def _to_remind(view: View, pool: PoolId, now: datetime) -> Sequence[ToRemind]:
    found = await _found_pool(view, pool)
    return await to_remind(view, found, now) if found else ()


async def _due(view: View, now: datetime) -> list[PoolId]:
    rows = await view.rows(
        _DUE,
        held=now - HELD_AT_MOST,
        delivered=now - SETTLES_AFTER,
        until=now,
        missed=now - MISSED_AFTER,
        lapsed=now - CASH_LAPSES_AFTER,
        changes=now,
        next_at=now,
        now=now,
        over=now - OVER_AFTER,
        terms=now,
        told=now - TOLD_AGAIN_AFTER,
    )
    return sorted(PoolId(row[0]) for row in rows)


# --- the door ------------------------------------------------------------------------------


class Readers:
    """`core.reads.Reading` on this database. Pages count from 1."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def _ask(self, question: Callable[..., Awaitable[Thing]], *asked: Any) -> Thing:
        return await self._asker.ask(lambda view: question(view, *asked))

    async def known(self, platform: str, external: str) -> Known | None:
        """Who is behind an account on a platform."""
        return await self._ask(_known, platform, external)

    async def addressee(self, person: PersonId) -> Addressee | None:
        """Somebody by the ways to reach them, None for who has no account."""
        return await self._ask(_addressee, person)

    async def chat(self, platform: str, external: str) -> Chat | None:
        """The living binding of a chat, in whichever pool."""
        return await self._ask(_found_chat, platform, external)

    async def pool(self, pool: PoolId) -> Pool | None:
        """A pool and its rules."""
        return await self._ask(_found_pool, pool)

    async def pools(self) -> Sequence[PoolId]:
        """All pools."""
        return [row[0] for row in await self._asker.rows(_POOLS)]

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
        rows = await self._asker.rows(_ROLES, pool_id=pool, member=member, now=now)
        return [Role(row[0]) for row in rows]

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
        rows = await self._asker.rows(_OPEN_LISTINGS, pool_id=pool, kind=kind.value)
        return [mapping.LISTINGS.made(row) for row in rows]

    async def plans(self, pool: PoolId) -> Sequence[Plan]:
        """The membership plans that can be joined."""
        rows = await self._asker.rows(_PLANS, pool_id=pool)
        return [mapping.PLANS.made(row) for row in rows]

    async def gatherings(self, pool: PoolId, size: int) -> Sequence[Attended]:
        """The gatherings to come, the next first, at most so many."""
        return await self._ask(_gatherings, pool, size)

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

    async def dealings(self, pool: PoolId, member: MemberId, size: int) -> Sequence[Moved]:
        """The newest of what a member has a part in and may dispute."""
        return await self._ask(moved.dealings, pool, member, size)

    async def reversible(self, pool: PoolId, size: int) -> Sequence[Moved]:
        """The newest of what a steward may take back."""
        return await self._ask(moved.reversible, pool, size)

    async def status(self, pool: PoolId, now: datetime) -> Status:
        """The pool in numbers."""
        return await self._ask(_status, pool, now)

    async def waiting(self, pool: PoolId) -> Waiting:
        """What a steward's queue holds."""
        return await self._ask(_waiting, pool)

    async def treasury(self, pool: PoolId) -> Treasury:
        """The pool's cash beside its credits."""
        return await self._ask(_treasury, pool)

    async def receipt(self, pool: PoolId, cash_out: Number) -> bytes | None:
        """The picture that shows that a cash-out was paid, None when there is none any more."""
        return await self._ask(_receipt, pool, cash_out)

    async def serving(
        self, pool: PoolId, now: datetime
    ) -> Sequence[tuple[Who, Role, datetime | None]]:
        """Who serves in which role, until when."""
        rows = await self._asker.rows(_SERVING, pool_id=pool, now=now)
        return [(Who(member, name), Role(role), until) for member, name, role, until in rows]

    async def stewards_in_chats(
        self, platform: str, now: datetime, external: str = ""
    ) -> Sequence[tuple[str, str]]:
        """The bound chats of a platform, each with each account there of its pool's stewards.

        Of one account alone, where it is named.
        """
        asked = {"platform": platform, "now": now}
        rows = (
            await self._asker.rows(_STEWARD, external=external, **asked)
            if external
            else await self._asker.rows(_STEWARDS, **asked)
        )
        return [(chat, who) for chat, who in rows]

    async def chats(self, pool: PoolId) -> Sequence[Chat]:
        """The chats that are bound, paused or waiting."""
        return [mapping.CHATS.made(row) for row in await self._asker.rows(_CHATS, pool_id=pool)]

    async def stored(self, person: PersonId) -> Sequence[Stored]:
        """All that is stored about a person, pool by pool."""
        return [_stored_made(row) for row in await self._asker.rows(_STORED, person=person)]

    async def audit(self, pool: PoolId) -> Audit:
        """Replay the journal from nothing: sums, balances, chain."""
        return await self._asker.long(partial(audit.audit, pool=pool))

    async def period(self, pool: PoolId, month: str) -> Period | None:
        """A month whose close has begun."""
        row = await self._asker.row(PERIODS.get, pool_id=pool, month=month)
        return None if row is None else mapping.PERIODS.made(row)

    async def forecast(self, pool: PoolId, rules: Rules, now: datetime) -> Forecast:
        """What the month's end would take if it came now, by these rules."""
        return await self._asker.long(partial(forecast, pool=pool, rules=rules, now=now))

    async def behind(self, now: datetime) -> Sequence[PoolId]:
        """Pools with a month that is over, and whose hour to be closed has come."""
        return await self._ask(_behind, now)

    async def closing(self, pool: PoolId, now: datetime) -> Closing | None:
        """What is to be done next to close a pool's months; None when all are closed."""
        closing = await self._ask(_closing, pool, now)
        if closing is None or closing.step is not Step.REPORT:
            return closing
        # Counted once the charges were taken, and outside the writer: it may take its time.
        counted = partial(figures.of_month, pool=pool, month=closing.month)
        return replace(closing, figures=frozen(await self._asker.long(counted)))

    async def to_remind(self, pool: PoolId, now: datetime) -> Sequence[ToRemind]:
        """What each member of a pool may be reminded of, said before or not."""
        return await self._ask(_to_remind, pool, now)

    async def due(self, now: datetime) -> Sequence[PoolId]:
        """Pools in which an order, a listing, a promise or announced cash has reached its time."""
        return await self._ask(_due, now)
