"""Drawing a reply for Discord: the only place where its markdown is made.

Every piece is escaped once, here. Without its markdown, the text is what `bots.words` says. A
text that is too long is cut between lines, or else between words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from bots.catalogue.commands import Group
from bots.replies import Block, Button, Reply, Shape, Style, say, says
from bots.tokens import Token
from bots.words import Kind, Piece, Voice, pieces, spoken
from core.records import dataclass

TEXT_MAX = 2000
"""Characters of a message."""

CARD_MAX = 4000
"""Characters of a card, all its texts together."""

LABEL_MAX = 80
ROWS_MAX = 5
ROW_MAX = 5
OPTIONS_MAX = 25
OPTION_MAX = 100
PROMPT_MAX = 150
BULLET = "• "
ELLIPSIS = "…"
NOTHING = ELLIPSIS
"""Stands for a text that shows nothing, which Discord does not take."""

LINK = r"https?://[\w/.~?=&%+#-]+(?=[)\].,;:!?\"']*(?:\s|$))"
"""An address that may stay clickable: nothing in it, or right behind it, is markdown."""

MARKUP = r"[\\*_~`|<\[]|@(?=everyone|here)|:(?=//|[\w+-]+:)"
"""What begins markdown, a mention, an emoji or an address wherever it stands."""

VALUE = re.compile(r"(?P<number>[0-9]{1,12})\.(?P<version>[0-9]{1,6})", re.ASCII)
"""What a choice of a menu sends back: a thing, and the version in which it was shown."""

LITERAL = re.compile(rf"(?P<link>{LINK})|(?P<markup>{MARKUP})", re.ASCII)
LINE_START = re.compile(r"^([ \t]*)(?=(?:#{1,3}|-#|>{1,3}|[-+])(?:\s|$))", re.MULTILINE)
NUMBERED = re.compile(r"^([ \t]*[0-9]+)(?=[.)](?:\s|$))", re.MULTILINE)

ANSWERS = "answer"
"""The verb of the button that opens a form for a question's answer; its word is the question."""


@dataclass(frozen=True, slots=True)
class Face:
    """A button as it is drawn: what it says, what it sends back, what it is for."""

    label: str
    token: str
    style: Style


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu as it is drawn: what it asks, what it sends back, and what can be chosen."""

    prompt: str
    token: str
    options: tuple[tuple[str, str], ...]


# --- text ------------------------------------------------------------------------------------


def parts(reply: Reply, voice: Voice) -> list[str]:
    """A reply as the texts of messages: one, or several where one would be too long."""
    drawn = [_block(block, voice) for block in reply.blocks]
    return [_shown("\n".join(part)) for part in _packed(drawn)] or [NOTHING]


def card_text(reply: Reply, voice: Voice, most: int = CARD_MAX) -> str:
    """A reply as the text of one card. What has no room there is counted."""
    drawn = [line for block in reply.blocks for line in _pieces(_block(block, voice))]
    kept = list(_as_many_as_fit(drawn, most))
    if len(kept) == len(drawn):
        return _shown("\n".join(kept))
    more = len(drawn) - len(kept)
    kept.append(spoken(says("… and {count} more", "… and {count} more", more), voice))
    return "\n".join(kept)


def _shown(text: str) -> str:
    return text if text.strip() else NOTHING


def _as_many_as_fit(drawn: Iterable[str], limit: int) -> Iterator[str]:
    room = limit - 40  # for the line that counts the rest
    for block in drawn:
        room -= len(block) + 1
        if room < 0:
            return
        yield block


def _block(block: Block, voice: Voice) -> str:
    text = " ".join(_sentence(pieces(sentence, voice)) for sentence in block.sentences)
    text = NUMBERED.sub(r"\1\\", LINE_START.sub(r"\1\\", text))
    if block.shape is Shape.ITEM:
        return BULLET + text
    if block.shape is Shape.HEADING and text == text.strip() != "" and len(text) < TEXT_MAX - 4:
        return f"**{text}**"
    return text


def _sentence(said: Iterable[Piece]) -> str:
    return "".join(_piece(piece) for piece in said)


def _piece(piece: Piece) -> str:
    """An instant is shown as Discord shows it to each reader, and as the pool's day and time."""
    if piece.kind is Kind.CODE and not re.search(r"[`\\\n]|^\s|\s$|^$", piece.text):
        return f"`{_as_typed_here(piece.text)}`"
    if piece.at is not None:
        return f"<t:{int(piece.at.timestamp())}:f> ({literal(piece.text)})"
    return literal(piece.text)


