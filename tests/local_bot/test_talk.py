"""How the demo's time is let pass."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bots.local_bot.talk import next_month


@pytest.mark.parametrize("zone", ["America/Toronto", "Pacific/Apia", "Africa/Nairobi"])
@pytest.mark.parametrize("day", [1, 28, 31])
def test_the_next_month_begins_in_the_morning_of_its_first_day(zone: str, day: int) -> None:
    local = datetime(2027, 1, day, 12, tzinfo=ZoneInfo(zone))
    begins = next_month(local.astimezone(UTC), zone)
    assert begins.tzinfo is UTC
    shown = begins.astimezone(ZoneInfo(zone))
    assert (shown.year, shown.month, shown.day, shown.hour) == (2027, 2, 1, 9)
    assert next_month(begins, zone).astimezone(ZoneInfo(zone)).month == 3


def test_the_year_ends_too() -> None:
    begins = next_month(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Africa/Nairobi")
    # There it is the first of January already.
    assert begins == datetime(2027, 2, 1, 6, tzinfo=UTC)
