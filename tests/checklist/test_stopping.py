"""A real process under load, asked to stop (A32)."""

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
from pathlib import Path

from bots.app import STOP_SECONDS
from tests.pretended.telegram import PretendedTelegram, User

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def process(
    telegram: PretendedTelegram, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program as it is started, with a token."""
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", "run"),
        cwd=folder,
        env={
            **os.environ,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
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


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "poolkeeper.db")) as database:
        return database.execute(sql).fetchall()


async def test_asked_to_stop_under_load_it_stops_in_time_and_leaves_nothing_claimed(
    tmp_path: Path,
) -> None:
    """A32: what was claimed is sent or given back, and the next process does the rest, once."""
    async with PretendedTelegram() as telegram:
        amina = telegram.user("Amina", username="amina")
        juma = telegram.user("Juma", username="juma")
        group = telegram.supergroup("Garden", members=[juma], admins=[amina])
        for person in (amina, juma):
            telegram.starts(person)
        telegram.adds_bot(amina, group)

        def said(word: str, to: User) -> int:
            return sum(word in one.text for one in telegram.messages(to))

        async with process(telegram, tmp_path) as bot:
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
            begun = time.monotonic()
            bot.send_signal(signal.SIGTERM)
            code = await bot.wait()
            took = time.monotonic() - begun
        assert code == 0
        assert took < STOP_SECONDS + 1
        claimed = rows(tmp_path, "SELECT count(*) FROM outbox WHERE state = 'claimed'")
        assert claimed == [(0,)]
        async with process(telegram, tmp_path) as bot:
            await telegram.until(lambda: said("row", amina) == said("board as", juma) == 20, 40)
            bot.send_signal(signal.SIGTERM)
            assert await bot.wait() == 0
        promised = Counter(one.text for one in telegram.messages(amina) if "row" in one.text)
        assert set(promised.values()) == {1}
        assert rows(tmp_path, "SELECT count(*) FROM commitment") == [(20,)]
        assert rows(tmp_path, "SELECT count(*) FROM listing") == [(20,)]
        posted = Counter(one.text for one in telegram.messages(group) if "loaf" in one.text)
        assert not posted or max(posted.values()) == 1
