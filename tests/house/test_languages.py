"""Every sentence of the source stands in every language, and every one can be found there."""

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bots.catalogue.all import COMMANDS
from bots.catalogue.commands import Choice
from bots.catalogue.options import OPTION_WORDS
from bots.catalogue.setup import LANGUAGE_CHOICES
from bots.languages import FOLDER, LANGUAGES
from bots.replies import Say
from bots.words import PLACE, Voice, spoken

ROOT = Path(__file__).parents[2]
BOTS = ROOT / "bots"
KEYWORDS = {"say": None, "says": (1, 2), "word": ((1, "c"), 2)}
"""As in the Makefile's `words`: which arguments are sentences (c: the context)."""
TEXTS = {"say": 1, "says": 2, "word": 2}
"""How many of the first arguments have to be literals."""
LISTED = {"option"}
"""Contexts whose words may be looked up by a variable, as a test holds that all are listed."""

OTHERS = [language for language in LANGUAGES if language != "en"]
LONGEST = 160
LONGEST_LABEL = 30
LONGEST_SUMMARY = 100
"""What Discord shows of a command or an option."""
HOUSE_WORDS = re.compile(r"\b(token|wage|ledger|transaction)s?\b", re.IGNORECASE)


@cache
def source() -> Catalog:
    """All sentences of the source."""
    catalog = Catalog()
    found = extract_from_dir(BOTS, [("**.py", "python")], keywords=KEYWORDS, comment_tags=())
    for _, _, text, _, context in found:
        catalog.add(text, context=context)
    return catalog


