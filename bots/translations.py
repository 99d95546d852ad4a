"""A language's sentences, from the text of its `.po` file.

Babel reads such files too, with all that their editors want to know, in ten times the time. A
start reads every language, for the menus.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator

WRAPPED = '"\n"'
"""What stands between two lines of one sentence."""

ENTRY = re.compile(
    r"""
    ^(?:\#,(?P<flags>.*)\n(?:\#\|.*\n)*)?
    (?:msgctxt\ "(?P<context>.*)"\n)?
    msgid\ "(?P<text>.*)"\n
    (?:msgid_plural\ ".*"\n)?
    (?P<said>(?:msgstr(?:\[\d\])?\ ".*"\n?)+)
    """,
    re.MULTILINE | re.VERBOSE,
)
SAID = re.compile(r'^msgstr(?:\[\d\])? "(.*)"', re.MULTILINE)
PLURAL = re.compile(r"^Plural-Forms:.*\bplural=([^;]*)", re.MULTILINE)

ESCAPE = re.compile(r"\\(.)")
ESCAPED = {"n": "\n", "t": "\t"}

Key = tuple[str, str]
"""A sentence by its context, '' for none, and its English."""


class Translations:
    """The sentences of one language. What is not translated is not there."""

    def __init__(self, file: str) -> None:
        self._said = dict(_entries(file.replace(WRAPPED, "")))
        head = self._said.pop(("", ""), ("",))[0]
        rule = PLURAL.search(head)
        self._form = gettext.c2py(rule[1] if rule else "n != 1")

    def one(self, text: str, context: str = "") -> str | None:
        """A sentence."""
        said = self._said.get((context, text))
        return said[0] if said else None

    def counted(self, text: str, count: int) -> str | None:
        """A sentence in the form that belongs to a count."""
        said = self._said.get(("", text))
        return said[self._form(count)] if said else None


def _entries(text: str) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """Each sentence that is translated, and nobody doubts, in all its forms."""
    for entry in ENTRY.finditer(text):
        said = tuple(map(_plain, SAID.findall(entry["said"])))
        if all(said) and "fuzzy" not in (entry["flags"] or ""):
            yield (_plain(entry["context"] or ""), _plain(entry["text"])), said


def _plain(text: str) -> str:
    """A text without the marks that let it stand between quotes."""
    if "\\" not in text:
        return text
    return ESCAPE.sub(lambda found: ESCAPED.get(found[1], found[1]), text)
