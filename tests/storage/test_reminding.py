"""What the readers find to remind people of: whose word is waited for, and not a steward's."""

from __future__ import annotations

from datetime import timedelta

from core.domain.listings import ListingKind
from core.domain.months import starts_at
from core.domain.reminders import Reminds
from core.usecases.commitments import (
    ClaimDone,
    SayKept,
    Take,
    claim_done,
    say_kept,
    take_need,
)
from core.usecases.reminding import Remind, remind
from storage.house import House
from tests.clocks import Clock
from tests.village import STEWARD, village

DAY = timedelta(days=1)
BOTH = """UPDATE pool SET rules = REPLACE(rules, '"steward"', '"both"')"""


async def test_what_waits_for_somebodys_word_is_theirs_to_be_reminded_of_and_no_stewards(
    house: House, engine, clock: Clock
):
    made = await village(engine, "Asha", "Baraka")
    need = await made.post("Asha", ListingKind.NEED, 2, "a ride")
    taken = await made.do(take_need, Take(made.pool, made.by("Baraka"), need), "Baraka")
    claim = ClaimDone(made.pool, made.by("Baraka"), taken.commitment)
    await made.do(claim_done, claim, "Baraka")
    done = clock()

    async def found(days: int) -> list[tuple[str, Reminds, int]]:
        clock.now = done + days * DAY
        named = {member: name for name, member in made.members.items()}
        return [
            (named.get(each.member, STEWARD), item.about, item.step)
            for each in await house.readers.to_remind(made.pool, clock())
            for item in each.items
        ]

    assert await found(3) == [(STEWARD, Reminds.QUEUE, 0)]
    await house.writer.do(lambda session: session.connection.execute(BOTH))
    assert await found(2) == []
    assert await found(3) == [("Asha", Reminds.WORD, 3)]
    assert await found(12) == [("Asha", Reminds.WORD, 10)]
    said = SayKept(made.pool, made.by("Asha"), taken.commitment)
    await made.do(say_kept, said, "Asha")
    assert await found(12) == [(STEWARD, Reminds.QUEUE, 0)]


async def test_what_rested_before_it_could_expire_is_warned_of_like_all_else(
    house: House, engine, clock: Clock
):
    """Rules, section 3: a warning 14 and 3 days ahead, also where the rule is younger than that."""
    made = await village(engine, "Asha", credits=8)
    end = starts_at("2027-05", "Africa/Nairobi")
    for days, step in ((14, 14), (3, 3)):
        clock.now = end - days * DAY + DAY / 2
        (found,) = await house.readers.to_remind(made.pool, clock())
        (item,) = found.items
        assert (found.member, item.about, item.step) == (made.members["Asha"], Reminds.EXPIRY, step)
        assert (item.amount, item.at) == (8, end)
        told = await made.do(remind, Remind(made.pool, found.member, found.items))
        assert told.changed == 1
