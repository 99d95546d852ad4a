"""What others would write: the async ORM on aiosqlite, for the same durable transfer."""

from __future__ import annotations

import json
import os
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tests.bench.measuring import real_clock


class Base(DeclarativeBase):
    """All tables."""


class Member(Base):
    """A member with their balance."""

    __tablename__ = "member"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    balance: Mapped[int]


class Entry(Base):
    """An entry of the journal."""

    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    hash: Mapped[bytes]


class Posting(Base):
    """One side of a transfer."""

    __tablename__ = "posting"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry: Mapped[int]
    member: Mapped[int]
    amount: Mapped[int]


class Answer(Base):
    """What was answered to an event."""

    __tablename__ = "answer"
    key: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]


class Outgoing(Base):
    """What is to be said."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


class Usual:
    """The usual transfer: a session, loaded objects, changed, committed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._session = async_sessionmaker(engine, expire_on_commit=False)
        self._run = os.urandom(4).hex()
        self.tried = 0
        self.locked = 0

    async def send(self, caller: int, turn: int) -> None:
        """Move one credit, tell the receiver, remember the answer."""
        self.tried += 1
        try:
            await self._send(caller % 16 + 1, (caller + 1) % 16 + 1, f"{self._run}:{caller}:{turn}")
        except OperationalError:
            self.locked += 1

    async def _send(self, giver: int, taker: int, key: str) -> None:
        async with self._session() as session, session.begin():
            if await session.get(Answer, key):
                return
            members = {
                member.id: member
                for member in await session.scalars(
                    select(Member).where(Member.id.in_([giver, taker]))
                )
            }
            last = await session.scalar(select(Entry).order_by(Entry.id.desc()).limit(1))
            chained = sha256((last.hash if last else b"") + key.encode()).digest()
            entry = Entry(at=real_clock(), hash=chained)
            session.add(entry)
            await session.flush()
            for member, amount in ((giver, -1), (taker, 1)):
                session.add(Posting(entry=entry.id, member=member, amount=amount))
                members[member].balance += amount
            session.add(Outgoing(text=json.dumps([taker, 1])))
            session.add(Answer(key=key, text=json.dumps([members[giver].balance])))

    async def close(self) -> None:
        """Give the connections back."""
        await self._engine.dispose()


async def opened(path: Path, begin: str = "BEGIN IMMEDIATE") -> Usual:
    """The usual engine, with the settings it needs at least.

    Most do without the `begin` it needs, too: a plain BEGIN reads before it asks for the lock,
    and fails at once when somebody wrote in between.
    """
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    usual = Usual(engine)
    async with async_sessionmaker(engine)() as session, session.begin():
        session.add_all(Member(id=n, name=f"m{n}", balance=10**9) for n in range(1, 17))
    return usual
