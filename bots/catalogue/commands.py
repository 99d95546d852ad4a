"""How a command is declared: its words, its arguments, and what runs it.

Declared once, it stands in Telegram's commands, in Discord's slash commands with typed options,
in the local chat, in `/help` and in the README's table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from bots.replies import Reply, Say
from core.records import dataclass

if TYPE_CHECKING:
    from bots.catalogue.asking import Asking


class Kind(StrEnum):
    """What an argument is; each kind is read, asked for and drawn in one way everywhere."""

    TEXT = "text"
    WORTH = "worth"
    MONEY = "money"
    CREDITS = "credits"
    COUNT = "count"
    MEMBER = "member"
    MEMBERS = "members"
    NUMBER = "number"
    NUMBERS = "numbers"
    DATE = "date"
    WHEN = "when"
    CHOICE = "choice"
    WORD = "word"


class Group(StrEnum):
    """Where a command stands on Discord; `/pool` takes its first word everywhere."""

    FLAT = ""
    STEWARD = "steward"
    POOL = "pool"


class For(StrEnum):
    """For whom a command is shown first. What one may do is asked in core."""

    ANYONE = "anyone"
    MEMBER = "member"
    STEWARD = "steward"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the words an argument may be, what it means, and what else means it."""

    value: str
    label: Say
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a command.

    `option` ones are written `name:value` anywhere in a line; the others come in order, and a
    last TEXT takes the rest of the line. `of` names the things a NUMBER may be (listing, offer,
    need, commitment, claim, order, chat, entry), for suggestions; a MEMBER `of` member may have no
    account on the platform; in the place of MEMBERS `of` gathering its number may stand, as #12. A
    required one that is missing is asked for with `question`, with `rest` where a part of it was
    given. `typed` is False for what only buttons and links fill in. A `verbatim` text keeps the
    platform's marks of who was named: it is read once more.
    """

    name: str
    kind: Kind
    summary: Say
    question: Say | None = None
    required: bool = True
    option: bool = False
    choices: tuple[Choice, ...] = ()
    of: str = ""
    length_max: int = 400
    typed: bool = True
    verbatim: bool = False
    rest: Say | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command: `run` gathers, has core decide, and says what came of it.

    `press` is the argument that a button's number fills. `aliases` are other names by language;
    they reach the same command. `recorded` says that it can be recorded for somebody without a
    phone. A `hidden` one stands behind buttons alone. What one `beside` shows leaves what was
    pressed as it stands.
    """

    name: str
    summary: Say
    run: Callable[[Asking], Awaitable[Reply]]
    arguments: tuple[Argument, ...] = ()
    group: Group = Group.FLAT
    whose: For = For.MEMBER
    writes: bool = True
    press: str = ""
    photo: bool = False
    without_pool: bool = False
    recorded: bool = False
    hidden: bool = False
    beside: bool = False
    aliases: tuple[tuple[str, str], ...] = ()
    topic: str = ""

    @property
    def full_name(self) -> str:
        """What is typed behind the slash: `/pool` and what stands behind it are one name."""
        return f"{self.group.value} {self.name}" if self.group is Group.POOL else self.name

    def called(self, language: str) -> str:
        """Its name in a language; in English, and where it has no other, its own."""
        return dict(self.aliases).get(language, self.full_name)

    def required(self) -> Sequence[Argument]:
        """The arguments without which it cannot run, in order."""
        return [argument for argument in self.arguments if argument.required]
