"""Time, ids that carry time, and waiting for something to happen."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

Clock = Callable[[], datetime]
Seen = TypeVar("Seen")

DISCORD_EPOCH_MS = 1_420_070_400_000


def real_clock() -> datetime:
    """What the time is, in UTC."""
    return datetime.now(UTC)


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move the hands forward."""
        self.now += timedelta(seconds=seconds)


class Snowflakes:
    """Hands out ids that grow and tell when they were made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """A new id, larger than every one before."""
        milliseconds = int(self._clock().timestamp() * 1000) - DISCORD_EPOCH_MS
        self._last = max(self._last + 1, milliseconds << 22)
        return self._last


class Noticeboard:
    """Lets a test wait for a condition without asking again and again."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Something changed: everybody who waits looks again."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(self, predicate: Callable[[], Seen], timeout: float, what: str) -> Seen:  # noqa: ASYNC109
        """Wait until the predicate gives something true, and return that.

        Raises:
            AssertionError: It did not come true within ``timeout`` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                while True:
                    changed = self._changed
                    if seen := predicate():
                        return seen
                    await changed.wait()
        except TimeoutError:
            raise AssertionError(f"waited {timeout} s in vain for {what}") from None
