"""Six processes close the same months and are killed at random: each month is closed once."""

from __future__ import annotations

import multiprocessing
import signal
from datetime import UTC, datetime
from multiprocessing.context import ForkServerContext
from random import Random

import pytest

from core.domain.months import Step
from core.domain.units import PoolId
from core.engine import Engine
from core.usecases.ruling import SetRule, set_rule
from storage.database import database_of, opener
from storage.house import House, open_house
from tests.clocks import Clock, Draw
from tests.crash.closing import close_and_die
from tests.village import STEWARD, Village, village

PROCESSES = 6
MEMBERS = 230
MONTHS = ("2026-11", "2026-12", "2027-01")
LATER = datetime(2027, 2, 3, 9, tzinfo=UTC)
ROUNDS_MAX = 40


@pytest.fixture(scope="module")
def forking() -> ForkServerContext:
    """Children that start at once: what they import is imported before."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.crash.closing"])
    return context


@pytest.mark.timeout(300)
async def test_six_processes_that_are_killed_at_random_close_each_month_once(
    url: str, clock: Clock, draw: Draw, forking: ForkServerContext
) -> None:
    """Checklist E5."""
    kijiji = await _kijiji(url, clock, draw)
    chance = Random(5)
    rounds = killed = 0
    while not await _is_closed(url, clock, draw, kijiji.pool):
        rounds += 1
        assert rounds < ROUNDS_MAX, "the months are never closed"
        children = [
            forking.Process(target=close_and_die, args=(url, LATER, chance.randrange(1, 600)))
            for _ in range(PROCESSES)
        ]
        for child in children:
            child.start()
        for child in children:
            child.join(60)
            assert child.exitcode in (0, -signal.SIGKILL)
            killed += child.exitcode != 0
    assert killed >= PROCESSES, "nobody was killed"
    await _is_as_if_closed_once(url, clock, draw, kijiji)


async def _kijiji(url: str, clock: Clock, draw: Draw) -> Village:
    """More members than one chunk takes, each with a hundred credits, and a monthly charge."""
    house = await open_house(url, clock, draw)
    names = [f"m{number}" for number in range(MEMBERS)]
    kijiji = await village(Engine(house.writer), *names, credits=100)
    tenth = SetRule(kijiji.pool, kijiji.by(STEWARD), "demurrage", "100000")
    await kijiji.do(set_rule, tenth, STEWARD)
    await house.close()
    return kijiji


async def _is_closed(url: str, clock: Clock, draw: Draw, pool: PoolId) -> bool:
    house = await open_house(url, clock, draw, migrate=False)
    found = await house.readers.pool(pool)
    await house.close()
    return found is not None and found.closed_through == MONTHS[-1]


async def _is_as_if_closed_once(url: str, clock: Clock, draw: Draw, kijiji: Village) -> None:
    house = await open_house(url, clock, draw, migrate=False)
    proof = await house.readers.audit(kijiji.pool)
    assert not proof.faults
    for name in ("m0", "m99", f"m{MEMBERS - 1}"):
        balance = await house.readers.balance(kijiji.pool, kijiji.members[name])
        assert balance.free == 100 - 10 - 9 - 8
    for month in MONTHS:
        await _is_frozen(house, kijiji.pool, month)
    await house.close()
    rows = _rows(url, "SELECT text FROM commitment WHERE stipend ORDER BY text")
    assert [text for (text,) in rows] == list(MONTHS)
    ((posts,),) = _rows(url, "SELECT count(*) FROM outbox WHERE sort = 'post'")
    assert posts == len(MONTHS)


async def _is_frozen(house: House, pool: PoolId, month: str) -> None:
    period = await house.readers.period(pool, month)
    assert period is not None
    assert period.step is Step.REPORT
    assert period.closed_at == LATER
    assert f'"members": {MEMBERS + 1}' in period.figures


def _rows(url: str, sql: str) -> list[tuple[object, ...]]:
    session = opener(database_of(url), writes=False)()
    try:
        return [tuple(row) for row in session.connection.execute(sql).fetchall()]
    finally:
        session.close()
