"""Cards and direct messages: shown once, edited in place, and every refusal has its meaning."""

import asyncio
import logging

import pytest

from bots.discord_bot import DiscordBot
from bots.platform import Gone, NotDelivered, TryLater, Unreachable
from bots.replies import Reply, Typed, line, reply, say
from bots.words import Voice
from tests.discord_bot.small import NASTY, QuickClient, World, button
from tests.pretended.discord import Channel, Message
from tests.pretended.discord.components import walk

POSTS = "POST /channels/*/messages"


class Card:
    """Shows a card as the delivery would."""

    def __init__(self, world: World, bot: DiscordBot) -> None:
        self.world, self.bot = world, bot

    async def show(
        self,
        text: str,
        message: str = "",
        nonce: str = "17",
        channel: Channel | None = None,
        buttons: int = 0,
    ) -> str:
        rows = (tuple(button(f"Button {n}", "list", f"w{n}") for n in range(buttons)),)
        shown = reply(say("{text}", text=Typed(text)), buttons=rows if buttons else ())
        where = channel or self.world.channel
        chat = str(self.world.guild.id)
        return await self.bot.show_card(chat, str(where.id), message, shown, Voice(), nonce)

    @property
    def posted(self) -> list[Message]:
        return self.world.server.messages(self.world.channel)


@pytest.fixture
def card(world: World, bot: DiscordBot) -> Card:
    return Card(world, bot)


async def test_a_card_is_a_frame_with_text_and_buttons_and_is_edited_in_place_c13_a14(
    card: Card,
) -> None:
    message = await card.show("sewing", buttons=2)
    (posted,) = card.posted
    assert posted.is_v2
    assert (posted.text, posted.labels) == ("sewing", ["Button 0", "Button 1"])
    assert await card.show("sewing, taken", message) == message
    assert (posted.text, posted.labels, posted.edits) == ("sewing, taken", [], 1)


async def test_what_was_typed_stands_on_a_card_to_the_letter_and_pings_nobody_a16_c14(
    card: Card,
) -> None:
    nasty = f"{NASTY} {card.world.juma.mention} {card.world.guild.everyone.mention}"
    message = await card.show(nasty)
    assert card.posted[0].text == nasty
    assert not card.posted[0].pings
    await card.show(nasty, message)
    assert not card.posted[0].pings


async def test_a_card_with_too_much_says_how_much_more_there_is_c13(
    world: World, bot: DiscordBot, card: Card
) -> None:
    lines = tuple(line(say("{text}", text=Typed("x" * 390))) for _ in range(30))
    chat, channel = str(world.guild.id), str(world.channel.id)
    await bot.show_card(chat, channel, "", Reply(lines), Voice(), "1")
    assert len(card.posted[0].raw) <= 4000
    assert card.posted[0].text.endswith("… and 20 more")


def full_card() -> Reply:
    """As much as a card may hold: five rows of five buttons, and a long text."""
    rows = tuple(tuple(button(f"{n}.{m}", "list", f"{n}-{m}") for m in range(5)) for n in range(5))
    lines = tuple(line(say("{text}", text=Typed("net " * 95))) for _ in range(30))
    return Reply(lines, rows)


async def test_the_fullest_card_keeps_to_forty_parts_and_four_thousand_letters_c13(
    world: World, bot: DiscordBot, card: Card
) -> None:
    """C13: the pretended Discord refuses more, and so does the real one."""
    chat, channel = str(world.guild.id), str(world.channel.id)
    await bot.show_card(chat, channel, "", full_card(), Voice(), "1")
    (posted,) = card.posted
    assert posted.is_v2
    assert len(list(walk(posted.components))) <= 40
    assert 3000 < len(posted.raw) <= 4000
    assert len(posted.labels) == 25


