"""Leases: who does what on a database that processes share, so that no two do the same.

A row for each role ("worker", or one bot of a platform): who holds it, and until when.
Its holder renews it; one that died lets go when the time is over. The instants are those of the
processes' own clocks, which should not differ by as much as a lease lasts.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update

from storage import tables
from storage.asking import Asker
from storage.database import Session
from storage.locks import AlreadyRunning, Holder
from storage.statements import Row, Statement, added, changed, chosen, equal, removed, values_of
from storage.writer import Writer

LEASE = timedelta(seconds=30)

_LEASE = tables.lease.c
_FIND = Statement(lambda: chosen(tables.lease, "role"))
_ADD = Statement(lambda: added(tables.lease))
_TAKE_OVER = Statement(
    lambda: (
        update(tables.lease)
        .where(
            equal(tables.lease, ["role"]), _LEASE.until <= bindparam("now", type_=_LEASE.until.type)
        )
        .values(values_of(tables.lease, ["holder", "host", "pid", "since", "until"]))
    )
)
_RENEW = Statement(lambda: changed(tables.lease, ["role", "holder"], ["until"]))
_FREE = Statement(lambda: removed(tables.lease, "holder"))


class Leases:
    """What one process holds; `holder` is a name that no other process has."""

    def __init__(self, writer: Writer, asker: Asker, holder: str) -> None:
        self._writer = writer
        self._asker = asker
        self._holder = holder
        self._roles: Sequence[str] = ()

    async def take(self, roles: Sequence[str], now: datetime) -> None:
        """Take these roles on, all or none; one whose time is over is taken from its holder.

        Raises:
            AlreadyRunning: when another process has one of them.
        """

        def job(session: Session) -> None:
            for role in roles:
                self._take(session, role, now)

        await self._writer.do(job)
        self._roles = (*self._roles, *roles)

    async def take_free(self, roles: Sequence[str], now: datetime) -> list[str]:
        """Take those of these roles that nobody holds; gives what is new to this process."""
        missing = [role for role in roles if role not in self._roles]
        return [role for role in missing if await self._took(role, now)]

    async def _took(self, role: str, now: datetime) -> bool:
        try:
            await self.take([role], now)
        except AlreadyRunning:
            return False
        return True

    def _take(self, session: Session, role: str, now: datetime) -> None:
        mine = {
            "role": role,
            "holder": self._holder,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "since": now,
            "until": now + LEASE,
        }
        if session.write(_TAKE_OVER, now=now, **mine):
            return
        found = session.row(_FIND, role=role)
        if found is None:
            session.write(_ADD, **mine)
        elif found[1] != self._holder:
            raise AlreadyRunning(_holder(found))

    async def renew(self, now: datetime) -> bool:
        """Hold on to them; whether all are still ours."""

        def job(session: Session) -> bool:
            held = {"holder": self._holder, "until": now + LEASE}
            renewed = sum(session.write(_RENEW, role=role, **held) for role in self._roles)
            return renewed == len(self._roles)

        return await self._writer.do(job)

    async def free(self) -> None:
        """Let go of them, for others to take at once."""
        await self._writer.do(lambda session: session.write(_FREE, holder=self._holder))

    async def holder(self, role: str, now: datetime) -> Holder | None:
        """Who has a role at this instant."""
        row = await self._asker.row(_FIND, role=role)
        return _holder(row) if row and row[5] > now else None


def _holder(row: Row) -> Holder:
    _, _, host, pid, since, until = row
    return Holder(
        pid, host, since.isoformat(timespec="seconds"), until.isoformat(timespec="seconds")
    )
