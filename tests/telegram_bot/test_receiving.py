"""Receiving: nothing is lost, nothing is done twice, nobody waits for somebody else's chat."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bots.app import App
from bots.platform import TryLater
from bots.rooms import CannotStart
from bots.telegram_bot import Patience, TelegramBot
from core.desk import Incoming
from storage.locks import AlreadyRunning
from tests.patience import PATIENCE
from tests.pretended.telegram import Chat, PretendedTelegram, User
from tests.telegram_bot.conftest import Run, Running, settings_of
from tests.telegram_bot.small import Small

HASTY = Patience(stop=0.05)
"""Handlers are cut off at once: what a crash leaves behind."""


def people(telegram: PretendedTelegram, count: int) -> list[User]:
    return [telegram.user(f"Person{number}") for number in range(count)]


async def test_what_was_stored_and_not_handled_is_handled_after_a_crash(
    run: Run, telegram: PretendedTelegram
) -> None:
    crowd = people(telegram, 12)
    first = Small()
    async with run(HASTY, small=first):
        first.gate.clear()
        for person in crowd:
            telegram.starts(person)
            telegram.says(person, person, "/slow one")
            telegram.says(person, person, "/slow two")
        await telegram.until(lambda: not telegram.waiting)
        await first.begun.wait()
    assert not telegram.history or all("Noted" not in each.text for each in telegram.history)
    async with run() as running:
        await running.settled()
        for person in crowd:
            assert running.texts(person)[-2:] == ["Noted: one", "Noted: two"]
        assert len(running.calls) == 2 * len(crowd)


# A6
async def test_an_update_that_arrives_ten_times_is_handled_once_restarts_or_not(
    run: Run, telegram: PretendedTelegram, amina: User
) -> None:
    async with run() as running:
        said = telegram.says(amina, amina, "/note hello")
        for _ in range(5):
            await running.settled()
            telegram.redeliver(said)
        await running.settled()
        assert running.texts(amina) == ["Noted: hello"]
    async with run() as running:
        for _ in range(5):
            telegram.redeliver(said)
            await running.settled()
        assert running.texts(amina) == ["Noted: hello"]
        assert not running.calls


async def test_an_update_that_nobody_can_read_keeps_no_other_back(
    running: Running, garden: Chat, amina: User, juma: User, caplog: pytest.LogCaptureFixture
) -> None:
    """B29: a server that is older than the library leaves out what that insists on."""
    me = {"id": running.telegram.bot_id, "is_bot": True, "first_name": "Pool"}
    restricted = {"user": me, "status": "restricted", "is_member": True, "can_send_messages": False}
    change = {
        "chat": garden.json(),
        "from": amina.json(),
        "date": 1_795_000_000,
        "old_chat_member": restricted,
        "new_chat_member": restricted,
    }
    said = running.telegram.says(juma, garden, "/note before")
    unread = running.telegram.does("my_chat_member", change)
    running.telegram.says(juma, garden, "/note behind")
    await running.settled()
    assert [call.line for call in running.calls] == ["before", "behind"]
    assert {said, unread} <= running.telegram.acknowledged
    assert f"Update {unread} cannot be read" in caplog.text
    assert "Traceback" not in caplog.text


async def test_nothing_is_confirmed_that_could_not_be_stored(
    run: Run, telegram: PretendedTelegram, amina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run() as running:
        store = running.app.house.inbox.store
        failures = 2

        async def failing(*given: object) -> Sequence[Incoming]:
            nonlocal failures
            if failures:
                failures -= 1
                raise sqlite3.OperationalError("disk full")
            assert said in telegram.waiting
            return await store(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(type(running.app.house.inbox), "store", lambda _, *more: failing(*more))
        said = telegram.says(amina, amina, "/note hello")
        await running.settled()
        assert running.texts(amina) == ["Noted: hello"]
        assert len(running.pauses) == 2


async def test_what_was_stored_already_is_handled_all_the_same_and_once(
    running: Running, amina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running.settled()
    store = running.app.house.inbox.store

    async def known(_: object, *given: object) -> Sequence[Incoming]:
        await store(*given)  # type: ignore[arg-type]
        return ()

    with monkeypatch.context() as before:
        before.setattr(type(running.app.house.inbox), "store", known)
        running.telegram.says(amina, amina, "/note hello")
        await running.settled()
    running.telegram.says(amina, amina, "/note and more")
    await running.settled()
    assert running.texts(amina) == ["Noted: hello", "Noted: and more"]


async def test_what_another_process_stored_and_left_is_found(
    running: Running, garden: Chat, amina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, left = running.app.house.inbox, []
    store = inbox.store

    async def seen(
        _: object, bot: str, updates: Sequence[tuple[int, str, str]]
    ) -> Sequence[Incoming]:
        left.append((bot, updates))
        return await store(bot, updates)

    with monkeypatch.context() as watched:
        watched.setattr(type(inbox), "store", seen)
        running.telegram.says(amina, amina, "/note one")
        await running.settled()
    ((bot, ((number, lane, payload),)),) = left
    await store(bot, [(number + 1000, lane, payload.replace("note one", "note two"))])
    monkeypatch.setattr("bots.telegram_bot.receiving.LOOK_AGAIN_SECONDS", 0)
    running.telegram.says(amina, garden, "/note three")
    await running.settled()
    assert sorted(call.line for call in running.calls) == ["one", "three", "two"]


# B29
async def test_a_slow_chat_holds_up_no_other_and_each_chat_keeps_its_order(
    running: Running, garden: Chat, amina: User, juma: User
) -> None:
    running.small.gate.clear()
    running.telegram.says(juma, garden, "/slow first")
    running.telegram.says(juma, garden, "/note second")
    await running.small.begun.wait()
    running.telegram.says(amina, amina, "/note elsewhere")
    await running.telegram.until(lambda: running.texts(amina))
    assert [call.line for call in running.calls] == ["first", "elsewhere"]
    running.small.gate.set()
    await running.settled()
    assert [call.line for call in running.calls] == ["first", "elsewhere", "second"]


# A20
async def test_a_chat_that_is_throttled_holds_up_no_other(
    run: Run, telegram: PretendedTelegram, amina: User, rehema: User
) -> None:
    released, paused = asyncio.Event(), asyncio.Event()

    async def pause(seconds: float) -> None:
        paused.set()
        await released.wait()

    async with run(Patience(pause=pause)) as running:
        telegram.fail("sendMessage", retry_after=30)
        telegram.says(amina, amina, "/note throttled")
        await paused.wait()
        telegram.starts(rehema)
        telegram.says(rehema, rehema, "/note free")
        await telegram.until(lambda: "Noted: free" in running.texts(rehema))
        assert running.texts(amina) == []
        released.set()
        await running.settled()
        assert running.texts(amina) == ["Noted: throttled"]


# A8
async def test_an_update_that_breaks_its_handler_is_put_aside(
    running: Running, amina: User, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.bot, "_message", None)
    running.telegram.says(amina, amina, "/note lost")
    await running.settled()
    monkeypatch.undo()
    running.telegram.says(amina, amina, "/note found")
    await running.settled()
    assert running.texts(amina) == ["Noted: found"]
    assert "could not be handled" in caplog.text


async def test_another_program_with_the_same_token_is_explained_and_not_fought(
    running: Running, amina: User, caplog: pytest.LogCaptureFixture
) -> None:
    """B25: in one line, once; the pauses grow, and when the other one ends all is well."""
    running.telegram.fail(
        "getUpdates", 409, description="Conflict: terminated by other getUpdates request", times=3
    )
    running.telegram.says(amina, amina, "/note hello")
    await running.settled()
    running.telegram.says(amina, amina, "/note again")
    await running.settled()
    assert running.texts(amina) == ["Noted: hello", "Noted: again"]
    assert [text.count("\n") for text in caplog.messages if "same token" in text] == [0]
    assert running.pauses == [2, 4, 8]


async def test_a_second_conflict_after_all_was_well_is_explained_again(
    running: Running, amina: User, caplog: pytest.LogCaptureFixture
) -> None:
    """B25: somebody started the other program once more."""
    for word in ("one", "two"):
        running.telegram.fail("getUpdates", 409, description="Conflict: terminated by other")
        for _ in range(2):
            running.telegram.says(amina, amina, f"/note {word}")
            await running.settled()
    assert len([text for text in caplog.messages if "same token" in text]) == 2


async def test_who_finds_the_lease_taken_polls_nothing(
    telegram: PretendedTelegram, tmp_path: Path, running: Running
) -> None:
    """B25: the message names who holds it; the bot that runs is not disturbed."""
    await telegram.until(lambda: telegram.is_polled)
    polls = len(telegram.calls_of("getUpdates"))
    with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()} on .+, since \d{{4}}-"):
        async with App(settings_of(telegram, tmp_path), ticking=False):
            pass
    assert len(telegram.calls_of("getUpdates")) == polls


async def test_a_network_that_is_lost_is_waited_for(running: Running, amina: User) -> None:
    await running.telegram.until(lambda: running.telegram.is_polled)
    running.telegram.fail("getUpdates", None, times=2)
    running.telegram.fail("getUpdates", 502, times=2)
    running.telegram.says(amina, amina, "/note one")
    await running.settled()
    running.telegram.says(amina, amina, "/note two")
    await running.settled()
    assert running.texts(amina) == ["Noted: one", "Noted: two"]


# B26
async def test_a_webhook_of_an_earlier_bot_is_taken_down(
    run: Run, telegram: PretendedTelegram, amina: User
) -> None:
    telegram._world.webhook = {"url": "https://old.example/hook"}
    async with run() as running:
        telegram.says(amina, amina, "/note hello")
        await running.settled()
        assert running.texts(amina) == ["Noted: hello"]


# A32
async def test_stopping_finishes_what_has_begun(
    run: Run, telegram: PretendedTelegram, amina: User
) -> None:
    small = Small()
    small.gate.clear()
    async with run(small=small):
        telegram.says(amina, amina, "/slow hello")
        await small.begun.wait()
        asyncio.get_running_loop().call_later(0.1, small.gate.set)
    assert [message.text for message in telegram.messages(amina)] == ["Noted: hello"]


# A3
async def test_a_wrong_token_is_told_in_one_line_without_it(
    telegram: PretendedTelegram, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = f"{telegram.bot_id}:{'w' * 35}"
    async with App(settings_of(telegram, tmp_path, telegram_token=wrong), ticking=False) as app:
        with pytest.raises(CannotStart) as caught:
            await TelegramBot(app.inside).start()
    said = str(caught.value)
    assert "\n" not in said
    assert "TELEGRAM_TOKEN" in said
    assert "w" * 35 not in said + caplog.text
    assert caught.value.__suppress_context__


async def test_a_telegram_that_is_away_at_the_start_is_tried_later(
    telegram: PretendedTelegram, tmp_path: Path
) -> None:
    telegram.fail("getMe", None)
    async with App(settings_of(telegram, tmp_path), rooms=[], ticking=False) as app:
        bot = TelegramBot(app.inside)
        with pytest.raises(TryLater):
            await bot.start()
        await bot.start()
        await bot.stop()


async def test_a_token_that_is_revoked_ends_the_bot_in_one_line(
    running: Running, amina: User, caplog: pytest.LogCaptureFixture
) -> None:
    running.telegram.fail("getUpdates", 401, description="Unauthorized")
    running.telegram.says(amina, amina, "/note last")
    assert running.bot._running is not None
    await asyncio.wait([running.bot._running], timeout=PATIENCE)
    assert [text for text in caplog.messages if "accept the token" in text]
    assert running.telegram.token.partition(":")[2] not in caplog.text


# A31, B27
async def test_no_log_at_debug_holds_the_token_or_what_people_say(
    run: Run, telegram: PretendedTelegram, tmp_path: Path, amina: User, garden: Chat
) -> None:
    log = tmp_path / "log.txt"
    handler = logging.FileHandler(log)
    root = logging.getLogger()
    from bots.logs import _set_levels

    levels = {name: logging.getLogger(name).level for name in (None, "bots", "httpx", "telegram")}
    _set_levels("DEBUG")
    root.addHandler(handler)
    try:
        async with run() as running:
            telegram.fail("sendMessage", 502)
            telegram.fail("getUpdates", None)
            telegram.says(amina, amina, "/note canary-in-private")
            telegram.says(amina, garden, "/boom canary-in-group")
            await running.settled()
    finally:
        root.removeHandler(handler)
        handler.close()
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    written = log.read_text()
    assert "this command always breaks" in written
    assert telegram.token.partition(":")[2] not in written
    assert "canary" not in written


# --- real processes, really killed ---------------------------------------------------------------


@asynccontextmanager
async def process(
    telegram: PretendedTelegram, folder: Path, end: signal.Signals = signal.SIGKILL
) -> AsyncIterator[None]:
    """The bot as a process of its own, which is killed at the end without a warning."""
    environment = {
        **os.environ,
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "DATA_DIR": str(folder),
    }
    root = Path(__file__).parents[2]
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", "run"),
        cwd=folder,
        env={**environment, "PYTHONPATH": str(root)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        if bot.returncode is None:
            bot.send_signal(end)
        await bot.wait()


def count(folder: Path, sql: str) -> int:
    with sqlite3.connect(folder / "poolkeeper.db") as rows:
        (number,) = rows.execute(sql).fetchone()
    return int(number)


def _more_shown(telegram: PretendedTelegram, than: int) -> bool:
    return len(telegram.history) > than


def _confirmed(telegram: PretendedTelegram, updates: int) -> bool:
    return len(telegram.acknowledged) >= updates


def _all_answered(telegram: PretendedTelegram, chat: Chat, everyone: list[User]) -> bool:
    answered = {each.reply_to.sender.id for each in telegram.messages(chat) if each.reply_to}
    return answered >= {person.id for person in everyone}


# A6
async def test_killing_the_process_loses_no_update_and_does_none_twice(
    telegram: PretendedTelegram, tmp_path: Path, garden: Chat, amina: User
) -> None:
    everyone = people(telegram, 40)
    for person in everyone:
        telegram.joins(person, garden)
    telegram.forget_updates()
    async with process(telegram, tmp_path):
        for said in ("/pool create Garden", "CAD", "America/Toronto"):
            asked = telegram.messages(garden)
            telegram.says(amina, garden, said, reply_to=asked[-1] if asked else None)
            shown = len(telegram.history)
            await telegram.until(partial(_more_shown, telegram, shown))
        await telegram.until(lambda: not telegram.waiting)
    before = len(telegram.acknowledged)
    for person in everyone:
        telegram.says(person, garden, "/join")
    for confirmed in (1, 20, 39):
        async with process(telegram, tmp_path):
            await telegram.until(partial(_confirmed, telegram, before + confirmed))
    async with process(telegram, tmp_path, signal.SIGTERM):
        for update in sorted(telegram.acknowledged)[-40:]:
            telegram.redeliver(update)
        await telegram.until(lambda: not telegram.waiting)
        await telegram.until(partial(_all_answered, telegram, garden, everyone))
    assert count(tmp_path, "SELECT count(*) FROM member") == 41
    assert count(tmp_path, "SELECT count(*) FROM inbox WHERE payload != ''") == 0
