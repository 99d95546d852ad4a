"""The outbox: what is to be said, written in the transaction that gives the reason to say it.

A row is claimed for a time. Whoever claimed it and died leaves it to the next, when that time is
over; so everything is said at least once. Within a lane nothing overtakes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter

from sqlalchemy import (
    Integer,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy import exists as there_is

from core.desk import Outgoing, Route, Sort
from core.domain import neutral
from core.domain.neutral import Notice
from core.domain.pools import Announced
from core.domain.units import Number, PersonId, PoolId
from storage import mapping, tables
from storage.asking import Asker
from storage.database import Session
from storage.statements import Row, Statement, added, chosen, equal, removed, values_of
from storage.work import name_of
from storage.writer import Writer

_ROW = tables.outbox.c
_CHAT = tables.chat.c
_NOW = bindparam("now", type_=_ROW.created_at.type)

_EARLIER = tables.outbox.alias("earlier").c
_FIRST = tables.outbox.alias("first").c
_DUE = (
    select(_FIRST.id)
    .where(_FIRST.state != "dead", _FIRST.not_before <= _NOW)
    .where(
        ~there_is().where(
            _EARLIER.lane == _FIRST.lane, _EARLIER.id < _FIRST.id, _EARLIER.state != "dead"
        )
    )
    .order_by(_FIRST.id)
    .limit(bindparam("limit", type_=Integer()))
    .with_for_update(skip_locked=True)
)
_CLAIMED = (
    _ROW.id,
    _ROW.pool_id,
    _ROW.lane,
    _ROW.sort,
    _ROW.attempts,
    _ROW.platform,
    _ROW.chat,
    _ROW.number,
    _ROW.numbers,
    _ROW.kind,
    _ROW.member,
    _ROW.person,
    _ROW.notice,
    _ROW.created_at,
)
_CLAIM = Statement(
    update(tables.outbox)
    .where(_ROW.id.in_(_DUE))
    .values(
        state="claimed",
        not_before=bindparam("until", type_=_ROW.not_before.type),
        attempts=_ROW.attempts + 1,
    )
    .returning(*_CLAIMED)
)
_TAKEN_TOGETHER = Statement(
    delete(tables.outbox).where(
        equal(tables.outbox, ["lane", "pool_id", "number"]),
        _ROW.sort == "card",
        _ROW.state == "waiting",
    )
)
_CHANNEL = Statement(
    select(_CHAT.channel)
    .where(equal(tables.chat, ["platform", "external"]))
    .where(_CHAT.state != "ended")
)
_DONE = Statement(removed(tables.outbox, "id"))
_AGAIN = Statement(
    update(tables.outbox)
    .where(equal(tables.outbox, ["id"]))
    .values(state="waiting", **values_of(tables.outbox, ["not_before"]))
)
_DEAD = Statement(
    update(tables.outbox)
    .where(equal(tables.outbox, ["id"]))
    .values(state="dead", notice="", **values_of(tables.outbox, ["reason"]))
)
_WAITING = Statement(select(func.count()).where(_ROW.state != "dead"))

_CARD_KEY = ("pool_id", "number", "platform", "chat")
_CARD = Statement(select(tables.card.c.message).where(equal(tables.card, _CARD_KEY)))
_ADD_CARD = Statement(added(tables.card))
_DROP_CARD = Statement(removed(tables.card, *_CARD_KEY))

_ROUTES = Statement(
    chosen(tables.identity, "person").order_by(
        tables.identity.c.reachable.desc(), tables.identity.c.platform, tables.identity.c.external
    )
)
_UNREACHABLE = Statement(
    update(tables.identity)
    .where(equal(tables.identity, ["platform", "external"]))
    .values(reachable=False)
)

_COLLECTED_FOR = Statement(
    select(tables.digest.c.platform, tables.digest.c.chat, tables.digest.c.number)
    .where(equal(tables.digest, ["pool_id"]))
    .order_by(tables.digest.c.platform, tables.digest.c.chat, tables.digest.c.number)
)
_EMPTY = Statement(removed(tables.digest, "pool_id"))
_PUT_DIGEST = Statement(added(tables.outbox, "id"))
_DIGESTS_DUE = Statement(
    select(tables.digest.c.pool_id)
    .where(tables.digest.c.since < bindparam("before", type_=tables.digest.c.since.type))
    .distinct()
    .order_by(tables.digest.c.pool_id)
)


class StoredOutbox:
    """`core.desk.Outbox`: marks go through the writer, looks through the readers."""

    def __init__(self, writer: Writer, asker: Asker) -> None:
        self._writer = writer
        self._asker = asker

    async def claim(self, now: datetime, lease: timedelta, limit: int) -> Sequence[Outgoing]:
        """Take the oldest due row of each free lane, for the time of a lease."""
        return await self._writer.do(lambda session: _claim(session, now, now + lease, limit))

    async def done(self, row: Outgoing) -> None:
        """It was said."""
        await self._writer.do(lambda session: session.write(_DONE, id=row.id))

    async def again(self, row: Outgoing, not_before: datetime) -> None:
        """Put a row back; it stays the first of its lane."""
        await self._writer.do(
            lambda session: session.write(_AGAIN, id=row.id, not_before=not_before)
        )

    async def dead(self, row: Outgoing, reason: str) -> None:
        """Give a row up, so that the rest of its lane can go on; what it said is wiped."""
        await self._writer.do(lambda session: session.write(_DEAD, id=row.id, reason=reason))

    async def card(self, pool: PoolId, number: Number, platform: str, chat: str) -> str:
        """The platform's id of the message that shows a thing in a chat, '' for none yet."""
        key = {"pool_id": pool, "number": number, "platform": platform, "chat": chat}
        row = await self._asker.row(_CARD, **key)
        return row[0] if row else ""

    async def carded(
        self, pool: PoolId, number: Number, platform: str, chat: str, message: str
    ) -> None:
        """Remember which message shows a thing in a chat; '' forgets it."""
        key = {"pool_id": pool, "number": number, "platform": platform, "chat": chat}

        def job(session: Session) -> None:
            session.write(_DROP_CARD, **key)
            if message:
                session.write(_ADD_CARD, message=message, **key)

        await self._writer.do(job)

    async def routes(self, person: PersonId) -> Sequence[Route]:
        """The ways to reach a person, those that worked last first."""
        rows = await self._asker.rows(_ROUTES, person=person)
        identities = map(mapping.identity_made, rows)
        return [Route(i.platform, i.external, i.reachable, i.language) for i in identities]

    async def unreachable(self, platform: str, external: str) -> None:
        """A message to this account was refused."""
        await self._writer.do(
            lambda session: session.write(_UNREACHABLE, platform=platform, external=external)
        )

    async def waiting(self) -> int:
        """Rows that are not done and not dead."""
        row = await self._asker.row(_WAITING)
        return row[0] if row else 0

    async def digest(self, pool: PoolId, now: datetime) -> None:
        """Put what has gathered for the day's digest of a pool into its chats' lanes."""
        await self._writer.do(lambda session: _put_digests(session, pool, now), lane=pool)

    async def digests_due(self, before: datetime) -> Sequence[PoolId]:
        """Pools with something gathered for a digest since before this instant."""
        rows = await self._asker.rows(_DIGESTS_DUE, before=before)
        return [PoolId(row[0]) for row in rows]


