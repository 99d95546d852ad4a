"""Guesses for a new pool: money and clocks that people of a language are likely to have."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest
from babel.numbers import is_currency

from bots.catalogue.first_steps import Chosen
from bots.catalogue.guesses import (
    CITIES,
    CURRENCIES,
    GUESSES_MAX,
    currencies_near,
    currency_called,
    mark_of,
    zone_called,
    zone_marked,
    zone_of,
    zones_of,
)
from bots.languages import LANGUAGES
from bots.tokens import Token, read_token
from core.domain.refusals import Refused, UnknownCurrency, UnknownTimeZone


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guess_is_real_and_fits_on_a_small_phone(language: str) -> None:
    near = currencies_near(language, "")
    assert near == CURRENCIES[language]
    assert len(near) <= GUESSES_MAX
    for code in (*near, *CITIES):
        assert is_currency(code)
        assert 0 < len(zones_of(code)) <= GUESSES_MAX
        assert set(zones_of(code)) <= available_timezones()


@pytest.mark.parametrize(
    ("hint", "first"), [("en-GB", "GBP"), ("fr-CH", "CHF"), ("sw-TZ", "TZS"), ("de", "KES")]
)
def test_the_money_of_a_clients_country_goes_first(hint: str, first: str) -> None:
    assert currencies_near("sw", hint)[0] == first


@pytest.mark.parametrize(
    ("said", "code"), [("kes", "KES"), ("ZMW", "ZMW"), ("Dola ya Canada", "CAD"), ("euro", "EUR")]
)
def test_a_currency_is_known_by_its_letters_and_by_its_name(said: str, code: str) -> None:
    assert currency_called(said) == code


@pytest.mark.parametrize("said", ["loonies", "abc", "$", "", "KESKES"])
def test_what_is_no_currency_is_refused(said: str) -> None:
    with pytest.raises(Refused) as refused:
        currency_called(said)
    assert refused.value.refusal == UnknownCurrency(said)


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("nairobi", "Africa/Nairobi"),
        ("Dar es Salaam", "Africa/Dar_es_Salaam"),
        ("Nairobi, Kenya", "Africa/Nairobi"),
        ("London, Royaume-Uni", "Europe/London"),
        ("america/toronto", "America/Toronto"),
        ("US/Eastern", "US/Eastern"),
    ],
)
def test_a_clock_is_known_by_its_name_and_by_its_city(said: str, zone: str) -> None:
    assert zone_called(said) == zone


@pytest.mark.parametrize("said", ["EST", "GMT+3", "London, Ontario", "", "Kitchener"])
def test_what_is_no_city_is_refused_and_so_is_a_clock_that_stands_still(said: str) -> None:
    with pytest.raises(Refused) as refused:
        zone_called(said)
    assert refused.value.refusal == UnknownTimeZone(said)


def test_who_types_a_whole_name_gets_it_as_it_is() -> None:
    assert zone_of("UTC") == "UTC"


def test_every_clock_has_a_mark_of_its_own_and_fits_into_a_button() -> None:
    zones = available_timezones()
    assert len({mark_of(each) for each in zones}) == len(zones)
    for zone in zones:
        assert zone_marked(mark_of(zone)) == zone
        token = str(Token("setclock", word=str(Chosen("fr", "CAD", zone))))
        assert read_token(token) is not None
        assert len(token.encode()) <= 64
