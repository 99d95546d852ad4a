"""F1: three processes, each with its own writer, on one database."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

from core.domain.refusals import Refused
from core.engine import Engine
from core.usecases.linking import Link, Linked, MakeLinkCode, link, make_link_code
from storage.house import open_house
from tests.clocks import Clock, Draw
from tests.village import village

PROCESSES, TASKS, TRANSFERS = 3, 8, 50
NAMES = [f"m{n}" for n in range(TASKS)]

RACER = """
import asyncio, json, os, sys
from datetime import UTC, datetime
from core.domain.refusals import NotEnough, Refused
from core.domain.units import Credits, MemberId, PoolId
from core.engine import Engine
from core.usecases.credits import Send, send
from core.usecases.standing import By
from storage.house import open_house

async def main(url, me, pool, members, transfers):
    house = await open_house(url, lambda: datetime.now(UTC), os.urandom)
    engine = Engine(house.writer)
    names = sorted(members)
    refused = 0

    async def task(n):
        nonlocal refused
        for i in range(transfers):
            giver, taker = names[n], names[(n + i % (len(names) - 1) + 1) % len(names)]
            command = Send(PoolId(pool), By("local", giver), MemberId(members[taker]), Credits(3))
            try:
                await engine.run(send, command, f"{me}:{n}:{i}", f"local:{giver}")
            except Refused as no:
                assert isinstance(no.refusal, NotEnough), no.refusal
                refused += 1

    async with asyncio.TaskGroup() as tasks:
        for n in range(len(names)):
            tasks.create_task(task(n))
    await house.close()
    print(json.dumps(refused))

asyncio.run(main(**json.loads(sys.argv[1])))
"""


async def test_links_at_one_instant_follow_one_another(url: str, clock: Clock, draw: Draw):
    """Each folds a person that another needs: one after the other, each comes to an end."""
    house = await open_house(url, clock, draw)
    engine = Engine(house.writer)
    for turn in range(5):
        names = [f"{name}{turn}" for name in "abc"]
        kijiji = await village(engine, *names, credits=5, chat=f"square {turn}")
        a, b, c = (kijiji.by(name) for name in names)
        codes = [
            (await kijiji.do(make_link_code, MakeLinkCode(by), by.external)).code for by in (a, b)
        ]
        told = await asyncio.gather(
            *(
                engine.run(link, Link(by, code), f"link {turn} {place}", by.account)
                for place, (by, code) in enumerate(((a, codes[1]), (b, codes[0]), (c, codes[0])))
            ),
            return_exceptions=True,
        )
        assert all(isinstance(each, Linked | Refused) for each in told), told
        assert not (await house.readers.audit(kijiji.pool)).faults
    await house.close()


async def test_three_processes_lose_no_update(url: str, clock: Clock, draw: Draw):
    house = await open_house(url, clock, draw)
    kijiji = await village(Engine(house.writer), *NAMES, credits=5)
    told = {"url": url, "pool": kijiji.pool, "members": kijiji.members, "transfers": TRANSFERS}
    racers = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            RACER,
            json.dumps({**told, "me": f"racer{n}"}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for n in range(PROCESSES)
    ]
    outputs = [await racer.communicate() for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * PROCESSES, outputs
    refused = sum(json.loads(out) for out, _ in outputs)
    balances = [
        (await house.readers.balance(kijiji.pool, member)).free
        for member in kijiji.members.values()
    ]
    audit = await house.readers.audit(kijiji.pool)
    await house.close()
    assert audit.faults == ()
    assert audit.entries == TASKS + PROCESSES * TASKS * TRANSFERS - refused
    assert sum(balances) == 5 * TASKS
    assert min(balances) >= 0
