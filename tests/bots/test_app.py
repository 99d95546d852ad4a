"""The house opens, stops in time, and one broken room leaves the others alone."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.app import App, CannotOpen, collect_garbage, now, rooms_of
from bots.calls import Call, Caller, Place
from bots.catalogue.asking import Asking
from bots.catalogue.commands import Command
from bots.platform import TryLater
from bots.replies import Reply, reply, say
from bots.rooms import CannotStart, Room
from bots.settings import Settings
from core.domain.listings import ListingKind
from storage.leases import LEASE
from storage.locks import AlreadyRunning
from tests.bots.scripted_room import ScriptedRoom, making
from tests.clocks import Clock
from tests.databases import database_url
from tests.patience import PATIENCE
from tests.village import village

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz012345678"


class Refusing(ScriptedRoom):
    """A room that does not start, so many times."""

    def __init__(self, name: str, *errors: Exception) -> None:
        super().__init__(name)
        self.errors = list(errors)
        self.started = asyncio.Event()

    async def start(self) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.started.set()


def app_of(
    folder: Path,
    *rooms: Room,
    commands: tuple[Command, ...] = (),
    url: str = "",
    clock: Callable[[], datetime] = now,
) -> App:
    return App(
        Settings(data_dir=folder),
        url=url,
        clock=clock,
        rooms=making(*rooms),
        commands=commands,
        ticking=False,
    )


async def test_a_room_that_cannot_start_is_one_clear_line_and_leaves_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = Refusing("discord")
    bad = Refusing("telegram", CannotStart("the token is not known there"))
    async with app_of(tmp_path, bad, good) as app:
        assert list(app.delivery.rooms) == ["discord"]
        assert not app.hopeless.is_set()
    lines = [each for each in caplog.records if "token" in each.getMessage()]
    assert [each.getMessage() for each in lines] == [
        "Telegram does not start: the token is not known there"
    ]
    assert lines[0].exc_info is None


async def test_a_room_with_a_bug_leaves_the_others_too(tmp_path: Path) -> None:
    good, bad = Refusing("discord"), Refusing("telegram", ZeroDivisionError())
    async with app_of(tmp_path, bad, good) as app:
        assert list(app.delivery.rooms) == ["discord"]


async def test_without_any_room_left_there_is_no_hope(tmp_path: Path) -> None:
    async with app_of(tmp_path, Refusing("telegram", CannotStart("no"))) as app:
        assert app.hopeless.is_set()


async def test_a_platform_out_of_reach_is_tried_again(tmp_path: Path) -> None:
    room = Refusing("telegram", TryLater(0), TryLater(0))
    async with app_of(tmp_path, room) as app:
        async with asyncio.timeout(PATIENCE):
            await room.started.wait()
        assert list(app.delivery.rooms) == ["telegram"]


async def test_a_second_bot_on_the_same_file_is_refused_and_told_who_holds_it(
    tmp_path: Path,
) -> None:
    async with app_of(tmp_path):
        with pytest.raises(AlreadyRunning, match=r"process \d+ on .+, since \d{4}-"):
            async with app_of(tmp_path):
                raise AssertionError("two bots on one file")
    async with app_of(tmp_path):
        pass


async def test_a_second_bot_on_the_same_server_is_refused_until_the_first_ends(
    tmp_path: Path,
) -> None:
    """H2, B25: whichever tokens it has; it is told who holds the lease, and for how long."""
    with database_url("postgresql", tmp_path) as url:
        async with app_of(tmp_path, url=url):
            told = r"process \d+ on .+, since \d{4}-.+ start again after \d{4}-"
            with pytest.raises(AlreadyRunning, match=told):
                async with app_of(tmp_path, url=url):
                    raise AssertionError("two bots on one server")
        async with app_of(tmp_path, url=url):
            pass


async def test_who_lost_the_lease_ends(tmp_path: Path) -> None:
    """A process that stood still for a minute finds another one in its place."""
    clock = Clock()
    with database_url("postgresql", tmp_path) as url:
        async with app_of(tmp_path, url=url, clock=clock) as first:
            await first._hold()
            assert not first.hopeless.is_set()
            clock.advance(LEASE)
            async with app_of(tmp_path, url=url, clock=clock):
                await first._hold()
                assert first.hopeless.is_set()


async def test_a_database_that_cannot_be_used_is_explained(tmp_path: Path) -> None:
    app = App(Settings(data_dir=tmp_path), url="mysql://root@host/pools", rooms=[])
    with pytest.raises(CannotOpen, match="sqlite:///"):
        async with app:
            raise AssertionError("opened")


async def test_stopping_finishes_what_has_begun(tmp_path: Path) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(_: Asking) -> Reply:
        begun.set()
        await may_end.wait()
        return reply(say("Done."))

    command = Command("slow", say("Takes its time"), slow, without_pool=True)
    app = app_of(tmp_path, ScriptedRoom(), commands=(command,))
    async with asyncio.TaskGroup() as tasks:
        async with app:
            call = Call(Caller("local", "x", "X"), Place("local"), key="k", command="slow")
            answering = tasks.create_task(app.desk.answer(call))
            await begun.wait()
            leaving = asyncio.get_running_loop().call_soon(may_end.set)
        assert leaving is not None
    assert answering.result().reply == reply(say("Done."))


async def test_stopping_does_not_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bots.app.STOP_SECONDS", 0.05)
    room = ScriptedRoom()
    async with app_of(tmp_path, room) as app:
        people = await village(app.engine, "Atieno")
        room.hangs = True
        await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
        app.delivery.nudge()
        await room.shown.wait()
    assert "not all that had begun was finished" in caplog.text


@pytest.mark.parametrize(
    ("given", "rooms"),
    [
        ({}, 0),
        ({"telegram_token": TOKEN}, 1),
        ({"telegram_token": TOKEN, "discord_token": "x.y.z"}, 2),
    ],
)
def test_each_platform_with_a_token_gets_a_room(
    given: dict[str, str], rooms: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make: Callable[..., Settings] = Settings
    assert len(rooms_of(make(**given))) == rooms


async def test_a_running_bot_copies_its_database_once_a_day(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """H3: the copy appears; where it cannot be made, one line says so and the bot goes on."""
    days = iter([datetime(2026, 11, 21, 7, tzinfo=UTC)] * 40)
    folder = tmp_path / "copies"
    app = App(
        Settings(data_dir=tmp_path),
        clock=lambda: next(days),
        rooms=making(Refusing("discord")),
        ticking=False,
        copies=folder,
    )
    async with app:
        await app.ticker.tick()
        assert [each.name for each in folder.iterdir()] == ["poolkeeper-2026-11-21.db"]
        (folder / "poolkeeper-2026-11-21.db").unlink()
        folder.rmdir()
        folder.write_text("no folder at all")
        days = iter([datetime(2026, 11, 22, 7, tzinfo=UTC)] * 40)
        await app.ticker.tick()
        await app.ticker.tick()
    said = [each.getMessage() for each in caplog.records if "no copy" in each.getMessage()]
    assert len(said) == 1


def test_garbage_is_looked_for_again_once_all_is_open_and_not_among_what_stays() -> None:
    gc.disable()
    try:
        collect_garbage()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()
