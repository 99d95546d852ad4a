"""So many transfers, in a process of its own whose fsyncs are counted from outside."""

from __future__ import annotations

import asyncio
import sys

from core.domain.units import Credits
from core.usecases.credits import Send, send
from tests.bench.measuring import PEOPLE, opened


async def transfers(url: str, waiting: int, count: int) -> None:
    """Do `count` transfers by `waiting` callers, who each wait for their answers."""
    house, kijiji = await opened(url)

    async def caller(number: int) -> None:
        giver, taker = PEOPLE[number % 16], PEOPLE[(number + 1) % 16]
        command = Send(kijiji.pool, kijiji.by(giver), kijiji.members[taker], Credits(1))
        for turn in range(count // waiting):
            await kijiji.engine.run(send, command, f"{number}:{turn}", f"local:{giver}")

    async with asyncio.TaskGroup() as tasks:
        for number in range(waiting):
            tasks.create_task(caller(number))
    await house.close()


if __name__ == "__main__":
    asyncio.run(transfers(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
