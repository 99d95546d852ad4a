"""P5 of the goals, Discord. Run with `make bench`; prints, and fails on no figure."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from time import process_time
from typing import Any

import discord
import pytest
from discord import app_commands

from bots.app import App
from bots.discord_bot import DiscordBot
from bots.discord_bot.client import PoolClient, point_library_at
from bots.rooms import Inside
from bots.settings import Settings
from tests.bench.apart import Server, Times, apart
from tests.bench.measuring import report
from tests.village import village

pytestmark = pytest.mark.bench

MANY = int(os.environ.get("BENCH_COMMANDS", "5000"))
"""The second figure's number of commands; the pretended Discord takes most of its time."""


class Bare(discord.Client):
    """The floor: the bare library, which takes notice and answers a constant."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.ready = asyncio.Event()

        @self.tree.command()
        async def balance(interaction: discord.Interaction) -> None:
            """What you have."""
            await _constant(interaction)

        @self.tree.command()
        async def send(
            interaction: discord.Interaction, member: discord.User, credits: int
        ) -> None:
            """Send credits."""
            await _constant(interaction)

    async def setup_hook(self) -> None:
        """Register the commands."""
        await self.tree.sync()

    async def on_ready(self) -> None:
        """Logged in."""
        self.ready.set()


async def _constant(interaction: discord.Interaction) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    await interaction.edit_original_response(content="You have 100 credits.")


class Quick(PoolClient):
    """Waits for nothing when it logs in."""

    def __init__(self, inside: Inside, **options: Any) -> None:
        super().__init__(inside, guild_ready_timeout=0.05, **options)


def settings_for(server: Server, folder: Path) -> Settings:
    """By which a bot finds this Discord."""
    return Settings(
        _env_file=None,
        data_dir=folder,
        discord_token=server.token,  # type: ignore[arg-type]
        discord_api_url=server.api_url,
        discord_gateway_url=server.gateway_url,
    )


@asynccontextmanager
async def bare(server: Server, folder: Path) -> AsyncIterator[None]:
    point_library_at(settings_for(server, folder))
    client = Bare()
    async with client:
        await client.login(server.token)
        connection = asyncio.get_running_loop().create_task(client.connect())
        await client.ready.wait()
        yield
    await connection


@asynccontextmanager
async def pool(server: Server, folder: Path) -> AsyncIterator[None]:
    """The whole bot, on a pool with these people, who have credits; only time stands still."""
    settings = settings_for(server, folder)
    async with App(
        settings, rooms=[lambda inside: DiscordBot(inside, Quick)], limits=None, ticking=False
    ) as app:
        kijiji = await village(app.engine)
        kijiji.platform = "discord"
        await kijiji.join(*server.people)
        kijiji.platform = "local"
        for first in range(0, len(server.people), 20):
            await kijiji.thank(1_000_000, *server.people[first : first + 20])
        app.delivery.nudge()
        await app.quiet()  # They are told of all this, and that is not measured.
        yield


async def timed(make: Any, folder: Path, count: int, command: str) -> tuple[Times, float]:
    """How long a bot takes for so many commands, each of another person (500 at most).

    With the milliseconds of CPU that a command costs this process, whatever else the machine does.
    """
    people = min(count, 500)
    async with apart(people) as server:
        running: AbstractAsyncContextManager[None] = make(server, folder)
        async with running:
            await server.all_at_once(people, command)  # warms up
            before = process_time()
            times = await server.all_at_once(count, command)
            return times, (process_time() - before) * 1000 / count


@pytest.mark.parametrize("command", ["balance", "send"])
@pytest.mark.parametrize("count", [500, MANY])
async def test_so_many_at_one_instant(tmp_path: Path, count: int, command: str):
    floor, floor_cpu = await timed(bare, tmp_path, count, command)
    figure, cpu = await timed(pool, tmp_path, count, command)
    print()
    what = f"{count} /{command}, last"
    report(f"{what} answer ÷ bare library", figure.last_answer, floor.last_answer, " s", "P5 ≤ 2")
    signs = max(figure.first_signs), max(floor.first_signs)
    report(f"{what} sign ÷ bare library", *signs, " s", "P5 ≤ 3 s")
    report(f"{count} /{command}, CPU ÷ bare library", cpu, floor_cpu, " ms", "a command")
    print(f"    past 3 s: {figure.late} of {count}; bare library {floor.late}")
