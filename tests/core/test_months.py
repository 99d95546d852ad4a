"""The calendar: where days and months begin by the clocks of a place (checklist E2, E3; R7)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest

from core.domain.months import (
    after_quiet,
    first_instant,
    instant_of,
    month_before,
    month_of,
    months_after,
    months_between,
    morning_after,
    next_month,
    open_until,
    starts_at,
)

TORONTO, NAIROBI, CAIRO, APIA = (
    "America/Toronto",
    "Africa/Nairobi",
    "Africa/Cairo",
    "Pacific/Apia",
)
SECOND = timedelta(seconds=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def local(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001 - what clocks show


def days_of(year: int) -> Iterator[date]:
    first = date(year, 1, 1)
    return (first + timedelta(days=n) for n in range(366) if (first + timedelta(n)).year == year)


def test_every_midnight_of_a_year_in_toronto_comes_once() -> None:
    """Checklist E2: none is missing on 9 March, none comes twice on 1 November."""
    midnights = [first_instant(day, TORONTO) for day in days_of(2026)]
    assert len(set(midnights)) == 365
    apart = {(later - earlier).total_seconds() / 3600 for earlier, later in pairwise(midnights)}
    assert apart == {23, 24, 25}
    assert utc(2026, 3, 9, 4) in midnights
    assert [each for each in midnights if each.date() == date(2026, 11, 1)] == [utc(2026, 11, 1, 4)]


def test_what_the_clocks_skip_happens_as_soon_as_they_have_skipped_it() -> None:
    """Checklist E2: 02:30 on 8 March is 03:00 in Toronto, which is 07:00 UTC."""
    assert instant_of(local(2026, 3, 8, 2, 30), TORONTO) == utc(2026, 3, 8, 7)


def test_what_the_clocks_show_twice_happens_the_first_time() -> None:
    """Checklist E2: 01:30 on 1 November."""
    assert instant_of(local(2026, 11, 1, 1, 30), TORONTO) == utc(2026, 11, 1, 5, 30)


def test_a_day_without_a_midnight_begins_when_the_gap_ends() -> None:
    """Checklist E3: in Cairo the clocks went from 24 April 2026, 00:00, to 01:00."""
    begins = first_instant(date(2026, 4, 24), CAIRO)
    assert begins == utc(2026, 4, 23, 22)
    assert month_of(begins, CAIRO) == "2026-04"


def test_a_day_whose_clocks_leap_over_midnight_begins_at_the_leap() -> None:
    """From 23:30 on 30 March 1919 Toronto went to 00:30."""
    assert first_instant(date(1919, 3, 31), TORONTO) == utc(1919, 3, 31, 4, 30)


def test_a_day_that_never_was_begins_with_the_one_after_it() -> None:
    """Checklist E3: Apia had no 30 December 2011."""
    assert first_instant(date(2011, 12, 30), APIA) == first_instant(date(2011, 12, 31), APIA)
    assert month_of(starts_at("2012-01", APIA) - SECOND, APIA) == "2011-12"


def test_months_have_the_lengths_that_the_calendar_gives_them() -> None:
    """Checklist E3: 28 to 31 days, in a zone that moves no clocks."""
    for year in (2024, 2026):
        for number in range(1, 13):
            month = f"{year}-{number:02d}"
            length = starts_at(next_month(month), NAIROBI) - starts_at(month, NAIROBI)
            assert length == timedelta(days=monthrange(year, number)[1])
    assert starts_at("2026-12", NAIROBI) == utc(2026, 11, 30, 21)


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    assert next_month("2026-12") == "2027-01"
    assert month_before("2027-01") == "2026-12"
    assert months_after("2026-11", -14) == "2025-09"
    assert months_between("2026-11", "2027-02") == 3


def test_a_month_can_close_when_the_next_begins_and_is_closed_in_its_morning() -> None:
    assert open_until("2026-10", TORONTO) == utc(2026, 12, 1, 5)
    assert morning_after("2026-11", TORONTO) == utc(2026, 12, 1, 11)


def each_month_begins_once(zone: str, years: range) -> None:
    """The instant before belongs to the month before, and from it on it is the new month."""
    month = f"{years.start}-01"
    while int(month[:4]) < years.stop:
        begins = starts_at(month, zone)
        assert month_of(begins, zone) == month, (zone, month)
        assert month_of(begins - SECOND, zone) == month_before(month), (zone, month)
        month = next_month(month)


SOME_ZONES = (TORONTO, NAIROBI, CAIRO, APIA, "America/St_Johns", "Asia/Beirut", "Europe/Dublin")


@pytest.mark.parametrize("zone", SOME_ZONES)
def test_each_month_begins_once(zone: str) -> None:
    """R7, short: some zones that do odd things."""
    each_month_begins_once(zone, range(1970, 2038))


@pytest.mark.soak
def test_each_month_begins_once_in_every_zone() -> None:
    """R7: every zone, 68 years of month ends."""
    for zone in sorted(available_timezones()):
        each_month_begins_once(zone, range(1970, 2038))


NIGHT = (21 * 60, 8 * 60)


@pytest.mark.parametrize(
    ("at", "said_at"),
    [
        (utc(2026, 11, 20, 9), utc(2026, 11, 20, 9)),
        (utc(2026, 11, 20, 18), utc(2026, 11, 21, 5)),
        (utc(2026, 11, 20, 22), utc(2026, 11, 21, 5)),
        (utc(2026, 11, 20, 4, 59), utc(2026, 11, 20, 5)),
        (utc(2026, 11, 20, 5), utc(2026, 11, 20, 5)),
    ],
)
def test_quiet_hours_shift_and_never_drop(at: datetime, said_at: datetime) -> None:
    """Checklist E9, by Nairobi's clocks, three hours ahead: from 21:00 to 08:00."""
    assert after_quiet(at, *NIGHT, NAIROBI) == said_at


def test_quiet_hours_may_lie_within_a_day_or_be_none() -> None:
    noon = utc(2026, 11, 20, 10)
    assert after_quiet(noon, 12 * 60, 14 * 60, NAIROBI) == utc(2026, 11, 20, 11)
    assert after_quiet(noon, 600, 600, NAIROBI) == noon
