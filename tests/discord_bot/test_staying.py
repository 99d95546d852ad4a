"""The line to the gateway: taken up again when it breaks, and never logged in too often."""

import asyncio
import logging
from collections import deque
from datetime import timedelta

import pytest

from bots.discord_bot import DiscordBot
from bots.discord_bot.client import shard_of
from bots.discord_bot.staying import Logins
from bots.platform import TryLater, Unreachable
from bots.replies import reply, say
from bots.words import Voice
from core.domain.pools import ChatState
from storage.house import House
from tests.clocks import Clock
from tests.discord_bot.small import QuickClient, World
from tests.patience import PATIENCE
from tests.pretended.discord import Guild

TEN_MINUTES = timedelta(minutes=10)
EVERY = 5
"""Logins in ten minutes."""


async def answers(world: World) -> None:
    """The bot is there for somebody."""
    await world.server.until(lambda: world.server.connected, what="a line")
    assert (await world.slash(world.juma, "echo", text="x")).text == "You said: x"


async def test_lines_that_break_are_taken_up_without_a_login_r11(
    world: World, bot: DiscordBot
) -> None:
    """R11: ten times, by a cut and on Discord's own wish."""
    for number in range(10):
        resumes = world.server.resumes
        cut = world.server.drop_connection if number % 2 else world.server.request_reconnect
        cut()
        await resumed(world, resumes + 1)
    await answers(world)
    assert world.server.identifies == 1


async def resumed(world: World, times: int) -> None:
    """Wait until the bot has gone on with its session so often."""
    await world.server.until(lambda: world.server.resumes >= times)


async def logged_in(world: World, times: int) -> None:
    """Wait until the bot has logged in so often."""
    await world.server.until(lambda: world.server.identifies >= times)


async def until_said(part: str, caplog: pytest.LogCaptureFixture) -> None:
    """Wait until the log holds this."""
    async with asyncio.timeout(PATIENCE):
        while part not in caplog.text:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)


async def test_sessions_that_are_over_again_and_again_end_in_a_wait_c22_r11(
    world: World, bot: DiscordBot, caplog: pytest.LogCaptureFixture
) -> None:
    """C22: five logins in ten minutes, then none until the time is over, and then it is there."""
    for number in range(1, EVERY):
        world.server.invalidate_session()
        await logged_in(world, number + 1)
    await world.server.until(lambda: world.server.connected)
    with caplog.at_level(logging.WARNING):
        world.server.invalidate_session()
        await world.server.until(lambda: not world.server.connected)
        world.clock.advance(TEN_MINUTES - timedelta(seconds=1))
        await until_said("logged in too often", caplog)
        assert world.server.identifies == EVERY
        world.clock.advance(timedelta(seconds=1))
        await world.server.until(lambda: world.server.identifies > EVERY)
    await answers(world)
    assert world.server.identifies == EVERY + 1
    assert caplog.text.count("logged in too often") == 1


async def test_stopping_does_not_wait_for_the_next_login_c22(world: World) -> None:
    """C22: who waits for hours is stopped at once."""
    async with world.bot():
        for number in range(EVERY):
            await world.server.until(lambda: world.server.connected)
            world.server.invalidate_session()
            await logged_in(world, min(number + 2, EVERY))
    assert world.server.identifies == EVERY


async def test_a_process_that_ends_again_and_again_does_not_log_in_each_time_c22_r11(
    world: World,
) -> None:
    """R11: what came before the restart counts; the house is told when to try again."""
    for _ in range(EVERY):
        async with world.bot():
            await answers(world)
    for _ in range(3):
        late = DiscordBot(world.inside(), QuickClient)
        with world.server.reroute(), pytest.raises(TryLater) as later:
            await late.start()
        assert later.value.seconds == TEN_MINUTES.total_seconds()
    assert world.server.identifies == EVERY
    world.clock.advance(TEN_MINUTES)
    async with world.bot():
        await answers(world)


