"""How one reader is spoken to: language, numbers of things, money, dates, missing sentences."""

import logging
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bots import words
from bots.languages import FOLDER, LANGUAGES
from bots.replies import Amount, Instant, Name, Percent, Ref, Typed, Valued, say, says, word
from bots.words import Kind, Voice, choose_language, pieces, spoken
from core.domain.units import Measure, Worth

NARROW, HARD = "\u202f", "\u00a0"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Catalogues of the test's own."""
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    _forget()
    yield tmp_path
    _forget()


def _forget():
    """Read the catalogues again, and log again what they lack."""
    words.translations.cache_clear()
    words._miss.cache_clear()


def money(cents):
    return say("{worth}", worth=Valued(Worth(Measure.CENTS, cents)))


def time(minutes):
    return say("{worth}", worth=Valued(Worth(Measure.MINUTES, minutes)))


# --- which language ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "hint", "pool", "expected"),
    [
        ("fr", "sw", "en", "fr"),
        ("", "sw", "fr", "sw"),
        ("", "", "fr", "fr"),
        ("", "", "", "en"),
        ("", "de", "fr", "fr"),
        ("", "de", "es", "en"),
        ("xx", "fr", "sw", "fr"),
        ("", "fr-CA", "en", "fr"),
        ("", "sw_KE", "en", "sw"),
        ("", "en-BR", "fr", "en"),
        ("", "FR", "en", "fr"),
    ],
)
def test_the_own_choice_goes_before_the_client_before_the_pool_before_english(
    chosen, hint, pool, expected
):
    assert choose_language(chosen, hint, pool) == expected


@pytest.mark.parametrize("client", ["de", "en-US", "fr", "pt-BR", "zh-CN", ""])
def test_swahili_can_be_chosen_whatever_language_the_client_has(client):
    assert choose_language("sw", client, "en") == "sw"


# --- how many ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "credits", "expected"),
    [
        ("en", 0, "0 credits"),
        ("en", 1, "1 credit"),
        ("en", 2, "2 credits"),
        ("en", 1_000_000, "1,000,000 credits"),
        ("sw", 0, "krediti 0"),
        ("sw", 1, "krediti 1"),
        ("sw", 2, "krediti 2"),
        ("sw", 1_000_000, "krediti 1,000,000"),
        ("fr", 0, "0 crédit"),
        ("fr", 1, "1 crédit"),
        ("fr", 2, "2 crédits"),
        ("fr", 1_000_000, f"1{HARD}000{HARD}000 crédits"),
    ],
)
def test_credits_take_the_form_of_their_number(language, credits, expected):
    assert spoken(say("{credits}", credits=Amount(credits)), Voice(language)) == expected


@pytest.mark.parametrize(
    ("language", "ppm", "expected"),
    [
        ("en", 500_000, "50%"),
        ("en", 531_250, "53.1%"),
        ("en", 999_999, "99.9%"),
        ("sw", 625_000, "62.5%"),
        ("fr", 625_000, f"62,5{HARD}%"),
    ],
)
def test_a_share_is_shown_with_one_figure_behind_the_point_and_never_as_more(
    language, ppm, expected
):
    assert spoken(say("{share}", share=Percent(ppm)), Voice(language)) == expected


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        ("en", 0, "0 members"),
        ("en", 1, "1 member"),
        ("en", 1_000_000, "1,000,000 members"),
        ("sw", 0, "Wanachama 0"),
        ("sw", 1, "Mwanachama 1"),
        ("sw", 2, "Wanachama 2"),
        ("sw", 1_000_000, "Wanachama 1,000,000"),
        ("fr", 0, "0 membre"),
        ("fr", 1, "1 membre"),
        ("fr", 2, "2 membres"),
        ("fr", 1_000_000, f"1{HARD}000{HARD}000 membres"),
    ],
)
def test_things_take_the_form_of_their_number(language, count, expected):
    assert spoken(says("{count} member", "{count} members", count), Voice(language)) == expected


