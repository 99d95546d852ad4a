"""Guesses for a pool that is being set up: which money a group uses, by which clock it lives.

They are buttons to choose from, never chosen by themselves; whatever else there is, is typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from zlib import crc32
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_currency_name, get_territory_currencies, is_currency

from bots.catalogue.plainly import CALLED
from bots.languages import LANGUAGES
from core.domain.refusals import Refused, UnknownCurrency, UnknownTimeZone

GUESSES_MAX = 6
"""As many as a small phone shows at a glance, in rows of two."""

CURRENCIES = {
    "en": ("CAD", "KES", "USD", "GBP", "UGX", "EUR"),
    "sw": ("KES", "TZS", "UGX", "CDF", "RWF", "USD"),
    "fr": ("CAD", "EUR", "XOF", "XAF", "CDF", "USD"),
}
"""What is used where a language is spoken."""

CITIES = {
    "CAD": ("Toronto", "Vancouver", "Edmonton", "Winnipeg", "Halifax", "St_Johns"),
    "CDF": ("Kinshasa", "Lubumbashi"),
    "EUR": ("Paris", "Brussels", "Berlin", "Madrid", "Rome", "Dublin"),
    "GBP": ("London",),
    "USD": ("New_York", "Chicago", "Denver", "Los_Angeles", "Anchorage", "Honolulu"),
    "XAF": ("Douala", "Libreville", "Brazzaville", "Ndjamena", "Bangui", "Malabo"),
    "XOF": ("Dakar", "Abidjan", "Bamako", "Ouagadougou", "Porto-Novo", "Lome"),
}
"""The clocks of a currency that is used by several, those of most people first."""


# --- money -----------------------------------------------------------------------------------


def currencies_near(language: str, hint: str) -> Sequence[str]:
    """What a group of this language may use; the money of a client's own country goes first."""
    near = CURRENCIES.get(language, CURRENCIES["en"])
    return tuple(dict.fromkeys([*_money_of(hint), *near]))[:GUESSES_MAX]


def _money_of(hint: str) -> Sequence[str]:
    """The money of the country that a client names, as in `en-GB`; none where it names none."""
    try:
        territory = Locale.parse(hint, sep="-").territory if hint else None
    except (UnknownLocaleError, ValueError):
        return ()
    return get_territory_currencies(territory)[:1] if territory else ()


def currency_called(said: str) -> str:
    """The code of a currency: by its letters, or by its whole name in a language of ours.

    Raises:
        Refused: UnknownCurrency.
    """
    code = CALLED.get(said.upper(), said.upper())
    if is_currency(code):
        return code
    named = _names_of_money().get(said.casefold())
    if named is None:
        raise Refused(UnknownCurrency(said))
    return named


@cache
def _names_of_money() -> Mapping[str, str]:
    codes = {code for near in CURRENCIES.values() for code in near}
    return {
        get_currency_name(code, locale=language).casefold(): code
        for code in codes
        for language in LANGUAGES
    }


# --- clocks ----------------------------------------------------------------------------------


def zones_of(currency: str) -> Sequence[str]:
    """The clocks of those who use a currency."""
    if currency in CITIES:
        return tuple(_cities()[city.casefold()] for city in CITIES[currency])
    used = get_global("territory_currencies")
    home = {
        territory
        for territory, all_used in used.items()
        if any(code == currency and until is None and legal for code, _, until, legal in all_used)
    }
    zones = (zone for zone in _cities().values() if get_global("zone_territories")[zone] in home)
    return tuple(zones)[:GUESSES_MAX]


def zone_of(said: str) -> str:
    """A time zone that somebody typed: any name that there is, or a city.

    Raises:
        Refused: UnknownTimeZone.
    """
    return said if said in available_timezones() else zone_called(said)


def zone_called(said: str) -> str:
    """A time zone by its name, or by its city: `Africa/Nairobi`, `nairobi`, `Nairobi, Kenya`.

    Three letters such as EST are none: some of them stand still when a city's clock is changed.

    Raises:
        Refused: UnknownTimeZone.
    """
    whole = {name.casefold(): name for name in available_timezones() if "/" in name}
    city, _, country = said.partition(",")
    name = city.strip().replace(" ", "_").casefold()
    found = whole.get(name) or _cities().get(name)
    # There is a London in Ontario, too, and its clock is Toronto's.
    if found is None or (country and not _lies_in(found, country.strip())):
        raise Refused(UnknownTimeZone(said))
    return found


def _lies_in(time_zone: str, country: str) -> bool:
    """Whether a time zone is that of a country, as one of our languages calls it."""
    code = get_global("zone_territories").get(time_zone, "")
    names = {Locale(each).territories.get(code, "").casefold() for each in LANGUAGES}
    return country.casefold() in names


@cache
def _cities() -> Mapping[str, str]:
    """The time zones that have a city of their own, by its name."""
    known = available_timezones()
    listed = get_global("zone_territories")
    zones = sorted(zone for zone in listed if zone in known and not zone.startswith("Etc/"))
    return {zone.rpartition("/")[2].casefold(): zone for zone in zones}


def mark_of(time_zone: str) -> str:
    """Eight letters that stand for a time zone in a button; the same in every version."""
    return f"{crc32(time_zone.encode()):08x}"


def zone_marked(mark: str) -> str | None:
    """The time zone that a mark stands for."""
    return _marks().get(mark)


@cache
def _marks() -> Mapping[str, str]:
    return {mark_of(each): each for each in available_timezones()}
