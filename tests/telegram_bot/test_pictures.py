"""A picture is shown to its reader alone; where it cannot be, its words still are."""

from __future__ import annotations

import pytest

from bots.replies import Reply, line, say
from bots.words import Voice
from tests.pretended.telegram import Chat, Message, User
from tests.telegram_bot.conftest import Running
from tests.telegram_bot.small import SHORT

WORDS = f"• {SHORT}"
SORRY = "Sorry, the photo cannot be shown here."


def picture_of(message: Message) -> bytes:
    return message.file.content if message.file else b""


async def asks(running: Running, user: User, place: Chat | User, text: str) -> None:
    running.telegram.says(user, place, text)
    await running.settled()


async def test_a_picture_comes_with_the_text_and_the_buttons_below_it(
    running: Running, amina: User
) -> None:
    await asks(running, amina, amina, "/picture")
    (answer,) = running.telegram.messages(amina)
    assert (answer.text, answer.labels) == (WORDS, ["Take"])
    assert picture_of(answer) == running.small.picture


async def test_a_picture_asked_for_in_a_group_goes_to_the_direct_chat_alone(
    running: Running, garden: Chat, amina: User
) -> None:
    await asks(running, amina, garden, "/picture")
    (answer,) = running.telegram.messages(amina)
    assert picture_of(answer) == running.small.picture
    assert answer.is_silent
    assert running.texts(garden) == []


@pytest.mark.parametrize("by", ["command", "press"])
async def test_who_has_no_direct_chat_gets_the_picture_when_they_open_one(
    running: Running, garden: Chat, juma: User, by: str
) -> None:
    if by == "press":
        shown = Reply((line(say("A card")),), ((running.small.button("Look", "picture"),),))
        running.telegram.taps(juma, await running.card(garden, shown), "Look")
        await running.settled()
        (popup,) = running.telegram.popups(juma)
        assert popup.text == ""
        link = popup.url or ""
    else:
        await asks(running, juma, garden, "/picture")
        link = running.telegram.link(running.last(garden), "Read my answer")
    assert [picture_of(each) for each in running.telegram.messages(garden)] == [b""]
    running.telegram.starts(juma, link.partition("=")[2])
    await running.settled()
    (answer,) = running.telegram.messages(juma)
    assert (answer.text, picture_of(answer)) == (WORDS, running.small.picture)


async def test_a_text_too_long_for_a_caption_goes_before_the_picture(
    running: Running, amina: User
) -> None:
    await asks(running, amina, amina, "/picture 40")
    text, picture = running.telegram.messages(amina)
    assert text.text == "\n".join([WORDS] * 40)
    assert (text.labels, picture_of(text)) == ([], b"")
    assert (picture.text, picture.labels) == ("", ["Take"])
    assert picture_of(picture) == running.small.picture


@pytest.mark.parametrize("trouble", ["no image", "PHOTO_INVALID_DIMENSIONS", "too large"])
async def test_a_picture_that_telegram_refuses_is_left_out_and_the_words_say_so(
    running: Running, amina: User, trouble: str
) -> None:
    if trouble == "no image":
        running.small.picture = b"no image at all"
    elif trouble == "too large":
        running.telegram.fail("sendPhoto", 413, description="Request Entity Too Large")
    else:
        running.telegram.fail("sendPhoto", 400, description=f"Bad Request: {trouble}")
    await asks(running, amina, amina, "/picture")
    (answer,) = running.telegram.messages(amina)
    assert (answer.text, answer.labels) == (f"{WORDS}\n{SORRY}", ["Take"])
    assert running.pauses == []
    if trouble == "no image":
        running.telegram.forgive("IMAGE_PROCESS_FAILED")


async def test_a_refused_picture_does_not_repeat_the_text_that_went_before(
    running: Running, amina: User
) -> None:
    running.telegram.fail("sendPhoto", 400, description="Bad Request: IMAGE_PROCESS_FAILED")
    await asks(running, amina, amina, "/picture 40")
    assert running.texts(amina) == ["\n".join([WORDS] * 40), SORRY]


async def test_a_picture_waits_as_long_as_telegram_asks_and_arrives_once(
    running: Running, amina: User
) -> None:
    running.telegram.fail("sendPhoto", retry_after=1)
    running.telegram.fail("sendPhoto", 502)
    await asks(running, amina, amina, "/picture")
    (answer,) = running.telegram.messages(amina)
    assert picture_of(answer) == running.small.picture


async def test_a_picture_that_may_have_arrived_is_sent_once_more_and_says_so(
    running: Running, amina: User
) -> None:
    running.telegram.fail("sendPhoto", None, after_effect=True)
    await asks(running, amina, amina, "/picture")
    _, again = running.telegram.messages(amina)
    assert again.text == f"Sent once more, because the connection broke:\n{WORDS}"
    assert picture_of(again) == running.small.picture


async def test_what_is_told_first_may_have_a_picture_too(running: Running, amina: User) -> None:
    told = Reply((line(say("Look!")),), picture=running.small.picture)
    await running.bot.tell(str(amina.id), told, Voice(), "7")
    (message,) = running.telegram.messages(amina)
    assert (message.text, picture_of(message)) == ("Look!", running.small.picture)
