"""E10: whatever changes, and the word of it, stand together, or neither does.

One of each family of use cases is cut off before each of its statements, and from there on nothing
reaches the database any more, as when the process dies. Then all tables are as they were, to the
last row of the outbox; at last it is done, and the word of it waits to be said. On both databases.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from core.domain.disputes import Ruling
from core.domain.members import Role
from core.domain.months import Step
from core.domain.units import Cents, Credits, Measure, Worth
from core.engine import Engine
from core.usecases.cashing_out import (
    ApproveCashOut,
    RequestCashOut,
    approve_cash_out,
    request_cash_out,
)
from core.usecases.closing import CloseChunk, close_chunk
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.credits import Send, send
from core.usecases.disputes import Mediate, OpenDispute, Resolve, mediate, open_dispute, resolve
from core.usecases.gatherings import (
    Gather,
    NoteAttendance,
    SayGoing,
    ThankGathering,
    gather,
    note_attendance,
    say_going,
    thank_gathering,
)
from core.usecases.roles import Appoint, appoint
from core.usecases.ruling import SetRule, set_rule
from core.usecases.treasury import Give, Receive, give, receive
from storage import tables
from storage.database import opener
from storage.house import House, open_house
from tests.clocks import Clock, Draw
from tests.trouble import Trouble, cause
from tests.village import STEWARD, Village, village

STATEMENTS_MAX = 200
ALL = [f"SELECT * FROM {each.name}" for each in tables.metadata.sorted_tables]  # noqa: S608
TOLD = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM digest)"


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trouble]:
    trouble = cause(monkeypatch)
    yield trouble
    trouble.end()


@pytest.fixture
async def house(url: str, clock: Clock, draw: Draw, trouble: Trouble) -> AsyncIterator[House]:
    opened = await open_house(url, clock, draw)
    yield opened
    trouble.end()
    await opened.close()


@dataclass
class Scene:
    """A village, and what people do before the command that is cut off."""

    house: House
    people: Village
    clock: Clock

    async def do(self, decide: Callable[..., Any], who: str, kind: Any, *more: Any) -> Any:
        command = kind(self.people.pool, self.people.by(who), *more)
        return await self.people.do(decide, command, who)

    def command(self, who: str, kind: Any, *more: Any) -> Any:
        return kind(self.people.pool, self.people.by(who), *more)

    async def sent(self) -> Any:
        return await self.people.send("Juma", "Asha", 3, "for the eggs")

    async def disputed(self) -> Any:
        entry = (await self.sent()).entry
        return (await self.do(open_dispute, "Juma", OpenDispute, entry, "no eggs")).dispute

    def everything(self) -> list[list[str]]:
        """All rows of all tables."""
        with closing(opener(self.house.database, writes=False)()) as session:
            run = session.connection.execute
            return [sorted(map(repr, run(question).fetchall())) for question in ALL]

    def told(self) -> int:
        """How much waits to be said."""
        with closing(opener(self.house.database, writes=False)()) as session:
            return int(session.connection.execute(TOLD).fetchone()[0])


Ready = Callable[[Scene], Awaitable[tuple[Callable[..., Any], Any]]]


async def a_transfer(scene: Scene) -> tuple[Callable[..., Any], Any]:
    asha = scene.people.members["Asha"]
    return send, scene.command("Juma", Send, asha, Credits(2), "for bread", True)


async def cash_that_came(scene: Scene) -> tuple[Callable[..., Any], Any]:
    announced = await scene.do(give, "Juma", Give, Cents(5000))
    return receive, scene.command(STEWARD, Receive, (announced.cash,))


async def a_cash_out(scene: Scene) -> tuple[Callable[..., Any], Any]:
    await scene.do(set_rule, STEWARD, SetRule, "cash_out", "approval")
    scene.clock.advance(timedelta(days=8))
    decide, command = await cash_that_came(scene)
    await scene.people.do(decide, command, STEWARD)
    juma = scene.people.members["Juma"]
    await scene.do(appoint, STEWARD, Appoint, juma, Role.PARTNER)
    asked = await scene.do(request_cash_out, "Juma", RequestCashOut, Credits(2))
    return approve_cash_out, scene.command(STEWARD, ApproveCashOut, asked.cash_out, None, True)


async def a_rule(scene: Scene) -> tuple[Callable[..., Any], Any]:
    return set_rule, scene.command(STEWARD, SetRule, "demurrage", "20000")


async def a_dispute(scene: Scene) -> tuple[Callable[..., Any], Any]:
    entry = (await scene.sent()).entry
    return open_dispute, scene.command("Juma", OpenDispute, entry, "no eggs came")


async def a_decision(scene: Scene) -> tuple[Callable[..., Any], Any]:
    dispute = await scene.disputed()
    await scene.do(mediate, STEWARD, Mediate, dispute)
    ruling = (dispute, Ruling.COMPENSATE, "a half", Credits(1))
    return resolve, scene.command(STEWARD, Resolve, *ruling)


async def a_reversal(scene: Scene) -> tuple[Callable[..., Any], Any]:
    entry = (await scene.sent()).entry
    return reverse_entry, scene.command(STEWARD, Reverse, entry, "typed twice")


async def a_gatherings_thanks(scene: Scene) -> tuple[Callable[..., Any], Any]:
    called = await scene.do(gather, STEWARD, Gather, scene.clock() + timedelta(hours=1), "tea")
    for who in ("Juma", "Asha"):
        await scene.do(say_going, who, SayGoing, called.gathering)
    scene.clock.advance(timedelta(hours=2))
    await scene.do(note_attendance, STEWARD, NoteAttendance, called.gathering)
    worth = Worth(Measure.MINUTES, 60)
    return thank_gathering, scene.command(STEWARD, ThankGathering, called.gathering, worth)


async def a_months_end(scene: Scene) -> tuple[Callable[..., Any], Any]:
    """The last part of a close, which freezes the month's figures and tells the group."""
    scene.clock.now = datetime(2026, 12, 3, 9, tzinfo=UTC)
    pool, readers = scene.people.pool, scene.house.readers
    while True:
        part = await readers.closing(pool, scene.clock())
        assert part is not None
        chunk = CloseChunk(pool, part.month, part.step, part.after, part.figures)
        if part.step is Step.REPORT:
            return close_chunk, chunk
        await scene.people.engine.run(close_chunk, chunk, f"job:{part.step}:{part.after}")


FAMILIES: list[Ready] = [
    a_transfer,
    cash_that_came,
    a_cash_out,
    a_rule,
    a_dispute,
    a_decision,
    a_reversal,
    a_gatherings_thanks,
    a_months_end,
]


@pytest.mark.parametrize("ready", FAMILIES, ids=lambda ready: ready.__name__)
async def test_cut_off_anywhere_all_of_it_stands_or_nothing_does(
    ready: Ready, house: House, clock: Clock, trouble: Trouble
) -> None:
    """E10: a change without its word, or a word without its change, is impossible."""
    people = await village(Engine(house.writer), "Juma", "Asha", credits=20)
    scene = Scene(house, people, clock)
    decide, command = await ready(scene)
    before, told = scene.everything(), scene.told()
    for nth in range(1, STATEMENTS_MAX):
        trouble.left, trouble.lasting = nth, True
        try:
            await people.engine.run(decide, command, "cut off", "local:x")
        except (sqlite3.Error, psycopg.Error):
            assert trouble.end() > 0
            assert scene.everything() == before, nth
        else:
            break
    assert trouble.end() == 0
    assert nth > 8, "hardly anything was cut off"
    assert scene.told() > told
    audit = await house.readers.audit(people.pool)
    assert audit.faults == ()
