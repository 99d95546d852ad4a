"""The commands' names in Swahili and in French: typed by anybody, shown to who speaks them."""

from __future__ import annotations

import re
from collections import Counter as Tally
from dataclasses import replace

import pytest

from bots.calls import Caller, Place
from bots.catalogue.aliases import ALIASES
from bots.catalogue.all import COMMANDS
from bots.catalogue.asking import Asking
from bots.catalogue.commands import Command
from bots.replies import Reply, reply, say
from storage.house import House
from tests.bots.catalogue.counter import PLATFORM, Counter, Told
from tests.clocks import Clock

NAME = re.compile(r"(pool )?[a-z0-9_]{1,32}")
TYPED = [command for command in COMMANDS if not command.hidden]


def test_every_command_has_a_name_in_each_language_and_no_name_is_left_over() -> None:
    """G7: a new command gets its names in bots/catalogue/aliases.py."""
    assert {command.full_name for command in TYPED} == set(ALIASES)
    for command in TYPED:
        assert [language for language, _ in command.aliases] == ["sw", "fr"], command.full_name


def test_no_two_commands_share_a_name_in_any_language() -> None:
    """G7: whatever is typed means one thing."""
    names = Tally(
        name
        for command in COMMANDS
        for name in (command.full_name, *(alias for _, alias in command.aliases))
    )
    assert [name for name, times in names.items() if times > 1] == []
    assert [name for name in names if not NAME.fullmatch(name)] == []


def recording(command: Command, reached: list[str]) -> Command:
    """The command without its arguments; that it is reached is all it does."""

    async def run(asking: Asking) -> Reply:
        reached.append(command.full_name)
        return reply(say("Here."))

    return replace(command, run=run, arguments=(), without_pool=True)


async def test_every_name_reaches_the_same_command(house: House, clock: Clock) -> None:
    """G7: whichever of its names is typed, in whatever case."""
    reached: list[str] = []
    counter = Counter(house, clock, commands=[recording(each, reached) for each in COMMANDS])
    wanted = []
    for command in TYPED:
        for name in (command.full_name, *(alias for _, alias in command.aliases)):
            await counter.types("ann", f"/{name}")
            wanted.append(command.full_name)
    await counter.types("ann", "/Tuma")
    assert reached == [*wanted, "send"]


async def helped(counter: Counter, language: str, topic: str = "", **more: str) -> str:
    """What somebody reads who asks for help in a language."""
    call = counter.call("ann", "", command="help", line=topic)
    caller = Caller(PLATFORM, "ann", "ann", language=language, **more)
    return Told(await counter.desk.answer(replace(call, caller=caller, place=Place(PLATFORM)))).text


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["/board", "/offer <worth>", "/pool create"]),
        ("sw", ["/ubao", "/toa <worth>", "/pool anzisha"]),
        ("fr-CA", ["/tableau", "/offrir <worth>", "/pool creer"]),
    ],
)
async def test_help_shows_the_readers_names(
    house: House, clock: Clock, language: str, shown: list[str]
) -> None:
    """G7: in what people use most, and in each topic."""
    counter = Counter(house, clock)
    told = [await helped(counter, language, topic) for topic in ("", "board", "setup")]
    for text, name in zip(told, shown, strict=True):
        assert name in text


async def test_where_the_client_names_the_commands_help_says_what_it_shows(
    house: House, clock: Clock
) -> None:
    """G7: Discord has no Swahili, so who reads it there types the English names."""
    counter = Counter(house, clock)
    told = await helped(counter, "sw", names_in="en")
    assert "/board" in told
    assert "/ubao" not in told
