"""What people type is read to the letter, or answered with the right form; nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.catalogue.plainly import (
    amount_of,
    count_of,
    day_of,
    has_time,
    moment_of,
    money_of,
    name_of,
    number_of,
    shows_something,
    text_of,
    worth_of,
)
from bots.catalogue.unclear import (
    NotACount,
    NotADate,
    NotAnAmount,
    NotANumber,
    NotATime,
    NotAWorth,
    NotInPlainLetters,
    NotMoney,
    OtherCurrency,
    TooLong,
)
from core.domain.pools import Pool, Profile
from core.domain.refusals import Refused
from core.domain.units import AMOUNT_MAX, Measure, PoolId, Worth
from tests.core.refusing import refused

KIJIJI = Pool(
    id=PoolId(1),
    name="Kijiji",
    profile=Profile.EXCHANGE,
    currency="KES",
    time_zone="Africa/Nairobi",
    language="en",
    founded_at=datetime(2026, 1, 1, tzinfo=UTC),
)
TORONTO = replace(KIJIJI, currency="CAD", time_zone="America/Toronto")
FRIDAY = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

NO_WHOLE_NUMBER = (
    "",
    "0",
    "00",
    "-2",
    "+2",
    "1.5",
    "1,5",
    "1,000",
    "1 000",
    "1e3",
    "0x10",
    "1_000",
    "٣",
    "५",
    "５",
    "²",
    "Ⅳ",
    "saa tisa",
    "nine",
    "🍞",
    "5🍞",
    "5\n",
    " 5",
    "5 ",
    "5%",
    "∞",
    "1" * 19,
    "9" * 40,
)


# --- amounts, counts, numbers --------------------------------------------------------------


@pytest.mark.parametrize("said", ["1", "5", "007", "20", str(AMOUNT_MAX)])
def test_an_amount_is_a_whole_number_of_credits_in_digits(said):
    assert amount_of(said) == int(said)


@pytest.mark.parametrize("said", [*NO_WHOLE_NUMBER, str(AMOUNT_MAX + 1), "#5", "5h", "$5"])
def test_what_is_no_amount_is_given_back_as_it_was_said(said):
    with refused(NotAnAmount, said=said):
        amount_of(said)


@pytest.mark.parametrize("said", [*NO_WHOLE_NUMBER, "1000001"])
def test_what_is_no_count_is_given_back_as_it_was_said(said):
    with refused(NotACount, said=said):
        count_of(said)
    assert count_of("1000000") == 1_000_000


@pytest.mark.parametrize(("said", "number"), [("12", 12), ("#12", 12), ("#007", 7)])
def test_a_thing_is_named_with_its_number(said, number):
    assert number_of(said) == number


@pytest.mark.parametrize("said", [*NO_WHOLE_NUMBER, "##1", "# 1", "#", "#0", "1#", "12345678901"])
def test_what_is_no_number_of_a_thing_is_given_back(said):
    with refused(NotANumber, said=said):
        number_of(said)


@given(st.text(max_size=12))
def test_whatever_is_typed_is_an_amount_of_ascii_digits_or_refused(said):
    try:
        amount = amount_of(said)
    except Refused:
        return
    assert said.isascii()
    assert said.isdigit()
    assert amount == int(said)


# --- worths --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "worth"),
    [
        ("4", Worth(Measure.CREDITS, 4)),
        ("2h", Worth(Measure.MINUTES, 120)),
        ("2H", Worth(Measure.MINUTES, 120)),
        ("1h30", Worth(Measure.MINUTES, 90)),
        ("1h30min", Worth(Measure.MINUTES, 90)),
        ("0h45", Worth(Measure.MINUTES, 45)),
        ("90min", Worth(Measure.MINUTES, 90)),
        ("40 KES", Worth(Measure.CENTS, 4000)),
        ("40KES", Worth(Measure.CENTS, 4000)),
        ("40 kes", Worth(Measure.CENTS, 4000)),
        ("40.50 KES", Worth(Measure.CENTS, 4050)),
        ("2 hours", Worth(Measure.MINUTES, 120)),
        ("1 hour", Worth(Measure.MINUTES, 60)),
        ("1 hr 30 min", Worth(Measure.MINUTES, 90)),
        ("90 minutes", Worth(Measure.MINUTES, 90)),
        ("2 heures", Worth(Measure.MINUTES, 120)),
        ("masaa 2", Worth(Measure.MINUTES, 120)),
        ("saa 1", Worth(Measure.MINUTES, 60)),
        ("dakika 45", Worth(Measure.MINUTES, 45)),
        ("4 credits", Worth(Measure.CREDITS, 4)),
        ("krediti 4", Worth(Measure.CREDITS, 4)),
        ("4 crédits", Worth(Measure.CREDITS, 4)),
        ("KES 40", Worth(Measure.CENTS, 4000)),
        ("Ksh 40", Worth(Measure.CENTS, 4000)),
        ("ksh40.50", Worth(Measure.CENTS, 4050)),
        ("40 ksh", Worth(Measure.CENTS, 4000)),
        ("40 shillings", Worth(Measure.CENTS, 4000)),
        ("shilingi 40", Worth(Measure.CENTS, 4000)),
        ("40/=", Worth(Measure.CENTS, 4000)),
        ("1 h 30", Worth(Measure.MINUTES, 90)),
        ("1 h 30 min", Worth(Measure.MINUTES, 90)),
    ],
)
def test_a_worth_is_said_in_credits_time_or_the_pools_currency(said, worth):
    assert worth_of(said, KIJIJI) == worth


@pytest.mark.parametrize(
    ("said", "cents"),
    [
        ("$40", 4000),
        ("$40.05", 4005),
        ("40 CAD", 4000),
        ("$0.01", 1),
        ("40$", 4000),
        ("40 $", 4000),
        ("12.50 $", 1250),
        ("40 dollars", 4000),
    ],
)
def test_a_dollar_is_the_pools_dollar(said, cents):
    assert worth_of(said, TORONTO) == Worth(Measure.CENTS, cents)


@pytest.mark.parametrize(
    ("said", "pool"),
    [
        ("$40", KIJIJI),
        ("40 $", KIJIJI),
        ("40 USD", KIJIJI),
        ("40 USD", TORONTO),
        ("40 EUR", TORONTO),
        ("40 shillings", TORONTO),
    ],
)
def test_another_currency_is_not_the_pools(said, pool):
    with refused(OtherCurrency, said=said, currency=pool.currency):
        worth_of(said, pool)


@pytest.mark.parametrize(
    "said",
    [
        *NO_WHOLE_NUMBER,
        "0h",
        "0min",
        "0 KES",
        "1h60",
        "1h5",
        "2.5h",
        "h",
        "two hours",
        "2 hours and a half",
        "2 hours 90 minutes",
        "sha 40",
        "$",
        "$-4",
        "$1.5",
        "$1.005",
        "$1,000",
        "40 KESH",
        "40 buy",
        "1 h 60",
        "KES  40",
        "KES -40",
        "40  KES",
        "20000001.00 KES",
        "99999999h",
    ],
)
def test_what_is_no_worth_is_given_back_as_it_was_said(said):
    with refused(NotAWorth, said=said):
        worth_of(said, KIJIJI)


# --- cash ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "cents"),
    [("50", 5000), ("12.50", 1250), ("0.05", 5), ("50 KES", 5000), ("50.25kes", 5025)],
)
def test_cash_is_said_in_the_pools_currency_with_or_without_its_name(said, cents):
    assert money_of(said, KIJIJI) == cents


@pytest.mark.parametrize(
    "said",
    ["", "0", "0.00", "-5", "1.5", "1,50", "1e3", "٣", "5h", "fifty", "99999999.99", "50 buy"],
)
def test_what_is_no_amount_of_cash_is_given_back_as_it_was_said(said):
    with refused(NotMoney, said=said):
        money_of(said, KIJIJI)


def test_cash_in_another_currency_is_not_taken_for_the_pools():
    assert money_of("$50", TORONTO) == 5000
    with refused(OtherCurrency, said="$50", currency="KES"):
        money_of("$50", KIJIJI)


# --- days ----------------------------------------------------------------------------------


def on(day, month=11, year=2026, zone="Africa/Nairobi"):
    return datetime(year, month, day, 23, 59, 59, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-12-05", on(5, 12)),
        ("today", on(20)),
        ("Today", on(20)),
        ("leo", on(20)),
        ("aujourd'hui", on(20)),
        ("tomorrow", on(21)),
        ("kesho", on(21)),
        ("+1d", on(21)),
        ("+14d", on(4, 12)),
        ("sat", on(21)),
        ("Saturday", on(21)),
        ("jumapili", on(22)),
        ("jeudi", on(26)),
        ("ven", on(27)),
        ("fri", on(27)),
        ("2028-02-29", on(29, 2, 2028)),
    ],
)
def test_a_day_lasts_until_its_last_second_in_the_pools_zone(said, day):
    read = day_of(said, FRIDAY, "Africa/Nairobi")
    assert read == day
    assert read.utcoffset() == timedelta(0)


def test_today_is_the_pools_day_and_not_the_servers():
    late = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
    assert day_of("today", late, "Africa/Nairobi") == on(21)
    assert day_of("today", late, "America/Toronto") == on(20, zone="America/Toronto")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "01/02/2026",
        "1.2.2026",
        "2026-2-1",
        "2026-02-30",
        "2026-13-01",
        "20260201",
        "2026-W05-1",
        "٢٠٢٦-١٢-٠٥",
        "+d",
        "+1000d",
        "-3d",
        "3d",
        "+1w",
        "saa tisa",
        "next friday",
        "someday",
        "🗓️",
        "9" * 19,
    ],
)
def test_what_is_no_day_is_given_back_as_it_was_said(said):
    """G6: nothing that could mean two days, or another clock's hour, is taken for one."""
    with refused(NotADate, said=said):
        day_of(said, FRIDAY, "Africa/Nairobi")