# --- money, time, days -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "currency", "expected"),
    [
        ("en", "CAD", "$1,234.50"),
        ("fr", "CAD", f"1{HARD}234,50{HARD}$"),
        ("en", "KES", "Ksh1,234.50"),
        ("sw", "KES", f"Ksh{HARD}1,234.50"),
    ],
)
def test_money_is_written_as_in_the_region_of_the_pool(language, currency, expected):
    assert spoken(money(123_450), Voice(language, currency)) == expected


@pytest.mark.parametrize(
    ("language", "currency", "expected"),
    [
        ("fr", "KES", f"1{NARROW}234,50{HARD}KES"),
        ("sw", "CAD", f"CA${HARD}1,234.50"),
        ("en", "BRL", "R$1,234.50"),
    ],
)
def test_where_no_region_has_both_the_language_goes_first(language, currency, expected):
    assert spoken(money(123_450), Voice(language, currency)) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(5, "5 min"), (60, "1 h"), (95, "1 h 35 min"), (120, "2 h"), (0, "0 min")],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_time_reads_as_it_is_typed(language, minutes, expected):
    assert spoken(time(minutes), Voice(language, "KES")) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(5, "dakika 5"), (60, "saa 1"), (95, "saa 1 na dakika 35"), (120, "masaa 2")],
)
def test_in_swahili_the_number_follows_hours_and_minutes(minutes, expected):
    assert spoken(time(minutes), Voice("sw", "KES")) == expected


AFTERNOON = datetime(2026, 11, 1, 18, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("voice", "expected"),
    [
        (Voice("en", "CAD", "America/Toronto"), "1 Nov 2026, 13:05"),
        (Voice("fr", "CAD", "America/Toronto"), "1er nov. 2026, 13:05"),
        (Voice("en", "KES", "Africa/Nairobi"), "1 Nov 2026, 21:05"),
        (Voice("sw", "KES", "Africa/Nairobi"), "1 Nov 2026, 21:05"),
        (Voice("fr", "KES", "Africa/Nairobi"), "1er nov. 2026, 21:05"),
    ],
)
def test_an_instant_is_in_the_time_zone_of_the_pool_with_24_hours(voice, expected):
    assert spoken(say("{at}", at=Instant(AFTERNOON)), voice) == expected


def test_a_month_has_its_name_in_the_language():
    day = say("{at}", at=Instant(datetime(2026, 8, 15, 12, tzinfo=UTC), date_only=True))
    shown = {language: spoken(day, Voice(language, "KES")) for language in LANGUAGES}
    assert shown == {"en": "15 Aug 2026", "sw": "15 Ago 2026", "fr": "15 août 2026"}


def test_in_french_only_the_first_of_a_month_has_letters_behind_its_number():
    days = [Instant(datetime(2026, 3, day, 12, tzinfo=UTC), date_only=True) for day in (1, 2, 11)]
    shown = [spoken(say("{at}", at=day), Voice("fr")) for day in days]
    assert shown == ["1er mars 2026", "2 mars 2026", "11 mars 2026"]


def test_a_sentence_can_be_in_another_language_than_what_stands_around_it():
    inner = replace(say("a former member"), language="fr")
    said = spoken(say("Thank you, I have told {name}.", name=inner), Voice("sw"))
    assert said == "Asante, nimemwambia une personne partie depuis."


def test_numbers_beside_words_are_written_as_in_the_region():
    text = say("{most}", most=12_345)
    assert spoken(text, Voice("en", "KES")) == "12,345"
    assert spoken(text, Voice("fr", "CAD")) == f"12{HARD}345"


# --- pieces ------------------------------------------------------------------------------------


def test_each_value_is_a_piece_of_its_own_kind():
    text = say("{number} {name} needs: {text} ({price}).", number=Ref(7), name=Name("Amina"))
    text = say(text.text, **dict(text.places), text=Typed("<b>{x}"), price=say("{n}", n=3))
    assert [(each.kind, each.text) for each in pieces(text, Voice("sw", "KES"))] == [
        (Kind.REF, "#7"),
        (Kind.OURS, " "),
        (Kind.NAME, "Amina"),
        (Kind.OURS, " anahitaji: "),
        (Kind.TYPED, "<b>{x}"),
        (Kind.OURS, " ("),
        (Kind.OURS, "3"),
        (Kind.OURS, ")."),
    ]


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "a former member"), ("sw", "mwanachama wa zamani"), ("fr", "une personne partie")],
)
def test_one_who_left_has_no_name(language, expected):
    text = say("{name}", name=Name(""))
    assert spoken(text, Voice(language)).startswith(expected)


