"""Saying a sentence in the reader's language: gettext catalogues, read when first wanted.

English stands in the code and is the id; `bots/locales/<language>.po` holds the others. A
missing translation falls back to English and is logged once.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone, get_timezone_location
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_name,
)

from bots.languages import FOLDER, one_of_ours
from bots.replies import (
    Amount,
    Code,
    Currency,
    Day,
    Instant,
    Language,
    Month,
    Name,
    Percent,
    Ref,
    Say,
    Sum,
    Typed,
    Value,
    Valued,
    Zone,
    say,
    says,
)
from bots.translations import Translations
from core.domain.pools import Pool
from core.domain.units import Measure, Worth
from core.records import dataclass

log = logging.getLogger(__name__)

PLACE = re.compile(r"\{(\w+)\}")

REGIONS = {
    "CAD": "CA",
    "CDF": "CD",
    "CHF": "CH",
    "EUR": "FR",
    "GBP": "GB",
    "KES": "KE",
    "TZS": "TZ",
    "UGX": "UG",
    "USD": "US",
    "XAF": "CM",
    "XOF": "SN",
}
"""Where a currency is at home: amounts and dates are written as people write them there."""


DOLLAR_CURRENCIES = frozenset({"CAD", "USD", "AUD", "NZD"})
"""What a dollar is called alone: the pool's, if it is one of these."""


class Kind(StrEnum):
    """What a piece of a sentence is, so that a renderer can draw it."""

    OURS = "ours"
    TYPED = "typed"
    NAME = "name"
    REF = "ref"
    CODE = "code"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a sentence.

    The text of an INSTANT is in the pool's time zone; `at` goes with it where a reader far away
    may want to know when that is with them.
    """

    kind: Kind
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """How one reader is spoken to: language, and what amounts and instants look like."""

    language: str = "en"
    currency: str = "CAD"
    time_zone: str = "UTC"

    @property
    def locale(self) -> Locale:
        """The language as it is written where the currency is at home."""
        return _locale(self.language, REGIONS.get(self.currency, ""))


@lru_cache(maxsize=64)
def _locale(language: str, region: str) -> Locale:
    try:
        return Locale(language, region or None)
    except UnknownLocaleError:
        return Locale(language)


def group_voice(pool: Pool) -> Voice:
    """How a pool's groups are spoken to."""
    return Voice(pool.language, pool.currency, pool.time_zone)


def choose_language(chosen: str, hint: str, pool: str) -> str:
    """The reader's own choice, then their client's hint (if any), then the pool's, then English."""
    for wanted in (chosen, hint, pool):
        if language := one_of_ours(wanted):
            return language
    return "en"


@cache
def translations(language: str) -> Translations:
    """The sentences of a language; none for one that has no catalogue."""
    file = FOLDER / f"{language}.po"
    return Translations(file.read_text("utf-8") if file.exists() else "")


def template(text: Say, language: str) -> str:
    """The sentence in a language, its places still open; English where there is no other."""
    language = text.language or language
    said = None if language == "en" else _translated(text, language)
    if said is None:
        return text.plural if text.plural and text.count != 1 else text.text
    return said


def _translated(text: Say, language: str) -> str | None:
    sentences = translations(language)
    if text.plural:
        said = sentences.counted(text.text, text.count)
    else:
        said = sentences.one(text.text, text.context)
    if said is None:
        _miss(language, f"{text.context}: {text.text}" if text.context else text.text)
    return said


@cache
def _miss(language: str, text: str) -> None:
    """Log once that a sentence is missing in a language."""
    log.warning("no %s for %r", language, text)


def pieces(text: Say, voice: Voice) -> Iterator[Piece]:
    """The pieces of a sentence in the reader's language, in order."""
    places = dict(text.places)
    if text.plural:
        places.setdefault("count", text.count)
    parts = PLACE.split(template(text, voice.language))
    for index, part in enumerate(parts):
        if index % 2:
            yield from _filled(places[part], voice)
        elif part:
            yield Piece(Kind.OURS, part)


def _filled(value: Value, voice: Voice) -> Iterator[Piece]:
    match value:
        case Say():
            yield from pieces(value, voice)
        case Amount():
            yield from pieces(_credits(value.credits), voice)
        case Valued():
            yield from _worth(value.worth, voice)
        case Name():
            yield from _name(value, voice)
        case Typed():
            yield Piece(Kind.TYPED, value.text)
        case Ref():
            yield Piece(Kind.REF, f"#{value.number}")
        case Code() | Sum():
            yield Piece(Kind.CODE, _to_type(value, voice))
        case Instant() | Day():
            yield _moment(value, voice)
        case str():
            yield Piece(Kind.OURS, value)
        case _:
            yield Piece(Kind.OURS, _plain(value, voice))


