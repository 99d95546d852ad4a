"""Logging in, staying, being thrown out: one clear line when it does not work."""

import asyncio

import pytest
from pydantic import SecretStr

from bots.discord_bot import DiscordBot, name
from bots.platform import TryLater
from bots.replies import reply, say
from bots.rooms import CannotStart
from bots.words import Voice
from core.domain.pools import ChatState
from tests.discord_bot.small import QuickClient, World
from tests.patience import PATIENCE


async def test_the_bot_asks_for_guilds_and_nothing_privileged_c1(
    world: World, bot: DiscordBot
) -> None:
    assert [login.intents for login in world.server.logins] == [1]
    assert (bot.name, name) == ("discord", "discord")


async def test_a_wrong_token_is_one_clear_line_without_the_token_a3(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.not-the-token-at-all-but-long-enough"
    bot = DiscordBot(world.inside(discord_token=SecretStr(wrong)), QuickClient)
    with world.server.reroute(), pytest.raises(CannotStart) as refused:
        await bot.start()
    assert "DISCORD_TOKEN" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert wrong not in str(refused.value) + caplog.text


async def test_without_a_token_it_does_not_start(world: World) -> None:
    bot = DiscordBot(world.inside(discord_token=None), QuickClient)
    with world.server.reroute(), pytest.raises(CannotStart):
        await bot.start()


async def test_out_of_reach_is_to_be_tried_later_and_then_works(world: World) -> None:
    bot = DiscordBot(world.inside(), QuickClient)
    with world.server.reroute():
        world.server.fail("GET /users/@me", 503)
        with pytest.raises(TryLater):
            await bot.start()
        await bot.start()
        assert world.server.connected
        await bot.stop()


async def test_before_the_start_and_after_the_stop_messages_are_to_be_tried_later(
    world: World, bot: DiscordBot
) -> None:
    await bot.stop()
    with pytest.raises(TryLater):
        await bot.tell(str(world.juma.id), reply(say("x")), Voice(), "1")


async def test_a_broken_line_is_taken_up_again(world: World, bot: DiscordBot) -> None:
    world.server.drop_connection()
    assert (await world.slash(world.juma, "echo", text="still here")).text
    assert world.server.identifies == 1


async def test_thrown_out_the_chat_pauses_and_let_in_again_it_goes_on_a25_c20(
    world: World, bot: DiscordBot
) -> None:
    await world.found_pool()
    world.server.remove_bot(world.guild)
    await until_chat_is(world, ChatState.PAUSED)
    world.server.invite_bot(world.guild)
    await until_chat_is(world, ChatState.BOUND)
    assert (await world.slash(world.juma, "offer", worth="2", what="nets")).text


async def test_what_happened_while_the_bot_was_away_is_noticed_a25(world: World) -> None:
    async with world.bot():
        await world.found_pool()
    world.server.guild("Elsewhere", members=[world.juma])
    world.server.remove_bot(world.guild)
    async with world.bot():
        await until_chat_is(world, ChatState.PAUSED)
    world.server.invite_bot(world.guild)
    async with world.bot():
        await until_chat_is(world, ChatState.BOUND)


async def until_chat_is(world: World, state: ChatState) -> None:
    # The writer answers in order, so each question sees what was decided before it.

    async with asyncio.timeout(PATIENCE):
        while (await world.chat()).state is not state:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)
