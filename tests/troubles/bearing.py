"""A conversation played through troubles: nothing lost, nothing doubled unless it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bots.local_bot.stage import Moment
from bots.platform import ONCE_MORE
from bots.transcripts.player import Message, Playing
from bots.transcripts.script import Expected, Script, Step, Waits
from bots.transcripts.stage import Stage
from bots.words import Voice, spoken


@dataclass
class Borne:
    """What went otherwise than in fair weather, with the line of the step after which it did."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    marked: int = 0
    """What was shown again and said so."""


class Bearing(Playing):
    """Holds what was seen against what is written, and lets things be said again if they say so."""

    def __init__(self, script: Script, stage: Stage, moment: Moment) -> None:
        super().__init__(script, stage, moment())
        self._moment = moment
        self.borne = Borne()

    async def _wait(self, waits: Waits) -> None:
        """Go by the stage's clock: while something was put off, time passed there."""
        self._now = self._moment()
        await super()._wait(waits)

    def _compared(self, step: Step) -> list[str]:
        seen = [self._unmarked(each) for each in self._messages(self._stage.seen())]
        left = self._without_expected(step, seen)
        for message, marked in left:
            if not marked and not message.edited:
                self.borne.doubled.append(f"line {step.line}: {message.audience}: {message.text}")
        return list(self._script.lines[step.first : step.end])

    def _without_expected(
        self, step: Step, seen: Sequence[tuple[Message, bool]]
    ) -> Sequence[tuple[Message, bool]]:
        """What is left of what was seen when each thing that is written was found in it."""
        left = list(seen)
        for wanted in step.expected:
            found = next((each for each in left if self._is(wanted, each[0])), None)
            if found is None:
                self.borne.lost.append(f"line {step.line}: {wanted.audience}: {wanted.text}")
            else:
                left.remove(found)
        return left

    def _is(self, wanted: Expected, message: Message) -> bool:
        return wanted.audience == message.audience and self.captures.match(
            wanted.text, message.text
        )

    def _unmarked(self, message: Message) -> tuple[Message, bool]:
        """A message without the words by which it says that it is repeated, and whether it did."""
        for language in ("en", "sw", "fr"):
            mark = spoken(ONCE_MORE, Voice(language))
            if message.text.startswith(mark):
                self.borne.marked += 1
                return replace(message, text=message.text.removeprefix(mark).lstrip()), True
        return message, False
