"""P4 of the goals, Telegram. Run with `make bench`; prints, and fails on no figure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from time import process_time

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bots.app import App
from bots.catalogue.all import COMMANDS
from bots.catalogue.commands import Command
from bots.settings import Settings
from bots.telegram_bot import TelegramBot
from bots.telegram_bot import bot as room
from bots.telegram_bot.wire import Polls
from tests.bench.measuring import SECONDS, per_second, report
from tests.bench.telegrams import NOWHERE, TOKEN, Served, Telegram, Wireless, bare_bot
from tests.pretended.telegram import PretendedTelegram
from tests.village import village

pytestmark = pytest.mark.bench

ROUNDS = 3
CALLERS = 64
PAID = 16
"""Those who are sent credits: they are told, at the pace that Telegram allows."""

WANTED = {1: "P4 ≥ 0.45", 16: "P4 ≥ 0.75", 64: "P4 ≥ 0.85"}
READS = "/balance"
WRITES = "/send @{}_ 1"


@asynccontextmanager
async def poolkeeper(
    folder: Path, people: Sequence[int], token: str, url: str, commands: Sequence[Command]
) -> AsyncIterator[App]:
    """The whole bot, on a pool with these people, who have credits; only time stands still."""
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        telegram_token=token,  # type: ignore[arg-type]
        telegram_api_url=url,
    )
    async with App(
        settings, commands=commands, rooms=[TelegramBot], limits=None, ticking=False
    ) as app:
        kijiji = await village(app.engine)
        kijiji.platform = "telegram"
        await kijiji.join(*map(str, people))
        kijiji.platform = "local"
        await kijiji.thank(1_000_000, *map(str, people))
        app.delivery.nudge()
        await app.quiet()  # They are told of all this, and that is no answer.
        yield app


def answers(telegram: Telegram, text: str) -> Callable[[int, int], Awaitable[None]]:
    """One caller's turn: a command, and its answer."""
    people = telegram.people

    async def one(caller: int, turn: int) -> None:
        paid = people[CALLERS + caller % PAID]
        answer = await telegram.ask(people[caller], text.format(paid))
        assert answer.startswith(("You have", "You sent")), answer

    return one


@pytest.mark.parametrize("text", [READS, WRITES])
@pytest.mark.parametrize("waiting", WANTED)
async def test_from_telegrams_bytes_to_the_answers(tmp_path: Path, waiting: int, text: str):
    async with PretendedTelegram() as plain, PretendedTelegram() as rich:
        bare, pool = Served(plain, CALLERS + PAID), Served(rich, CALLERS + PAID)
        request = HTTPXRequest()
        async with (
            bare_bot(request, plain.token, plain.url, CALLERS),
            poolkeeper(tmp_path, pool.people, rich.token, rich.url, COMMANDS),
        ):
            floors, figures = await _in_turn(bare, pool, text, waiting)
    what = f"\n{text.split()[0]}, {waiting} in flight ÷ bare library"
    report(what, median(figures), median(floors), wanted=WANTED[waiting])


async def _in_turn(
    bare: Served, pool: Served, text: str, waiting: int
) -> tuple[list[float], list[float]]:
    """Answers a second of both: the machine's mood changes, so they take turns."""
    both = [answers(each, text) for each in (bare, pool)]
    for one in both:
        await per_second(one, CALLERS, 0.5)
    floors, figures = [], []
    for _ in range(ROUNDS):
        floors.append(await per_second(both[0], waiting, SECONDS / 2))
        figures.append(await per_second(both[1], waiting, SECONDS / 2))
    return floors, figures


# --- our own part: no network, CPU alone ---------------------------------------------------


@asynccontextmanager
async def wireless(
    folder: Path, monkeypatch: pytest.MonkeyPatch, commands: Sequence[Command]
) -> AsyncIterator[Wireless]:
    """The whole bot without a network."""
    line = Wireless(CALLERS + PAID)
    line.parse_json_payload = Polls.parse_json_payload  # type: ignore[method-assign]
    monkeypatch.setattr(
        room, "line_to", lambda *_: Bot(TOKEN, request=line, get_updates_request=line)
    )
    async with poolkeeper(folder, line.people, TOKEN, NOWHERE, commands):
        yield line


async def cpu_an_update(line: Wireless, text: str, waiting: int) -> float:
    """CPU of the whole process for one answer, in microseconds; the median of some rounds."""
    one = answers(line, text)
    await per_second(one, waiting, 0.5)
    rounds = []
    for _ in range(ROUNDS):
        before = process_time()
        rate = await per_second(one, waiting, SECONDS / 2)
        rounds.append((process_time() - before) / (rate * SECONDS / 2))
    return median(rounds) * 1e6


@pytest.mark.parametrize("text", [READS, WRITES])
@pytest.mark.parametrize("waiting", WANTED)
async def test_our_own_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: int, text: str
):
    line = Wireless(CALLERS + PAID)
    async with bare_bot(line, TOKEN, NOWHERE, CALLERS):
        floor = await cpu_an_update(line, text, waiting)
    async with wireless(tmp_path, monkeypatch, COMMANDS) as line:
        figure = await cpu_an_update(line, text, waiting)
    name = text.split()[0]
    report(f"\n{name}, {waiting} in flight, CPU ÷ bare library", figure, floor, unit=" µs")


async def test_dispatch_does_not_grow_with_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    only = [each for each in COMMANDS if each.name == "balance"]
    async with AsyncExitStack() as stack:
        lines = [
            await stack.enter_async_context(wireless(tmp_path / name, monkeypatch, commands))
            for name, commands in (("one", only), ("all", COMMANDS))
        ]
        rounds = [[await cpu_an_update(line, READS, 16) for line in lines] for _ in range(ROUNDS)]
    floor, figure = map(median, zip(*rounds, strict=True))
    report(f"\n{len(COMMANDS)} commands ÷ 1, CPU", figure, floor, unit=" µs", wanted="P4 ≤ 1.1")
