"""The slash commands are made from the catalogue, and keep to all of Discord's limits."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from bots.catalogue.all import COMMANDS
from bots.catalogue.commands import Command, Group
from bots.discord_bot import DiscordBot
from bots.discord_bot.slash import payload
from bots.replies import say
from tests.discord_bot.small import World
from tests.pretended.discord import NotPossible

SNAPSHOT = Path(__file__).parent / "commands.json"
STRING, INTEGER, USER, ATTACHMENT = 3, 4, 6, 11
GUILD, DIRECT = 0, 1
IN_GUILDS = ("pool", "Send credits")


async def told(world: World, *commands: Command) -> list[dict[str, Any]]:
    """What Discord is told for these commands."""
    async with world.bot(commands or None):
        return world.server.commands.all(None)


def everything_in(commands: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Commands, groups, options and choices."""
    for part in commands:
        yield part
        yield from everything_in(part.get("options") or [])
        yield from everything_in(part.get("choices") or [])


def without_translations(thing: Any) -> Any:
    if isinstance(thing, list):
        return [without_translations(part) for part in thing]
    if isinstance(thing, dict):
        kept = {key: part for key, part in thing.items() if not key.endswith("_localizations")}
        return {key: without_translations(part) for key, part in kept.items()}
    return thing


def option(command: dict[str, Any], name: str) -> dict[str, Any]:
    return next(part for part in command["options"] if part["name"] == name)


async def test_the_library_is_the_one_whose_reading_of_signatures_we_know() -> None:
    assert discord.version_info[:2] == (2, 7)


async def test_the_slash_commands_are_as_they_were_recorded(world: World) -> None:
    """After a change that is meant: RECORD=1 make test ARGS=tests/discord_bot.

    In English: translations are held by tests of their own.
    """
    async with world.bot(COMMANDS) as bot:
        made = without_translations(await payload(bot._clients[0].tree))
    if os.environ.get("RECORD"):
        SNAPSHOT.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert made == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


async def test_every_command_is_found_again_by_the_desk(world: World, bot: DiscordBot) -> None:
    from bots.discord_bot.slash import name_of

    for command in COMMANDS:
        assert bot._inside.desk._command(name_of(command)) is command


async def test_each_kind_of_argument_has_its_own_kind_of_option_c5(world: World) -> None:
    await told(world)
    (command,) = [c for c in world.server.commands.all(None) if c["name"] == "everything"]
    assert option(command, "member")["type"] == USER
    for amount in ("credits", "count"):
        ranged = option(command, amount)
        assert (ranged["type"], ranged["min_value"], ranged["max_value"]) == (INTEGER, 1, 10**9)
    text = option(command, "text")
    assert (text["type"], text["min_length"], text["max_length"]) == (STRING, 1, 400)
    assert option(command, "number")["autocomplete"]
    assert [choice["value"] for choice in option(command, "choice")["choices"]] == ["one", "two"]
    for free in ("worth", "date", "members", "numbers", "word"):
        assert option(command, free)["type"] == STRING
    assert not option(command, "word").get("required")


async def test_a_command_that_takes_a_photo_has_a_place_for_it(world: World) -> None:
    commands = await told(world)
    (bring,) = [command for command in commands if command["name"] == "bring"]
    assert option(bring, "photo")["type"] == ATTACHMENT
    assert not option(bring, "photo")["required"]


async def test_who_has_no_account_is_found_by_name_and_suggested_a27(
    world: World, bot: DiscordBot
) -> None:
    await world.found_pool()
    await world.slash(world.amina, "steward register", name="Mzee Ali")
    act = world.server.autocomplete(
        world.amina, world.channel, "steward record", focused="member", value="mzee"
    )
    await act.answered()
    assert [choice.value for choice in act.choices or []] == ["@MzeeAli"]


async def test_every_name_and_description_stands_in_french_too_c4(world: World) -> None:
    for part in everything_in(await told(world, *COMMANDS)):
        assert "fr" in part["name_localizations"], part["name"]
        if part.get("description"):
            assert "fr" in part["description_localizations"], part["name"]


async def test_aliases_are_the_french_names_c4(world: World) -> None:
    commands = {command["name"]: command for command in await told(world, *COMMANDS)}
    assert commands["offer"]["name_localizations"]["fr"] == "offrir"


async def test_contexts_are_explicit_on_commands_and_groups_c4(world: World) -> None:
    for command in await told(world, *COMMANDS):
        expected = [GUILD] if command["name"] in IN_GUILDS else [GUILD, DIRECT]
        assert sorted(command["contexts"]) == expected, command["name"]
        assert command["integration_types"] == [0]
        assert command["default_member_permissions"] is None


async def test_the_pool_command_is_not_offered_in_direct_messages_c4(
    world: World, bot: DiscordBot
) -> None:
    with pytest.raises(NotPossible):
        world.server.slash_dm(world.amina, "pool create", name="x", currency="KES", timezone="UTC")


async def test_nothing_is_longer_than_discord_takes_c3(world: World) -> None:
    long = say("long and longer " * 20)
    commands = [
        replace(
            command,
            summary=long,
            arguments=tuple(replace(each, summary=long) for each in command.arguments),
        )
        for command in COMMANDS
        # The stewards' group counts as one command; the longest texts in all of it do not fit.
        if command.group is Group.FLAT
    ]
    # The pretended Discord refuses what breaks a limit, in whichever language.
    for part in everything_in(await told(world, *commands)):
        assert len(part.get("description", "")) <= 100


async def test_hidden_commands_are_not_shown(world: World) -> None:
    hidden = replace(world.small.commands[0], hidden=True)
    names = [command["name"] for command in await told(world, hidden, world.small.commands[1])]
    assert names == ["long"]


async def test_stewards_commands_stand_in_a_group(world: World) -> None:
    commands = {command["name"]: command for command in await told(world, *COMMANDS)}
    stewards = {part["name"] for part in commands["steward"]["options"]}
    shown = [each for each in COMMANDS if not each.hidden]
    assert stewards == {each.name for each in shown if each.group is Group.STEWARD}


# --- telling Discord -------------------------------------------------------------------------


async def test_commands_are_told_once_and_again_only_when_they_changed_c2(world: World) -> None:
    await told(world, *world.small.commands)
    await told(world, *world.small.commands)
    assert len(world.server.syncs) == 1
    await told(world, *world.small.commands[1:])
    assert len(world.server.syncs) == 2
    assert {sync.guild_id for sync in world.server.syncs} == {None}


async def test_being_ready_ten_times_tells_nothing_c2(world: World, bot: DiscordBot) -> None:
    before = len(world.server.syncs)

    for _ in range(10):
        await bot._clients[0].on_ready()
    assert len(world.server.syncs) == before


async def test_the_bot_works_on_when_discord_does_not_take_the_commands(world: World) -> None:
    await told(world, *world.small.commands)
    world.server.fail("PUT /applications/*/commands", 400, code=50035)
    async with world.bot(world.small.commands[1:]):
        await world.slash(world.juma, "long")
    assert len(world.server.syncs) == 1
    await told(world, *world.small.commands[1:])
    assert len(world.server.syncs) == 2
