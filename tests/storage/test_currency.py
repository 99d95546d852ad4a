"""Another currency, on each kind of server: empty cash accounts take it, counted ones stay."""

from __future__ import annotations

from core.domain.refusals import MoneyIsCounted
from core.domain.units import Cents
from core.usecases.pools import SetCurrency, set_currency
from core.usecases.treasury import Give, give
from storage.house import House
from tests.core.refusing import refused
from tests.village import STEWARD, village


async def test_the_books_take_another_currency_until_something_is_counted_in_it(
    house: House, engine
):
    made = await village(engine, "Asha", credits=4)

    async def counts_in(currency: str) -> None:
        command = SetCurrency(made.pool, made.by(STEWARD), currency)
        await made.do(set_currency, command, STEWARD)

    await counts_in("CAD")
    await made.do(give, Give(made.pool, made.by("Asha"), Cents(500), ""), "Asha")
    with refused(MoneyIsCounted, currency="CAD"):
        await counts_in("KES")
    pool = await house.readers.pool(made.pool)
    assert pool is not None
    assert pool.currency == "CAD"
    assert (await house.readers.audit(made.pool)).faults == ()
