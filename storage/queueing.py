"""Putting rows into the outbox, within the transaction that gives the reason to say something."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, Text, bindparam, insert, literal, select
from sqlalchemy import exists as there_is

from core.domain.pools import Announced, Posting
from core.domain.units import MemberId, Number, PoolId
from storage import tables
from storage.database import Session
from storage.statements import Statement, equal

Column = ColumnElement[Any]
_ROW = tables.outbox.c
_CHAT = tables.chat.c

_NOW = bindparam("now", type_=_ROW.created_at.type)
_POOL = bindparam("pool_id", type_=_ROW.pool_id.type)
_NUMBER = bindparam("number", type_=_ROW.number.type)
_NUMBERS = bindparam("numbers", type_=_ROW.numbers.type)
_KIND = bindparam("kind", type_=_ROW.kind.type)
_NOTHING = literal("", Text)


def _row(**values: Column) -> dict[str, Column]:
    """A fresh row with these values; the other columns say nothing."""
    return {
        "number": literal(0, Integer),
        "numbers": _NOTHING,
        "platform": _NOTHING,
        "chat": _NOTHING,
        "notice": _NOTHING,
        "created_at": _NOW,
        "state": literal("waiting", String),
        "not_before": _NOW,
        "attempts": literal(0, Integer),
        "reason": _NOTHING,
        **values,
    }


def _waits(chat_lane: Column) -> Column:
    """Whether a card of this thing waits for this chat: it will show what is then."""
    row = tables.outbox.alias().c
    return there_is().where(
        row.lane == chat_lane,
        row.pool_id == _POOL,
        row.number == _NUMBER,
        row.sort == "card",
        row.state == "waiting",
    )


def _cards(*where: Column) -> Statement:
    lane = _CHAT.platform + literal(":", Text) + _CHAT.external
    row = _row(
        lane=lane,
        sort=literal("card", String),
        pool_id=_POOL,
        number=_NUMBER,
        numbers=_NUMBERS,
        kind=_KIND,
        platform=_CHAT.platform,
        chat=_CHAT.external,
    )
    rows = select(*row.values()).where(
        equal(tables.chat, ["pool_id"]), _CHAT.state == "bound", *where, ~_waits(lane)
    )
    return Statement(insert(tables.outbox).from_select(list(row), rows).inline())


_STANDS = there_is().where(
    tables.card.c.pool_id == _POOL,
    tables.card.c.number == _NUMBER,
    tables.card.c.platform == _CHAT.platform,
    tables.card.c.chat == _CHAT.external,
)
_COLLECTED = there_is().where(
    tables.digest.c.pool_id == _POOL,
    tables.digest.c.platform == _CHAT.platform,
    tables.digest.c.chat == _CHAT.external,
    tables.digest.c.number == _NUMBER,
)

_CARDS = _cards()
_EDITS = _cards(_STANDS)
_COLLECT = Statement(
    insert(tables.digest).from_select(
        ["pool_id", "platform", "chat", "number", "since"],
        select(_POOL, _CHAT.platform, _CHAT.external, _NUMBER, _NOW).where(
            equal(tables.chat, ["pool_id"]), _CHAT.state == "bound", ~_STANDS, ~_COLLECTED
        ),
    )
)
_NOTICE_ROW = _row(
    lane=literal("person:", Text) + tables.member.c.person,
    sort=literal("notice", String),
    pool_id=_POOL,
    member=tables.member.c.id,
    person=tables.member.c.person,
    notice=bindparam("notice", type_=Text),
)
_NOTICE = Statement(
    insert(tables.outbox)
    .from_select(
        list(_NOTICE_ROW),
        select(*_NOTICE_ROW.values()).where(
            equal(tables.member, ["pool_id", "id"]), tables.member.c.person.is_not(None)
        ),
    )
    .inline()
)


def queue_cards(
    session: Session,
    pool: PoolId,
    numbers: Sequence[Number],
    kind: Announced,
    posting: Posting,
    now: datetime,
) -> None:
    """Have things shown in the pool's chats, as the pool wants things of their kind shown.

    CARD: a card in every chat, one for all of them. DIGEST: collected for the day's digest. OFF:
    nothing. Wherever a card stands already it is edited, whatever is wanted now.
    """
    first, *others = numbers
    together = json.dumps(numbers) if others else ""
    card = {"pool_id": pool, "number": first, "numbers": together, "kind": kind.value, "now": now}
    if posting is Posting.CARD:
        session.write(_CARDS, **card)
        return
    session.write(_EDITS, **card)
    if posting is Posting.DIGEST:
        for number in numbers:
            session.write(_COLLECT, pool_id=pool, number=number, now=now)


def queue_notice(
    session: Session, pool: PoolId, member: MemberId, notice: str, now: datetime
) -> None:
    """Have one member told in private; nothing for one without an account."""
    session.write(_NOTICE, pool_id=pool, id=member, notice=notice, now=now)
