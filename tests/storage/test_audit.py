"""The audit proves what is set aside and the dates of credits, on both databases."""

from __future__ import annotations

import pytest

from core.domain.listings import ListingKind
from core.usecases.disputes import OpenDispute, open_dispute
from core.usecases.orders import Spend, spend
from storage.house import House
from tests.village import Village, village

BY_ISSUE = """UPDATE pool SET rules = REPLACE(rules, '"rest"', '"lot"')"""

TAMPERING = {
    "a date too many": ("UPDATE lot SET amount = amount + 1", "have a date"),
    "a date too few": ("DELETE FROM lot", "have a date"),
    "a date before all": ("UPDATE lot SET month = '2020-01'", "when none were issued"),
    "more is frozen": ("UPDATE dispute SET frozen = frozen + 1", "disputed:"),
    "nothing is frozen": ("UPDATE dispute SET state = 'resolved'", "disputed:"),
    "more is ordered": ("UPDATE spend_order SET credits = credits + 1", "held:"),
    "nothing is ordered": ("UPDATE spend_order SET state = 'cancelled'", "held:"),
}


@pytest.fixture
async def kijiji(house: House, engine) -> Village:
    """Credits expire by their issue; Asha disputes what she sent, and has ordered bread."""
    made = await village(engine, "Asha", "Baraka")
    await house.writer.do(lambda session: session.connection.execute(BY_ISSUE))
    await made.thank(20, "Asha", "Baraka")
    sent = await made.send("Asha", "Baraka", 5)
    await made.do(
        open_dispute, OpenDispute(made.pool, made.by("Asha"), sent.entry, "not as agreed"), "Asha"
    )
    offer = await made.post("Baraka", ListingKind.OFFER, 3, "Bread")
    await made.do(spend, Spend(made.pool, made.by("Asha"), offer), "Asha")
    return made


@pytest.mark.parametrize("what", TAMPERING)
async def test_what_is_set_aside_and_every_date_are_proven(
    house: House, kijiji: Village, what: str
):
    assert (await house.readers.audit(kijiji.pool)).faults == ()
    sql, fault = TAMPERING[what]
    await house.writer.do(lambda session: session.connection.execute(sql))
    faults = (await house.readers.audit(kijiji.pool)).faults
    assert any(fault in each for each in faults), faults


async def test_a_limit_that_came_and_is_not_written_down_yet_is_no_fault(
    house: House, kijiji: Village
):
    coming = (
        """UPDATE pool SET coming = '[[99, "debit_limit", "9", "2026-01-01T00:00:00+00:00"]]'"""
    )
    await house.writer.do(lambda session: session.connection.execute(coming))
    await kijiji.send("Asha", "Baraka", 20)
    assert (await house.readers.audit(kijiji.pool)).faults == ()
