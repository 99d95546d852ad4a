"""Time and chance for tests: an instant that stands until it is moved, bytes from a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

START = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that tests advance."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> datetime:
        """Let time pass; gives the new instant."""
        self.now += by
        return self.now


@dataclass
class Draw:
    """Chance that is the same on every run."""

    seed: int = 1
    source: Random = field(init=False)

    def __post_init__(self) -> None:
        self.source = Random(self.seed)

    def __call__(self, count: int) -> bytes:
        return self.source.randbytes(count)