@cache
def translated(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def sentences(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def key(message: Message) -> tuple[str, str]:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return message.context or "", text


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Each English form with the form in its place."""
    for message in sentences(translated(language)):
        if isinstance(message.id, str):
            yield message.id, str(message.string)
        else:
            yield from zip(message.id or (), message.string or (), strict=True)


# --- complete ----------------------------------------------------------------------------------


def test_the_source_has_sentences_of_each_kind():
    """If nothing is found, the tests below hold nothing."""
    found = sentences(source())
    assert len(found) > 300
    assert sum(not isinstance(message.id, str) for message in found) > 10
    assert sum(bool(message.context) for message in found) > 10


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated(language):
    there = {
        key(message)
        for message in sentences(translated(language))
        if not message.fuzzy and message.string and all(message.string)
    }
    missing = [key(message) for message in sentences(source()) if key(message) not in there]
    listed = "\n".join(
        f"  {context}: {text}" if context else f"  {text}" for context, text in missing
    )
    assert not missing, f"{language}.po lacks (`make words` puts them there, empty):\n{listed}"


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_over(language):
    wanted = {key(message) for message in sentences(source())}
    catalog = translated(language)
    left = [key(message) for message in sentences(catalog) if key(message) not in wanted]
    assert not left, f"{language}.po has what no sentence needs; `make words` takes it out: {left}"
    assert not catalog.obsolete


@pytest.mark.parametrize("language", OTHERS)
def test_plurals_are_plural_on_both_sides(language):
    wanted = {key(message): message.id for message in sentences(source())}
    for message in sentences(translated(language)):
        assert message.id == wanted.get(key(message), message.id)
        if message.pluralizable:
            assert len(message.string or ()) == 2


@pytest.mark.parametrize("reader", LANGUAGES)
def test_the_languages_to_choose_from_are_named_in_their_own_words(reader):
    named = {choice.value: spoken(choice.label, Voice(reader)) for choice in LANGUAGE_CHOICES}
    assert named == {"en": "English", "fr": "Français", "sw": "Kiswahili"}


def test_the_answer_to_a_new_language_names_that_language():
    text = Say("From now on I answer you in English.")
    said = [spoken(text, Voice(language)) for language in ("en", "sw", "fr")]
    assert ["English" in said[0], "Kiswahili" in said[1], "français" in said[2]] == [True] * 3


def test_who_could_be_answered_in_their_language_is_told_so_in_it():
    text = Say("I speak English too: {language}", (("language", ""),))
    said = [spoken(text, Voice(language)) for language in ("en", "sw", "fr")]
    assert ["English" in said[0], "Kiswahili" in said[1], "français" in said[2]] == [True] * 3


# --- right -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", OTHERS)
def test_places_are_the_same(language):
    wrong = [
        (text, other)
        for text, other in pairs(language)
        if sorted(PLACE.findall(text)) != sorted(PLACE.findall(other))
    ]
    assert not wrong


@pytest.mark.parametrize("language", OTHERS)
def test_no_brace_stands_outside_a_place(language):
    for text, other in pairs(language):
        assert not re.search(r"[{}]", PLACE.sub("", text + other)), other


@pytest.mark.parametrize("language", OTHERS)
def test_blanks_and_the_last_mark_are_the_same(language):
    for text, other in pairs(language):
        assert other == other.strip() or text != text.strip(), other
        if text[-1] in ".:>":
            assert other[-1] == text[-1], other


def test_french_has_its_typography():
    for _, other in pairs("fr"):
        bare = PLACE.sub("x", other)
        assert not re.search(r"(?<!\u202f)[?!:;»]|«(?!\u202f)|['\"“”]", bare), other


@pytest.mark.parametrize("language", LANGUAGES)
def test_summaries_fit_where_they_are_shown(language):
    voice = Voice(language)
    for command in COMMANDS:
        choices: list[Choice] = [each for one in command.arguments for each in one.choices]
        shown = [
            command.summary,
            *(each.summary for each in command.arguments),
            *(each.label for each in choices),
        ]
        for text in shown:
            assert len(spoken(text, voice)) <= LONGEST_SUMMARY, text


def labels() -> set[str]:
    """What stands on buttons, as far as it is written where the button is made."""
    made = [
        call.args[0] for path in FILES for call in calls(path, {"button", "_labelled"}) if call.args
    ]
    return {
        str(each.args[0].value)
        for each in made
        if isinstance(each, ast.Call) and named(each) == "say" and is_text(each.args[0])
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_of_buttons_are_short(language):
    assert len(labels()) > 10
    for label in labels():
        places = tuple((place, "#1234") for place in PLACE.findall(label))
        assert len(spoken(Say(label, places), Voice(language))) <= LONGEST_LABEL, label


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_have_a_name_of_their_own(language):
    listed = {each.text: each for each in OPTION_WORDS}
    for command in COMMANDS:
        if command.hidden:
            continue
        options = [each.name for each in command.arguments] + ["photo"] * command.photo
        shown = [spoken(listed[each], Voice(language)) for each in options]
        assert len(set(shown)) == len(shown), command.name
        assert all(re.fullmatch(r"\w{1,32}", each) and each.islower() for each in shown), shown


# --- plain English -----------------------------------------------------------------------------


def english() -> Iterator[str]:
    for message in sentences(source()):
        yield from [message.id] if isinstance(message.id, str) else message.id


def test_no_sentence_is_longer_than_needed():
    assert not [text for text in english() if len(text) > LONGEST]


def test_the_words_of_the_house_are_kept():
    assert not [text for text in english() if HOUSE_WORDS.search(text)]


# --- found in the source -----------------------------------------------------------------------


FILES = sorted(BOTS.rglob("*.py"))


@cache
def nodes(path: Path) -> tuple[list[ast.Call], list[ast.alias]]:
    """What a file calls, and what it takes from bots.replies."""
    called, taken = [], []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.append(node)
        if isinstance(node, ast.ImportFrom) and node.module == "bots.replies":
            taken += node.names
    return called, taken


def calls(path: Path, names: Collection[str]) -> list[ast.Call]:
    return [call for call in nodes(path)[0] if named(call) in names]


def named(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def is_text(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_sentences_are_literals():
    """A sentence that is put together when the bot runs is in no catalogue."""
    wrong = []
    for path in FILES:
        names = {each.name for each in nodes(path)[1]} & set(TEXTS)
        for call in calls(path, names):
            texts = call.args[: TEXTS[named(call)]]
            if is_text(texts[0]) and texts[0].value in LISTED:
                continue
            if len(texts) < TEXTS[named(call)] or not all(map(is_text, texts)):
                wrong.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert not wrong


def test_sentences_are_made_under_the_names_that_are_looked_for():
    """Under another name, or by the class itself, the extraction would miss them."""
    for path in FILES:
        taken = [each for each in nodes(path)[1] if each.name in TEXTS]
        assert not [each.asname for each in taken if each.asname], path
        if path.name != "replies.py":
            assert not calls(path, {"Say"}), path
