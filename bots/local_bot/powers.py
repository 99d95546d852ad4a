"""What the local platform can do. Told to do less, it stands for a weaker one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bots.replies import Block, Reply, Shape, Typed, say
from bots.transcripts.neutral import neutral_line
from bots.words import Voice
from core.records import dataclass

Joint = str
"""What stood where a text was cut, and is not shown there: a line's end, a blank, or nothing."""


@dataclass(frozen=True, slots=True)
class Powers:
    """`private_in_group`: one person alone can be shown something in the group.

    `direct_messages`: they and the bot can talk in private. `text_max`: how many characters a
    message can have; 0 is any number.
    """

    private_in_group: bool = True
    direct_messages: bool = True
    text_max: int = 0


def parted(reply: Reply, voice: Voice, text_max: int) -> list[tuple[Joint, Reply]]:
    """A reply in as many messages as it needs, with its buttons under the last.

    Each comes with what joins it to the one before.
    """
    if not text_max:
        return [("", reply)]
    parts: list[tuple[Joint, list[Block]]] = [("", [])]
    room = text_max
    for joint, block in _lines(reply, voice, text_max):
        size = len(neutral_line(block, voice)) + 1
        if size > room + 1 and parts[-1][1]:
            parts.append((joint, []))
            room = text_max
        parts[-1][1].append(block)
        room -= size
    *before, (joint, last) = parts
    return [
        *((each, Reply(tuple(blocks))) for each, blocks in before),
        (joint, replace(reply, blocks=tuple(last))),
    ]


def _lines(reply: Reply, voice: Voice, text_max: int) -> Iterator[tuple[Joint, Block]]:
    """The lines of a reply; one that is too long comes in pieces, each a line of its own."""
    for block in reply.blocks:
        if len(text := neutral_line(block, voice)) <= text_max:
            yield "\n", block
            continue
        joint = "\n"
        while text:
            piece, then, text = _cut(text, text_max)
            yield joint, Block((say("{text}", text=Typed(piece)),), Shape.PLAIN)
            joint = then


def _cut(text: str, text_max: int) -> tuple[str, Joint, str]:
    """The front of a text, cut at a blank if there is one; what was cut out; the rest."""
    if len(text) <= text_max:
        return text, "", ""
    blank = text.rfind(" ", 1, min(text_max + 1, len(text) - 1))
    if blank < 0:
        return text[:text_max], "", text[text_max:]
    return text[:blank], " ", text[blank + 1 :]
