"""Text as Telegram counts and reads it: UTF-16 units, entities, and its HTML.

The parser follows the rules of the Bot API's HTML style: only Telegram's own
tags, only four named entities, every tag closed in order. What it refuses, it
refuses in the words of the real server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]

_SIMPLE_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
}
_TAGS = {
    *_SIMPLE_TAGS,
    "a",
    "blockquote",
    "code",
    "pre",
    "span",
    "tg-emoji",
    "tg-time",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#([0-9]+)|#[xX]([0-9a-fA-F]+)|(lt|gt|amp|quot));?")
_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
_FOUND_BY_ITSELF = (
    (
        "bot_command",
        re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])"),
    ),
    ("url", re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
)


class ParseError(ValueError):
    """The text is not what Telegram calls HTML; the message is the real server's."""


def units(text: str) -> int:
    """How long Telegram says a text is: its number of UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def piece(text: str, entity: Json) -> str:
    """The part of a text that an entity covers."""
    raw = text.encode("utf-16-le", "surrogatepass")
    start = entity["offset"] * 2
    return raw[start : start + entity["length"] * 2].decode("utf-16-le", "surrogatepass")


def find_entities(text: str, given: list[Json]) -> list[Json]:
    """The given entities, and those Telegram finds by itself beside them."""
    found = list(given)
    for kind, pattern in _FOUND_BY_ITSELF:
        for match in pattern.finditer(text):
            entity = _entity(kind, units(text[: match.start()]), units(match.group()))
            if not any(_overlap(entity, other) for other in found):
                found.append(entity)
    return sorted(found, key=lambda entity: (entity["offset"], -entity["length"]))


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """The text without blanks at its ends, its entities moved along."""
    lead = units(text) - units(text.lstrip())
    text = text.strip()
    moved = [_moved(entity, -lead, units(text)) for entity in entities]
    return text, [entity for entity in moved if entity["length"] > 0]


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Plain text and entities of an HTML text; ParseError when it is malformed."""
    return _HtmlReader(source).read()


def _entity(kind: str, offset: int, length: int, **more: Any) -> Json:
    return {"type": kind, "offset": offset, "length": length, **more}


def _overlap(one: Json, other: Json) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )


def _moved(entity: Json, by: int, end: int) -> Json:
    start = max(0, entity["offset"] + by)
    stop = min(end, entity["offset"] + by + entity["length"])
    return {**entity, "offset": start, "length": stop - start}


def _decoded(text: str) -> str:
    return _REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name is not None:
        return _NAMED[name]
    code = int(decimal) if decimal is not None else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 else match.group()


@dataclass
class _OpenTag:
    name: str
    attributes: dict[str, str]
    offset: int
    source_offset: int


