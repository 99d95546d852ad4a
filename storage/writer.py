"""The queue of writes: everything that changes something runs here, one after the other.

A writer is a thread with one connection. It opens one transaction, gives each request that waits
a savepoint, commits once, and only then answers them all: one fsync for all that waited. SQLite
has one such writer; PostgreSQL a few, and a pool is always on the same one, which spares waiting
(correctness comes from the lock on the pool's row).

A request whose caller went away is done all the same. One that raises is undone alone. When a
commit fails, its requests are run again one by one; when it is unknown what became of it, they
find their first answers under their keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import thread_time
from typing import Any, Generic, Protocol, TypeVar
from zlib import crc32

from core.domain.chance import At
from core.domain.refusals import Busy, Refused
from core.engine import Act, Answer, perform
from core.records import dataclass
from storage.database import Session
from storage.work import Transaction

Result = TypeVar("Result")

BATCH_SECONDS = 0.05
"""About how much work one transaction takes on, in seconds of this thread's own time.

Own time, because a busy machine should make a batch last longer, not smaller: it is then that
batches count. More than the 20 ms first planned, so that 64 requests fit in on a slow machine too;
alone, or few at a time, nobody waits for it."""

CLOCKED = 8
"""After how many requests a batch looks at the clock again."""

TURN_SECONDS = 0.05
"""How long a writer waits at most for those just answered to ask for more."""

WAITING_MAX = 10_000
"""Requests that may wait for one writer; the next one is told so (`Busy`)."""

ATTEMPTS_MAX = 8
"""How often a request is tried whose error may be gone the next time."""

BACK_OFF_SECONDS = 0.01
"""The first pause before another attempt; it doubles, and chance shortens it."""

OUTER = "request"


class Lock(Protocol):
    """What must be held while writing."""

    def take(self) -> None:
        """Wait until nobody else writes."""

    def free(self) -> None:
        """Let the others write."""

    def close(self) -> None:
        """Give it back."""


class _NoLock:
    """Where the database's own locks are enough."""

    def take(self) -> None:
        """Nothing to take."""

    def free(self) -> None:
        """Nothing to free."""

    def close(self) -> None:
        """Nothing to close."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the instants and the chance of attempts come from."""

    clock: Callable[[], datetime]
    draw: Callable[[int], bytes]

    def at(self) -> At:
        """The instant and the chance of one attempt."""
        return At(self.clock(), self.draw)


@dataclass(frozen=True, slots=True)
class _Request(Generic[Result]):
    job: Callable[[Session], Result]
    answer: asyncio.Future[Result]


@dataclass(frozen=True, slots=True)
class _Done:
    """A request with what came of it: a value, or the bug that it ran into."""

    request: _Request[Any]
    value: Any = None
    bug: BaseException | None = None

    def settle(self) -> None:
        """Answer whoever still waits."""
        answer = self.request.answer
        if answer.done():
            return
        if self.bug is None:
            answer.set_result(self.value)
        else:
            answer.set_exception(self.bug)


class _Lost(Exception):
    """The transaction is gone, and with it what the whole batch had written."""


