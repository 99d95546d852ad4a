"""A pool's calendar: where its days and months begin by its own clocks, and how a month closes."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.domain.states import Steps
from core.domain.units import Number, PoolId
from core.records import dataclass

CLOSED_FROM = time(6)
"""When a month that is over is closed, by the pool's clock on the next one's first day."""


NIGHT = (21 * 60, 8 * 60)
"""When nothing unasked is said to a group: minutes of the day by its pool's clock."""


def next_month(month: str) -> str:
    """The month after '2026-11': '2026-12'."""
    return months_after(month, 1)


def month_before(month: str) -> str:
    """The month before '2026-11': '2026-10'."""
    return months_after(month, -1)


def months_after(month: str, count: int) -> str:
    """The month so many months after another, before it where the count is below zero."""
    year, number = divmod(_number(month) + count, 12)
    return f"{year:04d}-{number + 1:02d}"


def months_between(earlier: str, later: str) -> int:
    """How many months one is after another: 1 from '2026-11' to '2026-12'."""
    return _number(later) - _number(earlier)


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_of(at: datetime, time_zone: str) -> str:
    """The month of an instant in a time zone, as '2026-11'."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m")


def starts_at(month: str, time_zone: str) -> datetime:
    """The first instant of a month in a time zone, as UTC."""
    return first_instant(date(int(month[:4]), int(month[5:]), 1), time_zone)


@lru_cache(maxsize=4096)
def open_until(closed_through: str, time_zone: str) -> datetime:
    """The first instant after the month that follows the last closed one: then it can close."""
    return starts_at(months_after(closed_through, 2), time_zone)


def morning_after(month: str, time_zone: str) -> datetime:
    """The instant from which a month that is over is closed, as UTC."""
    following = next_month(month)
    first = date(int(following[:4]), int(following[5:]), 1)
    return instant_of(datetime.combine(first, CLOSED_FROM), time_zone)


def first_instant(day: date, time_zone: str) -> datetime:
    """The first instant of a day in a time zone, as UTC (a skipped day: of the one after it)."""
    return instant_of(datetime.combine(day, time()), time_zone)


def instant_of(local: datetime, time_zone: str) -> datetime:
    """The first instant at which the clocks of a zone show this time or a later one, as UTC.

    What they skip happens as soon as they have skipped it, what they show twice the first time.
    """
    zone = ZoneInfo(time_zone)
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if _shown(instant, zone) == local:
        return instant
    # The clocks leap over it. They do so between the two instants that it may stand for.
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    seconds = range(int((instant - early).total_seconds()))

    def has_come(second: int) -> bool:
        return _shown(early + timedelta(seconds=second), zone) >= local

    return early + timedelta(seconds=bisect_left(seconds, True, key=has_come))


def _shown(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of a zone show."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def after_quiet(at: datetime, quiet_from: int, quiet_until: int, time_zone: str) -> datetime:
    """The instant itself, or the end of the quiet hours in which it lies; never dropped.

    Quiet hours are minutes of the day by the zone's clocks, and may lie over midnight; two equal
    ones mean that there are none.
    """
    local = _shown(at, ZoneInfo(time_zone))
    minute = local.hour * 60 + local.minute
    over_midnight = quiet_from > quiet_until
    late, early = minute >= quiet_from, minute < quiet_until
    if not (late or early if over_midnight else late and early):
        return at
    day = local.date() + timedelta(days=int(over_midnight and late))
    until = datetime.combine(day, time(quiet_until // 60, quiet_until % 60))
    return instant_of(until, time_zone)


def cause_of(month: str) -> Number:
    """A month as the cause of an entry: -202611, so that it is the number of no thing."""
    return Number(-int(month[:4] + month[5:]))


def month_in(cause: Number) -> str:
    """The month that is the cause of an entry (`cause_of`)."""
    return f"{-cause // 100:04d}-{-cause % 100:02d}"


class PeriodState(StrEnum):
    """Where the close of a month stands."""

    CLOSING = "closing"
    CLOSED = "closed"


PERIOD_STEPS: Steps[PeriodState] = {
    PeriodState.CLOSING: frozenset({PeriodState.CLOSED}),
}


class Step(StrEnum):
    """The steps of a month's close, in their order."""

    CHARGE = "charge"
    SHARE = "share"
    RENEW = "renew"
    STIPENDS = "stipends"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Period:
    """A month of a pool that is being closed, or is. Made when its close begins.

    `step` is under way and done for members up to `upto` (by id). `figures` are frozen at the
    close, as JSON: what the month's report says.
    """

    pool: PoolId
    month: str
    began_at: datetime
    step: Step = Step.CHARGE
    upto: str = ""
    figures: str = ""
    closed_at: datetime | None = None
    state: PeriodState = PeriodState.CLOSING
    version: int = 1
