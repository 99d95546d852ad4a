"""Threads that answer questions: each has a connection that cannot write, and never waits.

Not SQLAlchemy's async engine, as first planned: with aiosqlite it goes to another thread and
back for every cursor, statement and fetch (four times for one balance), here a whole question,
of however many statements, goes there once. The statements are those of the writer, compiled
once; and a question sees one state of the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Generic, TypeVar

from storage.database import Session

Answer = TypeVar("Answer")

READERS = 4
"""Questions that are answered at the same time."""


class _Asked(Generic[Answer]):
    """A question on its way, which can be called off while it is answered."""

    def __init__(self, question: Callable[[Session], Answer]) -> None:
        self._question = question
        self._lock = Lock()
        self._session: Session | None = None
        self._stopped = False

    def answer(self, session: Session) -> Answer:
        """The answer, within one view of the database."""
        with self._lock:
            self._session = None if self._stopped else session
        if self._session is None:
            raise asyncio.CancelledError
        session.begin_reading()
        try:
            return self._question(session)
        finally:
            with self._lock:
                self._session = None
            session.halted = False
            session.rollback()

    def stop(self) -> None:
        """Nobody wants the answer any more: let go of the connection."""
        with self._lock:
            self._stopped = True
            if self._session is not None:
                self._session.interrupt()


class Asker:
    """The reading threads and their connections."""

    def __init__(self, connect: Callable[[], Session], readers: int = READERS) -> None:
        self._connect = connect
        self._threads = ThreadPoolExecutor(readers, thread_name_prefix="reader")
        self._idle: SimpleQueue[Session] = SimpleQueue()

    async def ask(self, question: Callable[[Session], Answer]) -> Answer:
        """Have a question answered; when the caller is cancelled, it is broken off."""
        asked = _Asked(question)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._answer, asked)
        except asyncio.CancelledError:
            asked.stop()
            raise

    def _answer(self, asked: _Asked[Answer]) -> Answer:
        """Answer; once more on a new connection, when the one that was kept has been lost."""
        session = self._session()
        try:
            return asked.answer(session)
        except Exception:
            if not session.lost:
                raise
            session = self._connect()
            return asked.answer(session)
        finally:
            self._put_back(session)

    def _session(self) -> Session:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._connect()

    def _put_back(self, session: Session) -> None:
        if session.lost or session.within:
            session.close()
        else:
            self._idle.put(session)

    async def close(self) -> None:
        """Finish what is being answered and give the connections back."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        while not self._idle.empty():
            self._idle.get_nowait().close()
