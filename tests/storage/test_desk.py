"""What waits on the way in: updates in the order of their chats, questions, small facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.desk import Question
from storage.house import House
from tests.clocks import START, Clock

QUESTION = Question(
    token="t0k3n",
    platform="local",
    external="Asha",
    chat="square",
    pool=None,
    command="send",
    given='{"member": "Baraka"}',
    asks="credits",
    expires_at=START + timedelta(hours=1),
)


async def test_an_update_that_comes_again_is_kept_once(house: House):
    new = await house.inbox.store("tg", [(7, "a", "one"), (8, "b", "two")])
    (nine,) = await house.inbox.store("tg", [(8, "b", "again"), (9, "a", "three")])
    first = await house.inbox.next("tg", [], 10)
    assert [(each.update, each.payload) for each in first] == [(7, "one"), (8, "two")]
    assert first == new
    assert (nine.update, nine.payload) == (9, "three")


async def test_a_lane_is_handled_in_order_and_its_payload_wiped(house: House):
    await house.inbox.store("tg", [(1, "a", "one"), (2, "a", "two"), (3, "b", "three")])
    (one, three) = await house.inbox.next("tg", [], 10)
    assert (one.update, three.update) == (1, 3)
    assert [each.update for each in await house.inbox.next("tg", ["a"], 1)] == [3]
    await house.inbox.handled(one)
    assert [each.update for each in await house.inbox.next("tg", [], 10)] == [2, 3]
    await house.inbox.store("tg", [(1, "a", "one")])
    assert [each.update for each in await house.inbox.next("tg", [], 10)] == [2, 3]
    wiped = "SELECT min(payload) FROM inbox WHERE handled"
    assert await house.asker.ask(lambda view: view.say(wiped)) == [("",)]


async def test_a_question_stands_until_it_is_answered_or_its_time_is_over(
    house: House, clock: Clock
):
    questions = house.questions
    await questions.ask(QUESTION)
    assert await questions.open("local", "Asha", "square", clock.now) == QUESTION
    assert await questions.open("local", "Asha", "", clock.now) is None
    assert await questions.find("t0k3n", clock.now) == QUESTION
    assert await questions.find("t0k3n", clock.now + timedelta(hours=1)) is None
    await questions.asked_as("t0k3n", "m1")
    assert await questions.find("t0k3n", clock.now) == replace(QUESTION, message="m1")
    await questions.answered("t0k3n")
    assert await questions.find("t0k3n", clock.now) is None


async def test_a_new_question_takes_the_place_of_the_one_before(house: House, clock: Clock):
    await house.questions.ask(QUESTION)
    await house.questions.ask(replace(QUESTION, token="another", command="offer"))
    assert await house.questions.find("t0k3n", clock.now) is None
    found = await house.questions.open("local", "Asha", "square", clock.now)
    assert found is not None
    assert found.command == "offer"


async def test_small_facts_are_kept_by_name(house: House):
    assert await house.notes.get("menu:local") == ""
    await house.notes.put("menu:local", "abc")
    await house.notes.put("menu:local", "def")
    assert await house.notes.get("menu:local") == "def"


async def test_what_has_expired_is_swept(house: House, clock: Clock):
    await house.questions.ask(QUESTION)
    await house.sweep(clock.now + timedelta(days=1))
    assert await house.questions.find("t0k3n", clock.now) is None
