"""A `.po` file is read as Babel reads it, which knows all that may stand there."""

import gettext
import io
from textwrap import dedent

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bots.languages import FOLDER, LANGUAGES
from bots.translations import Translations

TRICKY = dedent(
    r"""
    # A translator's word.
    msgid ""
    msgstr ""
    "Content-Type: text/plain; charset=utf-8\n"
    "Language: sl\n"
    "Plural-Forms: nplurals=4; plural=(n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 "
    ": 3);\n"

    #. said to the translator
    #: bots/words.py:1
    #, python-brace-format
    msgid "Plain {name}"
    msgstr "Navadno {name}"

    msgid ""
    "Wrapped, with \"quotes\" at the end of a line: \"here\""
    " and here: \\ and \n, and \t"
    msgstr ""
    "Zavito: \"tukaj\""
    "in tukaj: \\ in \n, in \t"

    msgctxt "of a promise"
    msgid "open"
    msgstr "odprta"

    msgid "open"
    msgstr "odprto"

    #, fuzzy, python-brace-format
    #| msgid "what it was"
    msgid "doubtful"
    msgstr "dvomljivo"

    #, fuzzy
    msgid "doubtful too"
    msgstr "dvomljivo tudi"

    msgid "not yet"
    msgstr ""

    msgid "{count} day"
    msgid_plural "{count} days"
    msgstr[0] "{count} dan"
    msgstr[1] "{count} dneva"
    msgstr[2] "{count} dnevi"
    msgstr[3] ""
    "{count} dni"

    #~ msgid "gone"
    #~ msgstr "proč"

    msgid "the last"
    msgstr "zadnja"
    """
)

FILES = {language: FOLDER / f"{language}.po" for language in LANGUAGES if language != "en"}
TEXTS = {"tricky": TRICKY, **{name: file.read_text("utf-8") for name, file in FILES.items()}}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_each_sentence_is_read_as_babel_reads_it(text: str):
    ours, theirs = Translations(text), read_po(io.BytesIO(text.encode()))
    for message in theirs:
        if not message.id or not isinstance(message.id, str):
            continue
        said = None if message.fuzzy else message.string or None
        assert ours.one(message.id, message.context or "") == said, message.id


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_each_count_has_its_form(text: str):
    ours, theirs = Translations(text), read_po(io.BytesIO(text.encode()))
    compiled = io.BytesIO()
    write_mo(compiled, theirs)
    compiled.seek(0)
    gnu = gettext.GNUTranslations(compiled)
    counted = [message.id for message in theirs if isinstance(message.id, tuple)]
    assert counted
    for one, many in counted:
        for count in (0, 1, 2, 3, 4, 5, 11, 101, 102):
            assert ours.counted(one, count) == gnu.ngettext(one, many, count), (one, count)


def test_what_is_not_there_is_not_made_up():
    ours = Translations(TRICKY)
    assert ours.one("gone") is None
    assert ours.one("Plain {name}", "of a promise") is None
    assert ours.counted("Plain {name} and more", 2) is None
    assert Translations("").one("anything") is None
