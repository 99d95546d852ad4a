"""The queue of writes: once per key, all or nothing, answered after the commit."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
from dataclasses import dataclass

import pytest

from core.domain.neutral import Outcome
from core.domain.refusals import Busy, KeyReused, NotEnough, Refused
from core.domain.units import Credits
from core.engine import Act, Engine
from core.usecases.credits import Send, send
from storage import database
from storage.database import database_of, open_sqlite
from storage.house import House, open_house
from storage.locks import AlreadyRunning, hold_bot_lock
from storage.work import Stale
from storage.writer import Line, Origin
from tests.clocks import START, Clock, Draw
from tests.village import Village, village


@pytest.fixture
async def kijiji(engine) -> Village:
    return await village(engine, "Asha", "Baraka", credits=20)


def _send(kijiji: Village, credits: int) -> Send:
    return Send(kijiji.pool, kijiji.by("Asha"), kijiji.members["Baraka"], Credits(credits))


async def _balances(house: House, kijiji: Village) -> tuple[int, int]:
    asha = await house.readers.balance(kijiji.pool, kijiji.members["Asha"])
    baraka = await house.readers.balance(kijiji.pool, kijiji.members["Baraka"])
    return asha.free, baraka.free


async def test_the_same_event_has_one_effect_and_one_answer(house: House, engine: Engine, kijiji):
    answers = [await engine.run(send, _send(kijiji, 3), "again", "local:Asha") for _ in range(10)]
    together = await asyncio.gather(
        *(engine.run(send, _send(kijiji, 3), "again", "local:Asha") for _ in range(10))
    )
    assert {*answers, *together} == {answers[0]}
    assert await _balances(house, kijiji) == (17, 23)


async def test_the_same_key_with_other_contents_is_refused(house: House, engine: Engine, kijiji):
    await engine.run(send, _send(kijiji, 3), "again", "local:Asha")
    with pytest.raises(Refused) as refused:
        await engine.run(send, _send(kijiji, 4), "again", "local:Asha")
    assert refused.value.refusal == KeyReused()
    assert await _balances(house, kijiji) == (17, 23)


async def test_a_refusal_is_given_again_even_when_it_would_succeed_now(house, engine, kijiji):
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await engine.run(send, _send(kijiji, 21), "too much", "local:Asha")
        assert refused.value.refusal == NotEnough(Credits(20), Credits(21))
        await kijiji.thank(1, "Asha")


async def test_a_bug_is_undone_and_reaches_its_caller_only(house: House, engine: Engine, kijiji):
    def broken(work, command, at):
        send(work, command, at)
        raise ZeroDivisionError

    results = await asyncio.gather(
        engine.run(send, _send(kijiji, 1), "a", "local:Asha"),
        engine.run(broken, _send(kijiji, 1), "b", "local:Asha"),
        engine.run(send, _send(kijiji, 1), "c", "local:Asha"),
        return_exceptions=True,
    )
    assert isinstance(results[1], ZeroDivisionError)
    assert await _balances(house, kijiji) == (18, 22)
    # Its key is free: the event can be tried again.
    await engine.run(send, _send(kijiji, 1), "b", "local:Asha")
    assert await _balances(house, kijiji) == (17, 23)


async def test_saving_anything_but_the_next_version_is_a_bug(house: House, engine: Engine, kijiji):
    def twice(work, command, at):
        members = work.enter(kijiji.pool).members
        member = members.get(kijiji.members["Asha"])
        members.save(member)

    with pytest.raises(Stale):
        await engine.run(twice, _send(kijiji, 1), "stale")


async def test_a_savepoint_within_a_use_case_takes_back_numbers_too(house, engine, kijiji):
    @dataclass(frozen=True, slots=True)
    class Numbers(Outcome):
        before: int
        after: int
        kept: int

    def broken(work, command, at):
        with work.inner():
            send(work, command, at)
            raise ZeroDivisionError

    def nested(work, command, at):
        here = work.enter(kijiji.pool)
        before = here.head
        send(work, command, at)
        standing = here.head
        with pytest.raises(ZeroDivisionError):
            broken(work, command, at)
        return Numbers(before.place, standing.place, here.head.place)

    numbers = await engine.run(nested, _send(kijiji, 2), "nested")
    assert (numbers.after, numbers.kept) == (numbers.before + 1, numbers.before + 1)
    assert await _balances(house, kijiji) == (18, 22)
    assert (await house.readers.audit(kijiji.pool)).faults == ()


async def test_who_goes_away_has_their_write_done_all_the_same(house: House, engine, kijiji):
    going = asyncio.ensure_future(engine.run(send, _send(kijiji, 5), "gone", "local:Asha"))
    await asyncio.sleep(0)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    again = await engine.run(send, _send(kijiji, 5), "gone", "local:Asha")
    assert again.balance == 15
    assert await _balances(house, kijiji) == (15, 25)


async def test_many_at_once_lose_nothing(house: House, engine: Engine, kijiji):
    await asyncio.gather(
        *(engine.run(send, _send(kijiji, 1), f"many:{n}", "local:Asha") for n in range(20))
    )
    assert await _balances(house, kijiji) == (0, 40)
    assert (await house.readers.audit(kijiji.pool)).faults == ()


async def test_closing_does_what_waits(url, clock: Clock, draw: Draw):
    house = await open_house(url, clock, draw)
    kijiji = await village(Engine(house.writer), "Asha", "Baraka", credits=20)
    engine = kijiji.engine
    waiting = [
        asyncio.ensure_future(engine.run(send, _send(kijiji, 1), f"last:{n}", "local:Asha"))
        for n in range(10)
    ]
    await asyncio.sleep(0)
    await house.close()
    answers = await asyncio.gather(*waiting)
    assert min(answer.balance for answer in answers) == 10
    with pytest.raises(RuntimeError):
        await engine.run(send, _send(kijiji, 1), "late", "local:Asha")


async def test_a_full_queue_says_so(sqlite_url: str, clock: Clock, draw: Draw):
    blocked, free = threading.Event(), threading.Event()
    await (await open_house(sqlite_url, clock, draw)).close()
    path = database_of(sqlite_url).path
    line = Line(
        "small", lambda: open_sqlite(path, writes=True), Origin(clock, draw), 1, waiting_max=1
    )

    def block(session):
        blocked.set()
        free.wait()

    first = line.put(block)
    await asyncio.to_thread(blocked.wait)
    second = line.put(lambda session: 2)
    with pytest.raises(Refused) as refused:
        line.put(lambda session: 3)
    assert refused.value.refusal == Busy()
    free.set()
    await first
    assert await second == 2
    await line.close()


# --- SQLite alone --------------------------------------------------------------------------


async def test_every_connection_is_set_up_and_writes_begin_immediately(
    sqlite_url: str, clock: Clock, draw: Draw, monkeypatch: pytest.MonkeyPatch
):
    opened: list[sqlite3.Connection] = []
    said: list[str] = []

    def connect(*args, **kwargs):
        connection = real(*args, **kwargs)
        connection.set_trace_callback(said.append)
        opened.append(connection)
        return connection

    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connect)
    house = await open_house(sqlite_url, clock, draw)
    kijiji = await village(Engine(house.writer), "Asha", "Baraka", credits=20)
    await house.readers.board(kijiji.pool, "", None, 1, 1)
    settings = [await house.writer.do(_settings), await house.asker.ask(_settings_seen)]
    assert settings == [("wal", 2, 1, database.BUSY_TIMEOUT_MS)] * 2
    assert database.BUSY_TIMEOUT_MS >= 5000
    begun = {line for line in said if line.startswith("BEGIN")}
    assert begun == {"BEGIN IMMEDIATE", "BEGIN DEFERRED"}
    await house.close()
    assert len(opened) >= 3


SETTINGS = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")


def _settings(session) -> tuple[object, ...]:
    return tuple(session.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in SETTINGS)


async def _settings_seen(view) -> tuple[object, ...]:
    return tuple([(await view.say(f"PRAGMA {name}"))[0][0] for name in SETTINGS])


async def test_a_reader_cannot_write(sqlite_url: str, clock: Clock, draw: Draw):
    house = await open_house(sqlite_url, clock, draw)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await house.asker.ask(lambda view: view.say("DELETE FROM meta"))
    await house.close()


async def test_the_file_is_its_owners_alone(sqlite_url: str, clock: Clock, draw: Draw):
    house = await open_house(sqlite_url, clock, draw)
    folder = database_of(sqlite_url).path.parent
    modes = {each.name: each.stat().st_mode & 0o777 for each in folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert "pool.db" in modes
    await house.close()


async def test_the_writers_thread_uses_no_socket(
    sqlite_url: str, clock: Clock, draw: Draw, monkeypatch: pytest.MonkeyPatch
):
    used: list[str] = []

    class Watched(socket.socket):
        def __init__(self, *args, **kwargs):
            used.append(threading.current_thread().name)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(socket, "socket", Watched)
    house = await open_house(sqlite_url, clock, draw)
    kijiji = await village(Engine(house.writer), "Asha", "Baraka", credits=20)
    await kijiji.send("Asha", "Baraka", 1)
    await house.close()
    assert "writer" not in used


def test_a_second_bot_is_told_who_is_there(tmp_path):
    path = tmp_path / "pool.db"
    with (
        hold_bot_lock(path, START),
        pytest.raises(AlreadyRunning) as refused,
        hold_bot_lock(path, START),
    ):
        pass
    holder = refused.value.holder
    assert holder is not None
    assert holder.since == "2026-11-20T09:30:00+00:00"
    with hold_bot_lock(path, START):
        pass


class Failing(sqlite3.Connection):
    """A connection whose n-th statement fails."""

    left = -1

    def execute(self, sql, *values):
        Failing.left -= 1
        if Failing.left == 0:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *values)


@dataclass
class _Faulty:
    """A writer whose connection can be told to fail, beside a house that reads."""

    line: Line
    origin: Origin

    async def run(self, act: Act):
        from core.engine import perform
        from storage.work import Transaction
        from storage.writer import OUTER

        def job(session):
            at = self.origin.at()
            work = Transaction(session, at, act.key, OUTER)
            answer = perform(work, act, at)
            work.settle()
            return answer

        return await self.line.put(job)


async def test_whichever_statement_fails_the_state_is_whole_and_the_next_works(
    sqlite_url: str, clock: Clock, draw: Draw
):
    """R9 in short: also BEGIN, SAVEPOINT, COMMIT and the ROLLBACK after the fault."""
    house = await open_house(sqlite_url, clock, draw)
    kijiji = await village(Engine(house.writer), "Asha", "Baraka", credits=1000)
    path = database_of(sqlite_url).path
    origin = Origin(clock, draw)
    line = Line("faulty", lambda: open_sqlite(path, writes=True, factory=Failing), origin, 256)
    engine = Engine(_Faulty(line, origin))
    sent = 0
    for nth in range(1, 60):
        Failing.left = nth
        try:
            await engine.run(send, _send(kijiji, 1), f"n:{nth}", "local:Asha")
        except sqlite3.OperationalError:
            assert (await _balances(house, kijiji))[1] == 1000 + sent
        else:
            sent += 1
        fired = Failing.left <= 0
        Failing.left = -1
        await engine.run(send, _send(kijiji, 1), f"n:{nth}", "local:Asha")
        balance = (await _balances(house, kijiji))[1]
        assert balance in (1000 + sent, 1000 + sent + 1)
        sent = balance - 1000
    assert not fired
    assert sent == 59
    assert (await house.readers.audit(kijiji.pool)).faults == ()
    await line.close()
    await house.close()


class FailingCommit(sqlite3.Connection):
    """A connection whose next commits fail, and undo what was written."""

    failures = 0

    def execute(self, sql, *values):
        if sql == "COMMIT" and FailingCommit.failures:
            FailingCommit.failures -= 1
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, *values)


async def test_a_commit_that_fails_is_tried_again_one_by_one(
    sqlite_url: str, clock: Clock, draw: Draw
):
    house = await open_house(sqlite_url, clock, draw)
    kijiji = await village(Engine(house.writer), "Asha", "Baraka", credits=20)
    path = database_of(sqlite_url).path
    origin = Origin(clock, draw)
    line = Line("faulty", lambda: open_sqlite(path, writes=True, factory=FailingCommit), origin, 9)
    engine = Engine(_Faulty(line, origin))
    FailingCommit.failures = 1
    answers = await asyncio.gather(
        *(engine.run(send, _send(kijiji, 1), f"retried:{n}", "local:Asha") for n in range(5))
    )
    assert sorted(answer.balance for answer in answers) == [15, 16, 17, 18, 19]
    assert await _balances(house, kijiji) == (15, 25)
    await line.close()
    await house.close()


# --- PostgreSQL alone ----------------------------------------------------------------------


async def test_a_connection_that_is_lost_is_made_anew(url, house: House, engine, kijiji):
    if url.startswith("sqlite"):
        pytest.skip("a file does not hang up")

    def hang_up(session) -> None:
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        session.connection.execute(others)

    assert await _balances(house, kijiji) == (20, 20)
    await house.writer.do(hang_up, lane=kijiji.pool + 1)
    await engine.run(send, _send(kijiji, 1), "after", "local:Asha")
    assert await _balances(house, kijiji) == (19, 21)
