"""Playing a transcript: every step on a stage, and what was seen held against what is written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bots.transcripts.captures import Captures, NotCaught
from bots.transcripts.neutral import Rows
from bots.transcripts.script import (
    MIXED,
    Again,
    Answers,
    CannotRead,
    Expected,
    Says,
    Script,
    Step,
    Taps,
    Waits,
)
from bots.transcripts.stage import CannotAct, Seen, Stage

GROUP = "group"


@dataclass(frozen=True, slots=True)
class Message:
    """What an audience saw, ready to be compared: the words, then a line a row of buttons."""

    audience: str
    text: str
    edited: bool


Noted = TypeVar("Noted", Expected, Message)


@dataclass(slots=True)
class Played:
    """How it went: the file as it would have to be, and the steps that could not be done."""

    before: str
    after: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether all was seen as it is written."""
        return not self.faults and self.before == self.after

    def difference(self, name: str) -> str:
        """What is written and what was seen, side by side."""
        return "\n".join(
            difflib.unified_diff(
                self.before.splitlines(),
                self.after.splitlines(),
                f"{name} (as written)",
                f"{name} (as played)",
                lineterm="",
            )
        )


async def play(script: Script, stage: Stage, now: datetime) -> Played:
    """Play a transcript to its end, or to the first step that cannot be done.

    `now` is the instant at which the stage's clock stands.
    """
    if script.only and not script.only.intersection(_stages(stage)):
        return Played(script.text, script.text)
    return await Playing(script, stage, now).to_the_end()


def _stages(stage: Stage) -> set[str]:
    """What `only:` may call this stage."""
    return {*stage.platforms, *([MIXED] if len(stage.platforms) > 1 else [])}


