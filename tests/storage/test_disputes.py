"""What the readers say of disputes: the stewards' queue, their nudge, the clock's next step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.disputes import APPEAL_WITHIN, Ruling
from core.domain.members import Role
from core.domain.reminders import WAITED_LONG, Reminds
from core.domain.units import Number
from core.usecases.disputes import Appeal, OpenDispute, Resolve, appeal, open_dispute, resolve
from core.usecases.passing import PassTime, pass_time
from core.usecases.roles import Appoint, GoAway, appoint, go_away
from storage.house import House
from tests.clocks import Clock
from tests.village import STEWARD, Village, village

MOMENT = timedelta(seconds=1)


@pytest.fixture
async def kijiji(engine) -> Village:
    """Asha, Chau and Wanjiku are stewards; Asha and Baraka have credits."""
    made = await village(engine, "Asha", "Baraka", "Chau", credits=20)
    for who in ("Asha", "Chau"):
        member = made.members[who]
        await made.do(appoint, Appoint(made.pool, made.by(STEWARD), member, Role.STEWARD), STEWARD)
    return made


@pytest.fixture
async def dispute(kijiji: Village) -> Number:
    """Asha disputes what she sent to Baraka."""
    sent = await kijiji.send("Asha", "Baraka", 5)
    opened = OpenDispute(kijiji.pool, kijiji.by("Asha"), sent.entry, "not as agreed")
    number: Number = (await kijiji.do(open_dispute, opened, "Asha")).dispute
    return number


async def queue(house: House, kijiji: Village) -> list[Number]:
    return [each.number for each in (await house.readers.waiting(kijiji.pool)).disputes]


async def nudged(house: House, kijiji: Village, clock: Clock) -> dict[str, int]:
    """Who is nudged about the queue, and about how many things that wait there."""
    named = {member: name for name, member in kijiji.members.items()}
    return {
        named.get(each.member, STEWARD): item.amount
        for each in await house.readers.to_remind(kijiji.pool, clock())
        for item in each.items
        if item.about is Reminds.QUEUE
    }


async def test_a_dispute_waits_until_it_is_decided_and_again_when_the_circle_has_it(
    house: House, kijiji: Village, dispute: Number
):
    assert await queue(house, kijiji) == [dispute]
    ruled = Resolve(kijiji.pool, kijiji.by("Chau"), dispute, Ruling.KEEP, "It was as agreed")
    await kijiji.do(resolve, ruled, "Chau")
    assert await queue(house, kijiji) == []
    asked = await kijiji.do(appeal, Appeal(kijiji.pool, kijiji.by("Asha"), dispute), "Asha")
    assert asked.panel == ()
    assert await queue(house, kijiji) == [dispute]


async def test_stewards_without_a_part_in_it_are_nudged_after_three_days(
    house: House, kijiji: Village, dispute: Number, clock: Clock
):
    clock.advance(WAITED_LONG - MOMENT)
    assert await nudged(house, kijiji, clock) == {}
    clock.advance(MOMENT)
    assert await nudged(house, kijiji, clock) == {STEWARD: 1, "Chau": 1}
    await kijiji.do(go_away, GoAway(kijiji.pool, kijiji.by("Chau")), "Chau")
    assert await nudged(house, kijiji, clock) == {STEWARD: 1}


async def test_the_clock_looks_after_a_decision_once_its_week_is_over(
    house: House, kijiji: Village, dispute: Number, clock: Clock
):
    ruled = Resolve(kijiji.pool, kijiji.by("Chau"), dispute, Ruling.REVERSE, "So be it")
    await kijiji.do(resolve, ruled, "Chau")
    clock.advance(APPEAL_WITHIN - MOMENT)
    assert kijiji.pool not in await house.readers.due(clock())
    clock.advance(MOMENT)
    assert kijiji.pool in await house.readers.due(clock())
    await kijiji.do(pass_time, PassTime(kijiji.pool))
    assert kijiji.pool not in await house.readers.due(clock())
    assert (await house.readers.balance(kijiji.pool, kijiji.members["Asha"])).free == 20
