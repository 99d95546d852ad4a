"""Ephemeral messages: what one member of a group sees alone, and what comes where they fail."""

from __future__ import annotations

import pytest

from bots.replies import reply, say
from tests.pretended.telegram import Chat, Known, User
from tests.telegram_bot.conftest import Run, Running
from tests.telegram_bot.small import SHORT

INVITED = "Juma\nI have an answer for you. Tap to read it."


async def press(running: Running, who: User, chat: Chat) -> None:
    """Somebody presses the button of a card."""
    running.telegram.taps(who, await running.card(chat), "Take")
    await running.settled()


async def test_the_private_answer_goes_by_the_first_way_that_works(
    running: Running, garden: Chat, amina: User, juma: User
) -> None:
    """B12: an ephemeral message; without it the direct chat; without that a pop-up, or a link."""
    await press(running, amina, garden)
    assert running.alone(amina, garden) == [SHORT]
    assert running.texts(amina) == []
    card = running.last(garden)
    running.telegram.fail("sendMessage", 400, description="Bad Request: not now")
    running.telegram.taps(amina, card, "Take")
    await running.settled()
    assert running.texts(amina) == [SHORT]
    running.telegram.blocks(amina)
    await running.settled()
    running.telegram.fail("sendMessage", 400, description="Bad Request: not now")
    running.telegram.taps(amina, card, "Take")
    await running.settled()
    assert running.texts(garden)[-1] == INVITED.replace("Juma", "Amina")
    assert SHORT not in running.texts(garden)


async def test_on_an_old_server_a_pop_up_is_the_private_answer(
    running: Running, garden: Chat, juma: User
) -> None:
    """B12, B14: a server that refuses ephemeral messages is not asked a second time."""
    running.telegram.knows_whispers(Known.REFUSED)
    for _ in range(2):
        await press(running, juma, garden)
    assert [popup.text for popup in running.telegram.popups(juma)] == [SHORT, SHORT]
    tried = [
        call
        for call in running.telegram.calls_of("sendMessage")
        if "ephemeral_message_parameters" in call.params
    ]
    assert [call.status for call in tried] == [400]
    assert SHORT not in str(tried[0].params)
    assert set(running.texts(garden)) == {"A card"}


async def test_a_server_that_overlooks_what_it_does_not_know_shows_nobody_a_private_word(
    running: Running, garden: Chat, amina: User
) -> None:
    """B12, B14: the first ephemeral message carries no words; a public one is taken back."""
    running.telegram.knows_whispers(Known.OVERLOOKED)
    for _ in range(2):
        await press(running, amina, garden)
    assert running.texts(amina) == [SHORT, SHORT]
    assert set(running.texts(garden)) == {"A card"}
    public = [shown for shown in running.telegram.history if shown.chat is garden]
    assert [shown.text for shown in public if shown.text != "A card"] == ["…", "…"]
    assert [shown.act for shown in public if shown.text != "A card"] == ["sent", "deleted"]


async def test_a_server_that_forgets_how_is_not_trusted_a_second_time(
    running: Running, garden: Chat, amina: User
) -> None:
    """B14: what it showed to everybody is taken back, and goes to the direct chat."""
    await press(running, amina, garden)
    running.telegram.knows_whispers(Known.OVERLOOKED)
    for _ in range(2):
        await press(running, amina, garden)
    assert running.texts(amina) == [SHORT, SHORT]
    assert set(running.texts(garden)) == {"A card"}
    acts = [each.act for each in running.telegram.history if each.message.is_deleted]
    assert acts == ["sent", "deleted"]


async def test_the_next_session_tries_again(run: Run, garden: Chat, amina: User) -> None:
    """B14: the capability is off for the session alone."""
    async with run() as running:
        running.telegram.knows_whispers(Known.REFUSED)
        await press(running, amina, garden)
        assert running.alone(amina, garden) == []
        running.telegram.knows_whispers(Known.WELL)
        await press(running, amina, garden)
        assert running.alone(amina, garden) == []
    async with run() as running:
        await press(running, amina, garden)
        assert running.alone(amina, garden) == [SHORT]


async def test_where_the_bot_is_an_administrator_a_command_is_answered_so_too(
    running: Running, garden: Chat, amina: User, juma: User
) -> None:
    """B12: at any time, to anybody; once it is none any more, not."""
    running.telegram.promotes_bot(amina, garden)
    running.telegram.says(juma, garden, "/short")
    await running.settled()
    assert running.alone(juma, garden) == [SHORT]
    running.telegram.demotes_bot(amina, garden)
    running.telegram.says(amina, garden, "/short")
    await running.settled()
    assert running.texts(amina) == [SHORT]
    assert running.texts(garden) == []


