"""What waits on the way in, and small facts: `core.desk` on this database.

Marks go through the writer, looks through the readers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, delete, func, insert, select, text, update
from sqlalchemy import exists as there_is

from core.desk import Incoming, Question
from storage import tables
from storage.asking import Asker
from storage.database import Session
from storage.holding import forget_kept
from storage.statements import Row, Statement, added, changed, chosen, equal, removed, values_of
from storage.writer import Writer

ANSWERS_KEPT = timedelta(days=90)
"""How long an event that comes again gets its first answer."""

UPDATES_KEPT = 100_000
"""Updates of which it is remembered that they came, once they are handled."""

# --- questions -----------------------------------------------------------------------------

_asked = tables.question.c
_NOW = bindparam("now", type_=_asked.expires_at.type)
_TO = ("platform", "external", "chat")

_REPLACE = Statement(lambda: removed(tables.question, *_TO))
_ASK = Statement(lambda: added(tables.question))
_OPEN = Statement(lambda: chosen(tables.question, *_TO).where(_asked.expires_at > _NOW))
_FIND = Statement(lambda: chosen(tables.question, "token").where(_asked.expires_at > _NOW))
_ANSWERED = Statement(lambda: removed(tables.question, "token"))
_ASKED_AS = Statement(lambda: changed(tables.question, ["token"], ["message"]))


class StoredQuestions:
    """Questions that were asked and not answered yet."""

    def __init__(self, writer: Writer, asker: Asker) -> None:
        self._writer = writer
        self._asker = asker

    async def ask(self, question: Question) -> None:
        """Keep a question; it takes the place of an earlier one to the same account there."""

        def job(session: Session) -> None:
            values = _question_values(question)
            session.write(_REPLACE, **{name: values[name] for name in _TO})
            session.write(_ASK, **values)

        await self._writer.do(job, lane=question.external)

    async def open(self, platform: str, external: str, chat: str, now: datetime) -> Question | None:
        """The question that this account was asked there, unless its time is over."""
        asked = {"platform": platform, "external": external, "chat": chat, "now": now}
        return _question(await self._asker.row(_OPEN, **asked))

    async def find(self, token: str, now: datetime) -> Question | None:
        """The question with this token, unless its time is over."""
        return _question(await self._asker.row(_FIND, token=token, now=now))

    async def answered(self, token: str) -> None:
        """It is answered, or nobody wants to any more."""
        await self._writer.do(lambda session: session.write(_ANSWERED, token=token))

    async def asked_as(self, token: str, message: str) -> None:
        """Remember as which message of the platform a question was shown."""
        await self._writer.do(
            lambda session: session.write(_ASKED_AS, token=token, message=message)
        )


def _question_values(question: Question) -> dict[str, Any]:
    return {
        "token": question.token,
        "platform": question.platform,
        "external": question.external,
        "chat": question.chat,
        "pool_id": question.pool,
        "command": question.command,
        "given": question.given,
        "asks": question.asks,
        "expires_at": question.expires_at,
        "message": question.message,
    }


def _question(row: Row | None) -> Question | None:
    if row is None:
        return None
    token, platform, external, chat, pool, command, given, asks, expires_at, message = row
    return Question(
        token, platform, external, chat, pool, command, given, asks, expires_at, message
    )


# --- inbox ---------------------------------------------------------------------------------

_update = tables.inbox.c
_NUMBER = _update["update"]  # as an attribute, SQLAlchemy 2.0 has a method of this name
_EARLIER = tables.inbox.alias("earlier").c

_NEW = {
    **values_of(tables.inbox, ["bot", "update", "lane", "payload", "received_at"]),
    "handled": bindparam("handled", type_=_update.handled.type),
}
_STORE = Statement(
    lambda: (
        insert(tables.inbox)
        .from_select(
            list(_NEW),
            select(*_NEW.values()).where(
                ~there_is().where(_EARLIER.bot == _NEW["bot"], _EARLIER["update"] == _NEW["update"])
            ),
        )
        .inline()
        .returning(tables.inbox.c.id)
    )
)
_NEXT = Statement(
    lambda: (
        select(_update.id, _update.bot, _NUMBER, _update.lane, _update.payload)
        .where(equal(tables.inbox, ["bot"]), text("NOT inbox.handled"))
        .where(
            ~there_is().where(
                _EARLIER.bot == _update.bot,
                _EARLIER.lane == _update.lane,
                _EARLIER.id < _update.id,
                text("NOT earlier.handled"),
            )
        )
        .order_by(_update.id)
        .limit(bindparam("limit", type_=Integer()))
    )
)
_HANDLED = Statement(
    lambda: (
        update(tables.inbox)
        .where(equal(tables.inbox, ["id"]))
        .values(handled=True, payload="", lane="")
    )
)
_OLDEST = Statement(
    lambda: (
        select(_update.received_at).where(text("NOT inbox.handled")).order_by(_update.id).limit(1)
    )
)


class StoredInbox:
    """Updates that arrived and are not handled yet. Those of one lane are handled in order."""

    def __init__(self, writer: Writer, asker: Asker, clock: Callable[[], datetime]) -> None:
        self._writer = writer
        self._asker = asker
        self._clock = clock

    async def store(self, bot: str, updates: Sequence[tuple[int, str, str]]) -> Sequence[Incoming]:
        """Keep (update id, lane, payload) durably; those that were not known before.

        One that is known is left as it is.
        """
        arrived = {"bot": bot, "received_at": self._clock(), "handled": False}

        def job(session: Session) -> list[Incoming]:
            new = []
            for number, lane, payload in updates:
                row = session.row(_STORE, update=number, lane=lane, payload=payload, **arrived)
                if row is not None:
                    new.append(Incoming(row[0], bot, number, lane, payload))
            return new

        return await self._writer.do(job, lane=bot)

    async def next(self, bot: str, busy: Sequence[str], limit: int) -> Sequence[Incoming]:
        """The oldest unhandled update of each lane that is not busy."""
        taken = frozenset(busy)
        # Each busy lane gives one row at most, so this many are enough.
        rows = await self._asker.rows(_NEXT, bot=bot, limit=limit + len(taken))
        return [Incoming(*row) for row in rows if row[3] not in taken][:limit]

    async def handled(self, incoming: Incoming) -> None:
        """Payload and lane (in private it names a person) are wiped; that it came is kept."""
        await self._writer.do(
            lambda session: session.write(_HANDLED, id=incoming.id), lane=incoming.bot
        )

    async def waits_since(self) -> datetime | None:
        """When the oldest update arrived that is not handled yet; None when none waits."""
        row = await self._asker.row(_OLDEST)
        return row[0] if row else None


# --- small facts ---------------------------------------------------------------------------

_GET = Statement(lambda: select(tables.meta.c.value).where(equal(tables.meta, ["name"])))
_PUT = Statement(lambda: changed(tables.meta, ["name"], ["value"]))
_PUT_NEW = Statement(lambda: added(tables.meta))


class StoredNotes:
    """Small facts of the house, by name."""

    def __init__(self, writer: Writer, asker: Asker) -> None:
        self._writer = writer
        self._asker = asker

    async def get(self, name: str) -> str:
        """The fact, '' for none."""
        row = await self._asker.row(_GET, name=name)
        return row[0] if row else ""

    async def put(self, name: str, value: str) -> None:
        """Keep a fact; it takes the place of the one before."""

        def job(session: Session) -> None:
            if not session.write(_PUT, name=name, value=value):
                session.write(_PUT_NEW, name=name, value=value)

        await self._writer.do(job, lane=name)


# --- what need not be kept -----------------------------------------------------------------

_OLD_ANSWERS = Statement(
    lambda: delete(tables.answer).where(
        tables.answer.c.at < bindparam("before", type_=tables.answer.c.at.type)
    )
)
_OLD_QUESTIONS = Statement(lambda: delete(tables.question).where(_asked.expires_at <= _NOW))
_OLD_CODES = Statement(
    lambda: delete(tables.link_code).where(tables.link_code.c.expires_at <= _NOW)
)
_LAST = select(func.max(_EARLIER.id)).scalar_subquery()
_OLD_UPDATES = Statement(
    lambda: delete(tables.inbox).where(
        _update.handled.is_(True),
        _update.id <= _LAST - bindparam("kept", type_=_update.id.type),
    )
)


async def sweep(writer: Writer, now: datetime) -> None:
    """Let go of answers older than 90 days, of what has expired, and of old updates' numbers.

    And of what was meant for somebody who could not be written to for a week, and of what was given
    up a month ago.

    A code is remembered for another day, so that whoever types it late is told why not.
    """

    def job(session: Session) -> None:
        session.write(_OLD_ANSWERS, before=now - ANSWERS_KEPT)
        session.write(_OLD_QUESTIONS, now=now)
        session.write(_OLD_CODES, now=now - timedelta(days=1))
        session.write(_OLD_UPDATES, kept=UPDATES_KEPT)
        forget_kept(session, now)

    await writer.do(job)
