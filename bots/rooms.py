"""What the room of a platform is given, and what it must be for the house to use it.

A room reads calls and shows replies. It hands every event to `Inside.desk`, inside
`with inside.underway:`, and speaks first only when the delivery asks it to (`bots.platform`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from bots.catalogue.asking import Doors
from bots.catalogue.desk import Desk
from bots.platform import Platform
from bots.settings import Settings
from core.desk import Inbox, Notes, Outbox
from core.records import dataclass


class CannotStart(Exception):
    """A platform cannot be used as things are: its message is one clear line without secrets."""


class Underway:
    """Counts what is being handled, so that others can wait until nothing is."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._count += 1
        self._none.clear()

    def __exit__(self, *error: object) -> None:
        self._count -= 1
        if not self._count:
            self._none.set()

    @property
    def count(self) -> int:
        """How many events are being handled."""
        return self._count

    async def none(self) -> None:
        """Wait until nothing is being handled."""
        await self._none.wait()


@dataclass(frozen=True, slots=True)
class Inside:
    """What a room is given of the house.

    `desk` answers calls and knows the `commands`; `doors` lead to the engine, the readers, the
    questions, the clock and chance. `underway` is entered around the handling of every event.
    `nudge` wakes the delivery; the engine does so after each decision.
    """

    settings: Settings
    desk: Desk
    doors: Doors
    inbox: Inbox
    outbox: Outbox
    notes: Notes
    underway: Underway
    nudge: Callable[[], None]


class Room(Platform, Protocol):
    """A platform's bot, as the house sees it.

    `knows_nonces`: a message sent twice with one nonce is shown once. `seconds_between_messages`:
    how long a chat is left alone after a message, 0 where the platform's library sees to it.
    `messages_per_minute`: how many a group takes, 0 for any number. `messages_per_second`: how many
    the platform takes over all chats, 0 for any number.
    """

    knows_nonces: bool
    seconds_between_messages: float
    messages_per_minute: int
    messages_per_second: int

    async def start(self) -> None:
        """Begin to listen; returns once calls can come in.

        Raises:
            CannotStart: for good, as with a wrong token.
            bots.platform.TryLater: the platform is out of reach just now.
        """

    async def stop(self) -> None:
        """Take no further events, and finish those that have begun."""
