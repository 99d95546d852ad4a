"""A reply as neutral text: what is left when every platform's way of drawing is taken away."""

from __future__ import annotations

from bots.replies import Block, Reply, Shape
from bots.words import Voice, spoken

Rows = tuple[tuple[str, ...], ...]


PICTURE = "(a picture)"
"""The last line of what is shown with a picture."""


def neutral_text(reply: Reply, voice: Voice) -> str:
    """One line a block, in the reader's language; lines of a list begin with a dot."""
    text = "\n".join(neutral_line(block, voice) for block in reply.blocks)
    if reply.file is not None:
        return with_file(text, reply.file.name)
    return with_picture(text) if reply.picture else text


def with_picture(text: str) -> str:
    """A text that is shown with a picture."""
    return f"{text}\n{PICTURE}".lstrip()


def with_file(text: str, name: str) -> str:
    """A text that comes with a file."""
    return f"{text}\n(a file: {name})".lstrip()


def neutral_line(block: Block, voice: Voice) -> str:
    """The sentences of a block, in a row."""
    dot = "• " if block.shape is Shape.ITEM else ""
    return dot + " ".join(spoken(sentence, voice) for sentence in block.sentences)


def neutral_buttons(reply: Reply, voice: Voice) -> Rows:
    """The labels of the buttons, row by row."""
    return tuple(
        tuple(spoken(button.label, voice) for button in row) for row in reply.buttons if row
    )
