"""A supervisor asks how the bot is, and figures move with what really happens."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.app import App
from bots.calls import Call, Caller, Place
from bots.health import LATE, TICKS_WITHIN
from bots.health_page import watched
from bots.metrics import NoMetrics
from bots.platform import TryLater, Unknown, Unreachable
from bots.rooms import CannotStart
from bots.settings import Settings, SettingsError, load_settings
from bots.transcripts.neutral import neutral_text
from bots.words import Voice
from core.domain.listings import ListingKind
from core.usecases.pools import ChatMoved, chat_moved
from tests.bots.scripted_room import ScriptedRoom, making
from tests.bots.test_app import Refusing
from tests.clocks import Clock, Draw
from tests.village import STEWARD, village

HEALTH_PORT = "1"
"""Any: it only says that figures are wanted. The tests listen where a port is free."""


@asynccontextmanager
async def opened(
    folder: Path, clock: Clock, draw: Draw, *rooms: ScriptedRoom
) -> AsyncIterator[App]:
    settings = Settings(_env_file=None, data_dir=folder, health_port=HEALTH_PORT)
    app = App(settings, clock=clock, draw=draw, rooms=making(*rooms), ticking=False)
    async with app:
        yield app


async def asked(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split()[1]), body


async def health_of(app: App) -> tuple[int, Any]:
    async with watched(("127.0.0.1", 0), app.health, app.metrics) as port:
        status, body = await asked(port, "/health")
        return status, json.loads(body)


async def figures(app: App) -> dict[str, float]:
    """Each figure that stands on the page, by its name and labels."""
    async with watched(("127.0.0.1", 0), app.health, app.metrics) as port:
        status, body = await asked(port, "/metrics")
    assert status == 200
    lines = re.findall(r"^(poolkeeper_\S+?(?:\{.*?\})?) (\S+)$", body, re.MULTILINE)
    return {name: float(value) for name, value in lines}


async def test_all_well_is_200_and_says_what_was_looked_at(
    tmp_path: Path, clock: Clock, draw: Draw
) -> None:
    async with opened(tmp_path, clock, draw, ScriptedRoom("telegram")) as app:
        status, said = await health_of(app)
    assert status == 200
    assert said["well"]
    assert said["rooms"] == {"telegram": True}
    assert said["writes"]


async def test_a_platform_that_is_not_listened_to_is_503(
    tmp_path: Path, clock: Clock, draw: Draw
) -> None:
    away, wrong = Refusing("telegram", TryLater(60)), Refusing("discord", CannotStart("no"))
    async with opened(tmp_path, clock, draw, away, wrong, ScriptedRoom()) as app:
        status, said = await health_of(app)
    assert status == 503
    assert said["rooms"] == {"telegram": False, "discord": False, "local": True}


async def test_time_that_stands_still_is_503(tmp_path: Path, clock: Clock, draw: Draw) -> None:
    async with opened(tmp_path, clock, draw, ScriptedRoom()) as app:
        await app.ticker.tick()
        assert (await health_of(app))[0] == 200
        clock.advance(TICKS_WITHIN)
        status, said = await health_of(app)
        assert (status, said["ticks"]) == (503, False)
        await app.ticker.tick()
        assert (await health_of(app))[0] == 200


async def test_a_writer_that_does_not_answer_is_503(
    tmp_path: Path, clock: Clock, draw: Draw
) -> None:
    async with opened(tmp_path, clock, draw, ScriptedRoom()) as app:
        await app.house.writer.close()
        status, said = await health_of(app)
    assert (status, said["writes"]) == (503, False)


async def test_an_update_that_nobody_handles_is_503_once_it_is_late(
    tmp_path: Path, clock: Clock, draw: Draw
) -> None:
    async with opened(tmp_path, clock, draw, ScriptedRoom()) as app:
        await app.house.inbox.store("1", [(7, "chat", "{}")])
        assert (await health_of(app))[0] == 200
        clock.advance(LATE)
        status, said = await health_of(app)
    assert (status, said["inbox"]["late_seconds"]) == (503, LATE.total_seconds())


async def test_nothing_else_is_answered_and_nonsense_harms_nobody(
    tmp_path: Path, clock: Clock, draw: Draw
) -> None:
    async with (
        opened(tmp_path, clock, draw, ScriptedRoom()) as app,
        watched(("127.0.0.1", 0), app.health, NoMetrics()) as port,
    ):
        assert (await asked(port, "/"))[0] == 404
        assert (await asked(port, "/health", "POST"))[0] == 405
        assert await asked(port, "/metrics") == (
            404,
            "Install the extra: pip install '.[metrics]'\n",
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x" * 100_000)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        assert (await asked(port, "/health?a=b"))[0] == 200


async def test_each_figure_moves_with_what_happens_h6(
    tmp_path: Path, clock: Clock, draw: Draw
) -> None:
    """H6: answers, what waits, months that are not closed, what platforms did not take."""
    room = ScriptedRoom()
    async with opened(tmp_path, clock, draw, room) as app:
        people = await village(app.engine, "Atieno", "Baraka", credits=9)
        app.delivery.nudge()
        await app.quiet()
        before = await figures(app)
        assert before["poolkeeper_well"] == 1
        assert before["poolkeeper_outbox_waiting"] == 0

        caller = Caller("local", "Atieno", "Atieno")
        await app.desk.answer(Call(caller, Place("local"), "k:1", command="balance", line=""))
        answered = 'poolkeeper_answer_seconds_count{platform="local"}'
        assert (await figures(app))[answered] == before.get(answered, 0) + 1

        room.fails("square", TryLater(60), Unknown(), TryLater(60))
        room.fails("Baraka", Unreachable())
        await people.post("Atieno", ListingKind.OFFER, 2, "Bread")
        await people.send("Atieno", "Baraka", 1)
        for _ in range(4):
            app.delivery.nudge()
            await app.quiet()
            clock.advance(timedelta(seconds=61))
        during = await figures(app)
        for kind in ("TryLater", "Unreachable"):
            name = f'poolkeeper_send_failures_total{{kind="{kind}",platform="local"}}'
            assert during[name] > 0, during

        await app.house.inbox.store("1", [(7, "chat", "{}")])
        room.fails("square", *[TryLater(1)] * 99)
        await people.post("Atieno", ListingKind.OFFER, 2, "Cake")
        clock.advance(timedelta(days=40))
        after = await figures(app)
    assert after["poolkeeper_outbox_waiting"] > 0
    assert after["poolkeeper_outbox_age_seconds"] > timedelta(days=39).total_seconds()
    assert after["poolkeeper_inbox_age_seconds"] == timedelta(days=40).total_seconds()
    assert after["poolkeeper_rollover_lag_seconds"] > timedelta(days=20).total_seconds()
    assert after["poolkeeper_well"] == 0
    labels = {label for name in after for label in re.findall(r'(\w+)="', name)}
    assert labels == {"platform", "kind", "le"}


async def test_a_steward_is_told_what_is_not_well_and_what_to_do_h1(
    tmp_path: Path, clock: Clock, draw: Draw
) -> None:
    """H1: the same in the chat, for stewards, without what only the one who runs it may see."""
    rooms = [Refusing("discord", CannotStart("no")), ScriptedRoom()]
    async with opened(tmp_path, clock, draw, *rooms) as app:
        people = await village(app.engine, "Atieno")
        moved = ChatMoved("local", "square", "square", inside=False)
        await people.do(chat_moved, moved)
        await app.ticker.tick()
        await app.house.inbox.store("1", [(7, "chat", "{}")])
        clock.advance(LATE)
        caller = Caller("local", STEWARD, STEWARD)
        call = Call(caller, Place("local"), "k:1", command="doctor", line="")
        answer = await app.desk.answer(call)
    said = neutral_text(answer.reply, Voice("en", "KES", "Africa/Nairobi"))
    assert said.splitlines() == [
        "Not all is well with me.",
        "• I do not reach Discord just now.",
        "• My clock stands still: reminders and the month’s end wait.",
        "• What you sent me waits since 20 Nov 2026, 12:30.",
        "• I am no longer in The square: please add me again.",
        "• There is one steward alone, and nobody confirms their own: /appoint @name steward",
        "Please tell whoever runs me; python -m bots doctor says more.",
    ]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("8082", ("127.0.0.1", 8082)),
        ("0.0.0.0:8082", ("0.0.0.0", 8082)),  # noqa: S104 - only read
        ("[::1]:9000", ("::1", 9000)),
        ("", None),
    ],
)
def test_the_port_is_this_computers_alone_unless_an_address_is_given(
    given: str, address: tuple[str, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEALTH_PORT", given)
    assert load_settings().health_address == address


@pytest.mark.parametrize("given", ["http", "0", "70000", "host", "1.2.3.4:", "8082/x", "80 82"])
def test_what_is_no_port_is_told_so(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTH_PORT", given)
    with pytest.raises(SettingsError, match=r"HEALTH_PORT .*such as 8082"):
        load_settings()
