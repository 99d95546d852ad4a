"""Credits by the month of their issue, kept up only in pools where they expire by it.

Dates lie where credits can expire: with members, and in what is held or disputed for them, where
they are told apart by what it is held for, so that they come back as they went. What leaves the
pool's own accounts is new, what comes there has no date any more. The oldest go first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import BigInteger, bindparam, case, insert, literal, select

from core.domain.ledger import CREDITS, AccountKind, Posting
from core.domain.units import Address, Number, PoolId
from storage import tables
from storage.database import Session
from storage.statements import Statement, added, any_of, changed, equal, removed

_LOT = tables.lot.c
_KEY = ("pool_id", "address", "cause", "month")
DATED = (AccountKind.MEMBER, AccountKind.HELD, AccountKind.DISPUTED)
"""Accounts whose credits have dates."""

_KIND = Statement(
    lambda: select(tables.account.c.kind).where(equal(tables.account, ["pool_id", "address"]))
)
_IN = Statement(
    lambda: (
        select(_LOT.cause, _LOT.month, _LOT.amount)
        .where(equal(tables.lot, ["pool_id", "address"]))
        .order_by(
            # What is held for this comes first, whatever its age.
            case((_LOT.cause == bindparam("wanted", type_=_LOT.cause.type), 0), else_=1),
            _LOT.month,
            _LOT.cause,
        )
    )
)
_ADD = Statement(lambda: added(tables.lot))
_CHANGE = Statement(lambda: changed(tables.lot, _KEY, ["amount"]))
_REMOVE = Statement(lambda: removed(tables.lot, *_KEY))
_DROP = Statement(lambda: removed(tables.lot, "pool_id"))

_DATE_ALL = Statement(
    lambda: (
        insert(tables.lot)
        .from_select(
            ["pool_id", "address", "cause", "month", "amount"],
            select(
                tables.balance.c.pool_id,
                tables.balance.c.address,
                literal(0, BigInteger),
                bindparam("dated", type_=_LOT.month.type),
                tables.balance.c.amount,
            )
            .join(
                tables.account,
                (tables.account.c.pool_id == tables.balance.c.pool_id)
                & (tables.account.c.address == tables.balance.c.address),
            )
            .where(
                equal(tables.balance, ["pool_id"]),
                tables.balance.c.unit == CREDITS,
                any_of(tables.account.c.kind, *(kind.value for kind in DATED)),
                tables.balance.c.amount > 0,
            ),
        )
        .inline()
    )
)


def free(session: Session, pool: PoolId, address: Address) -> Mapping[str, int]:
    """The credits of a member by the month of their issue; none where they never had dates."""
    rows = session.rows(_IN, pool_id=pool, address=address, wanted=0)
    return {month: amount for _, month, amount in rows}


def move(
    session: Session, pool: PoolId, posting: Posting, cause: Number, month: str, has: int
) -> None:
    """Move the dates of credits with them; what has none is of this month.

    `has` is what the target holds now: what only paid back a debt has no date.
    """
    moving = list(_taken(session, pool, posting, cause))
    undated = posting.amount - sum(amount for _, amount in moving)
    kind = _kind(session, pool, posting.target)
    if kind not in DATED:
        return
    kept = min(posting.amount, max(has, 0)) if kind is AccountKind.MEMBER else posting.amount
    place = Number(0) if kind is AccountKind.MEMBER else cause
    for when, amount in [(month, undated), *reversed(moving)]:
        part = min(amount, kept)
        kept -= part
        if part:
            _put(session, pool, posting.target, place, when, part)


def _taken(
    session: Session, pool: PoolId, posting: Posting, cause: Number
) -> Iterator[tuple[str, int]]:
    """Take the dates off the source, the oldest first."""
    wanted = posting.amount
    rows = session.rows(_IN, pool_id=pool, address=posting.source, wanted=cause)
    for held_for, month, amount in rows:
        part = min(amount, wanted)
        wanted -= part
        key = {"pool_id": pool, "address": posting.source, "cause": held_for, "month": month}
        if part == amount:
            session.write(_REMOVE, **key)
        elif part:
            session.write(_CHANGE, amount=amount - part, **key)
        if part:
            yield month, part


def _put(
    session: Session, pool: PoolId, address: Address, cause: Number, month: str, amount: int
) -> None:
    key = {"pool_id": pool, "address": address, "cause": cause, "month": month}
    rows = session.rows(_IN, pool_id=pool, address=address, wanted=cause)
    there = sum(has for held_for, when, has in rows if (held_for, when) == (cause, month))
    session.write(_CHANGE if there else _ADD, amount=there + amount, **key)


def _kind(session: Session, pool: PoolId, address: Address) -> AccountKind:
    row = session.row(_KIND, pool_id=pool, address=address)
    if row is None:
        raise LookupError("no such account")
    return AccountKind(row[0])


def date_all(session: Session, pool: PoolId, month: str) -> None:
    """Date all credits with a month, whatever date they had."""
    session.write(_DROP, pool_id=pool)
    session.write(_DATE_ALL, pool_id=pool, dated=month)