async def test_an_ephemeral_command_is_answered_by_its_ephemeral_number(
    running: Running, garden: Chat, juma: User
) -> None:
    """B13: its message id is 0 and means nothing."""
    said = running.telegram.says(juma, garden, "/short", ephemeral=True)
    await running.settled()
    (answer,) = running.telegram.whispers(juma, garden)
    assert answer.text == SHORT
    assert answer.reply_to is running.telegram.message_of(said)
    assert running.texts(garden) == []
    assert running.texts(juma) == []
    replies = [
        call.params["reply_parameters"]
        for call in running.telegram.calls_of("sendMessage")
        if "reply_parameters" in call.params
    ]
    assert [each["ephemeral_message_id"] for each in replies] == [answer.reply_to.ephemeral_id]
    assert all("message_id" not in each for each in replies)


async def test_what_came_long_ago_goes_the_next_way(
    running: Running, garden: Chat, amina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B12: after fifteen seconds Telegram takes no ephemeral answer, so none is tried."""
    await press(running, amina, garden)
    monkeypatch.setattr("bots.telegram_bot.whispering.FRESH_SECONDS", 0.0)
    tried = len(running.telegram.whispers(amina, garden))
    running.telegram.says(amina, garden, "/short", ephemeral=True)
    await running.settled()
    assert running.texts(amina) == [SHORT]
    assert len(running.telegram.whispers(amina, garden)) == tried


async def test_questions_of_an_ephemeral_command_stay_between_the_two(
    running: Running, garden: Chat, juma: User
) -> None:
    """B13: two questions at once are told apart, though both messages have the id 0."""
    running.telegram.says(juma, garden, "/ask", ephemeral=True)
    await running.settled()
    (question,) = running.telegram.whispers(juma, garden)
    assert question.text == "What is it about?"
    running.telegram.says(juma, garden, "/short", ephemeral=True)
    await running.settled()
    other = running.telegram.whispers(juma, garden)[-1]
    running.telegram.says(juma, garden, "not this", reply_to=other, ephemeral=True)
    await running.settled()
    assert not [call for call in running.calls if call.answer]
    running.telegram.says(juma, garden, "the well", reply_to=question, ephemeral=True)
    await running.settled()
    assert running.alone(juma, garden)[-1] == "Noted: the well"
    assert running.texts(garden) == []


async def test_a_press_on_an_ephemeral_question_takes_its_buttons_by_the_ephemeral_method(
    running: Running, garden: Chat, juma: User
) -> None:
    """B13: edits name the receiver and the ephemeral number."""
    running.telegram.says(juma, garden, "/sure", ephemeral=True)
    await running.settled()
    (question,) = running.telegram.whispers(juma, garden)
    running.telegram.taps(juma, question, "Yes")
    await running.settled()
    assert question.labels == []
    (edit,) = running.telegram.calls_of("editEphemeralMessageReplyMarkup")
    assert edit.params["receiver_user_id"] == juma.id
    assert edit.params["ephemeral_message_id"] == question.ephemeral_id
    assert not running.telegram.calls_of("editMessageReplyMarkup")
    assert len(running.alone(juma, garden)) == 2


async def test_an_answer_that_may_have_been_shown_is_repeated_and_says_so(
    running: Running, garden: Chat, amina: User
) -> None:
    """B12, B24: nobody knows whether the ephemeral message arrived."""
    await press(running, amina, garden)
    card = await running.card(garden)
    running.telegram.fail("sendMessage", None, after_effect=True)
    running.telegram.taps(amina, card, "Take")
    await running.settled()
    assert running.texts(amina) == [f"Sent once more, because the connection broke:\n{SHORT}"]


async def test_a_long_answer_and_a_picture_go_to_the_direct_chat(
    running: Running, garden: Chat, amina: User
) -> None:
    shown = reply(say("A card"), buttons=((running.small.button("See", "picture"),),))
    running.telegram.taps(amina, await running.card(garden, shown), "See")
    await running.settled()
    (picture,) = running.telegram.messages(amina)
    assert picture.file is not None
    assert running.alone(amina, garden) == []


@pytest.mark.parametrize("known", list(Known))
async def test_a_private_answer_is_never_shown_to_the_group(
    running: Running, garden: Chat, juma: User, known: Known
) -> None:
    """A13, B12: whatever the server makes of ephemeral messages, and nobody has a direct chat."""
    running.telegram.knows_whispers(known)
    await press(running, juma, garden)
    running.telegram.says(juma, garden, "/short", ephemeral=known is Known.WELL)
    await running.settled()
    public = [
        shown.text
        for shown in running.telegram.history
        if shown.chat is garden and shown.message.receiver is None
    ]
    assert public
    assert SHORT not in "".join(public)
