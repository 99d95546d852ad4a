"""A month's figures, worked out by hand beside it, on both databases (rules, section 9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.figures import Figures
from core.domain.listings import ListingKind
from core.domain.months import starts_at
from core.domain.units import Measure, Number, Worth
from core.usecases.commitments import (
    ClaimDone,
    Commit,
    Confirm,
    Take,
    claim_done,
    commit,
    confirm,
    take_need,
)
from core.usecases.correcting import Reverse, reverse_entry
from core.usecases.disputes import Drop, OpenDispute, drop, open_dispute
from core.usecases.orders import Cancel, Deliver, Spend, cancel, deliver, spend
from storage.figures import of_month
from storage.house import House
from tests.clocks import Clock
from tests.village import STEWARD, Village, village

NAIROBI = "Africa/Nairobi"
DAY = timedelta(days=1)
FOUR = Worth(Measure.CREDITS, 4)


@pytest.fixture
async def kijiji(house: House, engine, clock: Clock) -> Village:
    """Three members, of whom Asha and Baraka have fifty credits each, on the last of November."""
    clock.now = starts_at("2026-12", NAIROBI) - DAY
    made = await village(engine, "Asha", "Baraka", "Chau")
    await made.thank(50, "Asha", "Baraka")
    return made


async def figures(house: House, kijiji: Village, month: str) -> Figures:
    found: Figures = await house.writer.do(lambda session: of_month(session, kijiji.pool, month))
    return found


async def bought(kijiji: Village, spender: str, giver: str, credits: int) -> None:
    offer = await kijiji.post(giver, ListingKind.OFFER, credits, "Tomatoes")
    made = await kijiji.do(spend, Spend(kijiji.pool, kijiji.by(spender), offer), spender)
    await kijiji.do(deliver, Deliver(kijiji.pool, kijiji.by(spender), made.order), spender)


async def keeps(kijiji: Village, who: str, number: Number) -> None:
    await kijiji.do(claim_done, ClaimDone(kijiji.pool, kijiji.by(who), number), who)
    await kijiji.do(confirm, Confirm(kijiji.pool, kijiji.by(STEWARD), (number,)), STEWARD)


async def test_velocity_is_what_was_spent_against_what_was_out_on_average(
    house: House, kijiji: Village, clock: Clock
) -> None:
    """100 were out on 14 days of February and 200 on the other 14: 150. Of those 30 were spent."""
    start, end = (starts_at(month, NAIROBI) for month in ("2027-02", "2027-03"))
    clock.now = start + DAY
    await bought(kijiji, "Asha", "Baraka", 30)
    clock.now = start + 14 * DAY
    await kijiji.thank(100, "Chau")
    clock.now = end + DAY
    await bought(kijiji, "Baraka", "Asha", 50)
    found = await figures(house, kijiji, "2027-02")
    assert (found.spent, found.outstanding, found.velocity_ppm) == (30, 200, 200_000)


async def test_nothing_is_said_of_a_month_in_which_nothing_was_out(
    house: House, engine, clock: Clock
) -> None:
    made = await village(engine, "Asha")
    clock.advance(60 * DAY)
    found = await figures(house, made, "2026-11")
    assert (found.velocity_ppm, found.top_credits_ppm, found.top_exchanges_ppm) == (None,) * 3
    assert found.rested_days is None


async def test_credits_rest_from_the_day_they_came_to_the_day_they_are_spent_the_oldest_first(
    house: House, kijiji: Village, clock: Clock
) -> None:
    """20 that Asha had for 11 days, 30 for 21 days, 10 that came to her 10 days before: 15.8."""
    start = starts_at("2026-12", NAIROBI)
    clock.now = start + 10 * DAY
    await bought(kijiji, "Asha", "Baraka", 20)
    await kijiji.thank(10, "Asha")
    clock.now = start + 20 * DAY
    await bought(kijiji, "Asha", "Baraka", 40)
    found = await figures(house, kijiji, "2026-12")
    assert found.rested_days == (20 * 11 + 30 * 21 + 10 * 10) // 60 == 15


async def test_credits_that_were_set_aside_and_come_back_are_as_old_as_they_were(
    house: House, kijiji: Village, clock: Clock
) -> None:
    """For an order and for a dispute."""
    start = starts_at("2026-12", NAIROBI)
    clock.now = start + 10 * DAY
    asha = kijiji.by("Asha")
    offer = await kijiji.post("Baraka", ListingKind.OFFER, 50, "Tomatoes")
    order = (await kijiji.do(spend, Spend(kijiji.pool, asha, offer), "Asha")).order
    await kijiji.do(cancel, Cancel(kijiji.pool, asha, order), "Asha")
    sent = (await kijiji.send("Asha", "Baraka", 50)).entry
    disputed = await kijiji.do(open_dispute, OpenDispute(kijiji.pool, asha, sent, "?"), "Asha")
    clock.now = start + 15 * DAY
    await kijiji.do(drop, Drop(kijiji.pool, asha, disputed.dispute), "Asha")
    clock.now = start + 20 * DAY
    await bought(kijiji, "Baraka", "Asha", 100)
    found = await figures(house, kijiji, "2026-12")
    assert found.rested_days == (50 * 21 + 50 * 10) // 100 == 15


async def test_credits_of_a_paid_order_that_was_taken_back_come_anew(
    house: House, kijiji: Village, clock: Clock
) -> None:
    start = starts_at("2026-12", NAIROBI)
    steward = kijiji.by(STEWARD)
    clock.now = start + 10 * DAY
    await bought(kijiji, "Asha", "Baraka", 50)
    baraka = kijiji.by("Baraka")
    offer = await kijiji.post("Asha", ListingKind.OFFER, 100, "Beans")
    order = (await kijiji.do(spend, Spend(kijiji.pool, baraka, offer), "Baraka")).order
    await kijiji.do(deliver, Deliver(kijiji.pool, baraka, order), "Baraka")
    await kijiji.do(reverse_entry, Reverse(kijiji.pool, steward, order, "A mistake"), STEWARD)
    clock.now = start + 40 * DAY
    await bought(kijiji, "Baraka", "Asha", 100)
    assert (await figures(house, kijiji, "2027-01")).rested_days == 30


async def test_a_tenth_of_the_members_is_one_of_four_whose_share_is_said(
    house: House, kijiji: Village, clock: Clock
) -> None:
    """Of four members Baraka has 80 of 100 credits, and three of six parts in three exchanges."""
    clock.now = starts_at("2026-12", NAIROBI) + DAY
    await bought(kijiji, "Asha", "Baraka", 25)
    await kijiji.send("Asha", "Baraka", 15)
    await kijiji.send("Baraka", "Chau", 10)
    clock.now = starts_at("2027-01", NAIROBI) + DAY
    await kijiji.send("Baraka", "Chau", 50)
    found = await figures(house, kijiji, "2026-12")
    assert (found.members, found.top_credits_ppm, found.top_exchanges_ppm) == (4, 800_000, 500_000)


async def test_who_was_active_in_both_months_came_back(
    house: House, kijiji: Village, clock: Clock
) -> None:
    await kijiji.send("Asha", "Chau", 1)
    clock.now = starts_at("2026-12", NAIROBI) + DAY
    await kijiji.send("Asha", "Chau", 1)
    await kijiji.send("Chau", "Baraka", 1)
    clock.advance(40 * DAY)
    found = await figures(house, kijiji, "2026-12")
    assert (found.active, found.returning, found.joined) == (2, 1, 0)


async def test_fulfilled_are_those_promises_of_the_month_that_were_confirmed_by_its_end(
    house: House, kijiji: Village, clock: Clock
) -> None:
    start = starts_at("2026-12", NAIROBI)
    clock.now = start + DAY
    numbers = []
    for who in ("Asha", "Baraka", "Chau"):
        due = start + 10 * DAY
        made = Commit(kijiji.pool, kijiji.by(who), FOUR, "Sweeping", due)
        numbers.append((await kijiji.do(commit, made, who)).commitment)
    await keeps(kijiji, "Asha", numbers[0])
    clock.now = starts_at("2027-01", NAIROBI) + DAY
    await keeps(kijiji, "Baraka", numbers[1])
    found = await figures(house, kijiji, "2026-12")
    assert (found.due, found.fulfilled) == (3, 1)


@pytest.mark.parametrize("late", [DAY / 4, 20 * DAY])
async def test_what_is_due_on_the_last_day_may_still_be_kept_when_its_month_closes(
    house: House, kijiji: Village, clock: Clock, late: timedelta
) -> None:
    """A promise is missed a day after it was due: the month in which that day ends counts it."""
    clock.now = starts_at("2026-12", NAIROBI) + DAY
    end = starts_at("2027-01", NAIROBI)
    made = []
    for who in ("Asha", "Baraka"):
        promise = Commit(kijiji.pool, kijiji.by(who), FOUR, "Sweeping", end - timedelta(seconds=1))
        made.append((await kijiji.do(commit, promise, who)).commitment)
    clock.now = end + DAY / 4
    await keeps(kijiji, "Asha", made[0])
    clock.now = end + late
    december = await figures(house, kijiji, "2026-12")
    assert (december.due, december.fulfilled, december.missed) == (2, 0, 0)
    clock.now = starts_at("2027-02", NAIROBI)
    assert (await figures(house, kijiji, "2027-01")).missed == 1


async def test_each_need_has_its_thirty_days_so_those_of_the_month_before_are_counted(
    house: House, kijiji: Village, clock: Clock
) -> None:
    """Of three needs posted in November one was met after 29 days, one after 31, one never."""
    posted = [await kijiji.post("Chau", ListingKind.NEED, 4, "Water") for _ in range(3)]
    promised = []
    for need in posted[:2]:
        taken = Take(kijiji.pool, kijiji.by("Asha"), need)
        promised.append((await kijiji.do(take_need, taken, "Asha")).commitment)
    for number, days in zip(promised, (29, 2), strict=True):
        clock.advance(days * DAY)
        await keeps(kijiji, "Asha", number)
    clock.now = starts_at("2027-01", NAIROBI) + 5 * DAY
    december = await figures(house, kijiji, "2026-12")
    assert (december.needs, december.needs_before, december.needs_before_met) == (0, 3, 1)
    january = await figures(house, kijiji, "2027-01")
    assert (january.needs_before, january.needs_before_met) == (0, 0)
