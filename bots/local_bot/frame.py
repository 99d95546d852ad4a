"""The terminal's own commands, around the chat: who one is, where one stands, what time it is.

They are typed like the bot's and never reach it. Each has its name in every language that the
commands of the bot have (`bots.catalogue.aliases`), and other words that people try.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bots.catalogue.nearest import nearest
from bots.catalogue.whom import folded
from core.records import dataclass

FRAME: Mapping[str, tuple[str, str]] = {
    # English: Swahili, French
    "as": ("kama", "comme"),
    "who": ("nani", "qui"),
    "group": ("kikundi", "groupe"),
    "private": ("faraghani", "prive"),
    "in": ("ndani", "dans"),
    "clock": ("saa", "horloge"),
    "quit": ("toka", "sortir"),
}
"""No command of the bot may be called so, in any language."""

LANGUAGES = ("en", "sw", "fr")
ALSO = {"exit": "quit", "bye": "quit"}
BY_NAME: Mapping[str, str] = ALSO | {
    name: english for english, others in FRAME.items() for name in (english, *others)
}


@dataclass(frozen=True, slots=True)
class Framed:
    """A command of the frame, by its English name, and the first word behind it."""

    command: str
    what: str


def called(command: str, language: str) -> str:
    """What a command of the frame is called in a language."""
    names = dict(zip(LANGUAGES, (command, *FRAME[command]), strict=True))
    return names.get(language, command)


def framed(line: str) -> Framed | None:
    """The command of the frame that a line is, if it is one."""
    name, *words = _words(line)
    command = BY_NAME.get(folded(name))
    return Framed(command, folded((words or [""])[0])) if command else None


def nearly(line: str, names: Collection[str], language: str) -> str:
    """The command of the frame that was most likely meant by a line, '' if none was.

    `names` are the bot's own: what is one of them, or nearer to one, was meant for the bot.
    """
    mine = {shown for each in FRAME for shown in (each, called(each, language))}
    near = nearest(_words(line)[0], mine | set(names))
    return near if near in mine else ""


def _words(line: str) -> list[str]:
    """The words of a line that begins with a slash; the first is the command."""
    words = line.removeprefix("/").split()
    return words if line.startswith("/") and words else [""]
