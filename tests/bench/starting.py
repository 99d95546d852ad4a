"""Starting the bot up to where it would log in: settings, database, desk, room."""

from __future__ import annotations

from pathlib import Path

from bots.app import App, rooms_of
from bots.rooms import Inside, Room
from bots.settings import Settings

TOKENS = {"telegram": "7000000001:pretended", "discord": "pretended"}


async def ready(platform: str, folder: str) -> None:
    """Start on a database, with the platform's room, and stop."""
    token = {f"{platform}_token": TOKENS[platform]}
    settings = Settings(_env_file=None, data_dir=Path(folder), **token)  # type: ignore[arg-type]
    (make,) = rooms_of(settings).values()

    def made(inside: Inside) -> Room:
        room = make(inside)
        # Nobody is called: what a platform's server takes its time for is not ours.
        room.start = room.stop = _nothing  # type: ignore[method-assign]
        return room

    async with App(settings, rooms=[made]):
        pass


async def _nothing() -> None:
    """Neither log in nor out."""
