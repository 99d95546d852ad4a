"""Measuring: each figure against its floor, in the same run, on the same disk."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

from core.domain.units import Credits
from core.engine import Engine
from core.usecases.credits import Send, send
from storage.database import database_of
from storage.house import House, open_house
from tests.village import Village, village

SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
"""How long each figure is measured, in seconds."""

PEOPLE = [f"m{n}" for n in range(16)]


def real_clock() -> datetime:
    """The true instant."""
    return datetime.now(UTC)


async def opened(url: str) -> tuple[House, Village]:
    """A house with a village that has credits to send."""
    house = await open_house(url, real_clock, os.urandom)
    kijiji = await village(Engine(house.writer), *PEOPLE, credits=100_000_000)
    return house, kijiji


async def sends_per_second(kijiji: Village, waiting: int, seconds: float = SECONDS) -> float:
    """Durable `send` commands a second, with so many callers who each wait for their answer."""
    run = os.urandom(4).hex()

    async def one(caller: int, turn: int) -> None:
        giver, taker = PEOPLE[caller % 16], PEOPLE[(caller + 1) % 16]
        command = Send(kijiji.pool, kijiji.by(giver), kijiji.members[taker], Credits(1))
        await kijiji.engine.run(send, command, f"{run}:{caller}:{turn}", f"local:{giver}")

    return await per_second(one, waiting, seconds)


async def per_second(
    one: Callable[[int, int], Awaitable[None]], waiting: int, seconds: float
) -> float:
    """How often `one(caller, turn)` is done in a second, by so many callers at a time."""
    done = 0
    started = perf_counter()

    async def caller(number: int) -> None:
        nonlocal done
        turn = 0
        while perf_counter() - started < seconds:
            await one(number, turn)
            turn += 1
            done += 1

    async with asyncio.TaskGroup() as tasks:
        for number in range(waiting):
            tasks.create_task(caller(number))
    return done / (perf_counter() - started)


class BareTransfer:
    """The floor: a bare transfer, one entry, two postings, two balances, one commit."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.executescript(
            """
            CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
            CREATE TABLE entry (id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL);
            CREATE TABLE posting (
                entry INTEGER NOT NULL REFERENCES entry,
                account INTEGER NOT NULL REFERENCES account,
                amount INTEGER NOT NULL
            );
            """
        )
        accounts = [(number, 1_000_000_000) for number in range(16)]
        self.connection.executemany("INSERT INTO account VALUES (?, ?)", accounts)

    def transfer(self, giver: int, taker: int) -> None:
        """Move one credit."""
        run = self.connection.execute
        run("BEGIN IMMEDIATE")
        at = real_clock().isoformat()
        entry = run("INSERT INTO entry (at, kind) VALUES (?, 'send')", (at,)).lastrowid
        for account, amount in ((giver, -1), (taker, 1)):
            run("INSERT INTO posting VALUES (?, ?, ?)", (entry, account, amount))
            run("UPDATE account SET balance = balance + ? WHERE id = ?", (amount, account))
        run("COMMIT")

    def per_second(self, seconds: float = SECONDS) -> float:
        """Transfers a second, one by one."""
        done, started = 0, perf_counter()
        while perf_counter() - started < seconds:
            self.transfer(done % 16, (done + 1) % 16)
            done += 1
        return done / (perf_counter() - started)


def bare_balances(url: str, pool: int) -> float:
    """The floor of a balance: its bare query a second, by the database's own driver."""
    database = database_of(url)
    connection: Any = sqlite3.connect(database.path) if database.is_sqlite else psycopg.connect(url)
    (address,) = connection.execute(
        "SELECT account FROM member JOIN balance ON address = account"
    ).fetchone()
    sql = "SELECT amount FROM balance WHERE pool_id = {0} AND address = {0} AND unit = 'credits'"
    asked = sql.format("?" if database.is_sqlite else "%s")
    done, started = 0, perf_counter()
    while perf_counter() - started < SECONDS:
        connection.execute(asked, (pool, address)).fetchone()
        done += 1
    connection.close()
    return done / (perf_counter() - started)


def report(goal: str, figure: float, floor: float, unit: str = "/s", wanted: str = "") -> float:
    """Print a figure with its floor and their ratio; gives the ratio."""
    ratio = figure / floor
    print(f"{goal:<44} {figure:>10.1f}{unit} ÷ {floor:>10.1f}{unit} = {ratio:>7.2f}  {wanted}")
    return ratio
