"""The other way in: Telegram brings updates, and only Telegram can."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bots.app import App
from bots.rooms import CannotStart
from bots.telegram_bot import TelegramBot
from bots.telegram_bot.hook import HEADER
from tests.pretended.telegram import PretendedTelegram, User
from tests.telegram_bot.conftest import Run, Running, settings_of
from tests.telegram_bot.small import Small
from tests.telegram_bot.test_reading import inbox

URL = "https://bot.example/telegram"
SECRET = "a-secret-that-nobody-guesses"


@pytest.fixture
def listen() -> str:
    """An address of this computer that is free."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        host, port = found.getsockname()
    return f"{host}:{port}"


@pytest.fixture
def hooked(listen: str) -> dict[str, str]:
    return {
        "telegram_webhook_url": URL,
        "telegram_webhook_secret": SECRET,
        "telegram_webhook_listen": listen,
    }


@pytest.fixture
async def brought(run: Run, hooked: dict[str, str]) -> AsyncIterator[Running]:
    """A bot that is brought its updates."""
    async with run(**hooked) as running:
        yield running


async def test_what_telegram_brings_is_handled_and_nothing_is_asked_for(
    brought: Running, amina: User, listen: str
) -> None:
    """B26, B21: the address is set with its secret and with what the bot listens to."""
    said = brought.telegram.says(amina, amina, "/note hello")
    assert await brought.telegram.brings(said, listen) == HTTPStatus.OK
    await brought.settled()
    assert brought.texts(amina) == ["Noted: hello"]
    (call,) = brought.telegram.calls_of("setWebhook")
    assert call.params["url"] == URL
    assert set(call.params["allowed_updates"]) == {"message", "callback_query", "my_chat_member"}
    assert call.params["max_connections"] == 1
    assert not brought.telegram.calls_of("getUpdates")
    assert not brought.telegram.calls_of("deleteWebhook")


async def test_an_update_that_comes_before_the_bot_is_ready_is_brought_again(
    run: Run, telegram: PretendedTelegram, hooked: dict[str, str], amina: User, listen: str
) -> None:
    """B26: nothing would store it yet, so that to take it would be to lose it."""
    over = asyncio.Event()

    async def one_run() -> None:
        async with run(**hooked):
            await over.wait()

    starting = telegram.hang("setWebhook")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one_run())
        await starting.reached()
        said = telegram.says(amina, amina, "/note hello")
        assert await telegram.brings(said, listen) == HTTPStatus.SERVICE_UNAVAILABLE
        starting.release()
        over.set()


async def test_an_update_that_nobody_can_read_is_not_brought_for_ever(
    brought: Running, listen: str
) -> None:
    """B26: Telegram brings one at a time, so that it would keep all others back."""
    unread = brought.telegram.does("message", {"text": "from a server of another age"})
    assert await brought.telegram.brings(unread, listen) == HTTPStatus.OK


@pytest.mark.parametrize(
    "secret", ["", "wrong", SECRET[:-1], SECRET + "x", "géheim", SECRET.upper()]
)
async def test_who_does_not_know_the_secret_is_turned_away_and_nothing_is_kept(
    brought: Running, amina: User, listen: str, secret: str
) -> None:
    """B26: wrong, missing, too short, too long, in another case."""
    said = brought.telegram.says(amina, amina, "/note forged")
    status = await brought.telegram.brings(said, listen, secret=secret)
    assert status == HTTPStatus.UNAUTHORIZED
    assert not inbox(brought)
    assert not brought.calls


async def test_an_update_is_stored_before_telegram_is_told_that_it_arrived(
    run: Run, amina: User, listen: str, hooked: dict[str, str]
) -> None:
    """B26: at the moment of the 200 it stands in the inbox, and it is still being handled."""
    small = Small()
    small.gate.clear()
    async with run(small=small, **hooked) as running:
        said = running.telegram.says(amina, amina, "/slow hello")
        assert await running.telegram.brings(said, listen) == HTTPStatus.OK
        ((handled, payload),) = inbox(running)
        assert not handled
        assert "/slow hello" in payload
        small.gate.set()
        await running.settled()
        assert running.texts(amina) == ["Noted: hello"]


