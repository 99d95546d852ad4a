"""What comes over the line is stored as it came."""

from __future__ import annotations

import json
from typing import Any

import pytest
from telegram import Update

from bots.telegram_bot.wire import UNREAD, Polls, read, text_of

CAME: dict[str, Any] = {
    "update_id": 7,
    "message": {
        "message_id": 3,
        "date": 1_795_000_000,
        "chat": {"id": 5, "type": "private", "first_name": "Asha", "news_of_2030": [1]},
        "text": "/send @Baraka 2 \ud800 \u0000 😀",
    },
}


def test_an_update_is_stored_as_it_came_with_what_the_library_does_not_know():
    update = read(CAME, None)
    assert json.loads(text_of(update)) == CAME
    assert update.message is not None
    assert update.message.text == CAME["message"]["text"]


def test_what_is_stored_is_text_that_every_database_takes():
    assert text_of(read(CAME, None)).isascii()


def test_an_update_without_its_text_is_written_anew():
    again = Update.de_json(json.loads(text_of(Update.de_json(CAME, None))), None)
    assert again.message is not None
    assert again.message.text == CAME["message"]["text"]


@pytest.mark.parametrize("result", [True, {"message_id": 3}, []])
def test_what_is_no_update_stays_as_it_is(result: Any):
    answer = {"ok": True, "result": result}
    assert Polls.parse_json_payload(json.dumps(answer).encode()) == answer


def test_each_update_of_a_poll_is_handed_on_as_it_came():
    both = [CAME, {**CAME, "update_id": 8}]
    answer = Polls.parse_json_payload(json.dumps({"ok": True, "result": both}).encode())
    assert [each.pop(UNREAD) for each in answer["result"]] == both
    assert answer["result"] == [{"update_id": 7}, {"update_id": 8}]


def test_an_update_that_cannot_be_read_is_empty_and_its_words_stand_in_no_log(
    caplog: pytest.LogCaptureFixture,
):
    update = read({"update_id": 9, "message": {"text": "my secret wish"}}, None)
    assert update.to_dict() == {"update_id": 9}
    assert "Update 9 cannot be read" in caplog.text
    assert "secret" not in caplog.text
