"""What could be meant while somebody types: commands, and what fits their arguments."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from bots.catalogue.commands import Argument, Command
from bots.catalogue.suggesting import suggestions
from bots.local_bot.bot import LocalBot
from bots.rooms import Inside
from bots.words import Voice, spoken
from core.records import dataclass


@dataclass(frozen=True, slots=True)
class Guess:
    """`text` could stand in the place of the line's last `instead` characters.

    `label` is shown for it, `about` beside that; '' where the text says it all.
    """

    text: str
    instead: int
    label: str = ""
    about: str = ""


class Guessing:
    """Knows what a line may go on with, for anybody who types it."""

    def __init__(self, inside: Inside, bot: LocalBot) -> None:
        self._inside = inside
        self._bot = bot
        self._commands = [each for each in inside.desk.commands if not each.hidden]
        self._by_name = {
            name: each
            for each in self._commands
            for name in (each.full_name, *(alias for _, alias in each.aliases))
        }

    async def guesses(self, nick: str, voice: Voice, line: str) -> AsyncIterator[Guess]:
        """What fits at the end of a line that begins with a slash; nothing in plain words."""
        if not line.startswith("/"):
            return
        name = self._name(line)
        if not name:
            for each in self._names(line, voice):
                yield each
            return
        words = line[len(name) + 2 :].split(" ")
        async for each in self._values(self._by_name[name], words, nick, voice):
            yield each

    def _name(self, line: str) -> str:
        """The name of a command that stands in the line, with a blank behind it; '' if none."""
        fitting = [name for name in self._by_name if line.startswith(f"/{name} ")]
        return max(fitting, key=len, default="")

    def _names(self, line: str, voice: Voice) -> Iterator[Guess]:
        """What commands are called in English, and by whoever types."""
        for command in self._commands:
            for name in dict.fromkeys((command.called(voice.language), command.full_name)):
                if name.startswith(line[1:]):
                    yield Guess(f"/{name}", len(line), about=spoken(command.summary, voice))
                    break

    async def _values(
        self, command: Command, words: list[str], nick: str, voice: Voice
    ) -> AsyncIterator[Guess]:
        """What fits the argument at the end; then the names of what may also be said."""
        last = words[-1]
        argument, typed = _meant(command, words)
        known = await self._inside.doors.reading.known(self._bot.name, nick)
        if argument is not None and known is not None and known.pools:
            pairs = await suggestions(
                self._inside.doors, known.pools[0], known, argument, typed, voice
            )
            for label, value in pairs:
                yield Guess(value, len(typed), label)
        for each in command.arguments:
            if each.option and last and f"{each.name}:".startswith(last):
                yield Guess(f"{each.name}:", len(last), about=spoken(each.summary, voice))


def _meant(command: Command, words: list[str]) -> tuple[Argument | None, str]:
    """The argument that the last word belongs to, and what of it stands there."""
    name, colon, value = words[-1].partition(":")
    options = {each.name: each for each in command.arguments if each.option}
    if colon:
        return options.get(name), value
    ordered = [each for each in command.arguments if not each.option]
    said = [word for word in words[:-1] if word and word.partition(":")[0] not in options]
    return (ordered[len(said)] if len(said) < len(ordered) else None), words[-1]
