"""When people are reminded of a gathering: the day before and two hours before, never at night."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.domain.gatherings import next_reminder, reminders

TORONTO = "America/Toronto"


def local(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(TORONTO)).astimezone(UTC)


@pytest.mark.parametrize(
    ("starts_at", "day_before", "shortly_before"),
    [
        ("2026-03-05 14:00", "2026-03-04 14:00", "2026-03-05 12:00"),
        # What would come at night comes on the evening before, or when the night is over.
        ("2026-03-05 09:00", "2026-03-04 09:00", "2026-03-05 08:00"),
        ("2026-03-05 07:00", "2026-03-04 18:00", "2026-03-04 18:00"),
        ("2026-03-05 22:30", "2026-03-04 18:00", "2026-03-05 20:30"),
        ("2026-03-05 23:30", "2026-03-04 18:00", "2026-03-05 18:00"),
        ("2026-03-05 00:30", "2026-03-04 18:00", "2026-03-04 18:00"),
        # The clocks go forward in the night to 8 March: a day before is 24 hours before.
        ("2026-03-08 14:00", "2026-03-07 13:00", "2026-03-08 12:00"),
    ],
)
def test_reminders_come_the_day_before_and_shortly_before_but_not_at_night(
    starts_at: str, day_before: str, shortly_before: str
) -> None:
    assert reminders(local(starts_at), TORONTO) == (local(day_before), local(shortly_before))


def test_no_reminder_comes_at_night_or_after_the_start_whenever_it_begins() -> None:
    zone = ZoneInfo(TORONTO)
    for hour in range(24 * 60 // 10):
        starts_at = local(f"2026-03-05 {hour // 6:02d}:{hour % 6}0")
        for at in reminders(starts_at, TORONTO):
            assert at < starts_at
            assert 8 <= at.astimezone(zone).hour < 21


def test_the_next_reminder_is_the_first_that_is_still_to_come() -> None:
    starts_at = local("2026-03-05 14:00")
    found = [
        next_reminder(starts_at, local(now), TORONTO)
        for now in ("2026-03-01 09:00", "2026-03-04 14:00", "2026-03-05 12:00")
    ]
    assert found == [local("2026-03-04 14:00"), local("2026-03-05 12:00"), None]
