"""Counting a month: its figures from the journal and the things of a pool, outside the writer.

What lies after the month's end is left out or taken off again, so a month that is counted late has
the same figures. The journal's instants never go back, so a month is a range of places in it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    true,
    union,
)

from core.domain.figures import Figures
from core.domain.ledger import EntryKind
from core.domain.months import cause_of, month_before
from core.domain.pools import Pool
from core.domain.treasury import Health
from core.domain.units import Cents, Credits, MemberId, PoolId
from core.records import dataclass
from core.usecases.passing import MISSED_AFTER
from storage import circulation, mapping, tables
from storage.database import Session
from storage.statements import Row, Statement, any_of, chosen, equal
from storage.trading import place_at

_entry, _posting, _member = tables.entry.c, tables.posting.c, tables.member.c
_commitment, _listing, _order = tables.commitment.c, tables.listing.c, tables.spend_order.c
_source, _target = (tables.account.alias(name).c for name in ("source", "target"))

_POOL_ID = bindparam("pool_id", type_=_entry.pool_id.type)
_START = bindparam("start", type_=_entry.at.type)
_END = bindparam("end", type_=_entry.at.type)

_LAST = Statement(lambda: select(tables.pool.c.place).where(equal(tables.pool, ["id"])))
_POOL = Statement(lambda: chosen(tables.pool, "id"))
_CHANGES = Statement(lambda: chosen(tables.rule_change, "pool_id"))
# Causes below zero are months; of all others it does not matter which they are.
_MONTH = case((_entry.cause < 0, _entry.cause), else_=0)
_FLOWS = Statement(
    lambda: (
        select(
            _entry.kind,
            _source.kind,
            _target.kind,
            _MONTH,
            cast(func.sum(_posting.amount), BigInteger),
        )
        .join(
            tables.posting, (_posting.pool_id == _entry.pool_id) & (_posting.entry == _entry.number)
        )
        .join(
            _source.kind.table,
            (_source.pool_id == _posting.pool_id) & (_source.address == _posting.source),
        )
        .join(
            _target.kind.table,
            (_target.pool_id == _posting.pool_id) & (_target.address == _posting.target),
        )
        .where(
            equal(tables.entry, ["pool_id"]),
            _entry.place >= bindparam("first", type_=_entry.place.type),
            _entry.place < bindparam("until", type_=_entry.place.type),
        )
        .group_by(_entry.kind, _source.kind, _target.kind, _MONTH)
    )
)
_OWN = Statement(
    lambda: (
        select(tables.account.c.kind, tables.balance.c.amount)
        .join(
            tables.balance,
            (tables.balance.c.pool_id == tables.account.c.pool_id)
            & (tables.balance.c.address == tables.account.c.address),
        )
        .where(equal(tables.account, ["pool_id"]), tables.OWN)
    )
)

MET_WITHIN = timedelta(days=30)
"""Within how long a need is to be met."""


def _within(column: Any) -> ColumnElement[bool]:
    return and_(column >= _START, column < _END)


# What the month opens by itself is nobody's act.
_BY_HAND = and_(_commitment.template.is_(None), ~_commitment.stipend)
_ACTS = union(
    *(
        select(who.label("member")).where(who.table.c.pool_id == _POOL_ID, _within(at), by_hand)
        for who, at, by_hand in (
            (_entry.actor, _entry.at, true()),
            (_listing.owner, _listing.opened_at, true()),
            (_commitment.maker, _commitment.made_at, _BY_HAND),
            (_commitment.claimed_by, _commitment.done_at, true()),
            (tables.template.c.member, tables.template.c.made_at, true()),
            (_order.spender, _order.ordered_at, true()),
            (tables.request.c.asker, tables.request.c.asked_at, true()),
            (tables.rule_change.c.made_by, tables.rule_change.c.made_at, true()),
            (tables.expense.c.made_by, tables.expense.c.made_at, true()),
            (tables.dispute.c.opener, tables.dispute.c.opened_at, true()),
            (tables.cash.c.giver, tables.cash.c.announced_at, tables.cash.c.template.is_(None)),
        )
    )
).subquery("acts")
_ACTIVE = Statement(lambda: select(_ACTS.c.member).where(_ACTS.c.member.is_not(None)))
_HERE = any_of(_member.state, "joined", "active", "paused")
_MEMBERS = Statement(
    lambda: select(
        func.count(),
        func.count().filter(_member.joined_at >= _START),
    ).where(equal(tables.member, ["pool_id"]), _HERE, _member.joined_at < _END)
)
_LISTED = Statement(
    lambda: (
        select(_listing.kind, func.count())
        .where(equal(tables.listing, ["pool_id"]), _within(_listing.opened_at))
        .group_by(_listing.kind)
    )
)
_MET = Statement(
    lambda: (
        select(func.count(_listing.number.distinct()))
        .join(
            tables.commitment,
            (_commitment.pool_id == _listing.pool_id) & (_commitment.need == _listing.number),
        )
        .where(equal(tables.listing, ["pool_id"]), _within(_listing.opened_at))
        .where(_commitment.confirmed_at < _END)
    )
)
_MET_IN_TIME = Statement(
    lambda: (
        select(_listing.number, _listing.opened_at, func.min(_commitment.confirmed_at))
        .outerjoin(
            tables.commitment,
            (_commitment.pool_id == _listing.pool_id)
            & (_commitment.need == _listing.number)
            & (_commitment.confirmed_at < _END),
        )
        .where(
            equal(tables.listing, ["pool_id"]),
            _listing.kind == "need",
            _listing.opened_at >= bindparam("before", type_=_listing.opened_at.type),
            _listing.opened_at < _START,
        )
        .group_by(_listing.number, _listing.opened_at)
    )
)
_OWN_TIME = ~_commitment.stipend
_PROMISED = Statement(
    lambda: select(func.count()).where(
        equal(tables.commitment, ["pool_id"]), _OWN_TIME, _within(_commitment.made_at)
    )
)
_KEPT = Statement(
    lambda: select(func.count()).where(
        equal(tables.commitment, ["pool_id"]), _OWN_TIME, _within(_commitment.confirmed_at)
    )
)
# Of a membership's optional part, missing costs nothing, and it counts for nothing. What was due
# on the last day before the month counts as missed in it.
_DUE = Statement(
    lambda: (
        select(_commitment.due, _commitment.done_at, _commitment.confirmed_at)
        .outerjoin(
            tables.template,
            (tables.template.c.pool_id == _commitment.pool_id)
            & (tables.template.c.number == _commitment.template),
        )
        .where(
            equal(tables.commitment, ["pool_id"]),
            _OWN_TIME,
            _commitment.due >= bindparam("overdue", type_=_commitment.due.type),
            _commitment.due < _END,
        )
        .where(_commitment.state != "withdrawn", tables.template.c.plan.is_(None))
    )
)
_CONTENT = Statement(
    lambda: select(_order.spender_content, _order.giver_content).where(
        equal(tables.spend_order, ["pool_id"]),
        _order.state == "settled",
        _within(_order.ended_at),
        or_(_order.spender_content.is_not(None), _order.giver_content.is_not(None)),
    )
)
_THANKED = Statement(
    lambda: (
        select(_member.id)
        .where(equal(tables.member, ["pool_id"]), _HERE, _member.shares_public)
        .where(
            _member.id.in_(
                union(
                    select(_commitment.maker).where(
                        equal(tables.commitment, ["pool_id"]), _within(_commitment.confirmed_at)
                    ),
                    select(tables.cash.c.giver).where(
                        equal(tables.cash, ["pool_id"]), _within(tables.cash.c.received_at)
                    ),
                )
            )
        )
        .order_by(_member.id)
    )
)


def of_month(session: Session, pool: PoolId, month: str) -> Figures:
    """The figures of a month that is over, as they stood when it ended."""
    row = session.row(_POOL, id=pool)
    if row is None:
        raise LookupError(pool)
    stands = mapping.pool_made(row)
    changes = [mapping.RULE_CHANGES.made(each) for each in session.rows(_CHANGES, pool_id=pool)]
    last = month_before(month)
    before, start, end = (stands.ends(each, changes) for each in (month_before(last), last, month))
    asked = {"pool_id": pool, "start": start, "end": end}
    active = _active(session, **asked)
    earlier = session.rows(_MET_IN_TIME, before=before, **asked)
    listed = dict(map(tuple, session.rows(_LISTED, **asked)))
    members, joined = _numbers(session, _MEMBERS, **asked)
    content = session.rows(_CONTENT, **asked)
    expected = session.rows(_DUE, overdue=start - MISSED_AFTER, **asked)
    due = [each for each in expected if each[0] >= start]
    return _with_books(
        Figures(
            members=members,
            joined=joined,
            active=len(active),
            returning=len(active & _active(session, pool_id=pool, start=before, end=start)),
            offers=listed.get("offer", 0),
            needs=listed.get("need", 0),
            needs_met=_number(session, _MET, **asked),
            needs_before=len(earlier),
            needs_before_met=sum(
                met is not None and met - opened <= MET_WITHIN for _, opened, met in earlier
            ),
            promised=_number(session, _PROMISED, **asked),
            kept=_number(session, _KEPT, **asked),
            due=len(due),
            fulfilled=sum(each[2] is not None and each[2] < end for each in due),
            missed=sum(_missed(each, start, end) for each in expected),
            content=sum(False not in pair for pair in content),
            answered=len(content),
            thanked=tuple(MemberId(each[0]) for each in session.rows(_THANKED, **asked)),
        ),
        session,
        stands.as_of(end, changes),
        month,
        (start, end),
    )


def _active(session: Session, **asked: Any) -> set[str]:
    """The members who did something of their own within a time."""
    return {row[0] for row in session.rows(_ACTIVE, **asked)}


def _number(session: Session, statement: Statement, **asked: Any) -> int:
    (number,) = _numbers(session, statement, **asked)
    return int(number)


def _numbers(session: Session, statement: Statement, **asked: Any) -> Row:
    return session.row(statement, **asked) or ()


def _missed(promise: Row, start: datetime, end: datetime) -> bool:
    """Whether a promise came to count as missed between two instants, a day after it was due.

    One that was due on a month's last day may still be kept when that month closes.
    """
    due, *kept = promise
    until = due + MISSED_AFTER
    kept_in_time = any(at is not None and at <= until for at in kept)
    return start <= until < end and not kept_in_time


# --- the books -----------------------------------------------------------------------------


def _with_books(
    figures: Figures, session: Session, pool: Pool, month: str, bounds: tuple[datetime, datetime]
) -> Figures:
    """The figures, with those of credits and cash."""
    last = _number(session, _LAST, id=pool.id)
    first, until = (place_at(session, pool.id, at, last) for at in bounds)
    flows = _flows(session, pool.id, month, first, until)
    later = _flows(session, pool.id, month, until, last + 1)
    own = dict(map(tuple, session.rows(_OWN, pool_id=pool.id)))
    outstanding = -own["issuance"] - later.out_of("issuance")
    treasury = own["treasury"] + later.out_of("treasury")
    met = flows.of(EntryKind.MET)
    spent, places = flows.of(EntryKind.SETTLE) + met, (first, until)
    top = circulation.concentration(session, pool.id, places, figures.members)
    health = Health(
        Cents(treasury),
        Credits(outstanding),
        Cents(pool.rules.rates.cents),
        pool.rules.cash_out_cents,
    )
    return replace(
        figures,
        issued=flows.along("issuance", "*"),
        taken_back=flows.back(EntryKind.REVERSE, "issuance")
        + flows.back(EntryKind.REVERSE, "member", "member"),
        spent=spent,
        # An undo comes within minutes; one that crosses a month's end takes nothing below zero.
        sent=max(flows.along("member", "member") - met - flows.back(EntryKind.UNDO, "member"), 0),
        cashed_out=flows.of(EntryKind.CASH_OUT, "issuance"),
        expired=later.months_own(EntryKind.EXPIRE),
        charged=later.months_own(EntryKind.DEMURRAGE),
        shared=later.months_own(EntryKind.SHARE),
        taxed=flows.of(EntryKind.SEND, "common"),
        outstanding=outstanding,
        cash_in=flows.moved("outside", "treasury"),
        cash_out=flows.moved("treasury", "outside"),
        treasury=treasury,
        cover_ppm=health.cover,
        rested_days=circulation.rested_days(session, pool.id, bounds[0], until),
        velocity_ppm=circulation.velocity(session, pool, month, places, spent, outstanding),
        top_credits_ppm=top.credits,
        top_exchanges_ppm=top.exchanges,
    )


@dataclass(frozen=True, slots=True)
class _Flow:
    """So much moved by entries of a kind, from accounts of one sort to another's.

    `own`: they are the month's charges.
    """

    kind: str
    source: str
    target: str
    own: bool
    amount: int


@dataclass(frozen=True, slots=True)
class _Flows:
    """All that moved within a range of the journal."""

    flows: list[_Flow]

    def of(self, kind: EntryKind, target: str = "") -> int:
        """What entries of a kind moved, all of it or what they moved to one account."""
        return sum(f.amount for f in self.flows if f.kind == kind and target in ("", f.target))

    def months_own(self, kind: EntryKind) -> int:
        """What the month's own charges of a kind took, whenever they were taken."""
        return sum(f.amount for f in self.flows if f.kind == kind and f.own)

    def moved(self, source: str, target: str) -> int:
        """What moved from one sort of accounts to another, whatever for."""
        return sum(f.amount for f in self.flows if (f.source, f.target) == (source, target))

    def along(self, source: str, target: str) -> int:
        """What moved from one sort of accounts to another, taking back aside."""
        return sum(
            flow.amount
            for flow in self.flows
            if flow.kind not in _BACK and flow.source == source and target in ("*", flow.target)
        )

    def back(self, kind: EntryKind, target: str, source: str = "*") -> int:
        """What entries that take back brought to one sort of accounts."""
        return sum(
            flow.amount
            for flow in self.flows
            if flow.kind == kind and flow.target == target and source in ("*", flow.source)
        )

    def out_of(self, account: str) -> int:
        """How much less one of the pool's own accounts has for it."""
        gone = sum(flow.amount for flow in self.flows if flow.source == account)
        return gone - sum(flow.amount for flow in self.flows if flow.target == account)


_BACK = (EntryKind.UNDO, EntryKind.REVERSE)


def _flows(session: Session, pool: PoolId, month: str, first: int, until: int) -> _Flows:
    cause = cause_of(month)
    rows = session.rows(_FLOWS, pool_id=pool, first=first, until=until)
    return _Flows(
        [
            _Flow(kind, source, target, of == cause, amount)
            for kind, source, target, of, amount in rows
        ]
    )
