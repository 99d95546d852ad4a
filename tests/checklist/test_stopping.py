"""A real process, asked to stop under load or while a command is in flight (A32)."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

from bots.app import STOP_SECONDS
from storage.locks import WriteLock
from tests.pretended.discord import PretendedDiscord
from tests.pretended.telegram import PretendedTelegram, User

ROOT = Path(__file__).parents[2]
CLAIMED = "SELECT count(*) FROM outbox WHERE state = 'claimed'"


@asynccontextmanager
async def process(folder: Path, **platform: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program as it is started, with the token and the address of a platform."""
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", "run"),
        cwd=folder,
        env={
            **os.environ,
            **platform,
            "DATA_DIR": str(folder),
            "PYTHONPATH": str(ROOT),
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield bot
    finally:
        if bot.returncode is None:
            bot.kill()
        await bot.wait()


async def stopped(bot: asyncio.subprocess.Process) -> float:
    """How long a process takes that was just asked to stop, and that ends well."""
    begun = time.monotonic()
    assert await bot.wait() == 0
    return time.monotonic() - begun


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "poolkeeper.db")) as database:
        return database.execute(sql).fetchall()


async def test_asked_to_stop_under_load_it_stops_in_time_and_leaves_nothing_claimed(
    tmp_path: Path,
) -> None:
    """A32: what was claimed is sent or given back, and the next process does the rest, once."""
    async with PretendedTelegram() as telegram:
        started = partial(
            process, tmp_path, TELEGRAM_TOKEN=telegram.token, TELEGRAM_API_URL=telegram.url
        )
        amina = telegram.user("Amina", username="amina")
        juma = telegram.user("Juma", username="juma")
        group = telegram.supergroup("Garden", members=[juma], admins=[amina])
        for person in (amina, juma):
            telegram.starts(person)
        telegram.adds_bot(amina, group)

        def said(word: str, to: User) -> int:
            return sum(word in one.text for one in telegram.messages(to))

        async with started() as bot:
            telegram.says(
                amina, group, "/pool create Garden currency:KES timezone:Africa/Nairobi language:en"
            )
            telegram.says(juma, group, "/join")
            await telegram.until(
                lambda: any("Welcome" in each.text for each in telegram.messages(juma)), 30
            )
            for n in range(20):
                telegram.says(juma, group, f"/offer 1 loaf {n:02}")
                telegram.says(amina, amina, f"/commit 1 row {n:02}")
            await telegram.until(lambda: len(telegram.messages(amina)) > 4, 30)
            bot.send_signal(signal.SIGTERM)
            assert await stopped(bot) < STOP_SECONDS + 1
        assert rows(tmp_path, CLAIMED) == [(0,)]
        async with started() as bot:
            await telegram.until(lambda: said("row", amina) == said("board as", juma) == 20, 40)
            bot.send_signal(signal.SIGTERM)
            assert await bot.wait() == 0
        promised = Counter(one.text for one in telegram.messages(amina) if "row" in one.text)
        assert set(promised.values()) == {1}
        assert rows(tmp_path, "SELECT count(*) FROM commitment") == [(20,)]
        assert rows(tmp_path, "SELECT count(*) FROM listing") == [(20,)]
        posted = Counter(one.text for one in telegram.messages(group) if "loaf" in one.text)
        assert not posted or max(posted.values()) == 1


async def test_asked_to_stop_with_commands_in_flight_it_answers_them_first(tmp_path: Path) -> None:
    """A32: on Discord; nobody can write when the signal comes, so that nothing is done yet."""
    async with PretendedDiscord() as discord:
        started = partial(
            process,
            tmp_path,
            DISCORD_TOKEN=discord.token,
            DISCORD_API_URL=discord.api_url,
            DISCORD_GATEWAY_URL=discord.gateway_url,
        )
        amina = discord.user("amina", "Amina")
        guild = discord.guild("Riverside", admins=[amina])
        async with started() as bot:
            await discord.until(lambda: discord.syncs and discord.gateway.sessions, what="the bot")
            founded = {"name": "Riverside", "currency": "KES", "timezone": "Africa/Nairobi"}
            await discord.slash(amina, guild.channel, "pool create", **founded).answered()
            lock = WriteLock(tmp_path / "poolkeeper.db")
            await asyncio.to_thread(lock.take)
            acts = [
                discord.slash(amina, guild.channel, "offer", worth="1", what=f"loaf {n:02}")
                for n in range(6)
            ]
            for act in acts:
                await act.acknowledged_within()
            assert not any(act.settled for act in acts)
            bot.send_signal(signal.SIGTERM)
            lock.free()
            assert await stopped(bot) < STOP_SECONDS
            lock.close()
        assert all("on the board" in act.text for act in acts)
        assert rows(tmp_path, CLAIMED) == [(0,)]
        assert rows(tmp_path, "SELECT count(*) FROM listing") == [(len(acts),)]

        def cards() -> Counter[str]:
            seen = discord.messages(guild.channel)
            return Counter(each.text for each in seen if each.visible_to is None)

        async with started() as bot:
            await discord.until(lambda: len(cards()) == len(acts), 30, "a card for each offer")
            bot.send_signal(signal.SIGTERM)
            assert await stopped(bot) < STOP_SECONDS
        assert set(cards().values()) == {1}
        assert rows(tmp_path, "SELECT count(*) FROM outbox") == [(0,)]
