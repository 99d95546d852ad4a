"""Drawing a reply for Telegram: the only place where HTML is made.

Every piece is escaped once, here. Without its tags, the text is what `bots.words` says. A text
that is too long is cut between lines, or else between words, each part with whole tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bots.replies import Block, Button, Reply, Say, Shape, Style
from bots.words import Kind, Piece, Voice, pieces, spoken
from core.records import dataclass

TEXT_UNITS = 4000
"""The longest text of a message, in UTF-16 units, tags not counted. Telegram takes 4096; what is
left is for a line that is put before it."""

CAPTION_UNITS = 900
"""The same for the text below a picture, where Telegram takes 1024."""

POPUP_UNITS = 200
BULLET = "• "
NOTHING = "…"
"""Stands for a text that shows nothing, which Telegram does not take."""

TAGS = {Kind.CODE: "code"}
STYLES = {Style.YES: "success", Style.NO: "danger"}
CALLS = re.compile(r"@(?=\w)")
JOINER = "\u2060"
"""A mark without width. Behind an @ it keeps Telegram from ringing whoever is called so."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text within one tag, '' for none."""

    text: str
    tag: str = ""

    def html(self) -> str:
        """The run as HTML."""
        shown = escape(self.text, quote=False)
        return f"<{self.tag}>{shown}</{self.tag}>" if self.tag and self.text else shown


Line = tuple[Span, ...]


def units(text: str) -> int:
    """How long a text is for Telegram: its number of UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def parts(reply: Reply, voice: Voice, limit: int = TEXT_UNITS) -> list[str]:
    """A reply as HTML: one text, or several where one would be too long."""
    packed = _packed(_lines(reply, voice), limit)
    return ["\n".join(map(_html, part)) for part in packed] or [NOTHING]


def html(sentence: Say, voice: Voice) -> str:
    """A short sentence that stands alone."""
    return parts(Reply((Block((sentence,)),)), voice)[0]


def plain(reply: Reply, voice: Voice) -> str:
    """A reply as bare text, for a pop-up."""
    text = "\n".join(map(_text, _lines(reply, voice)))
    return text.replace(JOINER, "").strip()


def keyboard(reply: Reply, voice: Voice) -> InlineKeyboardMarkup | None:
    """The buttons under a reply, if it has any."""
    rows = [[_button(button, voice) for button in row] for row in reply.buttons if row]
    return InlineKeyboardMarkup(rows) if rows else None


def mention(external: str, name: str) -> str:
    """A person called by name, so that they are told; by id, whatever they are named."""
    return f'<a href="tg://user?id={int(external)}">{escape(name, quote=False)}</a>'


def _button(button: Button, voice: Voice) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        spoken(button.label, voice).strip() or NOTHING,
        callback_data=button.token,
        style=STYLES.get(button.style),
    )


# --- lines -----------------------------------------------------------------------------------


def _lines(reply: Reply, voice: Voice) -> Sequence[Line]:
    return [_line(block, voice) for block in reply.blocks]


def _line(block: Block, voice: Voice) -> Line:
    bold = "b" if block.shape is Shape.HEADING else ""
    spans = [Span(BULLET)] if block.shape is Shape.ITEM else []
    for index, sentence in enumerate(block.sentences):
        if index:
            spans.append(Span(" ", bold))
        spans += [_span(piece, bold) for piece in pieces(sentence, voice)]
    return tuple(spans)


def _span(piece: Piece, tag: str) -> Span:
    text = CALLS.sub(f"@{JOINER}", piece.text) if _is_foreign(piece) else piece.text
    return Span(text, TAGS.get(piece.kind, tag))


def _is_foreign(piece: Piece) -> bool:
    """Whether somebody else chose the words."""
    return piece.kind in (Kind.TYPED, Kind.NAME)


def _text(line: Line) -> str:
    return "".join(span.text for span in line)


def _html(line: Line) -> str:
    return "".join(span.html() for span in line)


# --- parts -----------------------------------------------------------------------------------


def _packed(lines: Iterable[Line], limit: int) -> Iterator[list[Line]]:
    """Lines, as many to a part as fit; a part that shows nothing is left out."""
    part: list[Line] = []
    room = limit
    for line in (piece for whole in lines for piece in _broken(whole, limit)):
        size = units(_text(line))
        if part and size + 1 > room:
            yield from _shown(part)
            part, room = [], limit
        part.append(line)
        room -= size + 1
    yield from _shown(part)


def _shown(part: list[Line]) -> Iterator[list[Line]]:
    if any(_text(line).strip() for line in part):
        yield part


def _broken(line: Line, limit: int) -> Iterator[Line]:
    """A line in pieces that fit."""
    while units(text := _text(line)) > limit:
        at = _border(text, _fitting(text, limit))
        yield _sliced(line, 0, at)
        line = _sliced(line, at, len(text))
    yield line


def _fitting(text: str, limit: int) -> int:
    """How many characters from the front fit."""
    room = limit
    for index, character in enumerate(text):
        room -= units(character)
        if room < 0:
            return index
    return len(text)


def _border(text: str, most: int) -> int:
    """Where to cut: behind the last line end or blank in the second half, else in a word."""
    for border in ("\n", " "):
        found = text.rfind(border, most // 2, most)
        if found >= 0:
            return found + 1
    return most


def _sliced(line: Line, start: int, end: int) -> Line:
    """The characters of a line from `start` to `end`, in their tags."""
    spans = []
    for span in line:
        spans.append(Span(span.text[max(start, 0) : max(end, 0)], span.tag))
        start, end = start - len(span.text), end - len(span.text)
    return tuple(span for span in spans if span.text)