async def test_an_update_that_cannot_be_stored_is_not_acknowledged(
    brought: Running, amina: User, listen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B26: Telegram brings it again, and then it is handled once."""

    async def failing(*_: object) -> None:
        raise sqlite3.OperationalError("disk full")

    said = brought.telegram.says(amina, amina, "/note hello")
    with monkeypatch.context() as broken:
        broken.setattr(type(brought.app.house.inbox), "store", failing)
        status = await brought.telegram.brings(said, listen)
    assert status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert await brought.telegram.brings(said, listen) == HTTPStatus.OK
    await brought.settled()
    assert brought.texts(amina) == ["Noted: hello"]


async def test_an_update_that_was_stored_and_not_acknowledged_does_not_wait_to_be_brought_again(
    brought: Running, amina: User, listen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B26: what comes after it in its chat must not overtake it."""
    await brought.settled()
    store = brought.app.house.inbox.store

    async def failing(_: object, *given: object) -> None:
        await store(*given)  # type: ignore[arg-type]
        raise sqlite3.OperationalError("the line broke")

    said = brought.telegram.says(amina, amina, "/note hello")
    with monkeypatch.context() as broken:
        broken.setattr(type(brought.app.house.inbox), "store", failing)
        status = await brought.telegram.brings(said, listen)
    assert status == HTTPStatus.INTERNAL_SERVER_ERROR
    await brought.telegram.until(lambda: brought.texts(amina))
    assert await brought.telegram.brings(said, listen) == HTTPStatus.OK
    await brought.settled()
    assert brought.texts(amina) == ["Noted: hello"]


async def test_an_update_that_is_brought_twice_is_one(
    run: Run, amina: User, listen: str, hooked: dict[str, str]
) -> None:
    """B26: side by side, one after the other, and after a restart."""
    async with run(**hooked) as running:
        said = running.telegram.says(amina, amina, "/note hello")
        at_once = [running.telegram.brings(said, listen) for _ in range(5)]
        assert set(await asyncio.gather(*at_once)) == {HTTPStatus.OK}
        await running.settled()
        assert running.texts(amina) == ["Noted: hello"]
    async with run(**hooked) as running:
        assert await running.telegram.brings(said, listen) == HTTPStatus.OK
        await running.settled()
        assert not running.calls


async def test_both_ways_in_lead_to_the_same_inbox(
    run: Run, telegram: PretendedTelegram, amina: User, listen: str, hooked: dict[str, str]
) -> None:
    """B26: who polls next takes the address down, and what was brought before is not done again."""
    async with run(**hooked) as running:
        said = telegram.says(amina, amina, "/note brought")
        await telegram.brings(said, listen)
        await running.settled()
        assert telegram.webhook == URL
    async with run() as running:
        assert telegram.webhook == ""
        telegram.redeliver(said)
        telegram.says(amina, amina, "/note fetched")
        await running.settled()
        assert running.texts(amina) == ["Noted: brought", "Noted: fetched"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"update_id": "x"}', b"\xff"])
async def test_what_is_no_update_is_refused(brought: Running, listen: str, body: bytes) -> None:
    async with ClientSession() as session:
        answer = await session.post(
            f"http://{listen}/telegram", data=body, headers={HEADER: SECRET}
        )
    assert answer.status == HTTPStatus.BAD_REQUEST
    assert not inbox(brought)


async def test_a_port_that_is_taken_is_told_in_one_line(
    brought: Running, telegram: PretendedTelegram, hooked: dict[str, str], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    async with App(settings_of(telegram, other, **hooked), rooms=[], ticking=False) as app:
        with pytest.raises(CannotStart, match="TELEGRAM_WEBHOOK_LISTEN"):
            await TelegramBot(app.inside).start()


def test_an_address_needs_its_secret(telegram: PretendedTelegram, tmp_path: Path) -> None:
    """B26: without one, anybody could bring updates."""
    with pytest.raises(ValueError, match="TELEGRAM_WEBHOOK_URL is there"):
        settings_of(telegram, tmp_path, telegram_webhook_url=URL)
