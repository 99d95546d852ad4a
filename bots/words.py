"""Saying a sentence in the reader's language: gettext catalogues, read and compiled at start.

English stands in the code and is the id; `bots/locales/<language>.po` holds the others. A
missing translation falls back to English and is logged once.
"""

from __future__ import annotations

import gettext
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from bots.replies import (
    Amount,
    Code,
    Instant,
    Name,
    Ref,
    Say,
    Typed,
    Value,
    Valued,
    say,
    says,
)
from core.domain.units import Measure, Worth

log = logging.getLogger(__name__)

LANGUAGES = ("en", "sw", "fr")
FOLDER = Path(__file__).parent / "locales"
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
    """A piece of a sentence. `at` goes with INSTANT, whose text is in the pool's time zone."""

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


def choose_language(chosen: str, hint: str, pool: str) -> str:
    """The reader's own choice, then their client's hint (if any), then the pool's, then English."""
    for wanted in (chosen, hint, pool):
        language = wanted.replace("-", "_").split("_")[0].lower()
        if language in LANGUAGES:
            return language
    return "en"


class _English(gettext.NullTranslations):
    """English, where a language has no words of its own; that is logged once a sentence."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language
        self._told: set[str] = set()

    def gettext(self, message: str) -> str:
        self._tell(message)
        return message

    def pgettext(self, context: str, message: str) -> str:
        self._tell(f"{context}: {message}")
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self._tell(msgid1)
        return msgid1 if n == 1 else msgid2

    def _tell(self, message: str) -> None:
        if self._language != "en" and message not in self._told:
            self._told.add(message)
            log.warning("no %s for %r", self._language, message)


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The sentences of a language, compiled in memory."""
    path = FOLDER / f"{language}.po"
    english = _English(language)
    if language == "en" or not path.exists():
        return english
    with path.open("rb") as file:
        read = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    translated = gettext.GNUTranslations(compiled)
    translated.add_fallback(english)
    return translated


def template(text: Say, language: str) -> str:
    """The sentence in a language, its places still open."""
    spoken = catalogue(language)
    if text.plural:
        return spoken.ngettext(text.text, text.plural, text.count)
    if text.context:
        return spoken.pgettext(text.context, text.text)
    return spoken.gettext(text.text)


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
        case Code():
            yield Piece(Kind.CODE, value.text)
        case Instant():
            yield Piece(Kind.INSTANT, _instant(value, voice), value.at)
        case int():
            yield Piece(Kind.OURS, _number(value, voice.locale))
        case _:
            yield Piece(Kind.OURS, value)


@lru_cache(maxsize=4096)
def _number(value: int, locale: Locale) -> str:
    return format_decimal(value, locale=locale)


def _name(value: Name, voice: Voice) -> Iterator[Piece]:
    if value.name:
        yield Piece(Kind.NAME, value.name)
    else:
        yield from pieces(say("a former member"), voice)


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
        yield Piece(Kind.OURS, _time(worth.amount, voice))


def _time(amount: int, voice: Voice) -> str:
    """'2 h', '1 h 35 min', '5 min': in every language as it is typed, so that all read it."""
    hours, minutes = divmod(amount, 60)
    if not hours:
        return f"{minutes} min"
    in_hours = f"{format_decimal(hours, locale=voice.locale)} h"
    return f"{in_hours} {minutes} min" if minutes else in_hours


def _instant(value: Instant, voice: Voice) -> str:
    """An instant in the pool's time zone: '5 Dec 2026, 14:00'; always 24-hour digits."""
    local = value.at.astimezone(ZoneInfo(voice.time_zone))
    day = format_date(local, "d MMM y", locale=voice.locale)
    if value.date_only:
        return day
    return f"{day}, {format_time(local, 'HH:mm', locale=voice.locale)}"


def spoken(text: Say, voice: Voice) -> str:
    """A sentence as plain text, for buttons, menus, terminals and transcripts."""
    return "".join(piece.text for piece in pieces(text, voice))
