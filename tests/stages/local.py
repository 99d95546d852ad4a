"""Transcripts on the local platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bots import playing
from bots.settings import Settings
from bots.transcripts.script import Script
from bots.transcripts.stage import Stage


@asynccontextmanager
async def local_stage(script: Script, folder: Path, url: str = "") -> AsyncIterator[Stage]:
    """A stage on a new database, at the instant where the transcript begins."""
    settings = Settings(data_dir=folder)
    url = url or f"sqlite:///{folder / 'pool.db'}"
    async with playing.local_stage(script, settings, url) as stage:
        yield stage
