"""Names for what varies: caught when first seen, the same from then on."""

from __future__ import annotations

import re
from collections.abc import Collection

PLACE = re.compile(r"(?P<hash>#)?\{(?P<name>\w+)\}")
NUMBER = re.compile(r"#(\d+)\b")
ANY = "_"


class NotCaught(Exception):
    """A name is used that nothing was caught in yet."""

    def __init__(self, name: str) -> None:
        super().__init__(f"nothing was seen yet that could be {{{name}}}")


class Captures:
    """What was caught so far, by name."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.passed_over: set[str] = set()
        """What stood where `{_}` is written."""

    def filled(self, text: str) -> str:
        """A text of a step, with what was caught in its places.

        Raises:
            NotCaught: nothing was yet.
        """
        return PLACE.sub(self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        name = found["name"]
        if name not in self.values:
            raise NotCaught(name)
        return (found["hash"] or "") + self.values[name]

    def match(self, expected: str, seen: str) -> bool:
        """Whether what was seen is as expected; if so, its names are caught."""
        found = re.fullmatch(self._pattern(expected), seen)
        if found is None:
            return False
        self.values.update(found.groupdict())
        names = set(found.re.groupindex.values())
        self.passed_over.update(
            words for place, words in enumerate(found.groups(), start=1) if place not in names
        )
        return True

    def _pattern(self, expected: str) -> str:
        parts: list[str] = []
        opened: set[str] = set()
        place = 0
        for found in PLACE.finditer(expected):
            parts.append(re.escape(expected[place : found.start()]))
            parts.append(self._place(found["name"], found["hash"] or "", opened))
            place = found.end()
        return "".join([*parts, re.escape(expected[place:])])

    def _place(self, name: str, mark: str, opened: set[str]) -> str:
        kind = r"\d+" if mark else ".+?"
        if name == ANY:
            return f"({mark}{kind})"
        if name in self.values:
            return mark + re.escape(self.values[name])
        if name in opened:
            return f"{mark}(?P={name})"
        opened.add(name)
        return f"{mark}(?P<{name}>{kind})"

    def adopt(self, expected: str, seen: str) -> None:
        """Catch the new numbers of a text that was expected otherwise, in their order.

        So a name survives `--record` when the words around it changed.
        """
        open_names = [
            found["name"]
            for found in PLACE.finditer(expected)
            if found["hash"] and found["name"] not in (*self.values, ANY)
        ]
        known = set(self.values.values())
        fresh = [number for number in NUMBER.findall(seen) if number not in known]
        # The rest stays open.
        self.values.update(zip(dict.fromkeys(open_names), dict.fromkeys(fresh), strict=False))

    def named(self, text: str) -> str:
        """A text that was seen, with names for the numbers that were caught."""
        names = {value: name for name, value in self.values.items()}
        return NUMBER.sub(
            lambda found: f"#{{{names[found[1]]}}}" if found[1] in names else found[0], text
        )

    def wholly_named(self, text: str, passed_over: Collection[str]) -> str:
        """A text with names for numbers and words that were caught, and for what does not matter.

        For a text in another language, in which they stand elsewhere.
        """
        words = {value: f"{{{name}}}" for name, value in self.values.items()}
        words = {value: name for value, name in words.items() if not value.isdecimal()}
        for value in passed_over:
            mark = "#" if NUMBER.fullmatch(value) else ""
            words.setdefault(value, f"{mark}{{{ANY}}}")
        for value in sorted(words, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", words[value], text)
        return self.named(text)
