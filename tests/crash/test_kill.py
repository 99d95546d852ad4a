"""`kill -9` between any two statements of a confirmation: all of it stands, or nothing does."""

from __future__ import annotations

import multiprocessing
import signal
from multiprocessing.context import ForkServerContext

import pytest

from core.domain.commitments import Commitment, CommitmentState
from core.domain.units import Measure, Number, Worth
from core.engine import Engine
from core.usecases.commitments import ClaimDone, Commit, Confirm, claim_done, commit, confirm
from storage.house import open_house
from tests.clocks import Clock, Draw
from tests.crash.dying import KEY, confirm_and_die
from tests.village import STEWARD, Village, village

STATEMENTS_MAX = 200


@pytest.fixture(scope="module")
def forking() -> ForkServerContext:
    """Children that start at once: what they import is imported before."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.crash.dying"])
    return context


async def test_a_kill_between_any_two_statements_leaves_all_or_nothing(
    url: str, clock: Clock, draw: Draw, forking: ForkServerContext
) -> None:
    kijiji, number = await _claimed(url, clock, draw)
    for statement in range(1, STATEMENTS_MAX):
        child = forking.Process(
            target=confirm_and_die, args=(url, kijiji.pool, STEWARD, number, statement)
        )
        child.start()
        child.join(30)
        assert child.exitcode in (0, -signal.SIGKILL)
        stands = await _all_or_nothing(url, clock, draw, kijiji, number)
        if child.exitcode == 0:
            break
    assert statement > 15, "nothing was interrupted"
    assert stands
    await _once_more(url, clock, draw, kijiji, number)


async def _claimed(url: str, clock: Clock, draw: Draw) -> tuple[Village, Number]:
    house = await open_house(url, clock, draw)
    kijiji = await village(Engine(house.writer), "Juma")
    by = kijiji.by("Juma")
    two_hours = Worth(Measure.MINUTES, 120)
    made = await kijiji.do(commit, Commit(kijiji.pool, by, two_hours, "mending nets"), "Juma")
    await kijiji.do(claim_done, ClaimDone(kijiji.pool, by, made.commitment), "Juma")
    await house.close()
    return kijiji, made.commitment


async def _all_or_nothing(
    url: str, clock: Clock, draw: Draw, kijiji: Village, number: Number
) -> bool:
    """Whether the confirmation stands; commitment, credits and announcement must agree."""
    house = await open_house(url, clock, draw, migrate=False)
    thing = await house.readers.thing(kijiji.pool, number)
    assert isinstance(thing, Commitment)
    balance = await house.readers.balance(kijiji.pool, kijiji.members["Juma"])
    proof = await house.readers.audit(kijiji.pool)
    waiting = await house.outbox.waiting()
    await house.close()
    confirmed = thing.state is CommitmentState.CONFIRMED
    assert not proof.faults
    assert balance.free == (4 if confirmed else 0)
    assert proof.entries == (1 if confirmed else 0)
    assert waiting == (2 if confirmed else 0), "the group's card and the maker's notice"
    return confirmed


async def _once_more(url: str, clock: Clock, draw: Draw, kijiji: Village, number: Number) -> None:
    """The event comes again, as it does when nobody was told: the same answer, nothing twice."""
    house = await open_house(url, clock, draw, migrate=False)
    command = Confirm(kijiji.pool, kijiji.by(STEWARD), (number,))
    answer = await Engine(house.writer).run(confirm, command, KEY, f"local:{STEWARD}")
    await house.close()
    assert [each.credits for each in answer.issued] == [4]
    assert await _all_or_nothing(url, clock, draw, kijiji, number)
