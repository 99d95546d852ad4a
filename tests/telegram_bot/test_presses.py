"""Presses of buttons: noticed at once, answered in private, whatever button it was."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.replies import Button, reply, say
from bots.telegram_bot import Patience
from bots.telegram_bot.drawing import keyboard
from bots.tokens import Token, read_token
from bots.words import Voice
from core.domain.units import Number, PoolId
from tests.pretended.telegram import Chat, Known, User
from tests.telegram_bot.conftest import Run, Running
from tests.telegram_bot.small import SHORT

LONGEST = 10**12 - 1


# B9
@settings(deadline=None)
@given(
    verb=st.text(string.ascii_lowercase, min_size=1, max_size=12),
    pool=st.integers(0, LONGEST),
    number=st.integers(0, LONGEST),
    word=st.text(string.ascii_lowercase + string.digits + "-", max_size=18),
    version=st.integers(0, 999_999),
)
def test_what_stands_behind_a_button_never_exceeds_64_bytes(
    verb: str, pool: int, number: int, word: str, version: int
) -> None:
    token = Token(verb, PoolId(pool), Number(number), word, version)
    drawn = keyboard(reply(say("x"), buttons=((Button(say("Yes"), str(token)),),)), Voice())
    assert drawn is not None
    data = drawn.inline_keyboard[0][0].callback_data
    assert isinstance(data, str)
    assert len(data.encode()) <= 64
    assert read_token(data) == token


# B10
async def test_a_press_is_answered_first_of_all(
    running: Running, garden: Chat, amina: User
) -> None:
    card = await running.card(garden)
    before = len(running.telegram.calls)
    running.telegram.taps(amina, card, "Take")
    await running.settled()
    since = [call.method for call in running.telegram.calls[before:]]
    assert [method for method in since if method != "getUpdates"] == [
        "answerCallbackQuery",
        "sendMessage",
        "editEphemeralMessageText",
    ]
    assert running.alone(amina, garden) == [SHORT]


# A9
async def test_a_press_does_not_wait_for_what_it_asks_for(
    running: Running, garden: Chat, amina: User
) -> None:
    running.small.gate.clear()
    running.telegram.says(amina, garden, "/slow")
    await running.small.begun.wait()
    running.telegram.taps(amina, await running.card(garden), "Take")
    await running.telegram.until(lambda: not running.telegram.unanswered())
    running.small.gate.set()
    await running.settled()


# B10, B12
async def test_who_has_no_direct_chat_gets_a_short_answer_in_a_pop_up(
    running: Running, garden: Chat, juma: User
) -> None:
    running.telegram.knows_whispers(Known.REFUSED)
    running.telegram.taps(juma, await running.card(garden), "Take")
    await running.settled()
    (popup,) = running.telegram.popups(juma)
    assert (popup.text, popup.show_alert) == (SHORT, True)
    assert running.texts(garden) == ["A card"]


# B12
async def test_who_has_no_direct_chat_is_led_to_a_long_answer(
    running: Running, garden: Chat, juma: User
) -> None:
    running.telegram.knows_whispers(Known.REFUSED)
    shown = reply(say("A card"), buttons=((running.small.button("Long", "takelong"),),))
    running.telegram.taps(juma, await running.card(garden, shown), "Long")
    await running.settled()
    (popup,) = running.telegram.popups(juma)
    bot, _, payload = (popup.url or "").partition("?start=")
    assert bot == f"https://t.me/{running.telegram.bot_username}"
    assert not popup.text
    running.telegram.starts(juma, payload)
    await running.settled()
    assert running.last(juma).text.startswith("A long answer\n• Line 0 of many")
    assert running.texts(garden) == ["A card"]


# A14
async def test_a_press_whose_card_tells_all_leads_nowhere(
    running: Running, garden: Chat, juma: User
) -> None:
    shown = reply(say("A card"), buttons=((running.small.button("Long", "takecarded"),),))
    running.telegram.taps(juma, await running.card(garden, shown), "Long")
    await running.settled()
    await running.telegram.until(lambda: not running.telegram.unanswered())
    assert not running.telegram.popups(juma)
    assert running.texts(garden) == ["A card"]


# A9, B10
async def test_a_press_that_takes_too_long_for_a_pop_up_is_answered_apart(
    run: Run, garden: Chat, juma: User
) -> None:
    async with run(Patience(popup=0.05)) as running:
        running.telegram.knows_whispers(Known.REFUSED)
        shown = reply(say("A card"), buttons=((running.small.button("Slow", "slow"),),))
        running.small.gate.clear()
        running.telegram.taps(juma, await running.card(garden, shown), "Slow")
        await running.small.begun.wait()
        await running.telegram.until(lambda: not running.telegram.unanswered())
        running.small.gate.set()
        await running.settled()
        assert not running.telegram.popups(juma)
        invitation = running.last(garden)
        assert invitation.text == "Juma\nI have an answer for you. Tap to read it."


# B10
async def test_a_press_that_is_too_old_to_answer_is_carried_out_all_the_same(
    running: Running, garden: Chat, amina: User, caplog: pytest.LogCaptureFixture
) -> None:
    running.telegram.fail(
        "answerCallbackQuery",
        400,
        description="Bad Request: query is too old and response timeout expired"
        " or query ID is invalid",
    )
    running.telegram.taps(amina, await running.card(garden), "Take")
    await running.settled()
    assert running.alone(amina, garden) == [SHORT]
    assert "Traceback" not in caplog.text


# B10
async def test_a_press_in_a_direct_chat_waits_for_no_pop_up(run: Run, juma: User) -> None:
    """What answers it can be sent there, whether or not the bot knew of the chat before."""
    async with run(Patience(popup=3600)) as running:
        running.telegram.starts(juma)
        running.telegram.forget_updates()
        running.telegram.taps(juma, await running.card(juma), "Take")
        await running.telegram.until(lambda: not running.telegram.unanswered())
        await running.settled()
        assert running.texts(juma) == ["A card", SHORT]


# B10, B12
async def test_a_pop_up_that_fails_gives_way_to_the_next_way(
    running: Running, garden: Chat, juma: User
) -> None:
    running.telegram.knows_whispers(Known.REFUSED)
    running.telegram.fail("answerCallbackQuery", 502)
    running.telegram.taps(juma, await running.card(garden), "Take")
    await running.settled()
    assert running.texts(garden)[-1] == "Juma\nI have an answer for you. Tap to read it."


# B11
async def test_a_press_on_a_message_that_is_gone_is_answered(
    running: Running, garden: Chat, amina: User
) -> None:
    card = await running.card(garden)
    token = card.button("Take").data
    assert token is not None
    running.telegram.deletes(card)
    running.telegram.taps_data(amina, card, token)
    await running.settled()
    assert running.alone(amina, garden) == [SHORT]


# A8, A10
@pytest.mark.parametrize("data", ["v0:take:7", "rubbish", "v1:nothing:0.0:0", "x" * 64])
async def test_a_button_that_no_card_has_any_more_is_explained(
    running: Running, garden: Chat, amina: User, data: str
) -> None:
    running.telegram.taps_data(amina, await running.card(garden), data)
    await running.settled()
    assert len(running.alone(amina, garden)) == 1
    assert not running.calls


async def test_a_question_loses_its_buttons_when_it_is_answered(
    running: Running, amina: User
) -> None:
    running.telegram.says(amina, amina, "/sure")
    await running.settled()
    question = running.last(amina)
    running.telegram.taps(amina, question, "Yes")
    await running.settled()
    assert question.text == "Are you sure?"
    assert question.labels == []
    assert len(running.texts(amina)) == 2


# A6
async def test_a_press_that_arrives_ten_times_is_one_press(
    running: Running, garden: Chat, amina: User
) -> None:
    press = running.telegram.taps(amina, await running.card(garden), "Take")
    assert isinstance(press, int)
    for _ in range(10):
        await running.settled()
        running.telegram.redeliver(press)
    await running.settled()
    assert len(running.calls) == 1
    assert running.alone(amina, garden) == [SHORT]
