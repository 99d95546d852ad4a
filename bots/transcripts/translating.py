"""A transcript in another language: the same people do the same, and read it in theirs.

It is played as it is written, to learn what its names stand for; then once more with everybody
speaking the other language. Steps stay as they are but for the labels of the buttons that are
pressed; what is seen is written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bots.transcripts.neutral import Rows
from bots.transcripts.player import Played, Playing
from bots.transcripts.script import MIXED, Actor, Script, Step, Taps, read_script
from bots.transcripts.stage import Seen, Stage

WRITTEN_IN = "en"


class SpeakingStage(Stage, Protocol):
    """A stage that knows its buttons in every language."""

    def labels(self, seen: Seen, language: str) -> Rows:
        """What stands on a message's buttons, as somebody with this language would read it."""


OpenStage = Callable[[Script], AbstractAsyncContextManager[SpeakingStage]]


async def translate(script: Script, language: str, opened: OpenStage, now: datetime) -> Played:
    """The transcript in a language: `after` is the file to write.

    Steps that the stage does not play are left out: nobody would see what is written there.
    """
    async with opened(script) as stage:
        known = _Learning(script, stage, now)
        learned = await known.to_the_end()
    if learned.faults:
        return learned
    spoken = read_script(_spoken(script, language))
    async with opened(spoken) as stage:
        return await _Translating(spoken, stage, now, known).to_the_end()


def _spoken(script: Script, language: str) -> str:
    """The file, with everybody speaking the language."""
    shared = MIXED in script.only
    people = ", ".join(_introduced(each, language, shared=shared) for each in script.people)
    lines = [f"people: {people}" if line.startswith("people: ") else line for line in script.lines]
    return "\n".join(lines) + "\n"


def _introduced(actor: Actor, language: str, *, shared: bool) -> str:
    known = [actor.name]
    if actor.admin:
        known.append("admin")
    known.append(f"speaks {language}")
    if not actor.username:
        known.append("without username")
    elif actor.username != actor.nick:
        known.append(f"calls themselves {actor.username}")
    if shared and actor.platform:
        known.append(f"on {actor.platform}")
    return f"{actor.nick} ({', '.join(known)})"


class _Learning(Playing):
    """Plays a transcript as it is written, and keeps what its words stand for."""

    def __init__(self, script: Script, stage: SpeakingStage, now: datetime) -> None:
        super().__init__(script, stage, now)
        self.passed_over: dict[int, set[str]] = {}
        """What stood where `{_}` is written, by the line of the step."""
        self.pressed: dict[int, str] = {}
        """The English labels of the buttons that were pressed, by the line of the step."""
        self._speaking = stage
        self._line = 0

    async def _act(self, step: Step) -> None:
        self._line = step.line
        self.captures.passed_over = self.passed_over[step.line] = set()
        await super()._act(step)

    def _label(self, seen: Seen, label: str) -> str:
        english = self._speaking.labels(seen, WRITTEN_IN)
        self.pressed[self._line] = _beside(label, seen.buttons, english)
        return label


class _Translating(Playing):
    """Plays it again, in the other language."""

    def __init__(
        self, script: Script, stage: SpeakingStage, now: datetime, known: _Learning
    ) -> None:
        super().__init__(script, stage, now)
        self.captures.values.update(known.captures.values)
        self._speaking = stage
        self._known = known
        self._line = 0
        self._pressed = ""

    async def _act(self, step: Step) -> None:
        self._line = step.line
        if isinstance(step.act, Taps):
            english = replace(step.act, label=self._known.pressed[step.line])
            step = replace(step, act=english)
        await super()._act(step)

    def _rows(self, seen: Seen) -> Rows:
        return self._speaking.labels(seen, WRITTEN_IN)

    def _label(self, seen: Seen, label: str) -> str:
        self._pressed = _beside(label, self._rows(seen), seen.buttons)
        return self._pressed

    def _left_out(self, step: Step, before: Sequence[str]) -> Sequence[str]:  # noqa: ARG002
        """What comes before it stays, without the line that says where it is played."""
        said = list(before[:-1])
        while said and (not said[-1].strip() or said[-1].startswith("only: ")):
            said.pop()
        return said

    def _written_again(self, step: Step, before: Sequence[str]) -> Sequence[str]:
        if not isinstance(step.act, Taps):
            return before
        label = self.captures.named(self._pressed)
        return [*before[:-1], before[-1].replace(f"[{step.act.label}]", f"[{label}]", 1)]

    def _compared(self, step: Step) -> list[str]:
        return super()._compared(replace(step, expected=()))

    def _named(self, text: str) -> str:
        return self.captures.wholly_named(text, self._known.passed_over[self._line])


def _beside(label: str, rows: Rows, others: Rows) -> str:
    """What stands in the other rows where the label stands in these."""
    pairs = [
        pair
        for row, other in zip(rows, others, strict=True)
        for pair in zip(row, other, strict=True)
    ]
    return dict(pairs)[label]
