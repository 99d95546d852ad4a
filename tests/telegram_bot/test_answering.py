"""Where an answer goes: only to the one who asked, by the first way that works."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bots.replies import reply, say
from tests.clocks import Clock
from tests.pretended.telegram import Chat, PretendedTelegram, User
from tests.telegram_bot.conftest import Running
from tests.telegram_bot.small import SHORT

NOT_KEPT = "That answer is not kept any more. Please send the command once more."
INVITED = "I have an answer for you. Tap to read it."


async def fetch(running: Running, user: User, chat: Chat) -> None:
    """Follow the button in the group into the direct chat."""
    running.telegram.starts(user, payload(running, chat))
    await running.settled()


def payload(running: Running, chat: Chat) -> str:
    """What the link behind the button carries."""
    link = running.telegram.link(running.last(chat), "Read my answer")
    bot, _, carried = link.partition("?start=")
    assert bot == f"https://t.me/{running.telegram.bot_username}"
    return carried


# A13, B12
async def test_an_answer_to_a_command_in_a_group_goes_quietly_to_the_direct_chat(
    running: Running, garden: Chat, amina: User
) -> None:
    running.telegram.says(amina, garden, "/short")
    await running.settled()
    assert running.texts(garden) == []
    (answer,) = running.telegram.messages(amina)
    assert answer.text == SHORT
    assert answer.is_silent
    assert not answer.has_link_preview


async def test_who_has_no_direct_chat_finds_the_answer_behind_a_button(
    running: Running, garden: Chat, juma: User
) -> None:
    """A13, B12, B15: they are known to need a start; the link tells nobody anything."""
    asked = running.telegram.message_of(running.telegram.says(juma, garden, "/short"))
    await running.settled()
    (invitation,) = running.telegram.messages(garden)
    assert invitation.text == INVITED
    assert invitation.reply_to is asked
    assert running.texts(juma) == []
    readers = running.app.house.readers
    known = await readers.known("telegram", str(juma.id))
    assert known is not None
    assert not known.identity.reachable
    carried = payload(running, garden)
    assert re.fullmatch("[A-Za-z0-9_-]{20,64}", carried)
    assert str(juma.id) not in carried
    await fetch(running, juma, garden)
    assert running.texts(juma) == [SHORT]
    known = await readers.known("telegram", str(juma.id))
    assert known is not None
    assert known.identity.reachable


# B15
async def test_a_direct_chat_that_turns_out_to_be_closed_is_remembered(
    running: Running, garden: Chat, juma: User
) -> None:
    """Telegram never said so: they are known from elsewhere, and did not start this bot."""
    await running.meet(juma)
    running.telegram.says(juma, garden, "/short")
    await running.settled()
    known = await running.app.house.readers.known("telegram", str(juma.id))
    assert known is not None
    assert not known.identity.reachable
    assert running.texts(garden) == [INVITED]


# B15
async def test_a_closed_direct_chat_is_remembered(
    running: Running, garden: Chat, amina: User
) -> None:
    running.telegram.says(amina, amina, "/short")
    await running.settled()
    running.telegram.blocks(amina)
    running.telegram.says(amina, garden, "/short")
    await running.settled()
    known = await running.app.house.readers.known("telegram", str(amina.id))
    assert known is not None
    assert not known.identity.reachable
    assert running.texts(garden) == [INVITED]


async def test_an_answer_is_fetched_once(running: Running, garden: Chat, juma: User) -> None:
    """B16: the link is used up."""
    running.telegram.says(juma, garden, "/short")
    await running.settled()
    for _ in range(2):
        await fetch(running, juma, garden)
    assert running.texts(juma) == [SHORT, NOT_KEPT]


async def test_each_answer_has_a_link_of_its_own(
    running: Running, garden: Chat, juma: User
) -> None:
    """B15: who knows one cannot tell the next."""
    carried = []
    for _ in range(2):
        running.telegram.says(juma, garden, "/short")
        await running.settled()
        carried.append(payload(running, garden))
    assert carried[0] != carried[1]


async def test_an_answer_is_fetched_in_time(
    running: Running, garden: Chat, juma: User, clock: Clock
) -> None:
    """B16: after a quarter of an hour it is not kept."""
    running.telegram.says(juma, garden, "/short")
    await running.settled()
    clock.advance(timedelta(minutes=16))
    await fetch(running, juma, garden)
    assert running.texts(juma) == [NOT_KEPT]


async def test_nobody_else_can_fetch_an_answer(
    running: Running, garden: Chat, juma: User, amina: User
) -> None:
    """B16: who follows another's link is told so, and the answer waits on."""
    running.telegram.says(juma, garden, "/short")
    await running.settled()
    running.telegram.starts(amina, payload(running, garden))
    await running.settled()
    assert running.texts(amina) == [
        "That answer waits for somebody else. Send me a command, and I answer you here."
    ]
    await fetch(running, juma, garden)
    assert running.texts(juma) == [SHORT]


# A14
async def test_what_a_card_shows_already_is_not_announced_again(
    running: Running, garden: Chat, juma: User, amina: User
) -> None:
    running.telegram.says(juma, garden, "/carded")
    running.telegram.says(amina, garden, "/carded")
    await running.settled()
    assert running.texts(garden) == []
    assert running.texts(amina) == [SHORT]


