"""What a transcript is played on: a platform, or several that share one pool."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from bots.transcripts.neutral import Rows
from bots.transcripts.script import Where
from core.records import dataclass


class CannotAct(Exception):
    """A step cannot be done on this stage; the message says why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as its audience sees it, in neutral text.

    `audience` is a short name or `group`. `message` is the stage's own id for it, the same when
    it is edited. In private nothing counts as edited: what took a message's place is told as a
    new one, with the old one's id. `in_group` says that what one person alone sees stands in the
    group (as Discord's ephemeral messages do).
    """

    audience: str
    platform: str
    message: str
    text: str
    buttons: Rows = ()
    edited: bool = False
    in_group: bool = False


class Stage(Protocol):
    """Plays steps. Each returns once all that follows from it has been shown."""

    @property
    def platforms(self) -> Sequence[str]:
        """The platforms that play, each with a group bound (or to be bound) to the pool."""

    async def says(
        self, who: str, where: Where, text: str, *, photo: bool = False, replies_to: str = ""
    ) -> None:
        """Somebody writes. `@juma` in the text names somebody in the platform's own way.

        Raises:
            CannotAct: the platform has no way to write this.
        """

    async def answers(self, who: str, text: str) -> None:
        """Somebody answers the question that they were asked last, where they were asked."""

    async def taps(self, who: str, on: Seen, label: str, writes: str) -> None:
        """Somebody presses a button of a message; `writes` is what they write when it asks."""

    async def again(self) -> None:
        """The event before is delivered once more."""

    async def waits(self, by: timedelta) -> None:
        """Time passes."""

    def seen(self) -> Sequence[Seen]:
        """What was seen since this was called last, in order for each audience."""