def test_the_same_word_differs_by_what_it_is_said_of():
    voice = Voice("sw")
    of_promise, of_order = (
        spoken(word("state of a promise", "withdrawn"), voice),
        spoken(word("state of an order", "cancelled"), voice),
    )
    assert (of_promise, of_order) == ("imeondolewa", "limeghairiwa")


# --- what is missing ---------------------------------------------------------------------------

MISSING = (
    say("A new sentence of {name}.", name=Name("Amina")),
    says("{count} new thing", "{count} new things", 2),
    word("somewhere", "new"),
)


def test_a_missing_translation_is_said_in_english_and_logged_once(folder, caplog):
    (folder / "sw.po").write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n')
    with caplog.at_level(logging.WARNING, words.__name__):
        for _ in range(3):
            said = [spoken(each, Voice("sw")) for each in MISSING]

    assert said == ["A new sentence of Amina.", "2 new things", "new"]
    assert [each.getMessage() for each in caplog.records] == [
        "no sw for 'A new sentence of {name}.'",
        "no sw for '{count} new thing'",
        "no sw for 'somewhere: new'",
    ]


def test_an_empty_or_doubtful_translation_counts_as_missing(folder, caplog):
    (folder / "fr.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n\n'
        'msgid "Hello"\nmsgstr ""\n\n#, fuzzy\nmsgid "Goodbye"\nmsgstr "Bonjour"\n'
    )
    voice = Voice("fr")
    with caplog.at_level(logging.WARNING, words.__name__):
        assert spoken(say("Hello"), voice) == "Hello"
        assert spoken(say("Goodbye"), voice) == "Goodbye"
    assert len(caplog.records) == 2


def test_words_that_are_the_same_in_both_languages_are_not_missing(folder, caplog):
    (folder / "fr.po").write_text('msgid "Options"\nmsgstr "Options"\n')
    with caplog.at_level(logging.WARNING, words.__name__):
        assert spoken(say("Options"), Voice("fr")) == "Options"
    assert not caplog.records


def test_without_any_catalogue_everything_is_english(folder, caplog):
    with caplog.at_level(logging.WARNING, words.__name__):
        assert spoken(say("Hello"), Voice("sw")) == "Hello"
    assert len(caplog.records) == 1


def test_english_is_never_missing(caplog):
    with caplog.at_level(logging.WARNING, words.__name__):
        for each in MISSING:
            spoken(each, Voice("en"))
    assert not caplog.records


def test_whoever_adds_a_catalogue_has_added_a_language(tmp_path):
    """J3: a translator touches no code."""
    there = tmp_path / "bots"
    shutil.copytree(FOLDER.parent, there, ignore=shutil.ignore_patterns("__pycache__"))
    swahili = (FOLDER / "sw.po").read_text(encoding="utf-8")
    (there / "locales" / "de.po").write_text(
        swahili.replace("Language: sw", "Language: de").replace(
            "Ninakujibu kwa", "Ich antworte auf"
        ),
        encoding="utf-8",
    )
    said = subprocess.run(
        [sys.executable, "-c", NEW_LANGUAGE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(FOLDER.parents[1])))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split("\n") == [
        "Ich antworte auf Deutsch.",
        "Deutsch",
        "de",
        "Settings: de",
        "",
    ]


NEW_LANGUAGE = """
from bots.catalogue.setup import LANGUAGE_CHOICES
from bots.discord_bot.slash import BESIDE
from bots.replies import Language, say
from bots.settings import Settings
from bots.words import Voice, spoken
print(spoken(say("I answer you in {language}.", language=Language("de")), Voice("de")))
(label,) = (each.label for each in LANGUAGE_CHOICES if each.value == "de")
print(spoken(label, Voice("en")))
print(BESIDE["de"].language)
print("Settings:", Settings(locale="de").locale)
"""