class Playing:
    """One performance: the clock, what was caught, and the messages that can be seen."""

    def __init__(self, script: Script, stage: Stage, now: datetime) -> None:
        self.captures = Captures()
        self._script = script
        self._stage = stage
        self._now = now
        self._played = Played(script.text)
        self._visible: dict[tuple[str, str, str], Seen] = {}

    async def to_the_end(self) -> Played:
        """Play all steps, or up to the first that cannot be done."""
        lines: list[str] = []
        done = 0
        for step in self._script.steps:
            before = self._script.lines[done : step.first]
            done = step.end
            if not self._is_played(step):
                lines += self._left_out(step, before)
                continue
            try:
                await self._act(step)
            except (CannotAct, NotCaught, CannotRead) as reason:
                self._played.faults.append(f"line {step.line}: {reason}")
                lines += before
                done = step.first
                break
            lines += self._written_again(step, before)
            lines += self._compared(step)
        lines += self._script.lines[done:]
        self._played.after = "\n".join(lines) + "\n"
        return self._played

    def _left_out(self, step: Step, before: Sequence[str]) -> Sequence[str]:
        """The lines of a step that is not for this stage, with those before it."""
        return [*before, *self._script.lines[step.first : step.end]]

    def _written_again(self, _: Step, before: Sequence[str]) -> Sequence[str]:
        """The line of a step that was played, with those before it."""
        return before

    def _is_played(self, step: Step) -> bool:
        """Whether a step is for this stage; on several platforms, for the one who acts there."""
        if not step.only:
            return True
        if not self._is_mixed:
            return bool(step.only.intersection(self._stage.platforms))
        who = getattr(step.act, "who", "")
        return MIXED in step.only or (bool(who) and self._script.actor(who).platform in step.only)

    @property
    def _is_mixed(self) -> bool:
        return len(self._stage.platforms) > 1

    # --- acting ----------------------------------------------------------------------------

    async def _act(self, step: Step) -> None:
        act = step.act
        match act:
            case Says():
                text = self.captures.filled(act.text)
                await self._stage.says(
                    act.who, act.where, text, photo=act.photo, replies_to=act.replies_to
                )
            case Answers():
                await self._stage.answers(act.who, self.captures.filled(act.text))
            case Taps():
                writes = self.captures.filled(act.writes)
                taps = replace(act, label=self.captures.filled(act.label))
                seen = self._holding(taps)
                await self._stage.taps(act.who, seen, self._label(seen, taps.label), writes)
            case Waits():
                await self._wait(act)
            case Again():
                await self._stage.again()

    def _holding(self, taps: Taps) -> Seen:
        """The newest message that this person can see and that holds the button."""
        about = self.captures.filled(taps.about.strip())
        for seen in reversed(self._visible.values()):
            if self._fits(seen, taps) and _names(seen.text, about):
                return seen
        on = f" on {about}" if about else ""
        raise CannotAct(f"{taps.who} can see no button [{taps.label}]{on}")

    def _fits(self, seen: Seen, taps: Taps) -> bool:
        if seen.audience not in (taps.who, GROUP):
            return False
        own = taps.platform or self._script.actor(taps.who).platform
        if self._is_mixed and own and seen.platform != own:
            return False
        if taps.private is not None and taps.private != (seen.audience != GROUP):
            return False
        return any(taps.label in row for row in self._rows(seen))

    def _rows(self, seen: Seen) -> Rows:
        """The labels by which a step names a message's buttons."""
        return seen.buttons

    def _label(self, _: Seen, label: str) -> str:
        """What stands on the button that a step means."""
        return label

    async def _wait(self, waits: Waits) -> None:
        by = waits.by
        if waits.until is not None:
            zone = ZoneInfo(self._script.start.time_zone)
            by = waits.until.replace(tzinfo=zone).astimezone(UTC) - self._now
        if by is None or by < timedelta(0):
            raise CannotAct("that time is over")
        await self._stage.waits(by)
        self._now += by

    # --- comparing -------------------------------------------------------------------------

    def _compared(self, step: Step) -> list[str]:
        """The lines below a step as they would have to be: as written where that was seen."""
        messages = self._messages(self._stage.seen())
        audiences = dict.fromkeys(
            [each.audience for each in step.expected] + [each.audience for each in messages]
        )
        wanted = {audience: _of(step.expected, audience) for audience in audiences}
        seen = {audience: _of(messages, audience) for audience in audiences}
        if all(self._as_expected(wanted[each], seen[each]) for each in audiences):
            return list(self._script.lines[step.first : step.end])
        lines: list[str] = []
        for audience in audiences:
            lines += self._held(wanted[audience], seen[audience])
        return lines

    def _as_expected(self, wanted: Sequence[Expected], seen: Sequence[Message]) -> bool:
        return len(wanted) == len(seen) and all(
            self._same(each, message) for each, message in zip(wanted, seen, strict=True)
        )

    def _same(self, wanted: Expected, seen: Message) -> bool:
        return wanted.edited == seen.edited and self.captures.match(wanted.text, seen.text)

    def _held(self, wanted: Sequence[Expected], seen: Sequence[Message]) -> Iterator[str]:
        """What an audience saw: in the file's words where they fit, else as it was."""
        for index, message in enumerate(seen):
            same_place = wanted[index] if index < len(wanted) else None
            if same_place is not None and self._same(same_place, message):
                yield from same_place.lines
                continue
            if same_place is not None:
                self.captures.adopt(same_place.text, message.text)
            yield from _written(message, self._named(message.text))

    def _named(self, text: str) -> str:
        """A text that was seen, with names for what was caught."""
        return self.captures.named(text)

    def _messages(self, seen: Iterable[Seen]) -> list[Message]:
        """What was seen, by audience; groups that saw the same on every platform are one."""
        seen = list(seen)
        for each in seen:
            key = (each.platform, each.audience, each.message)
            self._visible.pop(key, None)
            self._visible[key] = each
        private = [_message(each, each.audience) for each in seen if each.audience != GROUP]
        by_platform = {
            platform: [
                _message(each, GROUP)
                for each in seen
                if each.audience == GROUP and each.platform == platform
            ]
            for platform in self._stage.platforms
        }
        return private + _groups(by_platform)


def _message(seen: Seen, audience: str) -> Message:
    rows = [" ".join(f"[{label}]" for label in row) for row in seen.buttons]
    lines = [line.strip() for line in (*seen.text.splitlines(), *rows)]
    return Message(audience, "\n".join(line for line in lines if line), seen.edited)


def _groups(by_platform: dict[str, list[Message]]) -> list[Message]:
    """One group where all saw the same, else each with its platform's name."""
    first, *others = by_platform.values()
    if all(each == first for each in others):
        return first
    return [
        Message(f"{GROUP} on {platform}", each.text, each.edited)
        for platform, messages in by_platform.items()
        for each in messages
    ]


def _of(messages: Iterable[Noted], audience: str) -> list[Noted]:
    return [each for each in messages if each.audience == audience]


def _names(text: str, about: str) -> bool:
    """Whether a text holds this number, and not only as the beginning of a longer one."""
    return re.search(re.escape(about) + r"(?!\d)", text) is not None


def _written(message: Message, text: str) -> Iterator[str]:
    edited = " (edited)" if message.edited else ""
    head = f"  {message.audience} sees{edited}:"
    first, *rest = text.split("\n")
    yield f"{head} {first}".rstrip()
    yield from (" " * (len(head) + 1) + line for line in rest)