@pytest.mark.parametrize("minutes", [1, 7, 61])
async def test_no_day_has_more_than_fifty_logins_whoever_asks_r11(
    house: House, clock: Clock, minutes: int
) -> None:
    """R11: over three days of a process that fails at once, a new one each time."""
    taken: deque[float] = deque()
    for _ in range(3 * 24 * 60 // minutes):
        clock.advance(timedelta(minutes=minutes))
        if not await Logins(house.notes, clock).take():
            taken.append(clock.now.timestamp())
    assert len(taken) > 60
    for first in taken:
        assert sum(first <= each < first + 24 * 3600 for each in taken) <= 50
        assert sum(first <= each < first + 600 for each in taken) <= EVERY
    gaps = [later - first for first, later in zip(taken, list(taken)[1:], strict=False)]
    assert max(gaps) <= 3600 + 60 * minutes


async def test_what_was_underway_when_the_line_broke_has_one_effect_r11(
    world: World, bot: DiscordBot
) -> None:
    """R11: delivered again on the resumed line, on a new session, and to the next process."""
    await world.found_pool()
    hang = world.server.hang("POST /interactions/*/*/callback")
    act = world.server.slash(world.juma, world.channel, "offer", worth="2h", what="nets")
    await hang.reached.wait()
    resumes = world.server.resumes
    world.server.drop_connection()
    await world.server.until(lambda: world.server.resumes > resumes)
    world.server.redeliver(act)
    hang.release()
    await act.answered()
    world.server.invalidate_session()
    await world.server.until(lambda: world.server.identifies > 1)
    await world.server.until(lambda: world.server.connected)
    world.server.redeliver(act)
    await answers(world)
    await bot.stop()
    async with world.bot():
        edits = act.response.edits
        world.server.redeliver(act)
        await world.server.until(lambda: act.response.edits > edits)
    assert await world.offers() == ["nets"]
    assert len(act.responses) == 1


async def test_what_happened_while_the_line_was_down_is_heard_afterwards_r11(
    world: World, bot: DiscordBot
) -> None:
    """R11: Discord keeps it for the session, once."""
    await world.found_pool()
    world.server.drop_connection()
    act = world.server.slash(world.juma, world.channel, "offer", worth="2h", what="nets")
    await act.answered()
    assert act.attempts == 1
    assert await world.offers() == ["nets"]


# --- shards ------------------------------------------------------------------------------------


def guild_of_shard(world: World, shard: int) -> Guild:
    """A guild that this of two shards hears of."""
    for number in range(50):
        world.server.clock.advance(0.001)  # type: ignore[attr-defined]
        guild = world.server.guild(f"Hill {number}", members=[world.juma], admins=[world.amina])
        if shard_of(str(guild.id), 2) == shard:
            return guild
    raise AssertionError("no guild of this shard")


async def test_of_two_shards_each_hears_of_its_guilds_and_the_first_of_messages_c23(
    world: World,
) -> None:
    """C23: each interaction comes to one of them, once; commands are told once."""
    world.server.want_shards(2)
    guilds = [guild_of_shard(world, shard) for shard in (0, 1)]
    async with world.bot() as bot:
        assert [login.shard for login in world.server.logins] == [(0, 2), (1, 2)]
        assert len(world.server.syncs) == 1
        for shard, guild in enumerate(guilds):
            act = world.server.slash(world.juma, guild.channel, "echo", text=guild.name)
            assert (await act.answered()).text == f"You said: {guild.name}"
            assert act.attempts == 1
            assert act.id in bot._clients[shard].answering._seen
            assert act.id not in bot._clients[1 - shard].answering._seen
            card = reply(say("A card"))
            await bot.show_card(
                str(guild.id), str(guild.channel.id), "", card, Voice(), f"7{shard}"
            )
            assert [each.text for each in world.server.messages(guild.channel)][-1] == "A card"
        private = await world.server.slash_dm(world.juma, "echo", text="alone").answered()
        assert private.attempts == 1
        assert private.id in bot._clients[0].answering._seen
        await bot.tell(str(world.juma.id), reply(say("Hello")), Voice(), "8")


async def test_a_shard_takes_no_guild_of_another_for_lost_c23_c20(world: World) -> None:
    """C23: a chat pauses when its own shard does not find it, and only then."""
    world.server.want_shards(2)
    world.guild = guild_of_shard(world, 1)
    world.channel = world.guild.channel
    async with world.bot():
        await world.found_pool()
    async with world.bot():
        await answers(world)
        assert (await world.chat()).state is ChatState.BOUND


async def test_a_right_that_a_shard_lacks_is_known_by_that_shard_c23(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """C23: the second shard's guilds are in its own memory alone."""
    world.server.want_shards(2)
    guild = guild_of_shard(world, 1)
    world.server.deny_bot(guild.channel, "send_messages")
    async with world.bot() as bot:
        with pytest.raises(Unreachable):
            await bot.show_card(
                str(guild.id), str(guild.channel.id), "", reply(say("x")), Voice(), "1"
            )
    assert f"#general of {guild.name} the bot lacks send_messages" in caplog.text
