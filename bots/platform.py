"""What a platform can do for the bot beside answering calls: show a card, tell somebody."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from bots.replies import Reply, line, say
from bots.words import Voice

ONCE_MORE = say("Sent once more, because the connection broke:")
"""Stands above what is shown again though nobody knows whether it was seen before."""


def once_more(reply: Reply) -> Reply:
    """The same reply, saying that it may have been seen before."""
    return replace(reply, blocks=(line(ONCE_MORE), *reply.blocks))


class NotDelivered(Exception):
    """The platform did not take a message; the subclasses say what that means for the next try."""


class TryLater(NotDelivered):
    """Nothing was shown, and it may work later: the platform asks to wait, or was out of reach."""

    def __init__(self, seconds: float = 5.0) -> None:
        super().__init__(f"try again in {seconds} s")
        self.seconds = seconds


class Unreachable(NotDelivered):
    """This account or chat cannot be written to: closed, blocked, never started, left."""


class Gone(NotDelivered):
    """The message that was to be edited is not there any more; a new one may be shown."""


class Unknown(NotDelivered):
    """The connection broke before the platform answered: it may have been shown, or not."""


class Platform(Protocol):
    """One platform, able to speak first. Raises `NotDelivered` where it could not."""

    name: str

    async def show_card(
        self, chat: str, channel: str, message: str, reply: Reply, voice: Voice, nonce: str
    ) -> str:
        """Show a card in a chat, or edit the one that is there; the message's id is returned.

        `message` is '' for a new card. `nonce` is the same for every try of one delivery, so
        that a platform that knows nonces shows it once.
        """

    async def tell(self, external: str, reply: Reply, voice: Voice, nonce: str) -> None:
        """Tell somebody in private."""
