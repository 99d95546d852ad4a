"""Reading what people type: amounts, worths, days, numbers. Digits only, nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.numbers import is_currency

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
from bots.words import DOLLAR_CURRENCIES
from core.domain.pools import Pool
from core.domain.refusals import Refused
from core.domain.units import AMOUNT_MAX, Cents, Credits, Measure, Number, Worth

WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)
THING = re.compile(r"#?([0-9]{1,10})", re.ASCII)
HOURS = re.compile(r"([0-9]{1,6})h(?:([0-5][0-9])(?:min)?)?", re.ASCII | re.IGNORECASE)
MINUTES = re.compile(r"([0-9]{1,8})min", re.ASCII | re.IGNORECASE)
_HOUR, _MINUTE = r"(?:h|hrs?|hours?|heures?)", r"(?:min|mins|minutes?)"
IN_WORDS = (
    rf"(?P<hours>[0-9]{{1,6}})(?: h (?P<half>[0-5][0-9])(?!\S)"
    rf"| ?{_HOUR}(?: ?(?P<more>[0-5]?[0-9]) ?{_MINUTE})?)"
    rf"|(?P<minutes>[0-9]{{1,8}}) ?{_MINUTE}"
    r"|(?:ma)?saa (?P<masaa>[0-9]{1,6})|dakika (?P<dakika>[0-9]{1,8})"
)
TIME_IN_WORDS = re.compile(IN_WORDS, re.ASCII | re.IGNORECASE)
"""A time as people write it: 2 hours, 1 hr 30 min, 90 minutes, 1 h 30, masaa 2, dakika 90.

As a worth, "saa 2" can only be two hours: a time of day is worth nothing."""

CREDITS_IN_WORDS = re.compile(
    r"([0-9]{1,10}) (?:credits?|crédits?|krediti)|krediti ([0-9]{1,10})", re.IGNORECASE
)
_SUM = r"(?P<units>[0-9]{1,8})(?:\.(?P<cents>[0-9]{2}))?"
MONEY_AHEAD = re.compile(rf"(?P<code>[A-Za-z]{{3}}) ?{_SUM}", re.ASCII)
"""The currency before the amount, as in Kenya: KES 40, Ksh 40."""

MONEY = re.compile(rf"{_SUM} ?(?P<code>[A-Za-z]{{3}})", re.ASCII)
"""The currency behind it: 40 KES, 40 ksh."""

DOLLARS = re.compile(rf"\${_SUM}", re.ASCII)
DOLLARS_BEHIND = re.compile(rf"{_SUM} ?(?:\$|dollars?)", re.ASCII | re.IGNORECASE)
"""The sign behind the amount, as in French, or the word."""

SHILLINGS = re.compile(rf"{_SUM} ?(?:shillings?|shilingi|/[=-])", re.ASCII | re.IGNORECASE)
SHILLINGS_AHEAD = re.compile(rf"shilingi {_SUM}", re.ASCII | re.IGNORECASE)

CASH_IN_WORDS = (DOLLARS_BEHIND, SHILLINGS, SHILLINGS_AHEAD)
"""Cash in a currency that several countries call the same: it is the pool's, if it is so called."""

CALLED = {"KSH": "KES", "TSH": "TZS", "USH": "UGX"}
"""What the shillings are called."""

BARE = re.compile(_SUM, re.ASCII)
AHEAD = re.compile(r"\+([0-9]{1,3})d", re.ASCII)
SHILLING_CURRENCIES = frozenset({"KES", "TZS", "UGX"})

TODAY = frozenset({"today", "leo", "aujourd'hui", "aujourdhui"})
TOMORROW = frozenset({"tomorrow", "kesho", "demain"})
WEEKDAYS = (
    ("mon", "monday", "lun", "lundi", "jumatatu"),
    ("tue", "tuesday", "mar", "mardi", "jumanne"),
    ("wed", "wednesday", "mer", "mercredi", "jumatano"),
    ("thu", "thursday", "jeu", "jeudi", "alhamisi"),
    ("fri", "friday", "ven", "vendredi", "ijumaa"),
    ("sat", "saturday", "sam", "samedi", "jumamosi"),
    ("sun", "sunday", "dim", "dimanche", "jumapili"),
)

NAME_MAX = 64
"""The longest name, in characters."""

