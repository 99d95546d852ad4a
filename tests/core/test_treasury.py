"""Cash and credits: the worked numbers of the rules, section 3, and what holds for all others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.rules import Fee
from core.domain.treasury import CashOut, CashOutState, Health, Terms, backing_of, bought
from core.domain.units import Cents, Credits, MemberId, Number, PoolId, Ppm, Rates

RATES = Rates()
NOW = datetime(2026, 11, 20, tzinfo=UTC)
AT_8 = Terms(Cents(800))
credits = st.integers(0, 1_000_000).map(Credits)
some = st.integers(1, 1_000_000).map(Credits)
cents = st.integers(0, 1_000_000_000).map(Cents)
rates = st.integers(1, 100_000).map(Cents)


@pytest.mark.parametrize(("cash", "makes", "odd"), [(5000, 5, 0), (5700, 5, 700), (700, 0, 700)])
def test_fifty_buys_five_credits_and_the_odd_part_of_57_buys_none(cash, makes, odd):
    """Rules 3, money in."""
    assert bought(Cents(cash), RATES) == (makes, odd)


@given(cents, rates)
def test_no_cent_is_lost_in_a_purchase(cash, rate):
    makes, odd = bought(cash, Rates(cents=rate))
    assert makes * rate + odd == cash
    assert 0 <= odd < rate


@pytest.mark.parametrize(("issued", "cash"), [(1, 500), (6, 3000), (20, 10000)])
def test_a_backer_of_half_sets_aside_five_for_a_credit(issued, cash):
    """Rules 3, backing."""
    assert backing_of(Credits(issued), RATES, Ppm(500_000)) == cash


def test_a_backers_odd_cent_is_the_pools():
    assert backing_of(Credits(1), Rates(cents=333), Ppm(500_000)) == 167


def test_twenty_meals_are_paid_with_160():
    """Rules 3, cash-out."""
    assert AT_8.paid_for(Credits(20)) == 16000
    assert AT_8.fee_on(Credits(20)) == 0


def test_of_thirty_credits_25_can_be_paid_with_200():
    """Rules 3, cash-out: 5 stay with the holder."""
    assert AT_8.most(Credits(30), Cents(20000)) == 25
    assert AT_8.most(Credits(20), Cents(20000)) == 20
    assert AT_8.most(Credits(30), Cents(799)) == 0


@pytest.mark.parametrize(
    ("units", "paid"), [(1, 90), (100, 9000), (500, 43000), (1000, 83000), (1001, 83075)]
)
def test_the_sliding_fee_grows_with_the_months_volume(units, paid):
    """Rules 3, cash-out: 1,000 units at 1.00 pay 830.00."""
    assert Terms(Cents(100), Fee.SLIDING).paid_for(Credits(units)) == paid


def test_a_fee_that_does_not_divide_is_rounded_in_the_pools_favour():
    """10 % of 3.33 is 0.34."""
    terms = Terms(Cents(333), Fee.SLIDING)
    assert (terms.fee_on(1), terms.paid_for(Credits(1))) == (34, 299)


@given(st.lists(st.integers(0, 800), max_size=5), st.integers(1, 100).map(lambda each: each * 100))
def test_cashing_out_in_parts_pays_as_much_as_at_once(parts, rate):
    paid, before = 0, 0
    for part in parts:
        paid += Terms(Cents(rate), Fee.SLIDING, Credits(before)).paid_for(Credits(part))
        before += part
    assert paid == Terms(Cents(rate), Fee.SLIDING).paid_for(Credits(before))


@given(some, cents, rates, st.sampled_from(Fee), credits)
def test_as_much_is_paid_as_there_is_cash_for_and_not_one_credit_more(wanted, cash, rate, fee, had):
    terms = Terms(rate, fee, had)
    most = terms.most(wanted, cash)
    assert 0 <= most <= wanted
    assert terms.paid_for(most) <= cash
    assert most == wanted or terms.paid_for(Credits(most + 1)) > cash


@given(credits, rates, st.sampled_from(Fee), credits)
def test_never_more_is_paid_than_the_rate(units, rate, fee, had):
    """Rules 8.6."""
    assert 0 <= Terms(rate, fee, had).paid_for(units) <= units * rate


def health(cash, out):
    return Health(Cents(cash), Credits(out), Cents(RATES.cents), Cents(800))


def test_a_hundred_credits_with_500_are_half_backed():
    """Rules 3, health: 50 % and 62.5 %; after 20 are cashed out 42.5 % and 53.1 %."""
    now = health(50000, 100)
    assert (now.backing, now.cover) == (500_000, 625_000)
    then = now.after(Credits(20), Cents(16000))
    assert then == health(34000, 80)
    assert (then.backing, then.cover) == (425_000, 531_250)


def test_where_no_credits_are_out_there_is_nothing_to_back():
    assert (health(50000, 0).backing, health(50000, 0).cover) == (None, None)
    assert not health(50000, 20).falls(Credits(20), Cents(16000))


@given(st.integers(2, 10_000), st.integers(0, 10_000_000), rates, st.data())
def test_a_cash_out_lowers_backing_exactly_when_backing_is_below_the_rate(out, cash, rate, data):
    """Rules 3, health: exactly when backing < rate ÷ 10."""
    taken = data.draw(st.integers(1, out - 1))
    now = Health(Cents(cash), Credits(out), Cents(RATES.cents), rate)
    paid = Cents(rate * taken)
    before = Fraction(cash, out * RATES.cents)
    after = Fraction(cash - paid, (out - taken) * RATES.cents)
    assert now.falls(Credits(taken), paid) == (after < before)
    assert (after < before) == (before < Fraction(rate, RATES.cents))


def test_a_cash_out_takes_of_the_cap_what_is_asked_and_then_what_is_approved():
    asked = CashOut(PoolId(1), Number(7), MemberId("ann"), Credits(5), "2026-11", NOW)
    assert (asked.counts, asked.settled, asked.held) == (5, 0, 5)
    approved = replace(asked, state=CashOutState.APPROVED, approved=Credits(3))
    assert (approved.counts, approved.settled, approved.held) == (3, 3, 3)
    paid = replace(approved, state=CashOutState.PAID)
    assert (paid.counts, paid.settled, paid.held) == (3, 3, 0)
    refused = replace(asked, state=CashOutState.REFUSED)
    assert (refused.counts, refused.settled, refused.held) == (0, 0, 0)
