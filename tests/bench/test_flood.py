"""The goal "flooding": what others notice of one who asks a thousand times a second.

Run with `make bench`; prints, and fails on no figure.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic, perf_counter

import pytest

from bots.gate import PEOPLE, Gate
from storage.house import open_house
from tests.bench.measuring import SECONDS
from tests.bots.catalogue.counter import Counter
from tests.clocks import Clock, Draw

pytestmark = pytest.mark.bench

EVERY = 0.001
WANTED = 1.2
TURNS = 4
OTHERS = [f"m{n}" for n in range(200)]


async def test_others_while_one_floods(tmp_path: Path, clock: Clock, draw: Draw) -> None:
    house = await open_house(f"sqlite:///{tmp_path / 'pool.db'}", clock, draw)
    counter = Counter(house, clock, gate=Gate(PEOPLE, monotonic))
    await counter.types("Zed", "/pool create Kijiji currency:CAD timezone:America/Toronto")
    for who in OTHERS:
        await counter.types(who, "/join")
    quiet: list[float] = []
    loud: list[float] = []
    sent = 0
    for _ in range(TURNS):
        quiet += await _others(counter)
        async with _flooding(counter) as flood:
            loud += await _others(counter)
        sent += flood[0]
    print(f"\np99 of others with a flood ÷ without: {_p99(loud) / _p99(quiet):.2f}, < {WANTED}")
    print(f"p99 {_p99(quiet) * 1000:.2f} ms, then {_p99(loud) * 1000:.2f} ms; {sent} calls of one")
    await house.close()


async def _others(counter: Counter) -> list[float]:
    """How long others wait for an answer, one after the other."""
    took: list[float] = []
    ends = perf_counter() + SECONDS
    while perf_counter() < ends:
        begun = perf_counter()
        # In private: a group's own bucket is not what is measured.
        await counter.types(OTHERS[len(took) % len(OTHERS)], "/board", chat="")
        took.append(perf_counter() - begun)
        await asyncio.sleep(0.005)
    return took


def _p99(took: list[float]) -> float:
    return sorted(took)[len(took) * 99 // 100]


@asynccontextmanager
async def _flooding(counter: Counter) -> AsyncIterator[list[int]]:
    sent = [0]

    async def flood() -> None:
        begun = perf_counter()
        while True:
            due = int((perf_counter() - begun) / EVERY)
            for _ in range(due - sent[0]):
                await counter.types("Eve", "/board")
            sent[0] = due
            await asyncio.sleep(EVERY)

    flooding = asyncio.create_task(flood())
    try:
        yield sent
    finally:
        flooding.cancel()
        with suppress(asyncio.CancelledError):
            await flooding
