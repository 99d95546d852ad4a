"""Completion in the terminal: what could be meant, and the commands of the frame around it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bots.local_bot.bot import LocalBot
from bots.local_bot.frame import FRAME, called, framed
from bots.local_bot.guessing import Guess, Guessing
from bots.rooms import Inside
from bots.words import Voice


class Completing(Completer):
    """Completes for whoever types at the moment. `who` gives their short name and voice."""

    def __init__(self, inside: Inside, bot: LocalBot, who: Callable[[], tuple[str, Voice]]) -> None:
        self._guessing = Guessing(inside, bot)
        self._bot = bot
        self._who = who

    def get_completions(
        self,
        document: Document,  # noqa: ARG002
        complete_event: CompleteEvent,  # noqa: ARG002
    ) -> Iterable[Completion]:
        """Nothing at once: the pool has to be asked."""
        return ()

    async def get_completions_async(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002
    ) -> AsyncGenerator[Completion, None]:
        """What fits at the end of the line."""
        line = document.text_before_cursor
        for each in self._people(line):
            yield each
        nick, voice = self._who()
        async for guess in self._guessing.guesses(nick, voice, line):
            yield _completion(guess)
        for name in (called(each, voice.language) for each in FRAME):
            if line.startswith("/") and name.startswith(line[1:]):
                yield Completion(f"/{name}", -len(line))

    def _people(self, line: str) -> Iterable[Completion]:
        """Whom one may become."""
        _, blank, nick = line.partition(" ")
        own = framed(line)
        if blank and own is not None and own.command == "as":
            for each, actor in self._bot.people.items():
                if each.startswith(nick):
                    yield Completion(each, -len(nick), display_meta=actor.name)


def _completion(guess: Guess) -> Completion:
    return Completion(
        guess.text,
        -guess.instead,
        display=guess.label or None,
        display_meta=guess.about or None,
    )
