"""Reading a transcript: who takes part, when it begins, what they do, what they should see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.records import dataclass

MIXED = "mixed"
"""In `only:`, where several platforms share the pool."""


class CannotRead(Exception):
    """A transcript is not written as it should be; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who takes part. `platform` is '' where it does not matter, `language` a hint."""

    nick: str
    name: str
    username: str
    admin: bool = False
    language: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """When it begins: at a local time of a day, or so many days before today (`days_ago`)."""

    time_zone: str
    at: time
    day: date | None = None
    days_ago: int = 0

    def instant(self, now: datetime) -> datetime:
        """The instant in UTC; `now` tells which day is today."""
        zone = ZoneInfo(self.time_zone)
        day = self.day or now.astimezone(zone).date() - timedelta(days=self.days_ago)
        return datetime.combine(day, self.at, zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Where:
    """In private or in the group; `platform` is '' for the person's own."""

    private: bool
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Says:
    """Somebody writes a message: a command, or plain words. `replies_to` is a short name."""

    who: str
    where: Where
    text: str
    photo: bool = False
    replies_to: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Somebody answers the question that they were asked last."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Taps:
    """Somebody presses a button; `about` is text that its message holds, as `#12`."""

    who: str
    label: str
    about: str = ""
    private: bool | None = None
    platform: str = ""
    writes: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """Time passes: so long, or until a local time."""

    by: timedelta | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """The event before arrives once more."""


Act = Says | Answers | Taps | Waits | Again


@dataclass(frozen=True, slots=True)
class Expected:
    """What an audience (a short name, or `group`) should see. `lines` are those of the file."""

    audience: str
    text: str
    edited: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """An act, and what is seen of it. `first` to `end` are the lines of what is seen, from 0."""

    line: int
    act: Act
    only: frozenset[str]
    first: int
    end: int
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A transcript. `only` names the platforms that it is for, empty for all."""

    lines: tuple[str, ...]
    title: str = ""
    people: tuple[Actor, ...] = ()
    start: Start = field(default_factory=lambda: Start("UTC", time(9), date(2026, 3, 2)))
    only: frozenset[str] = frozenset()
    steps: tuple[Step, ...] = ()

    @property
    def text(self) -> str:
        """The whole file."""
        return "\n".join(self.lines) + "\n"

    def actor(self, nick: str) -> Actor:
        """The one with this short name.

        Raises:
            KeyError: nobody has it.
        """
        return {each.nick: each for each in self.people}[nick]

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms that somebody is on, in the order in which they are named."""
        return tuple(dict.fromkeys(each.platform for each in self.people if each.platform))

    @property
    def is_shared(self) -> bool:
        """Whether it can be played where several platforms share a pool: all are on one."""
        return len(self.platforms) > 1 and all(each.platform for each in self.people)

    def on(self, platform: str) -> tuple[Actor, ...]:
        """Those with an account on a platform: theirs, or one on which a step has them act."""
        acting = {
            step.act.who
            for step in self.steps
            if isinstance(step.act, Says) and step.act.where.platform == platform
        }
        return tuple(
            each for each in self.people if each.platform == platform or each.nick in acting
        )


# --- the head ------------------------------------------------------------------------------

PERSON = re.compile(r"(?P<nick>[^\W\d_]\w*)\s*(?:\((?P<about>[^)]*)\))?\s*(?:,|$)")
CLOCK = re.compile(
    r"(?:(?P<day>\d{4}-\d{2}-\d{2})|(?P<ago>\d+) days? ago at) (?P<at>\d{2}:\d{2}) (?P<zone>\S+)"
)


def _people(said: str, line: int) -> tuple[Actor, ...]:
    people: list[Actor] = []
    place = 0
    while place < len(said):
        found = PERSON.match(said, place)
        if found is None:
            raise CannotRead(line, f"who is meant by {said[place:]!r}? Write: juma (Juma), ...")
        people.append(_actor(found["nick"], found["about"] or "", line))
        place = found.end() + len(said[found.end() :]) - len(said[found.end() :].lstrip())
    return tuple(people)


def _actor(nick: str, about: str, line: int) -> Actor:
    parts = [part.strip() for part in about.split(",") if part.strip()]
    actor = Actor(nick, nick.capitalize(), nick)
    for index, part in enumerate(parts):
        known = _told(actor, part)
        if known is None and index:
            raise CannotRead(line, f"what does {part!r} say about {nick}?")
        actor = known or replace(actor, name=part)
    return actor


def _told(actor: Actor, part: str) -> Actor | None:
    """What is said about somebody beside their name, or None when it is their name."""
    key, _, value = part.rpartition(" ")
    if part == "admin":
        return replace(actor, admin=True)
    if part == "without username":
        return replace(actor, username="")
    if key == "speaks":
        return replace(actor, language=value)
    if key == "on":
        return replace(actor, platform=value)
    return replace(actor, username=value) if key == "calls themselves" else None


def _start(said: str, line: int) -> Start:
    found = CLOCK.fullmatch(said)
    if found is None:
        raise CannotRead(line, "write the clock as 2026-03-02 09:00 America/Toronto")
    try:
        ZoneInfo(found["zone"])
    except (ZoneInfoNotFoundError, ValueError):
        raise CannotRead(line, f"{found['zone']} is no time zone") from None
    return Start(
        time_zone=found["zone"],
        at=time.fromisoformat(found["at"]),
        day=date.fromisoformat(found["day"]) if found["day"] else None,
        days_ago=int(found["ago"] or 0),
    )


def _names(said: str) -> frozenset[str]:
    return frozenset(name.strip() for name in said.split(",") if name.strip())