HIDDEN = frozenset({"Cf", "Cc", "Co", "Cn", "Cs"})
"""Kinds of characters that show nothing, or turn text around: they have no place in a name."""


def amount_of(said: str) -> Credits:
    """Credits, as `5`.

    Raises:
        Refused: NotAnAmount.
    """
    if not WHOLE.fullmatch(said) or not 0 < int(said) <= AMOUNT_MAX:
        raise Refused(NotAnAmount(said))
    return Credits(int(said))


def count_of(said: str) -> int:
    """A count of things, as `20`.

    Raises:
        Refused: NotACount.
    """
    if not WHOLE.fullmatch(said) or not 0 < int(said) <= 1_000_000:
        raise Refused(NotACount(said))
    return int(said)


def number_of(said: str) -> Number:
    """The number of a thing, as `#12` or `12`.

    Raises:
        Refused: NotANumber.
    """
    found = THING.fullmatch(said)
    if found is None or int(found[1]) == 0:
        raise Refused(NotANumber(said))
    return Number(int(found[1]))


def worth_of(said: str, pool: Pool) -> Worth:
    """What something is worth: `4`, `2h`, `1h30`, `90min`, `$40`, `40 KES`.

    Raises:
        Refused: NotAWorth, OtherCurrency.
    """
    measure, amount = _measured(said, pool)
    if not 0 < amount <= AMOUNT_MAX:
        raise Refused(NotAWorth(said))
    return Worth(measure, amount)


def money_of(said: str, pool: Pool) -> Cents:
    """Cash in the pool's currency: `50`, `12.50`, `$50`, `50 KES`.

    Raises:
        Refused: NotMoney, OtherCurrency.
    """
    bare = BARE.fullmatch(said)
    cents = _cents(bare) if bare else _cash(said, pool)
    if cents is None or not 0 < cents <= AMOUNT_MAX:
        raise Refused(NotMoney(said))
    return Cents(cents)


def _measured(said: str, pool: Pool) -> tuple[Measure, int]:
    if found := CREDITS_IN_WORDS.fullmatch(said):
        said = found[1] or found[2]
    if WHOLE.fullmatch(said):
        return Measure.CREDITS, int(said)
    if found := TIME_IN_WORDS.fullmatch(said):
        hours = int(found["hours"] or found["masaa"] or 0)
        in_minutes = found["half"] or found["more"] or found["minutes"] or found["dakika"]
        return Measure.MINUTES, hours * 60 + int(in_minutes or 0)
    if found := HOURS.fullmatch(said):
        return Measure.MINUTES, int(found[1]) * 60 + int(found[2] or 0)
    if found := MINUTES.fullmatch(said):
        return Measure.MINUTES, int(found[1])
    cents = _cash(said, pool)
    if cents is None:
        raise Refused(NotAWorth(said))
    return Measure.CENTS, cents


def _cash(said: str, pool: Pool) -> int | None:
    """An amount of the pool's currency, in cents; None for what names no currency.

    Raises:
        Refused: OtherCurrency.
    """
    if found := DOLLARS.fullmatch(said) or DOLLARS_BEHIND.fullmatch(said):
        currency = pool.currency if pool.currency in DOLLAR_CURRENCIES else "USD"
    elif found := SHILLINGS.fullmatch(said) or SHILLINGS_AHEAD.fullmatch(said):
        currency = pool.currency if pool.currency in SHILLING_CURRENCIES else "KES"
    elif found := MONEY.fullmatch(said) or MONEY_AHEAD.fullmatch(said):
        currency = currency_of(found["code"], pool.currency)
    if found is None or not is_currency(currency):
        return None
    if currency != pool.currency:
        raise Refused(OtherCurrency(said, pool.currency))
    return _cents(found)


def currency_of(said: str, own: str) -> str:
    """The currency that three letters name; the pool's own if they can."""
    code = said.upper()
    return code if code == own else CALLED.get(code, code)


def _cents(found: re.Match[str]) -> int:
    return int(found["units"]) * 100 + int(found["cents"] or 0)


def day_of(said: str, now: datetime, time_zone: str) -> datetime:
    """The last second of a day in the pool's time zone, as an instant in UTC.

    `2026-12-05`, `today`, `tomorrow`, `+3d`, `fri` (the next one). `01/02/2026` means two days,
    so it means none.

    Raises:
        Refused: NotADate.
    """
    zone = ZoneInfo(time_zone)
    day = _day(said.casefold(), now.astimezone(zone).date())
    if day is None:
        raise Refused(NotADate(said))
    try:
        return datetime.combine(day, time(23, 59, 59), zone).astimezone(ZoneInfo("UTC"))
    except OverflowError:  # The calendar's first or last day has no end in UTC.
        raise Refused(NotADate(said)) from None


