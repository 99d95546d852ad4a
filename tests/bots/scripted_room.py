"""A room for tests that records what it is asked to say, and fails when it is told to."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from bots.app import MakeRoom
from bots.replies import Reply
from bots.rooms import Room
from bots.transcripts.neutral import neutral_text
from bots.words import Voice


def making(*rooms: Room) -> list[MakeRoom]:
    """What an app is given to have these rooms."""
    return [_giving(room) for room in rooms]


def _giving(room: Room) -> MakeRoom:
    return lambda _: room


@dataclass(frozen=True)
class Said:
    """What was shown: a card ("new" or the id of the one edited), or a word to somebody."""

    to: str
    text: str
    language: str
    message: str = ""
    nonce: str = ""


class ScriptedRoom:
    """Says everything, but first raises what `failures` holds, one at a time.

    `failures` of a chat or person wait under its id. With `hangs`, it shows and never returns.
    """

    def __init__(self, name: str = "local", *, knows_nonces: bool = False) -> None:
        self.name = name
        self.knows_nonces = knows_nonces
        self.seconds_between_messages = 0.0
        self.messages_per_minute = 0
        self.messages_per_second = 0
        self.failures: dict[str, deque[Exception]] = {}
        self.hangs = False
        self.shown = asyncio.Event()
        self.tries: list[str] = []
        self.said: list[Said] = []

    def fails(self, to: str, *errors: Exception) -> None:
        """Fail for this chat or person, so many times."""
        self.failures[to] = deque(errors)

    def to(self, to: str) -> list[Said]:
        """What was said there."""
        return [each for each in self.said if each.to == to]

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def show_card(
        self, chat: str, channel: str, message: str, reply: Reply, voice: Voice, nonce: str
    ) -> str:
        await self._say(chat, reply, voice, message, nonce)
        return message or f"m{len(self.said)}"

    async def tell(self, external: str, reply: Reply, voice: Voice, nonce: str) -> None:
        await self._say(external, reply, voice, "", nonce)

    async def _say(self, to: str, reply: Reply, voice: Voice, message: str, nonce: str) -> None:
        self.tries.append(to)
        if self.failures.get(to):
            raise self.failures[to].popleft()
        self.said.append(Said(to, neutral_text(reply, voice), voice.language, message, nonce))
        self.shown.set()
        if self.hangs:
            await asyncio.Event().wait()
