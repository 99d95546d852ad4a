"""The counter before the desk: people type, answer and press, and read what they are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bots.calls import Call, Caller, Mention, Place
from bots.catalogue.all import COMMANDS
from bots.catalogue.asking import Doors
from bots.catalogue.commands import Command
from bots.catalogue.desk import Answer, Desk
from bots.gate import OPEN, Gate
from bots.replies import Button
from bots.tokens import read_token
from bots.transcripts.neutral import neutral_text
from bots.words import spoken
from core.domain.chance import At
from core.engine import Engine
from storage.house import House
from tests.clocks import Clock, Draw

PLATFORM = "local"
SQUARE = "square"


async def _yes() -> bool:
    return True


@dataclass(frozen=True)
class Told:
    """What somebody was told, with its buttons."""

    answer: Answer

    @property
    def text(self) -> str:
        """In the reader's language, without any platform's drawing."""
        return neutral_text(self.answer.reply, self.answer.voice)

    @property
    def buttons(self) -> Mapping[str, Button]:
        """The buttons by their labels."""
        rows = self.answer.reply.buttons
        return {spoken(each.label, self.answer.voice): each for row in rows for each in row}

    @property
    def asks(self) -> bool:
        """Whether the reader's next words are an answer."""
        return bool(self.answer.reply.question)


@dataclass
class Counter:
    """A desk in a house, and the people before it."""

    house: House
    clock: Clock
    draw: Draw = field(default_factory=Draw)
    commands: Sequence[Command] = COMMANDS
    gate: Gate = OPEN
    keys: Any = field(default_factory=lambda: map("event:{}".format, count(1)))

    def __post_init__(self) -> None:
        doors = Doors(
            Engine(self.house.writer),
            self.house.readers,
            self.house.questions,
            self.clock,
            lambda length: At(self.clock(), self.draw).word(length),
        )
        self.desk = Desk(doors, self.commands, self.gate)

    def call(self, who: str, chat: str, **more: Any) -> Call:
        """A call of somebody's, from a group or in private (chat '')."""
        caller = Caller(PLATFORM, who, who, more.pop("username", ""))
        place = Place(PLATFORM, chat, "The square", is_admin=_yes)
        return Call(caller, place, **{"key": next(self.keys), **more})

    async def types(self, who: str, text: str, chat: str = SQUARE, **more: Any) -> Told:
        """Somebody types a command."""
        words = text.removeprefix("/").split(" ")
        size = 2 if words[0] == "pool" else 1
        name, line = " ".join(words[:size]), " ".join(words[size:])
        return Told(await self.desk.answer(self.call(who, chat, command=name, line=line, **more)))

    async def chooses(
        self, who: str, command: str, chat: str = SQUARE, **options: str | Mention
    ) -> Told:
        """Somebody fills in typed options."""
        call = self.call(who, chat, command=command, options=options)
        return Told(await self.desk.answer(call))

    async def answers(self, who: str, text: str, chat: str = SQUARE, **more: Any) -> Told:
        """Somebody answers what they were asked."""
        return Told(await self.desk.answer(self.call(who, chat, answer=text, **more)))

    async def presses(
        self, who: str, told: Told, label: str, chat: str = SQUARE, **more: Any
    ) -> Told:
        """Somebody presses a button of what was told."""
        return await self.sends(who, told.buttons[label].token, chat, **more)

    async def sends(self, who: str, token: str, chat: str = SQUARE, **more: Any) -> Told:
        """A client sends back a token, be it one that no button has."""
        read = read_token(token)
        assert read is not None
        return Told(await self.desk.answer(self.call(who, chat, token=read, **more)))

    async def balance(self, who: str) -> int:
        """What somebody has in the pool of the square."""
        chat = await self.house.readers.chat(PLATFORM, SQUARE)
        known = await self.house.readers.known(PLATFORM, who)
        assert chat is not None
        assert known is not None
        member = await self.house.readers.member(chat.pool, known.person.id)
        assert member is not None
        return int((await self.house.readers.balance(chat.pool, member.id)).free)
