"""How the bot is at this instant, in figures: for a supervisor's question, metrics and stewards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from core.records import dataclass

LATE = timedelta(minutes=10)
"""How long something that is due may wait before it is said to be late."""

TICKS_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Health:
    """How the bot is at an instant (`at`, in UTC). No name and no id of anybody stands here.

    `rooms`: whether each platform is listened to. `ticked_at`: when time last passed here, None
    where another process lets it pass. `writes`: whether the database takes changes.
    `said_since` and `heard_since`: when the oldest message became due that is not sent, when the
    oldest update arrived that is not handled; None when none waits. `behind`: how long the month's
    end is past that is longest past and not closed.
    """

    at: datetime
    rooms: Mapping[str, bool]
    ticked_at: datetime | None = None
    writes: bool = True
    waiting: int = 0
    given_up: int = 0
    said_since: datetime | None = None
    heard_since: datetime | None = None
    behind: timedelta = timedelta()

    @property
    def said_late(self) -> timedelta:
        """For how long the oldest message is overdue."""
        return self.at - self.said_since if self.said_since else timedelta()

    @property
    def heard_late(self) -> timedelta:
        """For how long the oldest update waits to be handled."""
        return self.at - self.heard_since if self.heard_since else timedelta()

    @property
    def ticks(self) -> bool:
        """Whether time passes, or is another process's to let pass."""
        return self.ticked_at is None or self.at - self.ticked_at < TICKS_WITHIN

    @property
    def well(self) -> bool:
        """Whether nobody has to look after the bot."""
        on_time = self.said_late < LATE and self.heard_late < LATE
        return all(self.rooms.values()) and self.ticks and self.writes and on_time


async def unknown() -> Health:
    """How a bot is of which nothing is known: for tests that have no app around the desk."""
    raise NotImplementedError