async def test_where_discord_refuses_frames_the_same_is_shown_as_plain_text_c13(
    world: World, bot: DiscordBot, card: Card
) -> None:
    """C13: in two thousand letters, with the same buttons; later edits find either look."""
    world.server.fail(POSTS, 400, code=50035)
    nasty = f"{NASTY} {world.juma.mention}"
    message = await card.show(nasty, buttons=2)
    (posted,) = card.posted
    assert not posted.is_v2
    assert (posted.text, posted.labels) == (nasty, ["Button 0", "Button 1"])
    assert not posted.pings
    assert await card.show("mended", message) == message
    assert (posted.text, posted.labels, posted.is_v2) == ("mended", [], True)
    world.server.fail(POSTS, 400, code=50035)
    chat, channel = str(world.guild.id), str(world.channel.id)
    await bot.show_card(chat, channel, "", full_card(), Voice(), "19")
    assert 1500 < len(card.posted[1].content) <= 2000
    assert card.posted[1].text.splitlines()[-1].startswith("… and ")


async def test_a_setting_asks_for_plain_cards_c13(world: World) -> None:
    """C13: a card that was framed before keeps its frame, which Discord never takes off."""
    async with world.bot() as bot:
        framed = await Card(world, bot).show("before", buttons=1)
    plainly = DiscordBot(world.inside(discord_cards="plain"), QuickClient)
    with world.server.reroute():
        await plainly.start()
        card = Card(world, plainly)
        message = await card.show("sewing", nonce="18", buttons=2)
        old, new = card.posted
        assert (new.content, new.labels, new.is_v2) == ("sewing", ["Button 0", "Button 1"], False)
        await card.show("sewing, taken", message)
        assert (new.content, new.labels, new.is_v2) == ("sewing, taken", [], False)
        await card.show("after", framed, buttons=1)
        assert (old.text, old.labels, old.is_v2) == ("after", ["Button 0"], True)
        await plainly.stop()
    world.server.forgive("MESSAGE_CANNOT_USE_LEGACY_FIELDS")


async def test_a_card_that_was_cut_off_is_shown_once_c15(card: Card) -> None:
    card.world.server.fail(POSTS, None, after_effect=True)
    with pytest.raises(TryLater):
        await card.show("once")
    message = await card.show("once")
    assert [str(posted.id) for posted in card.posted] == [message]


async def test_throttled_three_times_a_card_is_shown_once_a20(card: Card) -> None:
    card.world.server.fail(POSTS, 429, retry_after=0.01, times=3)
    await card.show("patience")
    assert [posted.text for posted in card.posted] == ["patience"]


async def test_a_long_wait_is_left_to_the_delivery_a20(card: Card) -> None:
    card.world.server.fail(POSTS, 429, retry_after=90)
    with pytest.raises(TryLater) as later:
        await card.show("patience")
    assert later.value.seconds == 90


async def test_one_chat_that_is_throttled_does_not_hold_up_another_a20(card: Card) -> None:
    other = card.world.server.channel(card.world.guild, "elsewhere")
    hang = card.world.server.hang(f"POST /channels/{card.world.channel.id}/messages")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(card.show("held up"))
        await hang.reached.wait()
        await card.show("free", channel=other, nonce="18")
        assert card.posted == []
        hang.release()


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (404, 10003, Unreachable),
        (404, 10004, Unreachable),
        (404, 10008, Gone),
        (404, 10013, Unreachable),
        (403, 50001, Unreachable),
        (403, 50007, Unreachable),
        (400, 50008, Unreachable),
        (403, 50013, Unreachable),
        (400, 50033, Unreachable),
        (400, 50083, Unreachable),
        (403, 50278, Unreachable),
        (503, None, TryLater),
        (None, None, TryLater),
    ],
)
async def test_each_refusal_of_a_card_has_its_meaning_c16(
    card: Card, status: int | None, code: int | None, meaning: type[NotDelivered]
) -> None:
    card.world.server.fail(POSTS, status, code=code)
    with pytest.raises(meaning):
        await card.show("x")


async def test_a_card_that_was_deleted_is_gone_c16(card: Card) -> None:
    message = await card.show("x")
    card.world.server.delete_message(card.posted[0])
    with pytest.raises(Gone):
        await card.show("y", message)


async def test_a_card_that_an_earlier_application_posted_is_shown_anew_c16(card: Card) -> None:
    """C16: 50005; the pool's bot got a new token from a new application, in the same database."""
    message = await card.show("x")
    card.posted[0].author = card.world.server.user("old_bot")
    with pytest.raises(Gone):
        await card.show("y", message)


