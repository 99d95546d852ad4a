"""The bot for a stage: on the stage's clock, with its rooms, and nothing that comes by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bots.app import App, MakeRoom
from bots.local_bot.stage import Moment
from bots.playing import steady_draw
from bots.settings import Settings
from bots.transcripts.script import Script


def app_of(
    script: Script,
    folder: Path,
    url: str,
    moment: Moment,
    settings: Mapping[str, object],
    rooms: Sequence[MakeRoom],
) -> App:
    """A bot that finds its platforms by these settings."""
    return App(
        Settings(_env_file=None, data_dir=folder, **settings),  # type: ignore[arg-type]
        url=url,
        clock=moment,
        draw=steady_draw(script.title),
        rooms=rooms,
        limits=None,
        ticking=False,
    )