def _plain(value: int | Percent | Language | Currency | Zone | Month, voice: Voice) -> str:
    """A number, a month, or a language, a currency or a city by its name."""
    match value:
        case Month():
            return _month(value, voice)
        case Language():
            return _language(value, voice)
        case Currency():
            return _currency(value, voice)
        case Zone():
            return _city(value, voice)
        case _:
            return _figure(value, voice.locale)


@lru_cache(maxsize=4096)
def _figure(value: int | Percent, locale: Locale) -> str:
    """A number; a share with one figure behind the point at most, cut: never more than it is."""
    if isinstance(value, int):
        return format_decimal(value, locale=locale)
    tenths = Decimal(value.ppm // 1_000).scaleb(-3)
    return format_percent(tenths, locale=locale, decimal_quantization=False)


def _language(value: Language, voice: Voice) -> str:
    """A language as the reader calls it, or as those who speak it do."""
    name = Locale(value.language).get_display_name(value.language if value.own else voice.language)
    called = name or value.language
    return called[:1].upper() + called[1:] if value.own else called


def _currency(value: Currency, voice: Voice) -> str:
    name = get_currency_name(value.code, locale=Locale(voice.language))
    if name == value.code:
        return name
    return f"{name[:1].upper()}{name[1:]} ({value.code})"


def _city(value: Zone, voice: Voice) -> str:
    zone = get_timezone(value.name)
    return get_timezone_location(zone, locale=Locale(voice.language), return_city=True)


def _name(value: Name, voice: Voice) -> Iterator[Piece]:
    if value.name:
        yield Piece(Kind.NAME, value.name)
    else:
        yield from pieces(say("a former member"), voice)


def _to_type(value: Code | Sum, voice: Voice) -> str:
    """What is to be typed; a sum as it is written where the pool is: $40, 40 $, 40 KES."""
    if isinstance(value, Code):
        return value.text
    if voice.currency not in DOLLAR_CURRENCIES:
        return f"{value.units} {voice.currency}"
    return f"{value.units} $" if voice.language == "fr" else f"${value.units}"


def _credits(credits: int) -> Say:
    return says("{count} credit", "{count} credits", credits)


def _worth(worth: Worth, voice: Voice) -> Iterator[Piece]:
    if worth.measure is Measure.CREDITS:
        yield from pieces(_credits(worth.amount), voice)
    elif worth.measure is Measure.CENTS:
        amount = format_currency(
            Decimal(worth.amount).scaleb(-2),
            voice.currency,
            locale=voice.locale,
        )
        yield Piece(Kind.OURS, amount)
    else:
        yield from pieces(_time(worth.amount), voice)


def _time(amount: int) -> Say:
    """'2 h', '1 h 35 min', '5 min'."""
    hours, minutes = divmod(amount, 60)
    in_hours = says("{count} h", "{count} h", hours)
    in_minutes = says("{count} min", "{count} min", minutes)
    if hours and minutes:
        return say("{hours} {minutes}", hours=in_hours, minutes=in_minutes)
    return in_hours if hours else in_minutes


def _moment(value: Instant | Day, voice: Voice) -> Piece:
    if isinstance(value, Day):
        return Piece(Kind.INSTANT, _instant(Instant(value.at, date_only=True), voice))
    return Piece(Kind.INSTANT, _instant(value, voice), value.at)


def _month(value: Month, voice: Voice) -> str:
    first = date(int(value.month[:4]), int(value.month[5:]), 1)
    return format_date(first, "LLLL y", locale=voice.locale)


def _instant(value: Instant, voice: Voice) -> str:
    """An instant in the pool's time zone: '5 Dec 2026, 14:00'; always 24-hour digits.

    In French a month begins with "1er", and goes on with "2".
    """
    local = value.at.astimezone(ZoneInfo(voice.time_zone))
    first = local.day == 1 and voice.language == "fr"
    day = format_date(local, "d'er' MMM y" if first else "d MMM y", locale=voice.locale)
    if value.date_only:
        return day
    return f"{day}, {format_time(local, 'HH:mm', locale=voice.locale)}"


def spoken(text: Say, voice: Voice) -> str:
    """A sentence as plain text, for buttons, menus, terminals and transcripts."""
    return "".join(piece.text for piece in pieces(text, voice))