TIME = re.compile(
    r"(?P<hour>[01]?[0-9]|2[0-3])(?::(?P<minute>[0-5][0-9])|h(?P<more>[0-5][0-9])?)",
    re.ASCII | re.IGNORECASE,
)
"""A time of day by 24 hours: 18:30, and as in French 18h30 and 18h."""


LIKE_A_TIME = re.compile(r"[0-9]{1,2}(:.*|h[0-9]*|[ap]m)", re.ASCII | re.IGNORECASE)


def has_time(said: str) -> bool:
    """Whether the last word is meant as a time of day, be it one that cannot be read."""
    return bool(LIKE_A_TIME.fullmatch((said.split() or [""])[-1]))


def when_of(said: str, now: datetime, time_zone: str) -> datetime:
    """A day and a time, or the day alone, whose time is still to be asked for.

    Raises:
        Refused: NotATime.
    """
    if has_time(said):
        return moment_of(said, now, time_zone)
    try:
        return day_of(said, now, time_zone)
    except Refused:
        raise Refused(NotATime(said)) from None


def moment_of(said: str, now: datetime, time_zone: str) -> datetime:
    """A day and a time in the pool's time zone, as an instant in UTC: `fri 18:30`.

    The day is said as for `day_of`. A time that comes twice, as clocks are put back, is the first.

    Raises:
        Refused: NotATime.
    """
    zone = ZoneInfo(time_zone)
    said_day, _, said_time = said.strip().rpartition(" ")
    day = _day(said_day.strip().casefold(), now.astimezone(zone).date())
    found = TIME.fullmatch(said_time)
    if day is None or found is None:
        raise Refused(NotATime(said))
    minute = int(found["minute"] or found["more"] or 0)
    local = datetime.combine(day, time(int(found["hour"]), minute), zone)
    try:
        instant = local.astimezone(ZoneInfo("UTC"))
    except OverflowError:  # The calendar's first or last day may lie outside it in UTC.
        raise Refused(NotATime(said)) from None
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refused(NotATime(said))
    return instant


def _day(said: str, today: date) -> date | None:
    if said in TODAY:
        return today
    if said in TOMORROW:
        return today + timedelta(days=1)
    if found := AHEAD.fullmatch(said):
        return today + timedelta(days=int(found[1]))
    for weekday, names in enumerate(WEEKDAYS):
        if said in names:
            return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return _iso(said)


def _iso(said: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said, re.ASCII):
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def text_of(said: str, length_max: int) -> str:
    """A text as it is kept: composed letters (NFC), no marks that show nothing.

    Raises:
        Refused: TooLong.
    """
    kept = "".join(each for each in unicodedata.normalize("NFC", said) if _shows(each)).strip()
    if len(kept) > length_max:
        raise Refused(TooLong(len(kept), length_max))
    return kept


def shows_something(said: str) -> bool:
    """Whether anything is left of a text as it is kept."""
    return any(_shows(each) and not each.isspace() and each != "\u200d" for each in said)


def _shows(character: str) -> bool:
    """Line ends and the joiner inside emoji may stay; what turns text around may not."""
    return character in "\n\u200d" or unicodedata.category(character) not in HIDDEN


def name_of(said: str) -> str:
    """A name: as a text, on one line, with at least one letter or digit.

    Raises:
        Refused: NotInPlainLetters, TooLong.
    """
    kept = " ".join(text_of(said, NAME_MAX).split())
    if not any(each.isalnum() for each in kept):
        raise Refused(NotInPlainLetters(said))
    return kept


def account_name(name: str, username: str, external: str) -> str:
    """What an account is called in the pool: its name as far as it can be read, else its username.

    Nobody is turned away for their name: one that is too long is cut, one without a letter or a
    digit gives way to the username, or to the last figures of the account's id.
    """
    for said in (name, username):
        kept = " ".join("".join(filter(_shows, unicodedata.normalize("NFC", said))).split())
        if any(each.isalnum() for each in kept):
            return kept[:NAME_MAX].strip()
    return f"?{external[-4:]}"
