"""A gathering as a file that every calendar opens (iCalendar, RFC 5545).

One event with an instant, a place and a name takes twenty lines of a format that stands since 1998;
a library for it would bring its own model of time zones, repetitions and alarms, and two more
packages. Times are in UTC, so no description of a time zone is needed.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bots.replies import File
from core.domain.gatherings import LASTS, Gathering, GatheringState
from core.domain.pools import Pool

LINE_OCTETS = 75
"""Longer lines are folded: they go on behind a line end and a blank."""

ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def calendar_file(gathering: Gathering, pool: Pool, now: datetime) -> File:
    """A gathering as it stands, as a file. Opened once more, it takes the place of an older one."""
    cancelled = gathering.state is GatheringState.CANCELLED
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Poolkeeper//Poolkeeper//EN",
        "BEGIN:VEVENT",
        f"UID:gathering-{gathering.number}-{_instant(pool.founded_at)}-{pool.id}@poolkeeper",
        f"DTSTAMP:{_instant(now)}",
        f"SEQUENCE:{gathering.version - 1}",
        f"DTSTART:{_instant(gathering.starts_at)}",
        f"DTEND:{_instant(gathering.starts_at + LASTS)}",
        f"SUMMARY:{_text(gathering.text)}",
        *([f"LOCATION:{_text(gathering.place)}"] if gathering.place else []),
        f"DESCRIPTION:{_text(pool.name)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    content = "".join(f"{_folded(line)}\r\n" for line in lines)
    return File(f"gathering-{gathering.number}.ics", content.encode())


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(said: str) -> str:
    """A text as it stands in a calendar: what has a meaning there is escaped."""
    return said.replace("\r\n", "\n").replace("\r", "\n").translate(ESCAPES)


def _folded(line: str) -> str:
    """A line in pieces of at most 75 octets; no character is cut."""
    pieces, piece = [], ""
    for character in line:
        if len((piece + character).encode()) > LINE_OCTETS:
            pieces.append(piece)
            piece = " "
        piece += character
    return "\r\n".join([*pieces, piece])
