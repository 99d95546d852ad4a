"""Reminders: what one person is told of by time alone, each once, in one message a day.

A step is a whole number of days before something is due, in the pool's local days; one that is
more than two days late is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.domain.months import after_quiet
from core.domain.units import MemberId, Number
from core.records import dataclass

LATE_AT_MOST = timedelta(hours=48)
WAITED_LONG = timedelta(days=3)


class Reminds(StrEnum):
    """What a reminder is about."""

    COMMITMENT = "commitment"
    PLEDGE = "pledge"
    LISTING = "listing"
    TERM = "term"
    EXPIRY = "expiry"
    LOT = "lot"
    WORD = "word"
    QUEUE = "queue"
    TRADE = "trade"


STEPS: dict[Reminds, Sequence[int]] = {
    Reminds.COMMITMENT: (1, 0),
    Reminds.PLEDGE: (1, 0),
    Reminds.LISTING: (14, 3),
    Reminds.TERM: (30, 7),
    Reminds.EXPIRY: (14, 3),
    Reminds.LOT: (14, 3),
}
"""How many days before, for what has a day of its own."""

WORD_AFTER = (3, 10)
"""After how many days somebody is asked again whether a promise to them was kept."""

FURTHEST = timedelta(days=31)
"""How far ahead a reminder may look."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing to be reminded of. `step` makes it another the next time: days ahead, or a month.

    For what waits for a word it is the days since `at`. `number` names the thing (0 where it is
    none), `text` and `amount` say what or how much.
    """

    about: Reminds
    number: Number
    step: int
    text: str = ""
    amount: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ToRemind:
    """What one member may be reminded of now, as a reader found it."""

    member: MemberId
    items: tuple[Reminder, ...]


def step_now(about: Reminds, at: datetime, now: datetime, time_zone: str) -> int | None:
    """Which step before `at` is due today, or was in the last two days; None for none.

    Nothing is due any more once the instant itself is over.
    """
    if now >= at:
        return None
    zone = ZoneInfo(time_zone)
    days = (at.astimezone(zone).date() - now.astimezone(zone).date()).days
    late = LATE_AT_MOST.days
    fitting = [step for step in STEPS[about] if step - late < days <= step]
    return min(fitting, default=None)


def word_step(since: datetime, now: datetime) -> int | None:
    """After how many days of waiting for their word somebody is asked today; None for not yet."""
    days = (now - since).days
    return max((step for step in WORD_AFTER if step <= days), default=None)


def is_quiet(now: datetime, quiet_from: int, quiet_until: int, time_zone: str) -> bool:
    """Whether an instant lies in quiet hours (minutes of the day by the zone's clocks)."""
    return after_quiet(now, quiet_from, quiet_until, time_zone) != now