class Line:
    """One writer: a thread, a connection, and those who wait for it."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Session],
        origin: Origin,
        batch_max: int,
        lock: Lock | None = None,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._connect = connect
        self._origin = origin
        self._batch_max = batch_max
        self._lock = lock or _NoLock()
        self._waiting_max = waiting_max
        self._queue: SimpleQueue[_Request[Any] | None] = SimpleQueue()
        self._turned = Event()
        self._stopping = False
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._session = connect()
        self._thread = Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Callable[[Session], Result]) -> asyncio.Future[Result]:
        """Have a job done; the future is answered after the commit.

        Raises:
            Refused: Busy.
            RuntimeError: when the writer is closed.
        """
        if self._closed:
            raise RuntimeError("the writer is closed")
        if self._queue.qsize() >= self._waiting_max:
            raise Refused(Busy())
        answer: asyncio.Future[Result] = self._loop.create_future()
        self._queue.put(_Request(job, answer))
        return answer

    async def close(self) -> None:
        """Do what waits, then stop."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # --- below: on the writer's thread ---

    def _serve(self) -> None:
        try:
            while not self._stopping and (first := self._queue.get()):
                self._answer(self._batch(first))
        finally:
            self._session.close()
            self._lock.close()

    def _answer(self, done: Sequence[_Done]) -> None:
        """Answer all at once, and let those who ask again at once be in the next batch."""
        self._turned.clear()
        try:
            self._loop.call_soon_threadsafe(self._settle, done)
        except RuntimeError:
            return  # The loop is closed: nobody is left who waits.
        self._turned.wait(TURN_SECONDS)

    def _settle(self, done: Sequence[_Done]) -> None:
        for each in done:
            each.settle()
        # Callers run in the loop's next turn; behind them all comes this.
        self._loop.call_soon(self._turned.set)

    def _batch(self, first: _Request[Any]) -> Sequence[_Done]:
        self._lock.take()
        taken: list[_Request[Any]] = []
        try:
            return self._together(first, taken)
        except Exception:  # noqa: BLE001 - whatever broke the batch, each may still succeed alone
            return [self._alone(request) for request in taken or [first]]
        finally:
            self._lock.free()

    def _together(self, first: _Request[Any], taken: list[_Request[Any]]) -> Sequence[_Done]:
        done: list[_Done] = []
        until = thread_time() + BATCH_SECONDS
        request: _Request[Any] | None = first
        self._session.begin()
        while request is not None:
            taken.append(request)
            done.append(self._attempt(request))
            request = self._next() if self._goes_on(len(taken), until) else None
        self._session.commit()
        return done

    def _goes_on(self, taken: int, until: float) -> bool:
        """Whether a batch takes another; reading this clock is a call of the system's."""
        return taken < self._batch_max and (taken % CLOCKED != 0 or thread_time() < until)

    def _next(self) -> _Request[Any] | None:
        try:
            request = self._queue.get_nowait()
        except Empty:
            return None
        self._stopping = request is None
        return request

    def _attempt(self, request: _Request[Any]) -> _Done:
        """Run a request within its savepoint.

        Raises:
            _Lost: when the whole transaction is gone, or may be gone at the next attempt.
        """
        session = self._session
        session.savepoint(OUTER)
        try:
            value = request.job(session)
        except Exception as bug:
            if session.passing(bug) or not session.within:
                raise _Lost from bug
            session.undo(OUTER)
            session.release(OUTER)
            return _Done(request, bug=bug)
        session.release(OUTER)
        return _Done(request, value)

    def _alone(self, request: _Request[Any]) -> _Done:
        """Run a request in a transaction of its own, again while that may help."""
        for attempt in range(ATTEMPTS_MAX):
            try:
                return self._once(request)
            except Exception as error:  # noqa: BLE001 - a door, as above
                last = attempt == ATTEMPTS_MAX - 1
                if not self._recovered(error) or last:
                    return _Done(request, bug=error)
            self._pause(attempt)
        raise AssertionError("the last attempt returns")

    def _once(self, request: _Request[Any]) -> _Done:
        self._ready()
        self._session.begin()
        self._session.savepoint(OUTER)
        value = request.job(self._session)
        self._session.release(OUTER)
        self._session.commit()
        return _Done(request, value)

    def _ready(self) -> None:
        """No transaction is left over from a batch that broke, and the connection is there."""
        try:
            self._session.rollback()
        except Exception:  # noqa: BLE001 - a connection that cannot even undo is given up
            self._session.close()
            self._session = self._connect()
        else:
            if self._session.lost:
                self._session = self._connect()

    def _recovered(self, error: Exception) -> bool:
        """Undo what is left; whether another attempt may help."""
        again = self._session.passing(error)
        try:
            self._session.rollback()
        except Exception:  # noqa: BLE001 - the connection is given up when it is next needed
            return again
        return again

    def _pause(self, attempt: int) -> None:
        part = int.from_bytes(self._origin.draw(2), "big") / 0xFFFF
        Event().wait(BACK_OFF_SECONDS * 2**attempt * part)


class Writer:
    """All writers of a database: `core.engine.Writer`, and a door for what has no key."""

    def __init__(self, lines: Sequence[Line], origin: Origin) -> None:
        self._lines = lines
        self._origin = origin

    async def run(self, act: Act) -> Answer:
        """Perform an act durably.

        Raises:
            Refused: Busy, when too much is waiting.
        """

        def job(session: Session) -> Answer:
            at = self._origin.at()
            work = Transaction(session, at, act.key, OUTER)
            answer = perform(work, act, at)
            work.settle()
            return answer

        return await self._line(getattr(act.command, "pool", act.key)).put(job)

    async def do(self, job: Callable[[Session], Result], lane: object = 0) -> Result:
        """Have a job done in a write transaction: marks, leases, queues.

        It can be run twice: when a commit is unknown, it is. Jobs of one `lane` run in order.

        Raises:
            Refused: Busy, when too much is waiting.
        """
        return await self._line(lane).put(job)

    def _line(self, lane: object) -> Line:
        if len(self._lines) == 1:
            return self._lines[0]
        spread = lane if isinstance(lane, int) else crc32(str(lane).encode())
        return self._lines[spread % len(self._lines)]

    async def close(self) -> None:
        """Do what waits, then stop."""
        for line in self._lines:
            await line.close()
