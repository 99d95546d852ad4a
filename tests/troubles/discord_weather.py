"""The troubles of Discord, one at a time: each meets the first calls of every act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.pretended.discord import PretendedDiscord

ACKNOWLEDGING = "POST /interactions/*/*/callback"
ANSWERING = ("PATCH /webhooks/**", "POST /webhooks/**")
SAYING = ("POST /channels/*/messages", "PATCH /channels/*/messages/*")


@dataclass(frozen=True)
class Trouble:
    """What befalls the calls of one act; `begun` is called once the act has reached the bot.

    It befalls one act in `every`; where that is more than one, the bot itself sets a limit to it.
    """

    name: str
    befalls: Callable[[PretendedDiscord], None] = lambda discord: None
    begun: Callable[[PretendedDiscord], None] = lambda discord: None
    twice: bool = False
    every: int = 1


def _each(*routes: str, **how: object) -> Callable[[PretendedDiscord], None]:
    def befalls(discord: PretendedDiscord) -> None:
        for route in routes:
            discord.fail(route, **how)  # type: ignore[arg-type]

    return befalls


ALL = (ACKNOWLEDGING, *ANSWERING, *SAYING)

TROUBLES = [
    Trouble("429 three times", _each(*ALL, status=429, retry_after=0.01, times=3)),
    Trouble("502", _each(*ALL, status=502)),
    Trouble("dropped before the answer", _each(*ANSWERING, *SAYING, status=None)),
    Trouble("dropped after the effect", _each(*SAYING, status=None, after_effect=True)),
    Trouble("line cut", begun=lambda discord: discord.drop_connection()),
    Trouble("asked to reconnect", begun=lambda discord: discord.request_reconnect()),
    Trouble("session over", begun=lambda discord: discord.invalidate_session(), every=30),
    Trouble("delivered twice", twice=True),
]
