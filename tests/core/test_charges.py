"""What a month takes from a member (rules, sections 3 and 5), by the worked numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.charges import Charge, accrue, charge_of, has_rested, rests_until
from core.domain.ledger import Tally
from core.domain.months import months_after, starts_at
from core.domain.rules import Expiry, Rules
from core.domain.units import MILLION, Credits, Ppm

NAIROBI = "Africa/Nairobi"
LONG_AGO = datetime(2026, 1, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NOTHING = Charge(Credits(0), Credits(0), 0)
SEVEN = Charge(Credits(7), Credits(0), 0)


def charged(
    tally: Tally, month: str = "2026-11", lots: dict[str, int] | None = None, **rules: Any
) -> Charge:
    made = Rules(**{"expiry": Expiry.NONE, **rules})
    return charge_of(tally, LONG_AGO, month, NAIROBI, made, lots or {})


def test_ten_at_two_per_cent_lose_a_credit_in_the_fifth_month_and_one_in_the_eleventh() -> None:
    """Rules, section 5: 10 10 10 10 9 9 9 9 9 9 8 8."""
    tally, read = Tally(10), []
    for _ in range(12):
        charge = charged(tally, demurrage_ppm=Ppm(20_000))
        tally = Tally(tally.amount - charge.demurrage, accrued=charge.accrued)
        read.append(tally.amount)
    assert read == [10, 10, 10, 10, 9, 9, 9, 9, 9, 9, 8, 8]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.integers(0, MILLION))
def test_nothing_of_a_charge_is_dropped(balances: list[int], rate: int) -> None:
    accrued = taken = 0
    for balance in balances:
        whole, accrued = accrue(accrued, balance, Ppm(rate))
        taken += whole
    assert taken * MILLION + accrued == sum(balances) * rate
    assert 0 <= accrued < MILLION


@given(st.integers(-100, 100), st.integers(0, MILLION - 1), st.integers(0, MILLION))
def test_no_charge_takes_anybody_below_zero(amount: int, accrued: int, rate: int) -> None:
    rules: dict[str, Any] = {"demurrage_ppm": Ppm(rate), "expiry": Expiry.REST}
    charge = charged(Tally(amount, LONG_AGO, accrued=accrued), **rules)
    assert charge.expired + charge.demurrage <= max(amount, 0)


def test_a_balance_that_did_not_move_for_three_months_expires_at_the_end_of_the_third() -> None:
    """Rules, section 3: last moved in August, so September, October and November were rest."""
    last = starts_at("2026-09", NAIROBI) - SECOND
    rest: dict[str, Any] = {"expiry": Expiry.REST, "expiry_months": 3}
    assert charged(Tally(7, last), "2026-10", **rest) == NOTHING
    assert charged(Tally(7, last), "2026-11", **rest) == SEVEN
    assert rests_until(last, last, NAIROBI, 3) == starts_at("2026-12", NAIROBI)


def test_what_comes_to_a_balance_that_has_rested_long_enough_goes_with_the_month_it_came_in() -> (
    None
):
    last, end = starts_at("2026-09", NAIROBI) - SECOND, starts_at("2027-03", NAIROBI)
    assert rests_until(last, end - SECOND, NAIROBI, 3) == end
    assert rests_until(last, end, NAIROBI, 3) == starts_at("2027-04", NAIROBI)


def test_what_moved_in_the_first_instant_of_a_month_moved_in_that_month() -> None:
    first = starts_at("2026-09", NAIROBI)
    assert not has_rested(first, "2026-11", NAIROBI, 3)
    assert has_rested(first, "2026-12", NAIROBI, 3)


def test_a_balance_that_never_moved_rests_since_its_holder_joined() -> None:
    assert charged(Tally(7), "2026-03", expiry=Expiry.REST) == NOTHING
    assert charged(Tally(7), "2026-04", expiry=Expiry.REST) == SEVEN


def test_each_issue_expires_after_its_months_where_that_is_the_rule() -> None:
    lots = {"2026-07": 2, "2026-08": 3, "2026-09": 4}
    by_lot: dict[str, Any] = {"expiry": Expiry.LOT, "expiry_months": 3}
    assert charged(Tally(9, LONG_AGO), "2026-10", lots, **by_lot).expired == 2
    assert charged(Tally(9, LONG_AGO), "2026-11", lots, **by_lot).expired == 5


def test_what_expires_is_not_charged_too() -> None:
    rules: dict[str, Any] = {"expiry": Expiry.REST, "demurrage_ppm": Ppm(500_000)}
    assert charged(Tally(8, LONG_AGO), **rules) == Charge(Credits(8), Credits(0), 0)


def test_without_a_rule_nothing_is_taken_and_what_accrued_stays() -> None:
    assert charged(Tally(8, LONG_AGO, accrued=999_999)) == Charge(Credits(0), Credits(0), 999_999)


@pytest.mark.parametrize("months", [1, 3, 12])
@given(since=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_a_balance_expires_when_it_was_said_to(since: datetime, months: int) -> None:
    at = since.replace(tzinfo=UTC)
    ends = rests_until(at, at, NAIROBI, months)
    closed = max(m for m in _months() if starts_at(months_after(m, 1), NAIROBI) <= ends)
    assert has_rested(at, closed, NAIROBI, months)
    assert not has_rested(at, months_after(closed, -1), NAIROBI, months)


def _months() -> list[str]:
    return [months_after("2019-12", count) for count in range(300)]
