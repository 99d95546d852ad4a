"""Who traded within a time, and what a month's end took: asked of the journal, by places in it.

The journal's instants never go back, so a time is a range of places; no index over instants is
needed, and none has to be kept with every entry.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, bindparam, cast, exists, func, select, union_all

from core.domain.ledger import EntryKind
from core.domain.months import cause_of
from core.domain.units import MemberId, PoolId
from storage import tables
from storage.database import Session
from storage.statements import Statement, any_of, equal

TRADES = (EntryKind.WORK, EntryKind.MET, EntryKind.SEND, EntryKind.SETTLE)
"""By which credits change hands: for work, for help in need, sent, or spent on an offer."""

_entry, _posting, _member = tables.entry.c, tables.posting.c, tables.member.c
_order = tables.spend_order.c
_back = tables.entry.alias("back").c
_FIRST = bindparam("first", type_=_entry.place.type)
_UNTIL = bindparam("until", type_=_entry.place.type)

_AT = Statement(lambda: select(_entry.at).where(equal(tables.entry, ["pool_id", "place"])))
TRADED = (
    select(
        _entry.pool_id, _entry.number, _entry.kind, _entry.cause, _posting.source, _posting.target
    )
    .join(tables.posting, (_posting.pool_id == _entry.pool_id) & (_posting.entry == _entry.number))
    .where(
        equal(tables.entry, ["pool_id"]),
        _entry.place >= _FIRST,
        _entry.place < _UNTIL,
        any_of(_entry.kind, *(kind.value for kind in TRADES)),
        ~exists().where(
            _back.pool_id == _entry.pool_id, _back.reverses == _entry.number, _back.place < _UNTIL
        ),
    )
    .cte("traded")
)
"""The postings of trades within a range of places, taken back ones aside."""
TRADERS_OF = union_all(
    *(
        select(_member.id, TRADED.c.number)
        .select_from(tables.member)
        .join(TRADED, (_member.pool_id == TRADED.c.pool_id) & (_member.account == account))
        for account in (TRADED.c.source, TRADED.c.target)
    ),
    # What was spent on an offer lay in the pool's own account until it was delivered.
    select(_order.spender, TRADED.c.number)
    .select_from(tables.spend_order)
    .join(
        TRADED,
        (_order.pool_id == TRADED.c.pool_id)
        & (_order.number == TRADED.c.cause)
        & (TRADED.c.kind == EntryKind.SETTLE.value),
    ),
).subquery("traders_of")
"""Each member's part in each trade."""
_TRADERS = Statement(lambda: select(TRADERS_OF.c.id).distinct().order_by(TRADERS_OF.c.id))
_TAKEN = Statement(
    lambda: (
        select(cast(func.coalesce(func.sum(_posting.amount), 0), BigInteger))
        .select_from(tables.entry)
        .join(
            tables.posting, (_posting.pool_id == _entry.pool_id) & (_posting.entry == _entry.number)
        )
        .where(
            equal(tables.entry, ["pool_id", "cause"]),
            _entry.place >= _FIRST,
            _entry.kind == EntryKind.DEMURRAGE.value,
        )
    )
)


def place_at(session: Session, pool: PoolId, at: datetime, last: int) -> int:
    """The place of the first entry at an instant or after it; one past the last when none is."""

    def has_come(place: int) -> bool:
        row = session.row(_AT, pool_id=pool, place=place)
        return row is None or row[0] >= at

    return 1 + bisect_left(range(1, last + 1), True, key=has_come)


def traders(
    session: Session, pool: PoolId, since: datetime, until: datetime, last: int
) -> Sequence[MemberId]:
    """The members between whom credits changed hands within a time, by id.

    What was taken back within it does not count. `last` is the last place of the journal.
    """
    first, end = (place_at(session, pool, at, last) for at in (since, until))
    rows = session.rows(_TRADERS, pool_id=pool, first=first, until=end)
    return [MemberId(row[0]) for row in rows]


def demurrage_of(session: Session, pool: PoolId, month: str, ended: datetime, last: int) -> int:
    """What resting credits were charged for a month that has ended then."""
    first = place_at(session, pool, ended, last)
    row = session.row(_TAKEN, pool_id=pool, cause=cause_of(month), first=first)
    return row[0] if row else 0
