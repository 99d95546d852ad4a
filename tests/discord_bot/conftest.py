"""A pretended Discord, a database, and the bot between them."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.discord_bot import DiscordBot
from storage.house import House, open_house
from tests.clocks import Clock, Draw
from tests.discord_bot.riverside import Riverside
from tests.discord_bot.small import World
from tests.pretended.discord import HandClock, PretendedDiscord


@pytest.fixture
async def house(sqlite_url: str, clock: Clock, draw: Draw) -> AsyncIterator[House]:
    """An adapter does not care which database it is."""
    opened = await open_house(sqlite_url, clock, draw)
    yield opened
    await opened.close()


@pytest.fixture
async def server_clock() -> HandClock:
    # The library compares the ids of interactions with the real time.
    return HandClock(datetime.datetime.now(datetime.UTC))


@pytest.fixture
async def world(house: House, clock: Clock, server_clock: HandClock) -> AsyncIterator[World]:
    """Discord with a guild, and no bot yet."""
    async with PretendedDiscord(server_clock) as server:
        yield World(server, house, clock)


@pytest.fixture
async def bot(world: World) -> AsyncIterator[DiscordBot]:
    """The bot, logged in."""
    async with world.bot() as bot:
        yield bot


@pytest.fixture
async def server(server_clock: HandClock) -> AsyncIterator[PretendedDiscord]:
    """A Discord without a guild."""
    async with PretendedDiscord(server_clock) as server:
        yield server


@pytest.fixture
async def riverside(
    server: PretendedDiscord, tmp_path: Path, clock: Clock, draw: Draw
) -> AsyncIterator[Riverside]:
    """All of the bot, running, and a pool in its guild."""
    place = Riverside(server, tmp_path, clock, draw)
    await place.start()
    try:
        await place.found()
        yield place
    finally:
        await place.stop()