def _claim(session: Session, now: datetime, until: datetime, limit: int) -> list[Outgoing]:
    rows = session.rows(_CLAIM, now=now, until=until, limit=limit)
    return [_outgoing(session, row) for row in sorted(rows, key=itemgetter(0))]


def _outgoing(session: Session, row: Row) -> Outgoing:
    (id_, pool, lane, sort, attempts, platform, chat, number, numbers, kind, member, person,
     notice, created_at) = row  # fmt: skip
    if sort == Sort.CARD:
        session.write(_TAKEN_TOGETHER, lane=lane, pool_id=pool, number=number)
    channel = session.row(_CHANNEL, platform=platform, external=chat) if chat else None
    return Outgoing(
        id=id_,
        pool=pool,
        lane=lane,
        sort=Sort(sort),
        attempts=attempts,
        platform=platform,
        chat=chat,
        channel=channel[0] if channel else "",
        number=number,
        numbers=tuple(json.loads(numbers)) if numbers else (),
        kind=Announced(kind) if kind else None,
        member=member,
        person=person,
        notice=_notice(session, notice) if notice else None,
        created_at=created_at,
    )


def _notice(session: Session, text: str) -> Notice:
    notice = neutral.read(text, partial(name_of, session))
    if not isinstance(notice, Notice):
        raise TypeError(f"{type(notice).__name__} is no notice")
    return notice


def _put_digests(session: Session, pool: PoolId, now: datetime) -> None:
    """One row for each chat, with the numbers of all that gathered there."""
    rows = session.rows(_COLLECTED_FOR, pool_id=pool)
    for (platform, chat), things in groupby(rows, key=itemgetter(0, 1)):
        session.write(
            _PUT_DIGEST,
            lane=f"{platform}:{chat}",
            sort=Sort.DIGEST.value,
            pool_id=pool,
            number=0,
            numbers=json.dumps([number for _, _, number in things]),
            kind=None,
            platform=platform,
            chat=chat,
            member=None,
            person=None,
            notice="",
            created_at=now,
            state="waiting",
            not_before=now,
            attempts=0,
            reason="",
        )
    session.write(_EMPTY, pool_id=pool)
