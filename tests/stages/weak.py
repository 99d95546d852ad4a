"""Transcripts on a weaker platform: no private answers in the group, and messages are short."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bots import playing
from bots.local_bot.powers import Powers
from bots.settings import Settings
from bots.transcripts.script import Script
from bots.transcripts.stage import Stage

WEAK = Powers(private_in_group=False, text_max=160)


@asynccontextmanager
async def weak_stage(script: Script, folder: Path, url: str = "") -> AsyncIterator[Stage]:
    """A stage on a new database, at the instant where the transcript begins."""
    settings = Settings(data_dir=folder)
    url = url or f"sqlite:///{folder / 'pool.db'}"
    async with playing.local_stage(script, settings, url, powers=WEAK) as stage:
        yield stage
