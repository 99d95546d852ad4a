"""P5 of the goals, Discord. Run with `make bench`; prints, and fails on no figure."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import discord
import pytest
from discord import app_commands

from bots.app import App
from bots.discord_bot import DiscordBot
from bots.discord_bot.client import PoolClient
from bots.rooms import Inside
from bots.settings import Settings
from tests.bench.measuring import report
from tests.pretended.discord import HandClock, PretendedDiscord, User
from tests.village import village

pytestmark = pytest.mark.bench

MANY = int(os.environ.get("BENCH_COMMANDS", "5000"))
"""The second figure's number of commands; the pretended Discord takes most of its time."""

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

    def __init__(self, inside: Inside) -> None:
        super().__init__(inside, guild_ready_timeout=0.05)


@asynccontextmanager
async def bare(
    server: PretendedDiscord, users: Sequence[User], folder: Path
) -> AsyncIterator[None]:
    client = Bare()
    async with client:
        await client.login(server.token)
        connection = asyncio.get_running_loop().create_task(client.connect())
        await client.ready.wait()
        yield
    await connection


@asynccontextmanager
async def pool(
    server: PretendedDiscord, users: Sequence[User], folder: Path
) -> AsyncIterator[None]:
    """The whole bot, on a pool with these people, who have credits; only time stands still."""
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        discord_token=server.token,  # type: ignore[arg-type]
        discord_api_url=server.api_url,
        discord_gateway_url=server.gateway_url,
    )

    async with App(
        settings, rooms=[lambda inside: DiscordBot(inside, Quick)], ticking=False
    ) as app:
        ids = [str(user.id) for user in users]
        kijiji = await village(app.engine)
        kijiji.platform = "discord"
        await kijiji.join(*ids)
        kijiji.platform = "local"
        for first in range(0, len(ids), 20):
            await kijiji.thank(1_000_000, *ids[first : first + 20])
        app.delivery.nudge()
        await app.quiet()  # They are told of all this, and that is not measured.
        yield


async def timed(make: Any, folder: Path, count: int, command: str) -> Times:
    """How long a bot takes for so many commands, each of another person (500 at most)."""
    async with Timed() as server:
        users = [server.user(f"person{n}", f"Person {n}") for n in range(min(count, 500))]
        server.guild("Riverside", members=users)
        running: AbstractAsyncContextManager[None] = make(server, users, folder)
        with server.reroute():
            async with running:
                await server.all_at_once(users, len(users), command)  # warms up
                return await server.all_at_once(users, count, command)


@pytest.mark.parametrize("command", ["balance", "send"])
@pytest.mark.parametrize("count", [500, MANY])
async def test_so_many_at_one_instant(tmp_path: Path, count: int, command: str):
    floor = await timed(bare, tmp_path, count, command)
    figure = await timed(pool, tmp_path, count, command)
    print()
    what = f"{count} /{command}, last"
    report(f"{what} answer ÷ bare library", figure.last_answer, floor.last_answer, " s", "P5 ≤ 2")
    signs = max(figure.first_signs), max(floor.first_signs)
    report(f"{what} sign ÷ bare library", *signs, " s", "P5 ≤ 3 s")
    print(f"    past 3 s: {figure.late} of {count}; bare library {floor.late}")
