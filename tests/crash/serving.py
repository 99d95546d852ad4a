"""A bot on Telegram in a process of its own, to be killed at any moment."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from bots.app import App
from bots.settings import Settings
from bots.telegram_bot import TelegramBot


def serve(folder: str, token: str, api_url: str) -> None:
    """Run a bot until it is killed. It lets in as much as comes."""
    logging.disable(logging.CRITICAL)
    asyncio.run(_serve(settings_of(folder, token, api_url)))


def settings_of(folder: str, token: str, api_url: str) -> Settings:
    """The settings of the process, and of whoever looks at its database."""
    given = {"telegram_token": token, "telegram_api_url": api_url}
    return Settings(_env_file=None, data_dir=Path(folder), **given)  # type: ignore[arg-type]


async def _serve(settings: Settings) -> None:
    async with App(settings, rooms=[TelegramBot], limits=None, ticking=False):
        await asyncio.Event().wait()
