"""What may be disputed or taken back: the latest of it, as it is suggested while somebody types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Text, bindparam, exists, func, literal, or_, select, union_all

from core.domain.units import MemberId, Number, PoolId
from core.reads import Moved
from storage import tables
from storage.statements import Row, Statement, any_of
from storage.views import View

_commitment, _order, _listing = tables.commitment.c, tables.spend_order.c, tables.listing.c
_entry, _posting, _note = tables.entry.c, tables.posting.c, tables.entry_note.c
_cash, _expense = tables.cash.c, tables.expense.c
_giver, _taker = (tables.member.alias(name).c for name in ("giver", "taker"))
_POOL = bindparam("pool_id", type_=_entry.pool_id.type)
_MEMBER = bindparam("member", type_=_giver.id.type)
_SIZE = bindparam("size", type_=Integer())
_NONE = literal("", Text)


def _of(table: Any, key: Any, ours: Any) -> Any:
    return (table.pool_id == _POOL) & (key == ours)


def _row(kind: str, number: Any, text: Any, amount: Any, giver: Any, taker: Any) -> Any:
    return select(
        literal(kind, Text).label("kind"),
        number.label("number"),
        text.label("text"),
        amount.label("amount"),
        giver.label("giver"),
        taker.label("taker"),
    )


def _promises(*where: Any) -> Any:
    return (
        _row("commitment", _commitment.number, _commitment.text, literal(0), _giver.name, _NONE)
        .select_from(tables.commitment)
        .join(_giver.id.table, _of(_giver, _giver.id, _commitment.maker))
        .outerjoin(tables.listing, _of(_listing, _listing.number, _commitment.need))
        .where(_commitment.pool_id == _POOL, *where)
    )


def _orders(*where: Any) -> Any:
    return (
        _row("order", _order.number, _listing.text, _order.credits, _giver.name, _taker.name)
        .select_from(tables.spend_order)
        .join(tables.listing, _of(_listing, _listing.number, _order.offer))
        .join(_giver.id.table, _of(_giver, _giver.id, _order.spender))
        .join(_taker.id.table, _of(_taker, _taker.id, _order.giver))
        .where(_order.pool_id == _POOL, *where)
    )


_back = tables.entry.alias("back").c


def _sends(*where: Any) -> Any:
    text = func.coalesce(_note.note, "")
    taken_back = exists().where(_back.pool_id == _POOL, _back.reverses == _entry.number)
    return (
        _row("entry", _entry.number, text, _posting.amount, _giver.name, _taker.name)
        .select_from(tables.entry)
        .join(tables.posting, _of(_posting, _posting.entry, _entry.number))
        .join(_giver.id.table, _of(_giver, _giver.account, _posting.source))
        .join(_taker.id.table, _of(_taker, _taker.account, _posting.target))
        .outerjoin(tables.entry_note, _of(_note, _note.entry, _entry.number))
        .where(_entry.pool_id == _POOL, _entry.kind == "send", ~taken_back, *where)
    )


def _newest(*parts: Any) -> Statement:
    found = union_all(*parts).subquery("found")
    return Statement(lambda: select(found).order_by(found.c.number.desc()).limit(_SIZE))


_DEALINGS = _newest(
    _promises(
        any_of(_commitment.state, "done", "confirmed"),
        or_(_commitment.maker == _MEMBER, _listing.owner == _MEMBER),
    ),
    _orders(
        any_of(_order.state, "held", "delivered", "settled"),
        or_(_order.spender == _MEMBER, _order.giver == _MEMBER),
    ),
    _sends(or_(_giver.id == _MEMBER, _taker.id == _MEMBER)),
)
_REVERSIBLE = _newest(
    _promises(_commitment.state == "confirmed", _commitment.entry.is_not(None)),
    _orders(_order.state == "settled"),
    _sends(),
    _row("cash", _cash.number, _NONE, _cash.cents, _giver.name, _NONE)
    .select_from(tables.cash)
    .join(_giver.id.table, _of(_giver, _giver.id, _cash.giver))
    .where(_cash.pool_id == _POOL, _cash.state == "received"),
    _row("expense", _expense.number, _expense.text, _expense.cents, _NONE, _NONE)
    .select_from(tables.expense)
    .where(_expense.pool_id == _POOL, _expense.state == "approved"),
)


def _made(row: Row) -> Moved:
    kind, number, text, amount, giver, taker = row
    return Moved(Number(number), kind, text, amount, giver, taker)


async def dealings(view: View, pool: PoolId, member: MemberId, size: int) -> Sequence[Moved]:
    """The newest of what a member has a part in and may dispute."""
    rows = await view.rows(_DEALINGS, pool_id=pool, member=member, size=size)
    return [_made(row) for row in rows]


async def reversible(view: View, pool: PoolId, size: int) -> Sequence[Moved]:
    """The newest of what a steward may take back."""
    return [_made(row) for row in await view.rows(_REVERSIBLE, pool_id=pool, size=size)]
