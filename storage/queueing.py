"""Putting rows into the outbox, within the transaction that gives the reason to say something."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Text,
    bindparam,
    case,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy import exists as there_is

from core.domain.pools import Announced, Posting
from core.domain.units import MemberId, Number, PersonId, PoolId
from storage import tables
from storage.database import Session
from storage.statements import Statement, any_of, equal

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
        any_of(row.state, "waiting", "kept"),
    )


_IS_HERE = any_of(_CHAT.state, "bound", "paused")
_OF_HERE = case(
    (_CHAT.state == "paused", literal("kept", String)), else_=literal("waiting", String)
)
"""For a chat that the bot is not in just now a row is kept until it is back."""


def _cards(where: Column) -> Statement:
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
        state=_OF_HERE,
    )
    rows = select(*row.values()).where(
        equal(tables.chat, ["pool_id"]), _IS_HERE, where, ~_waits(lane)
    )
    return Statement(lambda: insert(tables.outbox).from_select(list(row), rows).inline())


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

# What is new while the bot is out of a chat stands on the board alone; cards there follow.
_CARDS = _cards(or_(_CHAT.state == "bound", _STANDS))
_EDITS = _cards(_STANDS)
_COLLECT = Statement(
    lambda: insert(tables.digest).from_select(
        ["pool_id", "platform", "chat", "number", "since"],
        select(_POOL, _CHAT.platform, _CHAT.external, _NUMBER, _NOW).where(
            equal(tables.chat, ["pool_id"]), _CHAT.state == "bound", ~_STANDS, ~_COLLECTED
        ),
    )
)
# What waits for the morning has a lane of its own: it holds up no receipt.
_NOTICE_ROW = _row(
    lane=bindparam("lane", type_=Text) + tables.member.c.person,
    sort=literal("notice", String),
    pool_id=_POOL,
    member=tables.member.c.id,
    person=tables.member.c.person,
    notice=bindparam("notice", type_=Text),
    not_before=bindparam("not_before", type_=_ROW.not_before.type),
)
_NOTICE = Statement(
    lambda: (
        insert(tables.outbox)
        .from_select(
            list(_NOTICE_ROW),
            select(*_NOTICE_ROW.values()).where(
                equal(tables.member, ["pool_id", "id"]), tables.member.c.person.is_not(None)
            ),
        )
        .inline()
    )
)
# A lane of its own: what waits for the morning holds up no card.
_POST_ROW = _row(
    lane=_CHAT.platform + literal(":", Text) + _CHAT.external + literal(" post", Text),
    sort=literal("post", String),
    pool_id=_POOL,
    platform=_CHAT.platform,
    chat=_CHAT.external,
    notice=bindparam("notice", type_=Text),
    not_before=bindparam("not_before", type_=_ROW.not_before.type),
    state=_OF_HERE,
)
_POST = Statement(
    lambda: (
        insert(tables.outbox)
        .from_select(
            list(_POST_ROW),
            select(*_POST_ROW.values()).where(equal(tables.chat, ["pool_id"]), _IS_HERE),
        )
        .inline()
    )
)

_POST_IN = Statement(
    lambda: (
        insert(tables.outbox)
        .from_select(
            list(_POST_ROW),
            select(*_POST_ROW.values()).where(equal(tables.chat, ["pool_id", "number"])),
        )
        .inline()
    )
)

_PERSON = bindparam("person", type_=_ROW.person.type)
_PERSON_ROW = _row(
    lane=literal("person:", Text) + _PERSON,
    sort=literal("notice", String),
    pool_id=_POOL,
    person=_PERSON,
    notice=bindparam("notice", type_=Text),
)
_FOR_PERSON = Statement(
    lambda: (
        insert(tables.outbox)
        .from_select(
            list(_PERSON_ROW),
            select(*_PERSON_ROW.values()).where(
                there_is().where(tables.person.c.id == _PERSON),
            ),
        )
        .inline()
    )
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


def queue_mention(session: Session, pool: PoolId, number: Number, now: datetime) -> None:
    """Have the day's digest of each of the pool's chats say how a thing stands."""
    session.write(_COLLECT, pool_id=pool, number=number, now=now)


def queue_post(
    session: Session, pool: PoolId, notice: str, now: datetime, not_before: datetime
) -> None:
    """Have the group told something in each of the pool's chats."""
    session.write(_POST, pool_id=pool, notice=notice, now=now, not_before=not_before)


def queue_post_in(session: Session, pool: PoolId, chat: Number, notice: str, now: datetime) -> None:
    """Have one of the pool's chats told something."""
    session.write(_POST_IN, pool_id=pool, number=chat, notice=notice, now=now, not_before=now)


def queue_notice(
    session: Session,
    pool: PoolId,
    member: MemberId,
    notice: str,
    now: datetime,
    not_before: datetime,
) -> None:
    """Have one member told in private; nothing for one without an account."""
    lane = "later:" if not_before > now else "person:"
    session.write(
        _NOTICE,
        pool_id=pool,
        id=member,
        notice=notice,
        now=now,
        lane=lane,
        not_before=not_before,
    )


def queue_for_person(
    session: Session, pool: PoolId, person: PersonId, notice: str, now: datetime
) -> None:
    """Have somebody told in private, member or not; nothing for one who was forgotten."""
    session.write(_FOR_PERSON, pool_id=pool, person=person, notice=notice, now=now)
