"""Nothing twice, nothing lost: deliveries that come ten times, and one account that all press.

R5 and F1 of the goals, on both databases.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from typing import Any

from core.engine import Engine
from storage.house import open_house
from tests.checklist.conftest import Town
from tests.clocks import Clock, Draw
from tests.pretended import discord, telegram
from tests.village import village

TIMES = 10


class Insistent:
    """People whose every act reaches the bot ten times."""

    def __init__(self, town: Town) -> None:
        self.town = town

    async def tells(self, user: telegram.User, text: str, place: Any = None) -> str:
        town = self.town
        town.telegram.says(user, user if place is None else place, text)
        return await self._again(user)

    async def taps(self, user: telegram.User, message: telegram.Message, label: str) -> str:
        self.town.telegram.taps(user, message, label)
        return await self._again(user)

    async def _again(self, user: telegram.User) -> str:
        (update,) = self.town.telegram.waiting
        for _ in range(TIMES - 1):
            self.town.telegram.redeliver(update)
        await self.town.settled()
        return self.town.answer_to(user)

    async def slashes(self, user: discord.User, command: str, **options: Any) -> str:
        act = self.town.discord.slash(user, self.town.guild.channel, command, **options)
        return await self._delivered(act)

    async def presses(self, user: discord.User, message: discord.Message, label: str) -> str:
        return await self._delivered(self.town.discord.press(user, message, label))

    async def _delivered(self, act: discord.Interaction) -> str:
        for _ in range(TIMES - 1):
            self.town.discord.redeliver(act)
        await act.answered()
        await self.town.settled()
        assert len(act.responses) == 1
        return act.text


async def test_whatever_arrives_ten_times_has_one_effect(town: Town, url: str) -> None:
    """R5, A6: each update and each interaction of an exchange between two platforms."""
    town.url = url
    people = Insistent(town)
    async with town.open():
        await town.founds()
        asked = len(town.telegram.history)
        await people.tells(town.amina, "/thank @Juma @Baraka 9 the harvest", town.group)
        promised = await people.slashes(town.baraka, "commit", worth="2", what="carrying water")
        number = re.search(r"#\d+", promised)
        assert number is not None
        await people.slashes(town.baraka, "done", commitment=number[0])
        await people.tells(town.amina, "/queue")
        queue = town.telegram.messages(town.amina)[-1]
        assert (await people.taps(town.amina, queue, f"Confirm {number[0]}")).startswith("Conf")
        await people.tells(town.juma, "/send @Baraka 4")
        await people.tells(town.juma, "/send @Baraka 1")
        sent = town.telegram.messages(town.juma)[-1]
        assert "You took back 1 credit" in await people.taps(town.juma, sent, "Undo")
        await people.tells(town.juma, "/offer 3 bread", town.group)
        ordered = await people.presses(town.baraka, town.cards()[-1], "I would like this")
        assert ordered.startswith("#")
        assert await town.free("Juma") == 9 - 4
        assert await town.free("Baraka") == 9 + 2 + 4 - 3
        # Two thanks, one confirmation, two transfers, one taken back, one order held.
        assert (await town.books()).entries == 7
        shown = Counter(
            (each.chat.id, each.text)
            for each in town.telegram.history[asked:]
            if each.act == "sent"
        )
        assert max(shown.values()) == 1, shown.most_common(1)


HAMMER = """
import asyncio, json, os, sys
from datetime import UTC, datetime
from core.domain.refusals import NotEnough, Refused
from core.domain.units import Credits, MemberId, PoolId
from core.engine import Engine
from core.usecases.credits import Send, send
from core.usecases.standing import By
from storage.house import open_house

async def main(url, me, pool, giver, takers, transfers):
    house = await open_house(url, lambda: datetime.now(UTC), os.urandom)
    engine = Engine(house.writer)
    sent = [0] * len(takers)

    async def task(n):
        for i in range(transfers):
            command = Send(PoolId(pool), By("local", giver), MemberId(takers[n]), Credits(1))
            try:
                await engine.run(send, command, f"{me}:{n}:{i}", f"local:{giver}")
            except Refused as no:
                assert isinstance(no.refusal, NotEnough), no.refusal
            else:
                sent[n] += 1

    async with asyncio.TaskGroup() as tasks:
        for n in range(len(takers)):
            tasks.create_task(task(n))
    await house.close()
    print(json.dumps(sent))

asyncio.run(main(**json.loads(sys.argv[1])))
"""


async def test_three_processes_spend_one_account_to_the_last_credit_and_not_further(
    url: str, clock: Clock, draw: Draw
) -> None:
    """F1: eight tasks in each of three processes send from one and the same account."""
    processes, tasks, transfers = 3, 8, 10
    credits = processes * tasks * transfers - 30
    takers = [f"m{n}" for n in range(tasks)]
    house = await open_house(url, clock, draw)
    people = await village(Engine(house.writer), "Asha", *takers)
    await people.thank(credits, "Asha")
    members = [people.members[who] for who in takers]
    told = {"url": url, "pool": people.pool, "giver": "Asha", "takers": members}
    hammers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", HAMMER),
            json.dumps({**told, "me": f"hammer{n}", "transfers": transfers}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for n in range(processes)
    ]
    outputs = [await hammer.communicate() for hammer in hammers]
    assert [hammer.returncode for hammer in hammers] == [0] * processes, outputs
    told_sent = [sum(each) for each in zip(*(json.loads(out) for out, _ in outputs), strict=True)]
    got = [(await house.readers.balance(people.pool, member)).free for member in members]
    left = (await house.readers.balance(people.pool, people.members["Asha"])).free
    audit = await house.readers.audit(people.pool)
    await house.close()
    assert got == told_sent, "what was acknowledged is what moved"
    assert (left, sum(got)) == (0, credits)
    assert audit.faults == ()
    assert audit.entries == 1 + credits
