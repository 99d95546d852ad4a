"""What the readers say of money, and what the audit finds wrong with it, on both databases."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from core.domain.members import Role, Sharing
from core.domain.treasury import CASH_LAPSES_AFTER, CashKind, Health
from core.domain.units import Cents, Credits, Number
from core.usecases.cashing_out import PayCashOut, RequestCashOut, pay_cash_out, request_cash_out
from core.usecases.deciding import Approve, approve
from core.usecases.people import Share, share
from core.usecases.roles import Appoint, appoint
from core.usecases.treasury import Buy, Give, Receive, buy, give, receive
from storage.figures import of_month
from storage.house import House
from tests.clocks import Clock
from tests.village import STEWARD, Village, village

PICTURE = b"\xff\xd8 a receipt"


@pytest.fixture
async def kijiji(house: House, engine) -> Village:
    """Chau is a partner with twenty credits; Asha gave 200.00 and bought with 57.00."""
    made = await village(engine, "Asha", "Baraka", "Chau", credits=20)
    member = made.members["Chau"]
    await made.do(appoint, Appoint(made.pool, made.by(STEWARD), member, Role.PARTNER), STEWARD)
    switch = """UPDATE pool SET rules = REPLACE(rules, '"off"', '"approval"')"""
    await house.writer.do(lambda session: session.connection.execute(switch))
    gift = await made.do(give, Give(made.pool, made.by("Asha"), Cents(20000)))
    bought = await made.do(buy, Buy(made.pool, made.by("Asha"), Cents(5700), odd_too=True))
    numbers = (gift.cash, bought.cash)
    await made.do(receive, Receive(made.pool, made.by(STEWARD), numbers), STEWARD)
    return made


async def asked(kijiji: Village, credits: int) -> Number:
    command = RequestCashOut(kijiji.pool, kijiji.by("Chau"), Credits(credits))
    number: Number = (await kijiji.do(request_cash_out, command, "Chau")).cash_out
    return number


async def granted(kijiji: Village, number: Number) -> None:
    command = Approve(kijiji.pool, kijiji.by(STEWARD), number, sure=True)
    await kijiji.do(approve, command, STEWARD)


async def test_the_treasury_stands_beside_the_credits(house: House, kijiji: Village):
    has = await house.readers.treasury(kijiji.pool)
    assert (has.cash, has.reserved, has.outstanding) == (25700, 0, 65)
    assert has.came == {CashKind.GIFT: 20700, CashKind.BUY: 5000}
    assert (list(has.named), has.unnamed) == ([], 1)
    await granted(kijiji, await asked(kijiji, 20))
    has = await house.readers.treasury(kijiji.pool)
    assert (has.cash, has.reserved, has.reserved_credits) == (25700, 16000, 20)
    assert has.health == Health(Cents(9700), Credits(45), Cents(1000), Cents(800))


async def test_supporters_are_named_once_they_show_their_name(house: House, kijiji: Village):
    shown = Share(kijiji.pool, kijiji.by("Asha"), Sharing.PUBLIC, on=True)
    await kijiji.do(share, shown, "Asha")
    has = await house.readers.treasury(kijiji.pool)
    assert ([each.name for each in has.named], has.unnamed) == (["Asha"], 0)


async def test_what_is_held_for_a_cash_out_is_told_apart_from_orders(house: House, kijiji: Village):
    number = await asked(kijiji, 15)
    chau = await house.readers.balance(kijiji.pool, kijiji.members["Chau"])
    assert (chau.free, chau.held, chau.cashing_out, chau.trade) == (5, 0, 15, 20)
    mine = await house.readers.mine(kijiji.pool, kijiji.members["Chau"])
    waiting = await house.readers.waiting(kijiji.pool)
    assert [each.number for each in mine.cash_outs] == [number]
    assert [each.number for each in waiting.cash_outs] == [number]


async def test_what_was_issued_counts_what_was_cashed_out(house: House, kijiji: Village, clock):
    number = await asked(kijiji, 20)
    await granted(kijiji, number)
    paid = PayCashOut(
        kijiji.pool,
        kijiji.by(STEWARD),
        number,
        photo=PICTURE,
        photo_hash=sha256(PICTURE).hexdigest(),
    )
    await kijiji.do(pay_cash_out, paid, STEWARD)
    status = await house.readers.status(kijiji.pool, clock.now)
    assert (status.issued, status.outstanding) == (65, 45)
    assert await house.readers.receipt(kijiji.pool, number) == PICTURE
    assert (await house.readers.audit(kijiji.pool)).faults == ()


async def test_a_pool_is_due_when_cash_did_not_come(house: House, kijiji: Village, clock: Clock):
    await kijiji.do(give, Give(kijiji.pool, kijiji.by("Asha"), Cents(100)))
    at = clock.now + CASH_LAPSES_AFTER
    assert kijiji.pool not in await house.readers.due(at - timedelta(hours=1))
    assert kijiji.pool in await house.readers.due(at)


TAMPERING = {
    "more is reserved": ("UPDATE cash_out SET cents = cents * 10", "are reserved"),
    "more is held": ("UPDATE cash_out SET approved = approved + 1", "held:"),
    "more came": ("UPDATE cash SET cents = cents + 1 WHERE state = 'received'", "came"),
    "another line": ("UPDATE cash SET entry = (SELECT MIN(entry) FROM cash)", "moved"),
    "less is there": ("UPDATE balance SET amount = amount - 1 WHERE unit <> 'credits'", "holds"),
}


@pytest.mark.parametrize("what", TAMPERING)
async def test_the_audit_finds_money_that_is_not_there(house: House, kijiji: Village, what: str):
    await granted(kijiji, await asked(kijiji, 20))
    assert (await house.readers.audit(kijiji.pool)).faults == ()
    sql, fault = TAMPERING[what]
    await house.writer.do(lambda session: session.connection.execute(sql))
    faults = (await house.readers.audit(kijiji.pool)).faults
    assert any(fault in each for each in faults), faults


async def test_a_months_figures_tell_credits_cashed_out_from_the_cash(
    house: House, kijiji: Village, clock: Clock
):
    number = await asked(kijiji, 20)
    await granted(kijiji, number)
    await kijiji.do(pay_cash_out, PayCashOut(kijiji.pool, kijiji.by(STEWARD), number), STEWARD)
    month = (clock.now + timedelta(hours=3)).strftime("%Y-%m")
    clock.now += timedelta(days=40)
    figures = await house.writer.do(lambda session: of_month(session, kijiji.pool, month))
    assert (figures.issued, figures.cashed_out) == (65, 20)
    assert (figures.cash_in, figures.cash_out, figures.treasury) == (25700, 16000, 9700)
