"""A picture is shown to its reader alone; where it cannot be, its words still are."""

import pytest

from bots.discord_bot import DiscordBot
from bots.replies import Reply, line, say
from bots.words import Voice
from tests.discord_bot.small import World
from tests.discord_bot.test_answering import EDITS, PNG
from tests.pretended.discord import Message
from tests.pretended.discord.interactions import THINK

JPEG = b"\xff\xd8\xff\xe0 a picture of a mended net"
WORDS = "Words of a picture."
SORRY = "Sorry, the photo cannot be shown here."


def files(message: Message) -> list[tuple[str, bytes]]:
    return [(each.filename, each.content) for each in message.attachments]


@pytest.mark.parametrize(("picture", "name"), [(PNG, "photo.png"), (JPEG, "photo.jpg")])
async def test_a_picture_comes_with_the_answer_and_nobody_else_sees_it(
    world: World, bot: DiscordBot, picture: bytes, name: str
) -> None:
    world.small.picture = picture
    act = await world.slash(world.juma, "picture")
    assert act.text == WORDS
    assert act.response.visible_to is world.juma
    assert files(act.response) == [(name, picture)]


async def test_a_picture_stands_below_the_list_it_was_chosen_from_and_the_list_stays(
    world: World, bot: DiscordBot
) -> None:
    world.small.picture = JPEG
    listed = await world.slash(world.juma, "list")
    shown = await world.press(world.juma, listed, "Picture")
    assert shown.acknowledged_with == THINK
    assert shown.response.visible_to is world.juma
    assert files(shown.response) == [("photo.jpg", JPEG)]
    assert (listed.response.text, listed.response.edits) == ("Page 0", 0)


async def test_a_picture_above_discords_limit_is_not_sent_and_the_words_say_so(
    world: World, bot: DiscordBot
) -> None:
    world.small.picture = JPEG + bytes(10 * 1024 * 1024)
    act = await world.slash(world.juma, "picture")
    assert act.text == f"{WORDS}\n{SORRY}"
    assert files(act.response) == []


async def test_a_picture_that_discord_refuses_is_left_out_and_the_words_say_so(
    world: World, bot: DiscordBot
) -> None:
    world.small.picture = JPEG
    world.server.fail(EDITS, 413, code=40005)
    act = await world.slash(world.juma, "picture")
    assert act.text == f"{WORDS}\n{SORRY}"
    assert act.response.visible_to is world.juma
    assert files(act.response) == []


@pytest.mark.parametrize("refused", [False, True])
async def test_a_late_picture_goes_as_a_direct_message_or_its_words_do(
    world: World, bot: DiscordBot, refused: bool
) -> None:
    world.small.picture = JPEG
    world.server.fail(EDITS, 401, code=50027)
    if refused:
        world.server.fail("POST /channels/*/messages", 413, code=40005)
    act = world.server.slash(world.juma, world.channel, "picture")
    await world.server.until(lambda: bool(world.server.dms(world.juma)))
    (message,) = world.server.dms(world.juma)
    assert message.text == (f"{WORDS}\n{SORRY}" if refused else WORDS)
    assert files(message) == ([] if refused else [("photo.jpg", JPEG)])
    assert world.server.messages(world.channel, seen_by=world.amina) == []
    world.server.excuse(act)


async def test_a_long_text_has_its_picture_once_and_its_buttons_below(
    world: World, bot: DiscordBot
) -> None:
    lines = tuple(line(say("Words of a picture.")) for _ in range(200))
    await bot.tell(str(world.juma.id), Reply(lines, picture=PNG), Voice(), "7")
    first, *rest = world.server.dms(world.juma)
    assert files(first) == [("photo.png", PNG)]
    assert rest
    assert [files(each) for each in rest] == [[] for _ in rest]
