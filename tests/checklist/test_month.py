"""A15: a month with everything on, and how often the group hears what nobody there just did."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from bots.app import App
from bots.calls import Call, Caller, Place
from bots.settings import Settings
from bots.transcripts.neutral import neutral_text
from bots.words import Voice
from core.domain.members import Role
from core.domain.pools import Announced, Posting
from core.usecases.pools import SetPosting, SetQuiet, set_posting, set_quiet
from core.usecases.roles import Appoint, appoint
from core.usecases.ruling import SetRule, set_rule
from tests.bots.scripted_room import ScriptedRoom, making
from tests.clocks import Clock, Draw
from tests.village import STEWARD, Village, village

NAIROBI = ZoneInfo("Africa/Nairobi")
BEGINS = datetime(2026, 11, 5, 5, tzinfo=UTC)
DAYS = 32
PEOPLE = ("Atieno", "Baraka", "Chebet", "Daudi")
RULES = ("debit_limit", "stipend", "ask_before", "nudge_past", "holding_limit")

MADE = {"offer": "offer", "need": "need", "commit": "promise", "take": "promise", "gather": "tea"}
"""What comes into the world by which command: others speak of it by its number."""

ACTS = (
    "offer 1 bread {n}",
    "offer 2 cake {n} until:+3d",
    "need 1 water {n}",
    "commit 1h sweeping {n} due:+1d",
    "commit 1h every:month weeding {n}",
    "gather +2d 14:00 tea {n}",
    "send @Chebet_ 1 for {n}",
    "spend #{offer}",
    "take #{need}",
    "done #{promise}",
    "withdraw #{promise}",
    "going #{tea}",
    "dispute #{promise} it was never done",
    "pledge 20",
    "give 50",
    "learn knitting {n}",
)
STEWARDS = ("confirm #{promise}", "thank @Baraka_ 2 carrying {n}", "feedback we need a kettle")


@dataclass
class Life:
    """A village whose people do this and that, and what the group heard of it."""

    app: App
    room: ScriptedRoom
    people: Village
    clock: Clock
    chance: Random = field(default_factory=lambda: Random(15))
    keys: Iterator[int] = field(default_factory=count)
    made: dict[str, list[str]] = field(
        default_factory=lambda: {kind: ["1"] for kind in (*MADE.values(), "promise")}
    )
    unasked: Counter[str] = field(default_factory=Counter)
    reports: list[str] = field(default_factory=list)
    asked: int = 0

    async def act(self, who: str, words: str) -> None:
        """Somebody types a command in the group; what the group then sees of it, they asked for."""
        n = next(self.keys)
        some = {kind: self.chance.choice(numbers) for kind, numbers in self.made.items()}
        verb, _, line = words.format(n=n, **some).partition(" ")
        caller = Caller("local", who, who, f"{who}_")
        place = Place("local", "square", "The square")
        call = Call(caller, place, f"local:month:{n}", command=verb, line=line)
        answer = await self.app.desk.answer(call)
        text = neutral_text(answer.reply, Voice())
        assert "Something went wrong" not in text, (words, text)
        number = re.search(r"#(\d+)", text)
        if number and verb in MADE:
            self.made[MADE[verb]].append(number[1])
        before = len(self._heard())
        await self.app.quiet()
        self.asked += len(self._heard()) - before

    async def pass_time(self, hours: int) -> None:
        """Nobody does anything for a while; whatever the group hears, nobody asked for."""
        for _ in range(hours):
            self.clock.advance(timedelta(hours=1))
            before = len(self._heard())
            await self.app.ticker.tick()
            await self.app.quiet()
            for said in self._heard()[before:]:
                if " in this pool\n" in said:
                    self.reports.append(said)
                else:
                    self.unasked[self.clock().astimezone(NAIROBI).date().isoformat()] += 1

    def _heard(self) -> list[str]:
        """New messages in the group; cards that change in their place disturb nobody."""
        return [each.text for each in self.room.to("square") if not each.message]


@pytest.fixture
async def life(tmp_path: Path, clock: Clock, draw: Draw) -> AsyncIterator[Life]:
    """A village with all rules on, and one steward whose term ends soon."""
    clock.now = BEGINS
    room = ScriptedRoom()
    settings = Settings(_env_file=None, data_dir=tmp_path)
    app = App(settings, clock=clock, draw=draw, rooms=making(room), limits=None, ticking=False)
    async with app:
        people = await village(app.engine, *PEOPLE, credits=30)
        by = people.by(STEWARD)
        for rule, value in (("demurrage", "20000"), ("expiry_months", "1"), ("tax", "10000")):
            await people.do(set_rule, SetRule(people.pool, by, rule, value), STEWARD)
        until = BEGINS + timedelta(days=9)
        second = Appoint(people.pool, by, people.members["Daudi"], Role.STEWARD, until)
        await people.do(appoint, second, STEWARD)
        app.delivery.nudge()
        await app.quiet()
        room.said.clear()
        yield Life(app, room, people, clock)


async def lived(life: Life) -> None:
    """A month: mornings of all sorts of acts, and a change of the rules each week."""
    chance, people = life.chance, life.people
    for day in range(DAYS):
        await life.pass_time(chance.randrange(1, 9))
        for _ in range(chance.randrange(4)):
            await life.act(chance.choice(PEOPLE), chance.choice(ACTS))
        if day % 2:
            await life.act(STEWARD, chance.choice(STEWARDS))
        if day % 7 == 0:
            rule = SetRule(people.pool, people.by(STEWARD), RULES[day // 7], "9")
            await people.do(set_rule, rule, STEWARD)
        hour = life.clock().astimezone(NAIROBI).hour
        await life.pass_time(24 - hour)


@pytest.mark.parametrize("posting", [Posting.CARD, Posting.DIGEST])
async def test_a_group_hears_one_thing_a_day_that_nobody_asked_for(
    life: Life, posting: Posting
) -> None:
    """A15: one post a day, and the month's report beside it."""
    for kind in Announced:
        wanted = SetPosting(life.people.pool, life.people.by(STEWARD), kind, posting)
        await life.people.do(set_posting, wanted, STEWARD)
    await lived(life)
    assert all(len(numbers) > 2 for numbers in life.made.values()), "hardly anything happened"
    assert max(life.unasked.values()) == 1
    assert len(life.reports) == 1
    assert len(life.unasked) > (DAYS // 2 if posting is Posting.DIGEST else 3)
    assert (life.asked > DAYS // 2) is (posting is Posting.CARD)


async def test_a_quiet_group_hears_the_months_report_alone(life: Life) -> None:
    """A15: nothing else that nobody asked for."""
    await life.people.do(set_quiet, SetQuiet(life.people.pool, life.people.by(STEWARD)), STEWARD)
    await lived(life)
    assert life.unasked == {}
    assert len(life.reports) == 1
    assert life.asked > 0
