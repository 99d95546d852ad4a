"""Gatherings: a time, a place, who comes, who was there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.domain.states import Steps
from core.domain.units import MemberId, Number, PersonId, PoolId
from core.records import dataclass

LASTS = timedelta(hours=2)
"""How long a gathering takes in people's calendars: nobody is asked for its end."""

OVER_AFTER = timedelta(hours=6)
"""So long after its start a gathering is over for sure."""

NIGHT_FROM, NIGHT_UNTIL, EVENING = time(21), time(8), time(18)
"""Between the first two, by the pool's clock, nobody is reminded; what would come then comes in
the evening before, or in the morning."""


class GatheringState(StrEnum):
    """Where a gathering stands."""

    OPEN = "open"
    OVER = "over"
    CANCELLED = "cancelled"


GATHERING_STEPS: Steps[GatheringState] = {
    GatheringState.OPEN: frozenset({GatheringState.OVER, GatheringState.CANCELLED}),
}


@dataclass(frozen=True, slots=True)
class Gathering:
    """A circle, a potluck, a repair café. `capacity` is None without a limit.

    Anyone in the group can call one and come, member or not, so people are named as persons;
    `made_by` is '' once the one who called it was erased. `remind_at` is when those who come are
    reminded next, None when no reminder is left.
    """

    pool: PoolId
    number: Number
    text: str
    starts_at: datetime
    made_by: PersonId
    made_at: datetime
    place: str = ""
    capacity: int | None = None
    circle: bool = False
    remind_at: datetime | None = None
    state: GatheringState = GatheringState.OPEN
    version: int = 1


class GoingState(StrEnum):
    """What somebody said about coming, and whether they were there.

    WAITING is the place in the line of a gathering that is full.
    """

    GOING = "going"
    WAITING = "waiting"
    NOT_GOING = "not_going"
    ATTENDED = "attended"


GOING_STEPS: Steps[GoingState] = {
    GoingState.GOING: frozenset({GoingState.NOT_GOING, GoingState.ATTENDED}),
    GoingState.WAITING: frozenset({GoingState.GOING, GoingState.NOT_GOING, GoingState.ATTENDED}),
    GoingState.NOT_GOING: frozenset({GoingState.GOING, GoingState.WAITING, GoingState.ATTENDED}),
}


@dataclass(frozen=True, slots=True)
class Going:
    """One person's answer to one gathering. `id` is made by `going_id`.

    `member` stands in the place of `person` for a member without an account, who was there.
    """

    pool: PoolId
    id: str
    gathering: Number
    person: PersonId | None
    said_at: datetime
    member: MemberId | None = None
    state: GoingState = GoingState.GOING
    version: int = 1


def going_id(gathering: Number, who: PersonId | MemberId) -> str:
    """The key of an answer to a gathering."""
    return f"{gathering}.{who}"


def reminders(starts_at: datetime, time_zone: str) -> tuple[datetime, datetime]:
    """When people are reminded: the day before, and two hours before; never at night.

    What would come at night comes on the evening of the day before the start; the second when the
    night is over, where it has not begun by then.
    """
    zone = ZoneInfo(time_zone)
    starts = starts_at.astimezone(zone)
    day_before, shortly_before = starts_at - timedelta(days=1), starts_at - timedelta(hours=2)
    if _at_night(day_before, zone):
        day_before = _evening(starts.date() - timedelta(days=1), zone)
    if _at_night(shortly_before, zone):
        morning = datetime.combine(starts.date(), NIGHT_UNTIL, zone).astimezone(UTC)
        begun = not shortly_before < morning < starts_at
        before = shortly_before.astimezone(zone) - timedelta(hours=NIGHT_UNTIL.hour)
        shortly_before = _evening(before.date(), zone) if begun else morning
    return day_before, shortly_before


def next_reminder(starts_at: datetime, now: datetime, time_zone: str) -> datetime | None:
    """The first reminder that is still to come, if any."""
    return min((at for at in reminders(starts_at, time_zone) if at > now), default=None)


def _evening(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, EVENING, zone).astimezone(UTC)


def _at_night(at: datetime, zone: ZoneInfo) -> bool:
    local = at.astimezone(zone).time()
    return local >= NIGHT_FROM or local < NIGHT_UNTIL
