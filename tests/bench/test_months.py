"""P10 of the goals, a month's rollover, and how it grows; then its report, and a balance (P6).

Run with `make bench ARGS="-k month"`.
"""

from __future__ import annotations

import asyncio
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from bots.clock import Ticker
from core.domain.units import Credits, Measure, MemberId, Worth
from core.engine import Asked, Decide, Engine, Made
from core.usecases.commitments import Thank, thank
from core.usecases.people import Register, register
from core.usecases.ruling import SetRule, set_rule
from storage.house import House, open_house
from tests.bench.journals import analyze, lengthen
from tests.bench.measuring import SECONDS, bare_balances, per_second, report
from tests.clocks import Clock, Draw
from tests.databases import KINDS, database_url
from tests.village import STEWARD, Village, village

pytestmark = pytest.mark.bench

SIZES = {80: 3_000, 800: 30_000, 8_000: 300_000}
"""Entries of the journal by the number of members."""

AT_ONCE = 100
ANALYZED_EACH = 1_000
"""After so many members there are new statistics."""
MORNING = datetime(2026, 12, 1, 6, tzinfo=UTC)


class TimedEngine(Engine):
    """Takes the time of what runs on the writer."""

    longest = 0.0

    async def run(
        self, decide: Decide[Asked, Made], command: Asked, key: str, by: str = ""
    ) -> Made:
        """Have a command decided."""
        started = perf_counter()
        try:
            return await super().run(decide, command, key, by)
        finally:
            self.longest = max(self.longest, perf_counter() - started)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_month_of_a_pool(kind: str, tmp_path: Path) -> None:
    print()
    for members, entries in SIZES.items():
        folder = tmp_path / f"{members}"
        folder.mkdir()
        with database_url(kind, folder) as url:
            seconds, longest, memory = await _closed(url, members, entries)
        print(
            f"{kind}: {members} members, {entries} entries: closed in {seconds:.2f} s, the writer"
            f" held for {longest * 1000:.0f} ms at most, {memory:.0f} MiB more at the peak"
            + ("  P10 < 10 s, ≤ 200 ms" if members == max(SIZES) else "")
        )


async def _closed(url: str, members: int, entries: int) -> tuple[float, float, float]:
    clock = Clock()
    house = await open_house(url, clock, Draw())
    kijiji = await _filled(house, members, url)
    lengthen(url, kijiji.pool, entries)
    engine = TimedEngine(house.writer)

    async def nothing(*_: Any) -> None:
        """Is done."""

    ticker = Ticker(engine, house.readers, house.outbox, clock, lambda: None, nothing, nothing)
    clock.now = MORNING - timedelta(hours=4)
    await ticker.tick()
    engine.longest = 0.0
    clock.now = MORNING
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = perf_counter()
    await ticker.tick()
    seconds = perf_counter() - started
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    period = await house.readers.period(kijiji.pool, "2026-11")
    assert period is not None
    assert period.closed_at is not None
    await _looked_at(house, kijiji, url)
    await house.close()
    return seconds, engine.longest, memory


async def _looked_at(house: House, kijiji: Village, url: str) -> None:
    """What people ask for next: the month's report, and what they have."""
    member = kijiji.members["m0"]

    async def month(*_: int) -> None:
        await house.readers.period(kijiji.pool, "2026-11")

    async def balance(*_: int) -> None:
        await house.readers.balance(kijiji.pool, member)

    for name, one, wanted in (("the month's report", month, ""), ("a balance", balance, "P6 ≤ 20")):
        await one()
        floor = bare_balances(url, kijiji.pool)
        figure = await per_second(one, 1, SECONDS)
        report(f"bare query ÷ {name}", floor, figure, wanted=wanted)


async def _filled(house: House, members: int, url: str) -> Village:
    """So many members, each with credits, and a charge on them every month."""
    kijiji = await village(Engine(house.writer))
    by = kijiji.by(STEWARD)

    async def joined(number: int) -> MemberId:
        outcome = await kijiji.do(register, Register(kijiji.pool, by, f"m{number}"), STEWARD)
        member: MemberId = outcome.who.member
        kijiji.members[f"m{number}"] = member
        return member

    for first in range(0, members, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, members))
        ids = tuple(await asyncio.gather(*map(joined, numbers)))
        worth = Worth(Measure.CREDITS, Credits(100))
        await kijiji.do(thank, Thank(kijiji.pool, by, ids, worth, "The well"), STEWARD)
        if first % ANALYZED_EACH == 0:
            analyze(url)
    await kijiji.do(set_rule, SetRule(kijiji.pool, by, "demurrage", "20000"), STEWARD)
    return kijiji