async def test_a_question_in_a_group_is_asked_there_and_answered_by_a_reply(
    running: Running, garden: Chat, juma: User, amina: User
) -> None:
    asked = running.telegram.message_of(running.telegram.says(juma, garden, "/ask"))
    await running.settled()
    (question,) = running.telegram.messages(garden)
    assert question.text == "What is it about?"
    assert question.reply_to is asked
    assert question.reply_markup == {"force_reply": True, "selective": True}
    running.telegram.says(amina, garden, "not my question", reply_to=question)
    await running.settled()
    assert not running.calls
    running.telegram.says(juma, garden, "the well", reply_to=question)
    await running.settled()
    assert running.texts(garden) == ["What is it about?", INVITED]
    assert [call.answer for call in running.calls] == ["the well"]


async def test_a_question_after_a_press_names_the_one_who_is_asked(
    running: Running, garden: Chat, rehema: User
) -> None:
    shown = reply(say("A card"), buttons=((running.small.button("Ask", "ask"),),))
    running.telegram.taps(rehema, await running.card(garden, shown), "Ask")
    await running.settled()
    question = running.last(garden)
    assert question.text == "Rehema Kibet\nWhat is it about?"
    assert [entity["type"] for entity in question.entities] == ["text_mention"]
    running.telegram.says(rehema, garden, "the well", reply_to=question)
    await running.settled()
    assert [call.answer for call in running.calls] == ["the well"]


# B18
async def test_an_answer_keeps_to_the_topic_it_was_asked_in(
    running: Running, telegram: PretendedTelegram, amina: User, juma: User
) -> None:
    forum = telegram.supergroup("Forum", members=[juma], admins=[amina], is_forum=True)
    telegram.adds_bot(amina, forum)
    topic = telegram.topic(forum, "Offers", amina)
    telegram.says(juma, forum, "/short", thread=topic)
    await running.settled()
    _greeting, answer = telegram.messages(forum)
    assert answer.thread == topic


# B18
@pytest.mark.parametrize("trouble", ["closed", "deleted"])
async def test_a_topic_that_takes_nothing_falls_back_once_to_the_chat_itself(
    running: Running, telegram: PretendedTelegram, amina: User, juma: User, trouble: str
) -> None:
    forum = telegram.supergroup("Forum", members=[juma], admins=[amina], is_forum=True)
    telegram.adds_bot(amina, forum)
    topic = telegram.topic(forum, "Offers", amina)
    running.small.gate.clear()
    telegram.says(juma, forum, "/slow", thread=topic)
    await running.small.begun.wait()
    if trouble == "closed":
        telegram.closes_topic(amina, forum, topic)
    else:
        telegram.deletes_topic(forum, topic)
    running.small.gate.set()
    await running.settled()
    _greeting, answer = telegram.messages(forum)
    assert answer.thread is None


# A8
async def test_a_command_that_breaks_is_answered_with_a_reference(
    running: Running, garden: Chat, amina: User, caplog: pytest.LogCaptureFixture
) -> None:
    running.telegram.says(amina, garden, "/boom")
    await running.settled()
    (answer,) = running.texts(amina)
    assert answer.startswith("Something went wrong on our side")
    reference = answer.rstrip(".").split()[-1]
    assert reference in caplog.text
    assert running.texts(garden) == []


# A8
async def test_an_unknown_command_is_answered_too(
    running: Running, garden: Chat, amina: User
) -> None:
    running.telegram.says(amina, garden, "/shrt")
    await running.settled()
    assert len(running.texts(amina)) == 1


# A20
async def test_an_answer_waits_as_long_as_telegram_asks_and_arrives_once(
    running: Running, amina: User
) -> None:
    running.telegram.fail("sendMessage", retry_after=1, times=3)
    running.telegram.says(amina, amina, "/short")
    await running.settled()
    assert running.texts(amina) == [SHORT]
    assert running.pauses == [1, 2, 4]


async def test_an_answer_survives_a_server_that_is_away(running: Running, amina: User) -> None:
    running.telegram.fail("sendMessage", 502, times=2)
    running.telegram.says(amina, amina, "/short")
    await running.settled()
    assert running.texts(amina) == [SHORT]


# B24
async def test_an_answer_that_may_have_arrived_is_sent_once_more_and_says_so(
    running: Running, amina: User
) -> None:
    running.telegram.fail("sendMessage", None, after_effect=True)
    running.telegram.says(amina, amina, "/short")
    await running.settled()
    assert running.texts(amina) == [
        SHORT,
        f"Sent once more, because the connection broke:\n{SHORT}",
    ]


async def test_an_answer_without_any_way_to_its_reader_is_given_up_quietly(
    running: Running, garden: Chat, juma: User, caplog: pytest.LogCaptureFixture
) -> None:
    running.telegram.mutes_bot(garden)
    running.telegram.says(juma, garden, "/short")
    await running.settled()
    assert running.texts(garden) == []
    assert "no way to its reader" in caplog.text
    assert "Traceback" not in caplog.text
