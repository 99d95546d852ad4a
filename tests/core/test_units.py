"""Whole numbers: issue, carries, prices, shares, by the worked numbers of the rules."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.domain.units import (
    Carry,
    Measure,
    Rates,
    Worth,
    least_whole_quantity,
    price_of,
    shares,
    whole_credits,
)

RATES = Rates()
MINUTES, CENTS, CREDITS = Measure.MINUTES, Measure.CENTS, Measure.CREDITS
amounts = st.integers(1, 10**9)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


# --- what a claim issues -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("worth", "credits", "carry"),
    [
        (Worth(MINUTES, 95), 3, Carry(minutes=5)),
        (Worth(MINUTES, 180), 6, Carry()),
        (Worth(MINUTES, 60), 2, Carry()),
        (Worth(MINUTES, 30), 1, Carry()),
        (Worth(MINUTES, 29), 0, Carry(minutes=29)),
        (Worth(CENTS, 4000), 4, Carry()),
        (Worth(CENTS, 5700), 5, Carry(cents=700)),
        (Worth(CENTS, 999), 0, Carry(cents=999)),
        (Worth(CREDITS, 7), 7, Carry()),
    ],
)
def test_a_claim_issues_whole_credits_and_carries_the_rest(worth, credits, carry):
    assert whole_credits(worth, Carry(), RATES) == (credits, carry)


def test_twice_45_minutes_are_three_credits_and_not_two():
    first, carry = whole_credits(Worth(MINUTES, 45), Carry(), RATES)
    second, rest = whole_credits(Worth(MINUTES, 45), carry, RATES)
    assert (first + second, rest) == (3, Carry())


def test_minutes_and_cents_are_carried_apart():
    carry = Carry(minutes=29, cents=999)
    assert whole_credits(Worth(MINUTES, 1), carry, RATES) == (1, Carry(0, 999))
    assert whole_credits(Worth(CENTS, 1), carry, RATES) == (1, Carry(29, 0))
    assert whole_credits(Worth(CREDITS, 1), carry, RATES) == (1, carry)


@given(measure=st.sampled_from([MINUTES, CENTS]), parts=st.lists(amounts, min_size=1, max_size=8))
def test_however_work_is_cut_into_claims_the_credits_are_the_same(measure, parts):
    issued, carry = 0, Carry()
    for part in parts:
        credits, carry = whole_credits(Worth(measure, part), carry, RATES)
        issued += credits
    whole, rest = whole_credits(Worth(measure, sum(parts)), Carry(), RATES)
    assert (issued, carry) == (whole, rest)


# --- what an offer costs -------------------------------------------------------------------


def test_at_half_a_credit_a_loaf_two_loaves_cost_one():
    half = Worth(MINUTES, 15)
    assert price_of(half, 1, RATES) is None
    assert price_of(half, 2, RATES) == 1
    assert price_of(half, 3, RATES) is None
    assert least_whole_quantity(half, RATES) == 2


def test_a_price_in_cash_keeps_its_unit():
    assert price_of(Worth(CENTS, 4000), 1, RATES) == 4
    assert price_of(Worth(CENTS, 250), 4, RATES) == 1
    assert least_whole_quantity(Worth(CENTS, 250), RATES) == 4
    assert least_whole_quantity(Worth(CENTS, 1), RATES) == 1000
    assert least_whole_quantity(Worth(CREDITS, 3), RATES) == 1


@given(measure=st.sampled_from(Measure), amount=st.integers(1, 10**6), times=st.integers(1, 50))
def test_multiples_of_the_least_quantity_and_no_others_make_whole_credits(measure, amount, times):
    price = Worth(measure, amount)
    least = least_whole_quantity(price, RATES)
    assert price_of(price, least * times, RATES) == Fraction(
        amount * least * times, RATES.of(measure)
    )
    assert (price_of(price, times, RATES) is None) == (times % least != 0)


# --- shares by largest remainder -----------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "by", "parts"),
    [
        (2000, [1250, 875, 777, 598, 500], [625, 438, 388, 299, 250]),
        (2000, [60, 25, 15], [1200, 500, 300]),
        (500, [1, 1, 1], [167, 167, 166]),
        (101, [1, 1, 1], [34, 34, 33]),
        (100, [3000, 2000, 1000, 550], [46, 31, 15, 8]),
        (100_000, [1200, 900, 700, 650, 550], [30_000, 22_500, 17_500, 16_250, 13_750]),
        (0, [5, 7], [0, 0]),
        (3, [0, 1, 0], [0, 3, 0]),
    ],
)
def test_shares_by_the_worked_numbers(total, by, parts):
    assert shares(total, by) == parts


def test_a_tie_goes_to_the_larger_weight_and_then_to_the_earlier_one():
    # Quotas 0.5 and 1.5: the one unit left goes to the larger weight.
    assert shares(2, [1, 3]) == [0, 2]
    assert shares(2, [3, 1]) == [2, 0]
    assert shares(1, [2, 2]) == [1, 0]


@pytest.mark.parametrize("by", [[0], [0, 0], [2, -1], [-1]])
def test_shares_need_weights_that_count_something(by):
    with pytest.raises(ValueError, match="weights are counts"):
        shares(10, by)


@given(total=st.integers(0, 10**9), by=weights)
def test_shares_add_up_and_each_is_floor_or_ceiling_of_its_quota(total, by):
    parts = shares(total, by)
    assert sum(parts) == total
    for part, weight in zip(parts, by, strict=True):
        quota = Fraction(total * weight, sum(by))
        assert quota.__floor__() <= part <= quota.__ceil__()


@given(total=st.integers(0, 10**6), by=weights)
def test_a_larger_weight_never_gets_less(total, by):
    ordered = sorted(by)
    parts = shares(total, ordered)
    by_weight: dict[int, list[int]] = {}
    for part, weight in zip(parts, ordered, strict=True):
        by_weight.setdefault(weight, []).append(part)
    groups = [by_weight[weight] for weight in sorted(by_weight)]
    for smaller, larger in pairwise(groups):
        assert max(smaller) <= min(larger)


@given(total=st.integers(0, 10**6), by=weights, factor=st.integers(1, 1000))
def test_only_the_ratio_of_weights_counts(total, by, factor):
    assume(total)
    assert shares(total, by) == shares(total, [weight * factor for weight in by])
