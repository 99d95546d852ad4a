"""The outbox: what is to be said, written in the transaction that gives the reason to say it.

A row is claimed for a time. Whoever claimed it and died leaves it to the next, when that time is
over; so everything is said at least once. Within a lane nothing overtakes. `attempts` counts the
claims of which nobody can say that the row was not at fault: those that failed and those that died.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import chain, groupby
from operator import itemgetter

from sqlalchemy import (
    Integer,
    bindparam,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy import exists as there_is

from core.desk import GivenUp, Outgoing, Sort
from core.domain import neutral
from core.domain.neutral import Notice
from core.domain.pools import Announced
from core.domain.units import Number, PoolId
from core.usecases.reminding import Reminders
from storage import tables
from storage.asking import Asker
from storage.database import Session
from storage.statements import (
    Row,
    Statement,
    added,
    any_of,
    changed,
    equal,
    removed,
    values_of,
)
from storage.work import name_of
from storage.writer import Writer

CARDS_AT_ONCE = 10
"""So many new cards may wait for a chat; of more, one post is made."""

_ROW = tables.outbox.c
_CHAT = tables.chat.c
_NOW = bindparam("now", type_=_ROW.created_at.type)

_EARLIER = tables.outbox.alias("earlier").c
_FIRST = tables.outbox.alias("first").c
_IN_LINE = ("waiting", "claimed")
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
    _ROW.reason,
)
_TAKEN_TOGETHER = Statement(
    lambda: delete(tables.outbox).where(
        equal(tables.outbox, ["lane", "pool_id", "number"]),
        _ROW.sort == "card",
        _ROW.state == "waiting",
    )
)
_CHANNEL = Statement(
    lambda: (
        select(_CHAT.channel)
        .where(equal(tables.chat, ["platform", "external"]))
        .where(_CHAT.state != "ended")
    )
)
_BEHIND = Statement(
    lambda: (
        select(_ROW.id, _ROW.notice, _ROW.created_at)
        .where(
            equal(tables.outbox, ["lane"]),
            _ROW.id > bindparam("id", type_=_ROW.id.type),
            _ROW.state == "waiting",
            _ROW.sort == "notice",
            _ROW.not_before <= _NOW,
        )
        .order_by(_ROW.id)
    )
)
_STANDS = there_is().where(
    tables.card.c.pool_id == _ROW.pool_id,
    tables.card.c.number == _ROW.number,
    tables.card.c.platform == _ROW.platform,
    tables.card.c.chat == _ROW.chat,
)
_NEW_CARDS = Statement(
    lambda: (
        select(_ROW.id, _ROW.number, _ROW.numbers)
        .where(
            equal(tables.outbox, ["lane", "pool_id"]),
            any_of(_ROW.state, *_IN_LINE),
            _ROW.sort == "card",
            ~_STANDS,
        )
        .order_by(_ROW.id)
    )
)
_GATHER = Statement(
    lambda: (
        update(tables.outbox)
        .where(equal(tables.outbox, ["id"]))
        .values(sort="digest", **values_of(tables.outbox, ["numbers"]))
    )
)
_SAYS = Statement(lambda: changed(tables.outbox, ["id"], ["notice", "created_at"]))
_DONE = Statement(lambda: removed(tables.outbox, "id"))
_IS_OUT = there_is().where(
    _CHAT.platform == _ROW.platform, _CHAT.external == _ROW.chat, _CHAT.state == "paused"
)
# The bot may have been taken out of the chat while the row was on its way there.
_AGAIN = Statement(
    lambda: (
        update(tables.outbox)
        .where(equal(tables.outbox, ["id"]))
        .values(
            state=case((_IS_OUT, "kept"), else_="waiting"),
            **values_of(tables.outbox, ["not_before", "attempts", "reason"]),
        )
    )
)
_HAND_OVER = Statement(
    lambda: (
        update(tables.outbox)
        .where(equal(tables.outbox, ["id"]))
        .values(state="waiting", **values_of(tables.outbox, ["platform", "attempts", "not_before"]))
    )
)
_LAID_BY = Statement(
    lambda: (
        update(tables.outbox)
        .where(equal(tables.outbox, ["id"]))
        .values(**values_of(tables.outbox, ["state", "reason"]))
    )
)
_WAITING = Statement(lambda: select(func.count()).where(any_of(_ROW.state, *_IN_LINE)))
_OLDEST = Statement(
    lambda: select(func.min(_ROW.not_before, type_=_ROW.not_before.type)).where(
        any_of(_ROW.state, *_IN_LINE), _ROW.not_before <= _NOW
    )
)
_KEPT = Statement(lambda: select(func.count()).where(_ROW.state == "kept"))
_GIVEN_UP = Statement(
    lambda: (
        select(
            _ROW.pool_id,
            _ROW.sort,
            _ROW.platform,
            _ROW.chat,
            _ROW.notice,
            _ROW.reason,
            _ROW.created_at,
        )
        .where(_ROW.state == "dead")
        .order_by(_ROW.id)
    )
)
_SAY_AGAIN = Statement(
    lambda: (
        update(tables.outbox)
        .where(_ROW.state == "dead")
        .values(state="waiting", attempts=0, reason="", created_at=_NOW, not_before=_NOW)
    )
)
_LET_GO = Statement(lambda: delete(tables.outbox).where(_ROW.state == "dead"))

_CARD_KEY = ("pool_id", "number", "platform", "chat")
_CARD = Statement(lambda: select(tables.card.c.message).where(equal(tables.card, _CARD_KEY)))
_ADD_CARD = Statement(lambda: added(tables.card))
_DROP_CARD = Statement(lambda: removed(tables.card, *_CARD_KEY))

_UNREACHABLE = Statement(
    lambda: (
        update(tables.identity)
        .where(equal(tables.identity, ["platform", "external"]))
        .values(reachable=False, **values_of(tables.identity, ["closed_until"]))
    )
)
_IS_PAUSED = Statement(
    lambda: select(_CHAT.number).where(
        equal(tables.chat, ["platform", "external"]), _CHAT.state == "paused"
    )
)

_COLLECTED_FOR = Statement(
    lambda: (
        select(tables.digest.c.platform, tables.digest.c.chat, tables.digest.c.number)
        .where(equal(tables.digest, ["pool_id"]))
        .order_by(tables.digest.c.platform, tables.digest.c.chat, tables.digest.c.number)
    )
)
_EMPTY = Statement(lambda: removed(tables.digest, "pool_id"))
_PUT_DIGEST = Statement(lambda: added(tables.outbox, "id"))
_DIGESTS_DUE = Statement(
    lambda: (
        select(tables.digest.c.pool_id)
        .where(tables.digest.c.since < bindparam("before", type_=tables.digest.c.since.type))
        .distinct()
        .order_by(tables.digest.c.pool_id)
    )
)


@cache
def _claim_for(platforms: tuple[str, ...]) -> Statement:
    """Claims due rows, each the first of its lane; of these platforms alone, if there are any."""
    due = (
        select(_FIRST.id)
        .where(any_of(_FIRST.state, *_IN_LINE), _FIRST.not_before <= _NOW)
        .where(
            ~there_is().where(
                _EARLIER.lane == _FIRST.lane,
                _EARLIER.id < _FIRST.id,
                any_of(_EARLIER.state, *_IN_LINE),
            )
        )
        .order_by(_FIRST.id)
        .limit(bindparam("limit", type_=Integer()))
        .with_for_update(skip_locked=True)
    )
    if platforms:
        due = due.where(any_of(_FIRST.platform, "", *platforms))
    return Statement(
        lambda: (
            update(tables.outbox)
            .where(_ROW.id.in_(due))
            .values(
                state="claimed",
                not_before=bindparam("until", type_=_ROW.not_before.type),
                attempts=_ROW.attempts + 1,
            )
            .returning(*_CLAIMED)
        )
    )


class StoredOutbox:
    """`core.desk.Outbox`: marks go through the writer, looks through the readers."""

    def __init__(self, writer: Writer, asker: Asker) -> None:
        self._writer = writer
        self._asker = asker

    async def claim(
        self, now: datetime, lease: timedelta, limit: int, platforms: tuple[str, ...] = ()
    ) -> Sequence[Outgoing]:
        """Take the oldest due row of each free lane, for the time of a lease."""
        statement = _claim_for(tuple(sorted(platforms)))

        def job(session: Session) -> list[Outgoing]:
            rows = session.rows(statement, now=now, until=now + lease, limit=limit)
            claimed = (_outgoing(session, row) for row in sorted(rows, key=itemgetter(0)))
            return [_with_all_behind(session, row, now) for row in claimed]

        return await self._writer.do(job)

    async def done(self, row: Outgoing) -> None:
        """It was said."""
        await self._writer.do(lambda session: session.write(_DONE, id=row.id))

    async def again(self, row: Outgoing, not_before: datetime, reason: str = "") -> None:
        """Put a row back that is not at fault; it stays the first of its lane."""
        await self._put_back(row, not_before, row.attempts - 1, reason or row.reason)

    async def failed(self, row: Outgoing, not_before: datetime, reason: str) -> None:
        """Put a row back, and count that it failed."""
        await self._put_back(row, not_before, row.attempts, reason)

    async def _put_back(
        self, row: Outgoing, not_before: datetime, attempts: int, reason: str
    ) -> None:
        values = {"not_before": not_before, "attempts": attempts, "reason": reason}
        await self._writer.do(lambda session: session.write(_AGAIN, id=row.id, **values))

    async def hand_over(self, row: Outgoing, platform: str, now: datetime) -> None:
        """Leave a row for a person to whoever serves a platform, from now on."""
        values = {"platform": platform, "not_before": now, "attempts": row.attempts - 1}
        await self._writer.do(lambda session: session.write(_HAND_OVER, id=row.id, **values))

    async def keep(self, row: Outgoing, reason: str) -> None:
        """Lay a row by until its reader opens a way; the rest of its lane goes on."""
        await self._lay_by(row, "kept", reason)

    async def dead(self, row: Outgoing, reason: str) -> None:
        """Give a row up, so that the rest of its lane can go on."""
        await self._lay_by(row, "dead", reason)

    async def _lay_by(self, row: Outgoing, state: str, reason: str) -> None:
        values = {"state": state, "reason": reason}
        await self._writer.do(lambda session: session.write(_LAID_BY, id=row.id, **values))

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

    async def unreachable(self, platform: str, external: str, closed_until: datetime) -> None:
        """A message to this account was refused: it is left alone until then."""
        account = {"platform": platform, "external": external, "closed_until": closed_until}
        await self._writer.do(lambda session: session.write(_UNREACHABLE, **account))

    async def waiting(self) -> int:
        """Rows that are to be said, and can be."""
        row = await self._asker.row(_WAITING)
        return row[0] if row else 0

    async def waits_since(self, now: datetime) -> datetime | None:
        """When the oldest row became due that is not said yet; None when none is due."""
        row = await self._asker.row(_OLDEST, now=now)
        return row[0] if row else None

    async def kept(self) -> int:
        """Rows that wait until a chat or a person can be written to again."""
        row = await self._asker.row(_KEPT)
        return row[0] if row else 0

    async def given_up(self) -> Sequence[GivenUp]:
        """What was not said in the end, oldest first."""
        return [_given_up(row) for row in await self._asker.rows(_GIVEN_UP)]

    async def say_again(self, now: datetime) -> int:
        """Put all that was given up back, as if it were new; how many there were."""
        return await self._writer.do(lambda session: session.write(_SAY_AGAIN, now=now))

    async def let_go(self) -> int:
        """Forget all that was given up; how many there were."""
        return await self._writer.do(lambda session: session.write(_LET_GO))

    async def digest(self, pool: PoolId, now: datetime) -> None:
        """Put what has gathered for the day's digest of a pool into its chats' lanes."""
        await self._writer.do(lambda session: _put_digests(session, pool, now), lane=pool)

    async def drop_digest(self, pool: PoolId) -> None:
        """Let go of what has gathered: the pool wants to hear nothing unasked."""
        await self._writer.do(lambda session: session.write(_EMPTY, pool_id=pool), lane=pool)

    async def digests_due(self, before: datetime) -> Sequence[PoolId]:
        """Pools with something gathered for a digest since before this instant."""
        rows = await self._asker.rows(_DIGESTS_DUE, before=before)
        return [PoolId(row[0]) for row in rows]


def _outgoing(session: Session, row: Row) -> Outgoing:
    (id_, pool, lane, sort, attempts, platform, chat, number, numbers, kind, member, person,
     notice, created_at, reason) = row  # fmt: skip
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
        reason=reason,
    )


def _with_all_behind(session: Session, row: Outgoing, now: datetime) -> Outgoing:
    """A row, with what waits behind it and is said in one message with it."""
    if row.sort is Sort.CARD:
        return _with_a_burst(session, row)
    return _with_later_reminders(session, row, now)


def _with_a_burst(session: Session, row: Outgoing) -> Outgoing:
    """Of many new cards that wait for a chat, one post is made; cards that stand are edited.

    Not of one that was tried: if it was shown, the platform would take the post for it.
    """
    if row.attempts > 1 or row.reason:
        return row
    new = session.rows(_NEW_CARDS, lane=row.lane, pool_id=row.pool)
    if len(new) <= CARDS_AT_ONCE or new[0][0] != row.id:
        return row
    each = (json.loads(numbers) if numbers else [number] for _, number, numbers in new)
    numbers = list(dict.fromkeys(chain.from_iterable(each)))
    session.write(_GATHER, id=row.id, numbers=json.dumps(numbers))
    for id_, *_ in new[1:]:
        session.write(_DONE, id=id_)
    return replace(row, sort=Sort.DIGEST, numbers=tuple(numbers))


def _with_later_reminders(session: Session, row: Outgoing, now: datetime) -> Outgoing:
    """What somebody is to be reminded of comes in one message, also when days of it waited."""
    if not isinstance(row.notice, Reminders):
        return row
    said, since = row.notice, row.created_at
    for id_, text, created_at in session.rows(_BEHIND, lane=row.lane, id=row.id, now=now):
        later = _notice(session, text)
        if isinstance(later, Reminders):
            said, since = _together(said, later), created_at
            session.write(_DONE, id=id_)
    if said != row.notice:
        session.write(_SAYS, id=row.id, notice=neutral.write(said), created_at=since)
    return replace(row, notice=said, created_at=since)


def _together(earlier: Reminders, later: Reminders) -> Reminders:
    """Each thing once, as it was said last."""
    items = {(each.about, each.number): each for each in (*earlier.items, *later.items)}
    return Reminders(tuple(items.values()))


def _notice(session: Session, text: str) -> Notice:
    notice = neutral.read(text, partial(name_of, session))
    if not isinstance(notice, Notice):
        raise TypeError(f"{type(notice).__name__} is no notice")
    return notice


def _given_up(row: Row) -> GivenUp:
    pool, sort, platform, chat, notice, reason, created_at = row
    kind = json.loads(notice)[0] if notice else ""
    return GivenUp(pool, Sort(sort), platform, chat, kind, reason, created_at)


def _put_digests(session: Session, pool: PoolId, now: datetime) -> None:
    """One row for each chat, with the numbers of all that gathered there."""
    rows = session.rows(_COLLECTED_FOR, pool_id=pool)
    for (platform, chat), things in groupby(rows, key=itemgetter(0, 1)):
        paused = session.row(_IS_PAUSED, platform=platform, external=chat)
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
            state="kept" if paused else "waiting",
            not_before=now,
            attempts=0,
            reason="",
        )
    session.write(_EMPTY, pool_id=pool)
