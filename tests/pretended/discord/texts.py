"""Reading a message as a person would: plain words, and who was really called."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_ESCAPED = re.compile(r"\\([^a-zA-Z0-9\s])")
_FENCE = re.compile(r"```(?:\w+\n)?(.*?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^\s)]+)\)")
_MARKING = "*_~|`"
_ADDRESS = re.compile(r"https?://[^\s<]+")
_MARKS = (
    re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL),
    re.compile(r"__(?=\S)(.+?)(?<=\S)__", re.DOTALL),
    re.compile(r"~~(?=\S)(.+?)(?<=\S)~~", re.DOTALL),
    re.compile(r"\|\|(?=\S)(.+?)(?<=\S)\|\|", re.DOTALL),
    re.compile(r"\*(?=\S)(.+?)(?<=\S)\*", re.DOTALL),
    re.compile(r"(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)", re.DOTALL),
)
_PREFIX = re.compile(r"^(?:#{1,3}|-#|>) ", re.MULTILINE)
_NAMED = re.compile(r"<(@!?|@&|#)(\d+)>")
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_INSTANT = re.compile(r"<t:(\d{1,12}):f>")
# Escaped characters stand in the private use area while the marks are taken off.
_PRIVATE = 0xE000

Namer = Callable[[str, int], str]


def plain(markdown: str, namer: Namer) -> str:
    """The text without its markup, with the names of those it mentions.

    Args:
        markdown: What the bot sent.
        namer: Gives the readable name for a kind of mention (``@``, ``@&``, ``#``) and an id.
    """
    text = _ESCAPED.sub(lambda match: _put_away(match[1]), markdown)
    text = _FENCE.sub(r"\1", text)
    text = _CODE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    # In an address that stands by itself Discord sees no marks.
    text = _ADDRESS.sub(_without_marks, text)
    for mark in _MARKS:
        text = mark.sub(r"\1", text)
    text = _PREFIX.sub("", text)
    text = _INSTANT.sub(_as_shown, text)
    text = _NAMED.sub(lambda match: namer(match[1].rstrip("!"), int(match[2])), text)
    return _unescape(text, markdown)


def _put_away(char: str) -> str:
    """A character as it stands aside while the marks are taken off."""
    return chr(_PRIVATE + ord(char) % 0x1800)


def _without_marks(address: re.Match[str]) -> str:
    return "".join(_put_away(char) if char in _MARKING else char for char in address[0])


def _as_shown(found: re.Match[str]) -> str:
    """An instant as the client of somebody shows it who lives by UTC."""
    return f"{datetime.fromtimestamp(int(found[1]), UTC):%d %B %Y %H:%M}"


def _unescape(text: str, markdown: str) -> str:
    originals = {
        chr(_PRIVATE + ord(char) % 0x1800): char
        for char in (*_ESCAPED.findall(markdown), *_MARKING)
    }
    return "".join(originals.get(char, char) for char in text)


@dataclass(frozen=True)
class Pings:
    """Whom a message really called: their phones would have rung."""

    users: frozenset[int] = field(default_factory=frozenset)
    roles: frozenset[int] = field(default_factory=frozenset)
    everyone: bool = False

    def __bool__(self) -> bool:
        return bool(self.users or self.roles or self.everyone)


def pings_of(
    texts: Iterable[str],
    allowed: dict[str, Any] | None,
    *,
    replied_to: int | None = None,
    may_call_everyone: bool = False,
    mentionable_roles: frozenset[int] = frozenset(),
) -> Pings:
    """Whom these texts call, once allowed_mentions and permissions are honoured.

    Without ``allowed`` Discord lets every mention ring.
    """
    said = _CODE.sub("", _FENCE.sub("", "\n".join(texts)))
    users = _permitted(map(int, _USER.findall(said)), allowed, "users")
    roles = _permitted(map(int, _ROLE.findall(said)), allowed, "roles")
    if not may_call_everyone:
        roles &= mentionable_roles
    if replied_to and (allowed is None or allowed.get("replied_user")):
        users |= {replied_to}
    called = "@everyone" in said or "@here" in said
    parsed = allowed is None or "everyone" in (allowed.get("parse") or [])
    return Pings(frozenset(users), frozenset(roles), called and parsed and may_call_everyone)


def _permitted(named: Iterable[int], allowed: dict[str, Any] | None, kind: str) -> set[int]:
    if allowed is None or kind in (allowed.get("parse") or []):
        return set(named)
    listed = {int(key) for key in allowed.get(kind) or []}
    return set(named) & listed
