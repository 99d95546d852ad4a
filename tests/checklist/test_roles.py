"""Two processes of each role share one PostgreSQL, and one after the other is killed under load."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import psycopg
import pytest

from bots.roles import ROLES
from tests.checklist.conftest import Town
from tests.clocks import Clock, Draw
from tests.databases import database_url
from tests.pretended.discord import HandClock, PretendedDiscord
from tests.pretended.telegram import PretendedTelegram

ROOT = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds within which all that was begun is over."""

PROGRAM = """
import sys
from datetime import timedelta
import bots.clock, bots.delivery, storage.leases
role, lease, tick = sys.argv[1:]
storage.leases.LEASE = timedelta(seconds=float(lease))
bots.delivery.LEASE = 2 * storage.leases.LEASE
bots.clock.SECONDS_BETWEEN_TICKS = float(tick)
from bots.__main__ import main
sys.exit(main(["run", "--roles", role]))
"""
"""The program as it is started, but for how soon another takes over."""

NOTE = re.compile(r"(?:telegram|discord) \d{4}")
NOTES = "SELECT note FROM entry_note WHERE note <> ''"


class Crew:
    """The processes of every role: which runs, and which is killed next."""

    def __init__(self, town: Town, lease: float, tick: float) -> None:
        self._town = town
        self._pace = (str(lease), str(tick))
        self._running: list[tuple[str, asyncio.subprocess.Process]] = []
        self.killed: Counter[str] = Counter()

    async def start(self, role: str) -> None:
        town = self._town
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM, role, *self._pace),
            cwd=town.folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "DATA_DIR": str(town.folder),
                "DATABASE_URL": town.url,
                "TELEGRAM_TOKEN": town.telegram.token,
                "TELEGRAM_API_URL": town.telegram.url,
                "DISCORD_TOKEN": town.discord.token,
                "DISCORD_API_URL": town.discord.api_url,
                "DISCORD_GATEWAY_URL": town.discord.gateway_url,
            },
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._running.append((role, process))

    async def kill(self, index: int) -> None:
        """Kill one without a warning, and start another in its place."""
        role, process = self._running.pop(index)
        assert process.returncode is None, f"the {role} ended by itself"
        process.kill()
        await process.wait()
        self.killed[role] += 1
        await self.start(role)

    async def end(self) -> None:
        for _, process in self._running:
            if process.returncode is None:
                process.kill()
            await process.wait()


@asynccontextmanager
async def kijiji_on_server(folder: Path) -> AsyncIterator[Town]:
    """A pool on both platforms, kept on a server, with credits to send; no bot runs."""
    async with AsyncExitStack() as stack:
        url = stack.enter_context(database_url("postgresql", folder))
        chats = await stack.enter_async_context(PretendedTelegram())
        guilds = await stack.enter_async_context(PretendedDiscord(HandClock(datetime.now(UTC))))
        town = Town(chats, guilds, folder, Clock(datetime.now(UTC)), Draw(), url)
        async with town.open():
            await town.founds()
            await town.thank(*[("Juma", 90), ("Baraka", 90)] * 3)
        yield town


def rows(town: Town, sql: str) -> list[str]:
    with psycopg.connect(town.url) as connection:
        return [row[0] for row in connection.execute(sql).fetchall()]


async def sends_on_telegram(town: Town, number: int) -> str:
    """What is said stays said, whoever listens."""
    note = f"telegram {number:04}"
    town.telegram.says(town.juma, town.juma, f"/send @amina 1 {note}")
    return note


async def sends_on_discord(town: Town, number: int) -> str:
    """As a person does: who gets no answer looks whether it was done, and says it again if not."""
    note = f"discord {number:04}"
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        if await _answered(town, note) or note in rows(town, NOTES):
            return note
    raise AssertionError(f"nobody served Discord for {PATIENCE} s")