def test_a_day_whose_end_lies_beyond_the_calendar_is_no_day():
    with refused(NotADate):
        day_of("9999-12-31", FRIDAY, "America/Toronto")
    assert day_of("9999-12-31", FRIDAY, "Africa/Nairobi").year == 9999


# --- texts and names -----------------------------------------------------------------------


def test_a_text_is_kept_as_it_was_written_but_for_what_shows_nothing():
    assert text_of("  Two\nlines of <b>bread</b> & *salt* @everyone  ", 400) == (
        "Two\nlines of <b>bread</b> & *salt* @everyone"
    )
    assert text_of("pay\u202eKES 001\u202c", 400) == "payKES 001"
    assert text_of("a\u200bb\x00c\x07d\ufeff", 400) == "abcd"
    assert text_of("👩\u200d🌾 🧺", 400) == "👩\u200d🌾 🧺"


def test_letters_are_kept_composed():
    assert text_of("cafe\u0301", 400) == "café"


def test_a_text_has_a_length_in_letters_as_they_are_kept():
    assert text_of("é" * 400, 400) == "é" * 400
    assert text_of("e\u0301" * 400, 400) == "é" * 400
    with refused(TooLong, length=401, length_max=400):
        text_of("x" * 401, 400)


@given(st.text(max_size=40))
def test_a_text_that_was_kept_is_kept_again_as_it_is(said):
    kept = text_of(said, 400)
    assert text_of(kept, 400) == kept


