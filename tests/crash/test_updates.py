"""R4: `kill -9` again and again while updates come in: none is lost, none is done twice."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from bots.app import App
from bots.telegram_bot import TelegramBot
from core.domain.pools import Announced, Posting
from core.usecases.pools import SetPosting, set_posting
from tests.clocks import Draw
from tests.crash.serving import serve, settings_of
from tests.pretended.telegram import PretendedTelegram, User
from tests.village import STEWARD, village

PEOPLE = 40
SECONDS = 60
"""How long a process may take to come to the place where it is killed, on a busy machine."""

# Twenty starts on a machine that does other things too.
SHORT = pytest.param(20, 400, id="short", marks=pytest.mark.timeout(300))
LONG = pytest.param(100, 20_000, id="whole", marks=[pytest.mark.soak, pytest.mark.timeout(0)])


@pytest.fixture(scope="module")
def forking() -> ForkServerContext:
    """Children that start at once: what they import is imported before."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.crash.serving"])
    return context


@pytest.mark.parametrize(("crashes", "updates"), [SHORT, LONG])
async def test_no_crash_loses_an_update_or_does_one_twice(
    crashes: int, updates: int, tmp_path: Path, forking: ForkServerContext, draw: Draw
) -> None:
    """R4: each update makes one offer; after so many crashes there is one of each."""
    async with PretendedTelegram() as telegram:
        people = [telegram.user(f"Person{number}") for number in range(PEOPLE)]
        await a_pool_of(people, telegram, tmp_path)
        runs = partial(process, forking, telegram, tmp_path)
        said = 0
        for crash in range(1, crashes + 1):
            # Somewhere in what is just said, or in what an earlier crash left.
            reached = said + draw(1)[0] % (updates // crashes)
            said = speak(telegram, people, said, updates * crash // crashes)
            with runs():
                await telegram.until(partial(_shown, telegram, reached), SECONDS)
                # Anywhere from there: storing, deciding, answering, marking.
                await asyncio.sleep(draw(1)[0] / 2_550)
        settings = settings_of(str(tmp_path), telegram.token, telegram.url)
        async with App(settings, rooms=[TelegramBot], limits=None, ticking=False) as app:
            await telegram.quiet(SECONDS)
            await app.quiet()
    assert said == updates
    assert offers(tmp_path) == Counter({f"thing {number}": 1 for number in range(updates)})
    answered = Counter(shown.chat.id for shown in telegram.history)
    assert all(answered[person.id] >= updates // PEOPLE for person in people)
    assert answered.total() <= updates + crashes * PEOPLE, "a crash repeats what was under way"


async def a_pool_of(people: list[User], telegram: PretendedTelegram, folder: Path) -> None:
    """A pool where everybody is a member and has started the bot; offers are not announced."""
    settings = settings_of(str(folder), telegram.token, telegram.url)
    async with App(settings, rooms=[], limits=None, ticking=False) as app:
        kijiji = await village(app.engine)
        quiet = SetPosting(kijiji.pool, kijiji.by(STEWARD), Announced.OFFERS, Posting.OFF)
        await kijiji.do(set_posting, quiet, STEWARD)
        kijiji.platform = "telegram"
        await kijiji.join(*(str(person.id) for person in people))
    for person in people:
        telegram.starts(person)
    telegram.forget_updates()


def speak(telegram: PretendedTelegram, people: list[User], said: int, until: int) -> int:
    """Everybody in turn offers the next thing."""
    for number in range(said, until):
        person = people[number % PEOPLE]
        telegram.says(person, person, f"/offer 1 thing {number}")
    return until


@contextmanager
def process(
    forking: ForkServerContext, telegram: PretendedTelegram, folder: Path
) -> Iterator[None]:
    """A bot that is killed at the end without a warning."""
    child = forking.Process(target=serve, args=(str(folder), telegram.token, telegram.url))
    child.start()
    try:
        yield
    finally:
        child.kill()
        child.join(30)


def _shown(telegram: PretendedTelegram, answers: int) -> bool:
    return len(telegram.history) >= answers


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "poolkeeper.db")) as database:
        return database.execute(sql).fetchall()


def offers(folder: Path) -> Counter[object]:
    """How often each thing is offered."""
    return Counter(what for (what,) in rows(folder, "SELECT text FROM listing"))
