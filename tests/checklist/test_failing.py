"""R9 in short: whatever call to the database fails, nobody is told of what did not happen.

Each call of a confirmation and of an order fails, once or for as long as it is tried: either
there is an answer with its effect, or no answer and no effect. Then the same event comes again,
as it does from a platform that was not answered, and succeeds. On both databases.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from core.domain.listings import ListingKind
from core.domain.units import Measure, Worth
from core.engine import Engine
from core.usecases.commitments import ClaimDone, Commit, Confirm, claim_done, commit, confirm
from core.usecases.orders import Spend, spend
from storage.house import House, open_house
from tests.clocks import Clock, Draw
from tests.trouble import Trouble, cause
from tests.village import STEWARD, Village, village

CALLS_MAX = 200


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trouble]:
    """What can be told to go wrong in the database's sessions."""
    trouble = cause(monkeypatch)
    yield trouble
    trouble.end()


@dataclass
class Scene:
    """One of the two commands, made ready again and again."""

    house: House
    people: Village
    ready: Callable[[], Awaitable[tuple[Any, Any]]]
    """Prepares what the command needs; gives the use case and the command."""

    async def state(self) -> tuple[int, tuple[object, ...]]:
        """All that the command changes: books, balances, what is to be told, what is open."""
        house, people = self.house, self.people
        audit = await house.readers.audit(people.pool)
        assert audit.faults == ()
        members = [people.members[who] for who in ("Juma", "Asha")]
        balances = [await house.readers.balance(people.pool, each) for each in members]
        mine = [await house.readers.mine(people.pool, each) for each in members]
        waiting = await house.readers.waiting(people.pool)
        told = await house.outbox.waiting()
        return audit.entries, (audit.fingerprint, balances, mine, waiting, told)


@pytest.fixture
async def house(url: str, clock: Clock, draw: Draw, trouble: Trouble) -> AsyncIterator[House]:
    """A house whose writer may meet trouble."""
    opened = await open_house(url, clock, draw)
    yield opened
    trouble.end()
    await opened.close()


@pytest.fixture(params=["confirm", "spend"])
async def scene(request: pytest.FixtureRequest, house: House) -> Scene:
    """A confirmation, or an order on an offer."""
    people = await village(Engine(house.writer), "Juma", "Asha", credits=1000)
    pool = people.pool

    async def a_claim() -> tuple[Any, Any]:
        worth = Worth(Measure.MINUTES, 60)
        made = await people.do(commit, Commit(pool, people.by("Juma"), worth, "nets"), "Juma")
        await people.do(claim_done, ClaimDone(pool, people.by("Juma"), made.commitment), "Juma")
        return confirm, Confirm(pool, people.by(STEWARD), (made.commitment,))

    async def an_offer() -> tuple[Any, Any]:
        offer = await people.post("Juma", ListingKind.OFFER, 2, "bread")
        return spend, Spend(pool, people.by("Asha"), offer)

    return Scene(house, people, a_claim if request.param == "confirm" else an_offer)


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
async def test_whichever_call_fails_there_is_no_answer_without_its_effect(
    scene: Scene, trouble: Trouble, lasting: bool
) -> None:
    """R9: each call in turn, and then the commit is among them."""
    unanswered = 0
    for nth in range(1, CALLS_MAX):
        decide, command = await scene.ready()
        before = await scene.state()
        key = f"failing:{nth}"
        trouble.left, trouble.lasting = nth, lasting
        try:
            answer = await scene.people.engine.run(decide, command, key, "local:x")
        except (sqlite3.Error, psycopg.Error):
            assert trouble.end() > 0
            assert await scene.state() == before, nth
            answer = await scene.people.engine.run(decide, command, key, "local:x")
            unanswered += 1
            hit = True
        else:
            hit = trouble.end() > 0
        again = await scene.people.engine.run(decide, command, key, "local:x")
        assert again == answer
        after = await scene.state()
        assert after[0] == before[0] + 1, "one entry, whatever happened on the way"
        if not hit:
            break
    assert not hit, "more calls than were tried"
    assert nth > 12, "hardly anything was made to fail"
    assert unanswered > (nth - 3 if lasting else 5)


@pytest.mark.parametrize("times", ["once", "lasting", "after"])
async def test_a_commit_that_fails_answers_nobody_too_early(
    scene: Scene, trouble: Trouble, times: str
) -> None:
    """R9: refused once, refused again, or done although it seemed to fail."""
    decide, command = await scene.ready()
    before = await scene.state()
    trouble.left, trouble.only = 1, "commit"
    trouble.lasting, trouble.after = times == "lasting", times == "after"
    if times == "lasting":
        with pytest.raises((sqlite3.Error, psycopg.Error)):
            await scene.people.engine.run(decide, command, "commit", "local:x")
        assert trouble.end() > 1
        assert await scene.state() == before
    answer = await scene.people.engine.run(decide, command, "commit", "local:x")
    assert trouble.end() == (0 if times == "lasting" else 1)
    after = await scene.state()
    assert after[0] == before[0] + 1
    again = await scene.people.engine.run(decide, command, "commit", "local:x")
    assert (again, await scene.state()) == (answer, after)
