"""The troubles of Telegram, one at a time: each meets the first calls of every act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.patience import PATIENCE
from tests.pretended.telegram import PretendedTelegram

SAYING = (
    "sendMessage",
    "sendPhoto",
    "sendDocument",
    "editMessageText",
    "editMessageReplyMarkup",
    "answerCallbackQuery",
)
"""Telegram's methods by which the bot shows something."""


HANGING_SECONDS = 0.3
"""How long the bot waits for an answer where it gets none; elsewhere a busy machine has time."""


@dataclass(frozen=True)
class Trouble:
    """What befalls the calls of one act.

    `repeats` is whether something may come twice then; `twice`, whether every event does.
    The bot waits for an answer for `answer` seconds.
    """

    name: str
    befalls: Callable[[PretendedTelegram], None]
    repeats: bool = False
    twice: bool = False
    answer: float = PATIENCE


def _each(**how: object) -> Callable[[PretendedTelegram], None]:
    def befalls(telegram: PretendedTelegram) -> None:
        for method in SAYING:
            telegram.fail(method, **how)  # type: ignore[arg-type]

    return befalls


def _hang(telegram: PretendedTelegram) -> None:
    """Longer than the bot has patience for; the server's own handlers end a little later."""
    for method in SAYING:
        telegram.hang(method, seconds=1.2 * HANGING_SECONDS)


TROUBLES = [
    Trouble("429 three times", _each(status=429, retry_after=1, times=3)),
    Trouble("502", _each(status=502)),
    Trouble("dropped before the answer", _each(status=None), repeats=True),
    Trouble("dropped after the effect", _each(status=None, after_effect=True), repeats=True),
    Trouble("hanging", _hang, repeats=True, answer=HANGING_SECONDS),
    Trouble("delivered twice", lambda telegram: None, twice=True),
]
