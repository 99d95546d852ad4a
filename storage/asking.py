"""Questions: answered at once, a few at a time, never in the writer's way.

A question is an asynchronous function of a view. Views are opened when they are first wanted and
kept. One whose question was called off in mid-statement is given up, and the next question opens
another: cheaper to reason about than a connection on which something may still run.

What reads a whole journal is written as a plain function of a session instead, which streams its
rows on a thread of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from threading import Lock
from typing import Any, Generic, TypeVar

from storage.database import Database, Session, opener
from storage.statements import Row, Statement
from storage.views import Opened, View, open_view

Answer = TypeVar("Answer")
Question = Callable[[View], Awaitable[Answer]]

READERS = 4
"""Questions that are answered at the same time."""


class Asker:
    """The views of a database, and who waits for one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._room = asyncio.Semaphore(READERS)
        self._idle: list[Opened] = []
        self._going: set[asyncio.Task[None]] = set()
        self._closed = False

    async def ask(self, question: Question[Answer]) -> Answer:
        """Have a question answered; when the caller is cancelled, it is broken off.

        Raises:
            RuntimeError: when the readers are closed.
        """
        if self._closed:
            raise RuntimeError("the readers are closed")
        async with self._room:
            view = await self._view()
            try:
                return await self._answer(view, question)
            except Exception:
                if not view.lost:
                    raise
            # A server that hung up on one has hung up on all: once more, on a new connection.
            await self._forget()
            return await self._answer(await self._view(), question)

    async def row(self, statement: Statement, **values: Any) -> Row | None:
        """The only row that a statement brings, or None."""
        return await self.ask(lambda view: view.row(statement, **values))

    async def rows(self, statement: Statement, **values: Any) -> list[Row]:
        """All rows that a statement brings."""
        return await self.ask(lambda view: view.rows(statement, **values))

    async def long(self, question: Callable[[Session], Answer]) -> Answer:
        """Have a long question answered, on a thread and a connection of its own."""
        long = _Long(opener(self._database, writes=False), question)
        try:
            return await asyncio.to_thread(long.answer)
        except asyncio.CancelledError:
            long.stop()
            raise

    async def close(self) -> None:
        """Finish what is being answered and give the connections back."""
        if not self._closed:
            self._closed = True
            for _ in range(READERS):
                await self._room.acquire()
        await asyncio.gather(*self._going, return_exceptions=True)
        await self._forget()

    async def _view(self) -> Opened:
        # A connection that was being opened for a caller who went away is kept.
        while not self._idle:
            await self._to_its_end(self._open())
        return self._idle.pop()

    async def _open(self) -> None:
        view = await open_view(self._database)
        if self._closed and self._room.locked():
            await view.close()
        else:
            self._idle.append(view)

    async def _answer(self, view: Opened, question: Question[Answer]) -> Answer:
        try:
            return await question(view)
        finally:
            if view.spoiled or view.lost:
                await self._to_its_end(view.close())
            else:
                self._idle.append(view)

    async def _to_its_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something whether or not its caller goes away meanwhile; `close` waits for it."""
        going = asyncio.get_running_loop().create_task(work)
        self._going.add(going)
        going.add_done_callback(self._going.discard)
        await asyncio.shield(going)

    async def _forget(self) -> None:
        while self._idle:
            await self._idle.pop().close()


class _Long(Generic[Answer]):
    """A long question on its way, which can be called off while it is answered."""

    def __init__(
        self, connect: Callable[[], Session], question: Callable[[Session], Answer]
    ) -> None:
        self._connect = connect
        self._question = question
        self._lock = Lock()
        self._session: Session | None = None
        self._stopped = False

    def answer(self) -> Answer:
        """The answer, within one view of the database."""
        session = self._connect()
        try:
            session.begin_reading()
            self._begin(session)
            return self._question(session)
        finally:
            with self._lock:
                self._session = None
            session.close()

    def _begin(self, session: Session) -> None:
        with self._lock:
            if self._stopped:
                raise asyncio.CancelledError
            self._session = session

    def stop(self) -> None:
        """Nobody wants the answer any more: let go of the connection."""
        with self._lock:
            self._stopped = True
            if self._session is not None:
                self._session.interrupt()