async def _answered(town: Town, note: str) -> bool:
    discord = town.discord
    try:
        await discord.until(lambda: discord.connected, 10, "a bot on Discord")
    except AssertionError:
        return False
    sent = {"member": town.claire, "credits": 1, "note": note}
    act = discord.slash(town.baraka, town.guild.channel, "send", **sent)
    try:
        await act.answered(10)
    except AssertionError:
        discord.excuse(act)  # it came to a process that was killed over it
        return False
    return True


async def live_through(town: Town, crew: Crew, kills: Sequence[int], between: float) -> None:
    """Kill one process after the other while people go on; then let all of it come to its end."""
    said: list[str] = []
    killing = asyncio.create_task(_kill(crew, kills, between))
    try:
        while not killing.done():
            number = len(said)
            send = sends_on_telegram if number % 2 else sends_on_discord
            said.append(await send(town, number // 2))
            await asyncio.sleep(between / 20)  # people's own pace
    finally:
        await killing
    await _all_over(town, said)
    await _nothing_lost_or_doubled(town, said, sum(crew.killed.values()))


async def _kill(crew: Crew, kills: Sequence[int], between: float) -> None:
    for index in kills:
        await asyncio.sleep(between)  # the load goes on meanwhile
        await crew.kill(index)
    await asyncio.sleep(between)


def _heard(town: Town) -> Counter[str]:
    """How often each receiver was told of a transfer."""
    telegram = [
        each.text for user in (town.amina, town.juma) for each in town.telegram.messages(user)
    ]
    direct = [town.discord.dm(user) for user in (town.claire, town.baraka)]
    discord = [each.text for channel in direct for each in town.discord.messages(channel)]
    came = [text for text in (*telegram, *discord) if "sent you" in text]
    return Counter(note for text in came for note in _notes_in(text))


def _notes_in(text: str) -> list[str]:
    return [
        f"{name} {word[:4]}"
        for name in ("telegram", "discord")
        for word in text.split(f"{name} ")[1:]
    ]


async def _all_over(town: Town, said: Sequence[str]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        if set(said) <= set(rows(town, NOTES)) and set(said) <= set(_heard(town)):
            return
        await asyncio.sleep(0.2)  # other processes tell nobody here when they are done
    done, heard = set(rows(town, NOTES)), set(_heard(town))
    raise AssertionError(f"lost: {sorted(set(said) - done)}; untold: {sorted(set(said) - heard)}")


async def _nothing_lost_or_doubled(town: Town, said: Sequence[str], kills: int) -> None:
    entered = Counter(note for note in rows(town, NOTES) if note in set(said))
    assert entered == Counter(said)
    told_again = sum(_heard(town).values()) - len(said)
    assert told_again <= kills, "shown again only by who was killed between showing and marking"


async def _books_hold(town: Town) -> None:
    town.clock.now = datetime.now(UTC) + timedelta(minutes=1)  # the last leases are over
    async with town.open():
        await town.books()


@pytest.mark.timeout(240)
async def test_of_two_processes_of_each_role_one_after_the_other_is_killed(tmp_path: Path) -> None:
    """Nothing is lost or doubled, and both platforms are served; `make soak` goes on for longer."""
    async with kijiji_on_server(tmp_path) as town:
        crew = Crew(town, lease=2, tick=0.5)
        try:
            for role in (*ROLES, *ROLES):
                await crew.start(role)
            await live_through(town, crew, kills=(0, 0, 0), between=4)
        finally:
            await crew.end()
        assert set(crew.killed) == set(ROLES)
        await _books_hold(town)


@pytest.mark.soak
async def test_ten_minutes_of_load_with_processes_killed_at_random(tmp_path: Path) -> None:
    """As people run it: who dies is replaced within half a minute."""
    chance = Random(20261121)
    async with kijiji_on_server(tmp_path) as town:
        crew = Crew(town, lease=30, tick=10)
        try:
            for role in (*ROLES, *ROLES):
                await crew.start(role)
            await live_through(town, crew, [chance.randrange(6) for _ in range(19)], between=30)
        finally:
            await crew.end()
        await _books_hold(town)
