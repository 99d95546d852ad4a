"""What could be meant while somebody types: commands, and what fits their arguments."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bots.catalogue.commands import Argument, Command, Group
from bots.catalogue.suggesting import suggestions
from bots.local_bot.bot import LocalBot
from bots.rooms import Inside
from bots.words import Voice, spoken

FRAME = ("as", "clock", "group", "in", "private", "quit", "who")
"""Commands of the frame around the chat; no command of the bot may be called so."""


class Completing(Completer):
    """Completes for whoever types at the moment. `who` gives their short name and voice."""

    def __init__(self, inside: Inside, bot: LocalBot, who: Callable[[], tuple[str, Voice]]) -> None:
        self._inside = inside
        self._bot = bot
        self._who = who
        self._commands = {_typed(each): each for each in inside.desk.commands}

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
        if not line.startswith("/"):
            return
        command = self._command(line)
        if command is None:
            for each in self._names(line):
                yield each
            return
        async for each in self._values(command, line):
            yield each

    def _command(self, line: str) -> Command | None:
        """The command whose name stands in the line, with a blank behind it."""
        fitting = [name for name in self._commands if line.startswith(f"/{name} ")]
        return self._commands[max(fitting, key=len)] if fitting else None

    def _names(self, line: str) -> Iterable[Completion]:
        _, voice = self._who()
        frame, _, nick = line[1:].partition(" ")
        if frame == "as":
            for each in self._bot.people:
                if each.startswith(nick):
                    yield Completion(each, -len(nick), display_meta=self._bot.people[each].name)
        for name, command in self._commands.items():
            if name.startswith(line[1:]):
                summary = spoken(command.summary, voice)
                yield Completion(f"/{name}", -len(line), display_meta=summary)
        for name in FRAME:
            if name.startswith(line[1:]):
                yield Completion(f"/{name}", -len(line))

    async def _values(self, command: Command, line: str) -> AsyncGenerator[Completion, None]:
        """What fits the argument at the end; then the names of what may also be said."""
        nick, voice = self._who()
        words = line[len(_typed(command)) + 2 :].split(" ")
        last = words[-1]
        argument, typed = _meant(command, words)
        known = await self._inside.doors.reading.known(self._bot.name, nick)
        if argument is not None and known is not None and known.pools:
            pairs = await suggestions(
                self._inside.doors, known.pools[0], known, argument, typed, voice
            )
            for label, value in pairs:
                yield Completion(value, -len(typed), display=label)
        for each in command.arguments:
            if each.option and last and f"{each.name}:".startswith(last):
                yield Completion(
                    f"{each.name}:", -len(last), display_meta=spoken(each.summary, voice)
                )


def _typed(command: Command) -> str:
    return f"pool {command.name}" if command.group is Group.POOL else command.name


def _meant(command: Command, words: list[str]) -> tuple[Argument | None, str]:
    """The argument that the last word belongs to, and what of it stands there."""
    name, colon, value = words[-1].partition(":")
    options = {each.name: each for each in command.arguments if each.option}
    if colon:
        return options.get(name), value
    ordered = [each for each in command.arguments if not each.option]
    said = [word for word in words[:-1] if word and word.partition(":")[0] not in options]
    return (ordered[len(said)] if len(said) < len(ordered) else None), words[-1]