# --- steps ---------------------------------------------------------------------------------

NICK = r"(?P<who>[^\W\d_]\w*)"
WHERE = r"(?: on (?P<platform>\w+))? in (?P<place>group|private)"
UNITS = {"minute": "minutes", "hour": "hours", "day": "days", "week": "weeks"}


def _where(found: re.Match[str]) -> Where:
    return Where(found["place"] == "private", found["platform"] or "")


def _says(found: re.Match[str]) -> Act:
    return Says(found["who"], _where(found), found["text"])


def _replies(found: re.Match[str]) -> Act:
    return Says(found["who"], _where(found), found["text"], replies_to=found["to"])


def _shows(found: re.Match[str]) -> Act:
    return Says(found["who"], _where(found), found["text"], photo=True)


def _answers(found: re.Match[str]) -> Act:
    return Answers(found["who"], found["text"])


def _taps(found: re.Match[str]) -> Act:
    return Taps(
        found["who"],
        found["label"],
        found["about"] or "",
        {"private": True, "group": False, None: None}[found["place"]],
        found["platform"] or "",
        found["writes"] or "",
    )


def _waits(found: re.Match[str]) -> Act:
    return Waits(by=timedelta(**{UNITS[found["unit"]]: int(found["count"])}))


def _waits_until(found: re.Match[str]) -> Act:
    return Waits(until=datetime.fromisoformat(found["until"]))


FORMS: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], Act]]] = tuple(
    (re.compile(form), read)
    for form, read in (
        (rf"{NICK}{WHERE}: (?P<text>.+)", _says),
        (rf"{NICK} replies to (?P<to>\w+){WHERE}: (?P<text>.+)", _replies),
        (rf"{NICK} sends a photo{WHERE}: (?P<text>.+)", _shows),
        (rf"{NICK} answers: (?P<text>.+)", _answers),
        (
            rf"{NICK} taps \[(?P<label>[^\]]+)\](?: about| on)?(?P<about> #\S*\w\}}?)?"
            r"(?: on (?P<platform>\w+))?(?: in (?P<place>group|private))?(?:: (?P<writes>.+))?",
            _taps,
        ),
        (r"wait (?P<count>\d+) (?P<unit>minute|hour|day|week)s?", _waits),
        (r"wait until (?P<until>\d{4}-\d{2}-\d{2} \d{2}:\d{2})", _waits_until),
        (r"the last arrives again", lambda _: Again()),
    )
)
SEEN = re.compile(
    r"(?P<indent>\s+)(?P<who>\w[\w ()]*?) sees(?P<edited> \(edited\))?:\s?(?P<text>.*)"
)


def _act(said: str, people: Sequence[Actor], line: int) -> Act:
    for form, read in FORMS:
        found = form.fullmatch(said)
        if found:
            act = read(found)
            _known(act, people, line)
            return act
    raise CannotRead(line, f"what is to be done here? {said!r}")


def _known(act: Act, people: Sequence[Actor], line: int) -> None:
    nicks = {each.nick for each in people}
    named = [getattr(act, "who", ""), getattr(act, "replies_to", "")]
    for nick in filter(None, named):
        if nick not in nicks:
            raise CannotRead(line, f"{nick} is not among the people")


# --- the whole -----------------------------------------------------------------------------


def read_script(text: str) -> Script:
    """Read a transcript.

    Raises:
        CannotRead: with the line.
    """
    lines = tuple(text.splitlines())
    script = Script(lines)
    steps: list[Step] = []
    only: frozenset[str] | None = None
    for index, said in _meant(lines):
        key, _, value = said.partition(": ")
        if not script.title:
            script = replace(script, title=said)
        elif key == "people":
            script = replace(script, people=_people(value, index + 1))
        elif key == "clock":
            script = replace(script, start=_start(value, index + 1))
        elif key == "only" and not script.people:
            script = replace(script, only=_names(value))
        elif key == "only":
            only = _names(value)
        else:
            steps.append(_step(script, index, said, only or frozenset()))
            only = None
    return replace(script, steps=tuple(steps))


def _meant(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that begin at the margin and are no comments."""
    below = False
    for index, line in enumerate(lines):
        if not line.strip() or line.startswith("# ") or line == "#":
            below = below and bool(line.strip())
        elif line[0].isspace():
            if not below:
                raise CannotRead(index + 1, "what is seen stands right below its step")
        else:
            below = True
            yield index, line.rstrip()


def _step(script: Script, index: int, said: str, only: frozenset[str]) -> Step:
    first = end = index + 1
    while end < len(script.lines) and script.lines[end][:1].isspace() and script.lines[end].strip():
        end += 1
    act = _act(said, script.people, index + 1)
    expected = tuple(_expected(script.lines[first:end], first, script.people))
    return Step(index + 1, act, only, first, end, expected)


def _expected(lines: Sequence[str], first: int, people: Sequence[Actor]) -> Iterator[Expected]:
    """What each audience should see: a line that names it, and the deeper ones below."""
    if not lines:
        return
    margin = len(lines[0]) - len(lines[0].lstrip())
    starts = [i for i, line in enumerate(lines) if len(line) - len(line.lstrip()) <= margin]
    audiences = {"group", *(each.nick for each in people)}
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        found = SEEN.fullmatch(lines[start])
        if found is None or found["who"].split(" ")[0] not in audiences:
            raise CannotRead(first + start + 1, "write who sees it: juma sees: ...")
        text = [found["text"], *lines[start + 1 : end]]
        yield Expected(
            audience=found["who"],
            text="\n".join(line.strip() for line in text),
            edited=bool(found["edited"]),
            lines=tuple(lines[start:end]),
        )
