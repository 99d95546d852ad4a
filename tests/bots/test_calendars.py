"""A gathering as a file for calendars, as RFC 5545 wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bots.calendars import LINE_OCTETS, calendar_file
from core.domain.gatherings import Gathering, GatheringState
from core.domain.pools import Pool, Profile
from core.domain.units import Number, PersonId, PoolId

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
POOL = Pool(PoolId(1), "Riverside", Profile.EXCHANGE, "CAD", "America/Toronto", "en", NOW)
CAFE = Gathering(
    PoolId(1),
    Number(12),
    "repair café",
    datetime(2026, 3, 7, 19, 0, tzinfo=UTC),
    PersonId("p"),
    NOW,
)


def unfolded(content: bytes) -> list[str]:
    """The lines that a calendar reads."""
    return content.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def value(content: bytes, name: str) -> str:
    (found,) = (line for line in unfolded(content) if line.startswith(f"{name}:"))
    return found.removeprefix(f"{name}:")


def test_a_gathering_is_one_event_in_utc_with_a_name_that_stays() -> None:
    file = calendar_file(CAFE, POOL, NOW)
    assert file.name == "gathering-12.ics"
    assert unfolded(file.content) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Poolkeeper//Poolkeeper//EN",
        "BEGIN:VEVENT",
        "UID:gathering-12-20260302T140000Z-1@poolkeeper",
        "DTSTAMP:20260302T140000Z",
        "SEQUENCE:0",
        "DTSTART:20260307T190000Z",
        "DTEND:20260307T210000Z",
        "SUMMARY:repair café",
        "DESCRIPTION:Riverside",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_an_event_called_off_takes_the_place_of_the_one_before() -> None:
    off = replace(CAFE, state=GatheringState.CANCELLED, version=4)
    before, after = (calendar_file(each, POOL, NOW).content for each in (CAFE, off))
    assert value(before, "UID") == value(after, "UID")
    assert (value(after, "STATUS"), value(after, "SEQUENCE")) == ("CANCELLED", "3")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("soup, bread; cake", "soup\\, bread\\; cake"),
        ("a back\\slash", "a back\\\\slash"),
        ("first\nsecond\r\nthird\rfourth", "first\\nsecond\\nthird\\nfourth"),
        ("fun\r\nEND:VEVENT", "fun\\nEND:VEVENT"),
    ],
)
def test_what_people_typed_stays_text(said: str, written: str) -> None:
    content = calendar_file(replace(CAFE, place=said), POOL, NOW).content
    assert value(content, "LOCATION") == written


@pytest.mark.parametrize("said", ["x" * 75, "é" * 100, "🧺" * 50, "a🧺é" * 30])
def test_long_lines_are_folded_between_characters(said: str) -> None:
    content = calendar_file(replace(CAFE, text=said), POOL, NOW).content
    assert all(len(line) <= LINE_OCTETS for line in content.split(b"\r\n"))
    assert [line for line in content.split(b"\r\n") if line.decode()] != []
    assert value(content, "SUMMARY") == said
