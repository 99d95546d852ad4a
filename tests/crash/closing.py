"""A process that closes the months of all pools and dies by SIGKILL at a chosen statement."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime

from bots.clock import Ticker
from core.engine import Engine
from storage.house import open_house
from tests.crash.dying import die_before


def close_and_die(url: str, now: datetime, at_statement: int) -> None:
    """Tick once at this instant, and be killed before the statement of this number (0: never)."""
    if at_statement:
        die_before(at_statement)
    asyncio.run(close(url, now))


async def close(url: str, now: datetime) -> None:
    """Do all that is due at this instant, as the bot does."""
    house = await open_house(url, lambda: now, os.urandom, migrate=False)

    async def sweep(_: datetime) -> None:
        """There is nothing to let go of."""

    async def renew() -> None:
        """No lease is held."""

    engine = Engine(house.writer)
    ticker = Ticker(engine, house.readers, house.outbox, lambda: now, lambda: None, sweep, renew)
    await ticker.tick()
    await house.close()
