"""Let into a server, the bot says hello once; what it lacks there is named, with where to click."""

from __future__ import annotations

import pytest

from bots.discord_bot import DiscordBot
from tests.discord_bot.small import World
from tests.pretended.discord import Channel, Guild

HELLO = "Hello! I keep a group's promises"
POSTS = "POST /channels/*/messages"


def said(world: World, channel: Channel) -> list[str]:
    return [each.text for each in world.server.messages(channel) if each.visible_to is None]


async def invited(world: World, name: str) -> Guild:
    guild = world.server.guild(name, admins=[world.amina])
    await world.server.until(lambda: said(world, guild.channel))
    return guild


async def test_a_new_server_is_greeted_once(world: World, bot: DiscordBot) -> None:
    guild = await invited(world, "Mill Lane")
    world.server.drop_connection()
    assert (await world.slash(world.juma, "echo", text="still here")).text
    (hello,) = said(world, guild.channel)
    assert hello.startswith(HELLO)


async def test_hello_is_said_in_the_first_channel_that_is_open_c17(world: World) -> None:
    """C17: what it may not do in one channel is no reason to say nothing."""
    guild = world.server.guild("Mill Lane", admins=[world.amina])
    world.server.remove_bot(guild)
    world.server.deny_bot(guild.channel, "send_messages")
    other = world.server.channel(guild, "open")
    async with world.bot():
        world.server.invite_bot(guild)
        await world.server.until(lambda: said(world, other))
    assert said(world, guild.channel) == []


async def test_who_manages_a_server_may_make_its_pool_and_nobody_else(
    world: World, bot: DiscordBot
) -> None:
    """Discord has a right for that which is less than an administrator's."""
    world.server.role(world.guild, "Manager", [world.juma], ["manage_guild"])
    pool = {"name": "River", "currency": "KES", "timezone": "Africa/Nairobi"}
    for who, made in ((world.claire, False), (world.juma, True)):
        await world.slash(who, "pool create", **pool)
        bound = await world.house.readers.chat("discord", str(world.guild.id))
        assert (bound is not None) is made


async def test_a_server_with_a_pool_is_not_greeted(world: World, bot: DiscordBot) -> None:
    await world.found_pool()
    before = said(world, world.channel)
    world.server.remove_bot(world.guild)
    world.server.invite_bot(world.guild)
    assert (await world.slash(world.juma, "board")).text
    assert said(world, world.channel) == before


async def test_start_where_it_may_not_post_names_what_is_missing_c17(
    world: World, bot: DiscordBot
) -> None:
    world.server.deny_bot(world.channel, "send_messages")
    act = await world.slash(world.amina, "start")
    assert "“Send Messages”" in act.text
    assert "Permissions" in act.text


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_line_that_breaks_over_start_costs_nothing(
    world: World, bot: DiscordBot, after_effect: bool
) -> None:
    before = len(said(world, world.channel))
    world.server.fail(POSTS, None, after_effect=after_effect)
    act = await world.slash(world.amina, "start")
    (hello,) = said(world, world.channel)[before:]
    assert hello.startswith(HELLO)
    assert act.text == ""


async def test_who_starts_while_discord_does_not_answer_is_told_that_and_nothing_of_rights(
    world: World, bot: DiscordBot
) -> None:
    world.server.fail(POSTS, None, times=2)
    act = await world.slash(world.amina, "start")
    assert act.text == (
        "I could not show this here: Discord did not answer me. Please try again in a minute."
    )
