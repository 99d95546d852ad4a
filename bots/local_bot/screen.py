"""Drawing for a terminal: lines that wrap at words, colour only where there is any."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from bots.local_bot.bot import Post
from bots.replies import Block, Say, Shape, line
from bots.words import Kind, Piece, Voice, pieces, spoken
from core.records import dataclass

WIDTH_MAX = 100
WIDTH_LEAST = 20

RESET = "\x1b[0m"
COLOURS: Mapping[Kind, str] = {
    Kind.NAME: "\x1b[1m",
    Kind.REF: "\x1b[36m",
    Kind.CODE: "\x1b[33m",
    Kind.INSTANT: "\x1b[35m",
}
HEADING = "\x1b[1m"
DIM = "\x1b[2m"

Run = tuple[str, str]
"""A piece of text and its colour, '' for none."""


def has_colour() -> bool:
    """Whether the terminal shows colours, and nobody asked it not to."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    return sys.stdout.isatty() and not plain


def terminal_width() -> int:
    """How many columns a line may take."""
    columns = shutil.get_terminal_size((80, 24)).columns
    return max(WIDTH_LEAST, min(columns, WIDTH_MAX))


TOGETHER = "\u00a0"
"""A blank at which no line ends; it is written as any other."""

KEPT = f"\n\u200d\u202f{TOGETHER}"
"""What is not printable and does no harm: line ends, the joiner inside emoji, narrow blanks."""


def harmless(text: str) -> str:
    """Text without what a terminal would obey: control codes, marks that turn text around."""
    return "".join(each for each in text if each.isprintable() or each in KEPT)


def columns_of(text: str) -> int:
    """How many columns a text takes: marks take none, wide letters two."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def words_of(runs: Iterable[Run]) -> Iterator[list[Run] | None]:
    """The words of a text, each a row of runs; None stands for the end of a line."""
    word: list[Run] = []
    for text, colour in runs:
        for character in harmless(text):
            if character not in " \n":
                word.append((character, colour))
                continue
            if word:
                yield word
                word = []
            if character == "\n":
                yield None
    if word:
        yield word


def parted(words: Iterable[list[Run] | None], room: int) -> Iterator[list[Run] | None]:
    """The same words; what was to stay together and is too wide for a line comes apart."""
    for word in words:
        if word is None or _wide(word) <= room:
            yield word
        else:
            yield from words_of([(text.replace(TOGETHER, " "), colour) for text, colour in word])


def _wide(word: Sequence[Run] | None) -> int:
    return sum(columns_of(text) for text, _ in word or ())


@dataclass(frozen=True, slots=True)
class Screen:
    """Where lines are written to."""

    write: Callable[[str], None]
    colour: bool
    width: Callable[[], int] = terminal_width

    def runs(self, runs: Sequence[Run], first: str = "", rest: str = "") -> None:
        """Write a text, wrapped at words; `first` and `rest` stand before its lines."""
        line, used, width = [first], columns_of(first), self.width()
        begins = True
        for word in parted(words_of(runs), width - columns_of(rest)):
            wide = _wide(word)
            if word is None or (not begins and used + 1 + wide > width):
                self._line(line)
                line, used, begins = [rest], columns_of(rest), True
            if word is not None:
                line.append(("" if begins else " ") + self._coloured(word))
                used += wide + (not begins)
                begins = False
        self._line(line)

    def _line(self, parts: Sequence[str]) -> None:
        self.write("".join(parts).replace(TOGETHER, " ").rstrip())

    def _coloured(self, word: Sequence[Run]) -> str:
        parts = []
        for colour, runs in groupby(word, itemgetter(1)):
            text = "".join(text for text, _ in runs)
            parts.append(f"{colour}{text}{RESET}" if self.colour and colour else text)
        return "".join(parts)

    def say(self, sentence: Say, voice: Voice, colour: str = "") -> None:
        """Write a sentence of the frame around the chat."""
        self.runs([_run(piece, colour) for piece in pieces(sentence, voice)])

    def block(self, block: Block, voice: Voice) -> None:
        """Write a line of a message."""
        colour = HEADING if block.shape is Shape.HEADING else ""
        runs: list[Run] = []
        for sentence in block.sentences:
            runs += [(" ", "")] * bool(runs)
            runs += [_run(piece, colour) for piece in pieces(sentence, voice)]
        mark = "  • " if block.shape is Shape.ITEM else "  "
        self.runs(runs, mark, " " * len(mark))

    def post(
        self, post: Post, head: Say, voice: Voice, first_number: int, kept: Say | None = None
    ) -> None:
        """Write a message: who sees it, its lines, what was kept of it, its numbered buttons."""
        self.say(head, voice, DIM)
        for block in post.reply.blocks:
            self.block(block, post.voice)
        if kept is not None:
            self.block(line(kept), post.voice)
        number = first_number
        for row in post.reply.buttons:
            runs: list[Run] = []
            for button in row:
                # A number stays with its button.
                label = spoken(button.label, post.voice).replace(" ", TOGETHER)
                runs += [(" ", "")] * bool(runs)
                runs += [(f"{number}{TOGETHER}", COLOURS[Kind.REF]), (f"[{label}]", "")]
                number += 1
            self.runs(runs, "  ", "  ")
        self.write("")


def _run(piece: Piece, colour: str) -> Run:
    return piece.text, COLOURS.get(piece.kind, colour)
