"""The pretended Discord in a process of its own, so that what is measured is the bot's alone.

`async with apart(500) as server` begins it with so many people in one guild. It is asked and
answers in lines of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import discord

from tests.pretended.discord import HandClock, PretendedDiscord, User

PATIENCE_SECONDS = 300
SEND = {"credits": 1}


@dataclass(frozen=True)
class Times:
    """Seconds from the first command on."""

    first_signs: Sequence[float]
    last_answer: float

    @property
    def late(self) -> int:
        """Commands that Discord would have given up."""
        return sum(seconds > 3 for seconds in self.first_signs)


@dataclass(frozen=True)
class Server:
    """The other process, as this one sees it."""

    process: asyncio.subprocess.Process
    token: str
    api_url: str
    gateway_url: str
    people: Sequence[str]

    async def all_at_once(self, count: int, command: str) -> Times:
        """So many commands at one instant, each person's in turn."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([count, command]).encode() + b"\n")
        return Times(**await _line(self.process))


@asynccontextmanager
async def apart(people: int) -> AsyncIterator[Server]:
    """Begin the other process, and end it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        str(people),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    try:
        yield Server(process, **await _line(process))
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    read: dict[str, Any] = json.loads(await process.stdout.readline())
    return read


# --- in the other process ----------------------------------------------------------------------


class Timed(PretendedDiscord):
    """Notes when each interaction was acknowledged, by the real time.

    Its own clock stands still, so that it takes late signs too.
    """

    def __init__(self) -> None:
        super().__init__(HandClock(discord.utils.utcnow()))
        self.first_signs: list[float] = []
        take = self._answers._take_response

        def taken(*act: Any) -> None:
            take(*act)
            self.first_signs.append(perf_counter())

        self._answers._take_response = taken  # type: ignore[assignment, method-assign]

    async def all_at_once(self, users: Sequence[User], count: int, command: str) -> Times:
        """So many commands at one instant, each user's in turn."""
        self.first_signs.clear()
        started = perf_counter()
        for number in range(count):
            user = users[number % len(users)]
            options = {**SEND, "member": users[(number + 1) % len(users)]}
            self.slash_dm(user, command, **(options if command == "send" else {}))
        acts = list(self.interactions.values())[-count:]
        for each in acts:
            await each.answered(PATIENCE_SECONDS)
        ended = perf_counter()
        return Times([at - started for at in self.first_signs], ended - started)


async def _serve(people: int) -> None:
    async with Timed() as server:
        users = [server.user(f"person{n}", f"Person {n}") for n in range(people)]
        server.guild("Riverside", members=users)
        _say(
            token=server.token,
            api_url=server.api_url,
            gateway_url=server.gateway_url,
            people=[str(user.id) for user in users],
        )
        while line := await asyncio.to_thread(sys.stdin.readline):
            times = await server.all_at_once(users, *json.loads(line))
            _say(first_signs=times.first_signs, last_answer=times.last_answer)


def _say(**what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