async def test_a_card_that_stands_in_another_channel_is_gone(card: Card) -> None:
    message = await card.show("x")
    other = card.world.server.channel(card.world.guild, "elsewhere")
    with pytest.raises(Gone):
        await card.show("y", message, channel=other)


async def test_a_missing_right_is_named_in_the_log_c16(
    card: Card, caplog: pytest.LogCaptureFixture
) -> None:
    card.world.server.deny_bot(card.world.channel, "send_messages")
    with caplog.at_level(logging.WARNING), pytest.raises(Unreachable):
        await card.show("x")
    assert "#general of Riverside the bot lacks send_messages" in caplog.text


async def test_without_a_channel_a_card_cannot_be_shown(world: World, bot: DiscordBot) -> None:
    with pytest.raises(Unreachable):
        await bot.show_card(str(world.guild.id), "", "", reply(say("x")), Voice(), "1")


async def test_a_card_stays_in_its_thread_and_opens_it_again_c19(card: Card) -> None:
    thread = card.world.server.thread(card.world.channel, "Offers")
    message = await card.show("x", channel=thread)
    card.world.server.archive(thread)
    await card.show("y", message, channel=thread)
    assert [posted.text for posted in card.world.server.messages(thread)] == ["y"]
    card.world.server.archive(thread)
    await card.show("z", channel=thread, nonce="18")
    assert not thread.archived


# --- direct messages -------------------------------------------------------------------------


async def test_somebody_is_told_in_private(world: World, bot: DiscordBot) -> None:
    told = reply(say("You have a promise due."), buttons=((button("More", "list"),),))
    await bot.tell(str(world.juma.id), told, Voice(), "5")
    (message,) = world.server.dms(world.juma)
    assert (message.text, message.labels) == ("You have a promise due.", ["More"])
    act = await world.server.press(world.juma, message, "More").answered()
    assert act.text.endswith("Page 0")


async def test_a_direct_message_that_was_cut_off_is_sent_once_c15(
    world: World, bot: DiscordBot
) -> None:
    lines = tuple(line(say("{text}", text=Typed("x" * 390))) for _ in range(9))
    world.server.fail(POSTS, None, after_effect=True)
    with pytest.raises(TryLater):
        await bot.tell(str(world.juma.id), Reply(lines), Voice(), "5")
    await bot.tell(str(world.juma.id), Reply(lines), Voice(), "5")
    assert len(world.server.dms(world.juma)) == 2


async def test_closed_direct_messages_make_somebody_unreachable_a19_c16(
    world: World, bot: DiscordBot
) -> None:
    world.server.dm_closed(world.juma)
    with pytest.raises(Unreachable):
        await bot.tell(str(world.juma.id), reply(say("x")), Voice(), "5")


async def test_who_shares_no_guild_is_unreachable_c16(world: World, bot: DiscordBot) -> None:
    stranger = world.server.user("stranger")
    with pytest.raises(Unreachable):
        await bot.tell(str(stranger.id), reply(say("x")), Voice(), "5")


async def test_a_mistake_of_ours_is_not_taken_for_a_refusal(world: World, bot: DiscordBot) -> None:
    import discord

    world.server.fail(POSTS, 400, code=50035)
    with pytest.raises(discord.HTTPException):
        await bot.tell(str(world.juma.id), reply(say("x")), Voice(), "5")


async def test_who_waits_for_an_answer_goes_before_who_waits_for_nothing(
    world: World, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P5: while answers are under way, notices wait; but not for one that never comes."""
    told = reply(say("You have a promise due."))
    world.small.gate.clear()
    act = world.server.slash(world.juma, world.channel, "slow", text="first")
    await act.acknowledged_within()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bot.tell(str(world.claire.id), told, Voice(), "5"))
        await world.slash(world.amina, "echo", text="meanwhile")
        assert world.server.dms(world.claire) == []
        world.small.gate.set()
        await act.answered()
    assert len(world.server.dms(world.claire)) == 1
    monkeypatch.setattr("bots.discord_bot.bot.POLITE_SECONDS", 0.01)
    world.small.gate.clear()
    act = world.server.slash(world.juma, world.channel, "slow", text="never")
    await act.acknowledged_within()
    await bot.tell(str(world.claire.id), told, Voice(), "6")
    assert len(world.server.dms(world.claire)) == 2
    world.small.gate.set()
    await act.answered()
