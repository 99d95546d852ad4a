"""The gate before the desk: who asks for too much waits alone, and nothing of it is kept for long.

It stands for the goal "flooding": a bucket per user, group and command, refused before any write.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from bots.calls import Call, Caller, Place
from bots.gate import PEOPLE, REMEMBERED, Gate, Limit, Limits, Wait
from bots.tokens import Token
from core.domain.units import Number, PoolId
from storage.house import open_house
from tests.bots.catalogue.counter import SQUARE, Counter
from tests.clocks import Clock, Draw
from tests.patience import PATIENCE

LIMITS = Limits(person=Limit(4, 2.0), command=Limit(3, 4.0), group=Limit(6, 1.0))


class Seconds:
    """Seconds that pass when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def gate(seconds: Seconds) -> Gate:
    return Gate(LIMITS, seconds)


def call(who: str, command: str = "board", chat: str = "") -> Call:
    return Call(Caller("local", who, who), Place("local", chat), "key", command=command)


def let_in(gate: Gate, *calls: Call) -> list[bool]:
    return [gate.ask(each) is None for each in calls]


def test_a_person_has_a_burst_and_then_one_at_a_time(gate: Gate, seconds: Seconds) -> None:
    some = [call("ann", f"c{n}") for n in range(5)]
    assert let_in(gate, *some) == [True, True, True, True, False]
    seconds.now += 1.9
    assert let_in(gate, call("ann", "d")) == [False]
    seconds.now += 0.1
    assert let_in(gate, call("ann", "d"), call("ann", "e")) == [True, False]
    seconds.now += 8
    assert let_in(gate, *some) == [True, True, True, True, False]


def test_one_command_has_less_room_than_all_of_them_and_a_press_counts_as_one(gate: Gate) -> None:
    pressed = Call(
        Caller("local", "ann", "ann"),
        Place("local"),
        "key",
        token=Token("Board".casefold(), PoolId(1), Number(2)),
    )
    assert let_in(gate, *[call("ann", "BOARD")] * 2, pressed, pressed) == [True, True, True, False]
    assert let_in(gate, call("ann", "mine")) == [True]


def test_a_group_has_its_own_room_and_nobody_else_feels_it(gate: Gate) -> None:
    crowd = [call(f"m{n}", chat="square") for n in range(7)]
    assert let_in(gate, *crowd) == [True] * 6 + [False]
    assert let_in(gate, call("m6"), call("m6", chat="harbour")) == [True, True]


def test_others_are_let_in_while_one_is_not_whoever_it_is_that_floods(gate: Gate) -> None:
    flood = [call("ann", f"c{n}", chat="square") for n in range(1000)]
    assert sum(let_in(gate, *flood)) == 4
    assert let_in(gate, call("ben", chat="square"), call("ann2")) == [True, True]


def test_who_has_to_wait_is_told_how_long_and_once_a_burst(gate: Gate, seconds: Seconds) -> None:
    let_in(gate, *[call("ann", f"c{n}") for n in range(4)])
    assert gate.ask(call("ann")) == Wait(2, again=False)
    seconds.now += 0.5
    assert gate.ask(call("ann")) == Wait(2, again=True)
    assert gate.ask(call("ben")) is None
    seconds.now += 8
    let_in(gate, *[call("ann", f"c{n}") for n in range(4)])
    assert gate.ask(call("ann")) == Wait(2, again=False)


def test_what_is_told_is_long_enough_to_wait(gate: Gate, seconds: Seconds) -> None:
    let_in(gate, *[call("ann")] * 3)
    wait = gate.ask(call("ann"))
    assert wait is not None
    seconds.now += wait.seconds
    assert gate.ask(call("ann")) is None


def test_buckets_that_are_full_again_are_forgotten(gate: Gate, seconds: Seconds) -> None:
    let_in(gate, *[call(f"m{n}", chat="square") for n in range(50)])
    let_in(gate, *[call("ann")] * 9)
    assert len(gate) > 10
    seconds.now += 60
    let_in(gate, call("ben"))
    assert len(gate) == 2


def test_however_many_come_only_so_many_buckets_are_kept(gate: Gate) -> None:
    let_in(gate, *(call(f"m{n}") for n in range(2 * REMEMBERED)))
    assert len(gate) <= REMEMBERED + 2


def test_a_gate_without_limits_counts_nothing(seconds: Seconds) -> None:
    gate = Gate(None, seconds)
    assert all(let_in(gate, *[call("ann")] * 10_000))
    assert len(gate) == 0


async def test_a_flood_is_refused_before_anything_is_written(
    tmp_path: Path, clock: Clock, draw: Draw
) -> None:
    """The writer is held: what waits for it does not end, and who is refused does not wait."""
    house = await open_house(f"sqlite:///{tmp_path / 'pool.db'}", clock, draw)
    counter = Counter(house, clock, gate=Gate(PEOPLE, Seconds()))
    await counter.types("Zed", "/pool create Kijiji currency:CAD timezone:America/Toronto")
    await counter.types("Ann", "/join")
    held, go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        go_on.wait()

    holding = asyncio.ensure_future(house.writer.do(hold))
    await asyncio.to_thread(held.wait)
    room = PEOPLE.command.at_once
    # Who is new is written down first of all: so is not one who floods.
    floods = [
        [asyncio.ensure_future(counter.types(who, command)) for _ in range(room + 2)]
        for who, command in (("Ann", "/offer 1 bread"), ("New", "/board"))
    ]
    flood = [each for calls in floods for each in calls[:room]]
    try:
        for calls in floods:
            async with asyncio.timeout(PATIENCE):
                first, second = await asyncio.gather(*calls[room:])
            assert first.text == "That was a lot at once. Please wait 1 second, then go on."
            assert (first.answer.needless, second.answer.needless) == (False, True)
        assert not any(each.done() for each in flood)
    finally:
        go_on.set()
        await holding
        await asyncio.gather(*flood)
    chat = await house.readers.chat("local", SQUARE)
    assert chat is not None
    assert (await house.readers.board(chat.pool, "", None, 1, 5)).total == room
    await house.close()
