"""R1: a bank. Sixty-four people pay each other at random, and somebody counts all the while."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest

from core.domain.refusals import NotEnough, Refused
from core.engine import Engine
from core.usecases.ruling import SetRule, set_rule
from storage.database import PostgresSession, Session, database_of, opener
from storage.house import House
from tests.clocks import Clock
from tests.village import STEWARD, Village, village

TASKS, CREDITS, LIMIT = 64, 20, 5
COUNT_EACH = 25
TIDY_EACH = 10_000
TRANSFERS = [
    pytest.param(1_000, id="short"),
    pytest.param(1_000_000, id="whole", marks=[pytest.mark.soak, pytest.mark.timeout(0)]),
]
COUNTED = """SELECT SUM(amount), MIN(amount) FROM balance
    JOIN account ON account.pool_id = balance.pool_id AND account.address = balance.address
    WHERE account.kind = 'member'"""


@dataclass
class Bank:
    """A village in which everybody may owe a little, and one who counts what all have."""

    kijiji: Village
    names: list[str]
    counter: Session
    left: int
    done: int = 0
    refused: int = 0

    async def clerk(self, seed: int) -> None:
        """Have credits sent at random, as long as there is something to do; count now and then."""
        chance = Random(seed)
        while self.left > 0:
            self.left -= 1
            await self.pay(chance)
            if chance.randrange(COUNT_EACH) == 0:
                self.count()
            if self.left % TIDY_EACH == 0:
                self.tidy()

    async def pay(self, chance: Random) -> None:
        giver, taker = chance.sample(self.names, 2)
        try:
            await self.kijiji.send(giver, taker, chance.randint(1, 9))
            self.done += 1
        except Refused as no:
            if not isinstance(no.refusal, NotEnough):
                raise
            self.refused += 1

    def tidy(self) -> None:
        """What a server does by itself, unless its autovacuum is off, as it may be for tests.

        Without statistics it looks one entry up by reading all of its pool's, so that each
        transfer takes longer than the one before.
        """
        if isinstance(self.counter, PostgresSession):
            self.counter.connection.execute("VACUUM ANALYZE")

    def count(self) -> None:
        """Past all of our own code: no credit is lost or made, and nobody owes too much."""
        ((total, least),) = self.counter.connection.execute(COUNTED).fetchall()
        assert int(total) == CREDITS * len(self.names)
        assert least >= -LIMIT


@pytest.fixture
def counter(url: str) -> Iterator[Session]:
    """A connection of its own."""
    opened = opener(database_of(url), writes=False)()
    yield opened
    opened.close()


@pytest.mark.parametrize("transfers", TRANSFERS)
async def test_whoever_counts_finds_no_wrong_total_and_nobody_below_the_limit(
    house: House, engine: Engine, counter: Session, clock: Clock, transfers: int
):
    """R1: at any instant, with sixty-four at a time."""
    names = [f"m{n}" for n in range(TASKS)]
    kijiji = await village(engine, *names, credits=CREDITS)
    limit = SetRule(kijiji.pool, kijiji.by(STEWARD), "debit_limit", str(LIMIT))
    await kijiji.do(set_rule, limit, STEWARD)
    clock.advance(timedelta(days=8))
    bank = Bank(kijiji, names, counter, transfers)
    bank.count()
    async with asyncio.TaskGroup() as tasks:
        for seed in range(TASKS):
            tasks.create_task(bank.clerk(seed))
    bank.count()
    audit = await house.readers.audit(kijiji.pool)
    assert audit.faults == ()
    assert audit.entries == TASKS + bank.done
    assert bank.done + bank.refused == transfers
    assert bank.done > bank.refused > 0