@pytest.mark.parametrize("said", ["", "  ", "\n", "\u200b", "\u200d", "\u202e\u202c", "\ufeff "])
def test_what_shows_nothing_says_nothing(said):
    assert not shows_something(said)


@pytest.mark.parametrize("said", ["a", "🧺", ".", " x "])
def test_what_shows_something_says_something(said):
    assert shows_something(said)


def test_a_name_stands_on_one_line():
    assert name_of("  Mama \n  Jane ") == "Mama Jane"
    assert name_of("Åsa-Maria 🧺") == "Åsa-Maria 🧺"
    assert name_of("王小明") == "王小明"


@pytest.mark.parametrize("said", ["", "🧺", "…", "\u202e", "<>"])
def test_a_name_has_a_letter_or_a_digit(said):
    with refused(NotInPlainLetters):
        name_of(said)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-12-05 14:00", "2026-12-05 14:00"),
        ("tomorrow 9:30", "2026-03-08 9:30"),
        ("kesho 09:30", "2026-03-08 9:30"),
        ("ven 18:30", "2026-03-13 18:30"),
        ("vn 18:30", None),
        ("vendredi 18h30", "2026-03-13 18:30"),
        ("demain 9h", "2026-03-08 9:00"),
        ("demain 25h", None),
        ("demain 9h5", None),
        ("fri 18:30", "2026-03-13 18:30"),
        ("sat 00:00", "2026-03-14 0:00"),
        ("01/02/2026 14:00", None),
        ("saa tisa", None),
        ("14:00", None),
        ("fri 25:00", None),
        ("fri 18:3", None),
        ("fri 6pm", None),
        ("fri ١٨:٣٠", None),
        # The clocks skip this half hour; the other comes twice, and the first is meant.
        ("2026-03-08 02:30", None),
        ("2026-11-01 01:30", "2026-11-01 1:30"),
        ("9999-12-31 23:59", None),
    ],
)
def test_a_day_and_a_time_are_read_without_guessing(said: str, meant: str | None) -> None:
    now = datetime(2026, 3, 7, 12, tzinfo=UTC)
    if meant is None:
        with refused(NotATime, said=said):
            moment_of(said, now, "America/Toronto")
        return
    read = moment_of(said, now, "America/Toronto").astimezone(ZoneInfo("America/Toronto"))
    assert (f"{read:%Y-%m-%d} {read.hour}:{read:%M}", read.fold) == (meant, 0)


@pytest.mark.parametrize(
    ("said", "has"), [("fri", False), ("fri 18:30", True), ("fri 6pm", True), ("fri what:", False)]
)
def test_a_time_that_is_missing_is_known_from_one_that_cannot_be_read(said: str, has: bool) -> None:
    assert has_time(said) is has