def _as_typed_here(code: str) -> str:
    """A command as it is typed on Discord, where those of stewards stand in a group."""
    name = code.removeprefix("/").split(" ", 1)[0]
    return f"/{Group.STEWARD} {code[1:]}" if code[:1] == "/" and name in _of_stewards() else code


@cache
def _of_stewards() -> frozenset[str]:
    """The names of the stewards' commands, in every language."""
    from bots.catalogue.all import COMMANDS

    return frozenset(
        name
        for command in COMMANDS
        if command.group is Group.STEWARD
        for name in (command.name, *(alias for _, alias in command.aliases))
    )


def literal(text: str) -> str:
    """A text that Discord shows to the letter, and that calls nobody."""
    return LITERAL.sub(lambda found: found["link"] or f"\\{found['markup']}", text)


def _packed(drawn: Iterable[str]) -> list[list[str]]:
    """Lines together in parts, none of them longer than a message may be."""
    packed: list[list[str]] = []
    room = 0
    for piece in (piece for block in drawn for piece in _pieces(block)):
        if not packed or len(piece) + 1 > room:
            packed.append([])
            room = TEXT_MAX + 1
        packed[-1].append(piece)
        room -= len(piece) + 1
    return packed


def _pieces(block: str) -> Iterator[str]:
    """A drawn block in pieces that fit: whole, or its lines, or cut between words."""
    if len(block) <= TEXT_MAX:
        yield block
        return
    for line in block.split("\n"):
        rest = line
        while len(rest) > TEXT_MAX:
            at = _cut(rest)
            yield rest[:at]
            rest = rest[at:].lstrip()
        yield rest


def _cut(line: str) -> int:
    """Where to cut: between two words, outside of code; else anywhere but after a backslash."""
    for found in reversed(list(re.finditer(r"\s", line[: TEXT_MAX + 1]))):
        if found.start() and line.count("`", 0, found.start()) % 2 == 0:
            return found.start()
    return TEXT_MAX - (len(line[:TEXT_MAX]) - len(line[:TEXT_MAX].rstrip("\\"))) % 2


def short(text: str, most: int) -> str:
    """A text that has to fit: as it is, or its beginning."""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


# --- buttons ---------------------------------------------------------------------------------


def faces(reply: Reply, voice: Voice) -> list[list[Face]]:
    """The buttons of a reply, in at most five rows of five; no token stands there twice."""
    rows = [[_face(button, voice) for button in row] for row in reply.buttons]
    if reply.question:
        label = spoken(say("Answer"), voice)
        rows.append([Face(label, str(Token(ANSWERS, word=reply.question)), Style.YES)])
    return _arranged(rows, ROWS_MAX if reply.several is None else ROWS_MAX - 1)


def menu(reply: Reply, voice: Voice) -> Menu | None:
    """What several can be chosen of, which takes a row of its own."""
    several = reply.several
    if several is None:
        return None
    options = tuple(
        (short(spoken(label, voice), OPTION_MAX), f"{number}.{version}")
        for label, number, version in several.things[:OPTIONS_MAX]
    )
    prompt = short(spoken(several.prompt, voice), PROMPT_MAX)
    return Menu(prompt, str(Token(several.verb, several.pool)), options)


def chosen(token: Token, values: Sequence[str]) -> tuple[Token, str]:
    """What was chosen of several: a press on all of it, and the numbers for its command."""
    pairs = [found for each in values if (found := VALUE.fullmatch(each))]
    version = sum(int(found["version"]) for found in pairs)
    return replace(token, version=version), " ".join(f"#{found['number']}" for found in pairs)


def _face(button: Button, voice: Voice) -> Face:
    label = short(spoken(button.label, voice), LABEL_MAX)
    return Face(label or ELLIPSIS, button.token, button.style)


def _arranged(rows: Sequence[Sequence[Face]], rows_max: int) -> list[list[Face]]:
    once: dict[str, Face] = {}
    kept = [[face for face in row if once.setdefault(face.token, face) is face] for row in rows]
    kept = [row for row in kept if row]
    if len(kept) <= rows_max and all(len(row) <= ROW_MAX for row in kept):
        return kept
    flat = list(once.values())[: rows_max * ROW_MAX]
    return [flat[at : at + ROW_MAX] for at in range(0, len(flat), ROW_MAX)]