@dataclass
class _HtmlReader:
    """Reads one HTML text from left to right."""

    source: str
    at: int = 0
    text: str = ""
    open_tags: list[_OpenTag] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def read(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            if self.source[self.at] != "<":
                self._read_words()
            elif self.source.startswith("</", self.at):
                self._read_end_tag()
            else:
                self._read_start_tag()
        if self.open_tags:
            name = self.open_tags[-1].name
            raise ParseError(f'Can\'t find end tag corresponding to start tag "{name}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return self.text, self.entities

    def _read_words(self) -> None:
        end = self.source.find("<", self.at)
        end = len(self.source) if end < 0 else end
        self.text += _decoded(self.source[self.at : end])
        self.at = end

    def _read_start_tag(self) -> None:
        begin = self.at
        self.at += 1
        name = self._take(r"[^\s>]*").lower()
        if self._ended():
            raise ParseError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if name not in _TAGS:
            raise ParseError(f'Unsupported start tag "{name}" at byte offset {self._byte(begin)}')
        attributes = self._read_attributes(name, begin)
        self._check(name, attributes, begin)
        self.open_tags.append(_OpenTag(name, attributes, units(self.text), len(self.text)))

    def _read_attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            self._take(r"\s*")
            if self._ended():
                raise ParseError(f"Unclosed start tag at byte offset {self._byte(begin)}")
            if self.source[self.at] == ">":
                self.at += 1
                return attributes
            name = self._take(r"[^\s=>]*").lower()
            if not name:
                raise ParseError(
                    f'Empty attribute name in the tag "{tag}" at byte offset {self._byte(begin)}'
                )
            attributes[name] = self._read_value(tag, begin)

    def _read_value(self, tag: str, begin: int) -> str:
        self._take(r"\s*")
        if not self.source.startswith("=", self.at):
            return ""
        self.at += 1
        self._take(r"\s*")
        quote = self.source[self.at : self.at + 1]
        if quote not in {'"', "'"}:
            return self._read_bare_value(tag, begin)
        end = self.source.find(quote, self.at + 1)
        if not quote or end < 0:
            raise ParseError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        value = _decoded(self.source[self.at + 1 : end])
        self.at = end + 1
        return value

    def _read_bare_value(self, tag: str, begin: int) -> str:
        value = self._take(r"[A-Za-z0-9.-]*")
        if self._ended() or not re.match(r"[\s>]", self.source[self.at]):
            raise ParseError(
                f'Unexpected end of name token in the tag "{tag}"'
                f" at byte offset {self._byte(begin)}"
            )
        return value

    def _check(self, name: str, attributes: dict[str, str], begin: int) -> None:
        """The tags that mean nothing without the right attribute."""
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise ParseError(
                f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}'
            )
        if name == "tg-time" and not (
            re.fullmatch(r"-?[0-9]+", attributes.get("unix", ""))
            and _TIME_FORMAT.fullmatch(attributes.get("format", ""))
        ):
            raise ParseError(
                f'Tag "tg-time" has an invalid time or format at byte offset {self._byte(begin)}'
            )

    def _read_end_tag(self) -> None:
        begin = self.at
        if not self.open_tags:
            raise ParseError(f"Unexpected end tag at byte offset {self._byte(begin)}")
        self.at += 2
        name = self._take(r"[^\s>]*").lower()
        self._take(r"\s*")
        if not self.source.startswith(">", self.at):
            raise ParseError(f"Unclosed end tag at byte offset {self._byte(begin)}")
        self.at += 1
        opened = self.open_tags.pop()
        if name not in {opened.name, ""}:
            raise ParseError(
                f"Unmatched end tag at byte offset {self._byte(begin)},"
                f' expected "</{opened.name}>", found "</{name}>"'
            )
        self._close(opened)

    def _close(self, tag: _OpenTag) -> None:
        length = units(self.text) - tag.offset
        kind = self._kind_of(tag)
        if length and kind:
            self.entities.append({**kind, "offset": tag.offset, "length": length})

    def _kind_of(self, tag: _OpenTag) -> Json | None:
        attributes = tag.attributes
        match tag.name:
            case "a":
                return _link(attributes.get("href") or self.text[tag.source_offset :])
            case "code" if self.open_tags and self.open_tags[-1].name == "pre":
                language = attributes.get("class", "").removeprefix("language-")
                self.open_tags[-1].attributes["language"] = language
                return None
            case "code":
                return {"type": "code"}
            case "pre":
                language = attributes.get("language", "")
                return {"type": "pre", **({"language": language} if language else {})}
            case "blockquote":
                wide = "expandable" in attributes
                return {"type": "expandable_blockquote" if wide else "blockquote"}
            case "span":
                return {"type": "spoiler"}
            case "tg-emoji":
                return {"type": "custom_emoji", "custom_emoji_id": attributes.get("emoji-id", "")}
            case "tg-time":
                return _time(attributes)
            case name:
                return {"type": _SIMPLE_TAGS[name]}

    def _take(self, pattern: str) -> str:
        match = re.compile(pattern).match(self.source, self.at)
        taken = match.group() if match else ""
        self.at += len(taken)
        return taken

    def _ended(self) -> bool:
        return self.at >= len(self.source)

    def _byte(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))


def _link(target: str) -> Json | None:
    """A link, a mention by id, or nothing: a bad address is dropped in silence."""
    parts = urlsplit(target)
    if parts.scheme == "tg" and parts.netloc == "user":
        person = parse_qs(parts.query).get("id", [""])[0]
        return {"type": "text_mention", "user_id": int(person)} if person.isdigit() else None
    if parts.scheme in {"http", "https", "tg"} and parts.netloc:
        return {"type": "text_link", "url": target}
    return None


def _time(attributes: dict[str, str]) -> Json:
    form = attributes.get("format", "")
    return {
        "type": "date_time",
        "unix_time": int(attributes["unix"]),
        **({"date_time_format": form} if form else {}),
    }
