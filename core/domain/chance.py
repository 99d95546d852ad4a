"""Time and chance, handed to a use case as an argument, so that it can be run again or replayed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.records import dataclass

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's 32 letters: without i, l, o and u, which people mistake for others."""


@dataclass(frozen=True, slots=True)
class At:
    """The instant (aware, UTC) and the source of new ids of one attempt.

    `draw(n)` gives n random bytes; nothing else may supply chance.
    """

    now: datetime
    draw: Callable[[int], bytes]

    def word(self, length: int) -> str:
        """A random word of letters and digits that are not mistaken for one another."""
        return "".join(ALPHABET[byte & 31] for byte in self.draw(length))

    def id(self) -> str:
        """A new id: 16 letters, about 80 bits, tells nothing about what it names."""
        return self.word(16)

    def code(self) -> str:
        """A code for a person to type: 8 letters, good for minutes or days and one use."""
        return self.word(8)

    def salt(self) -> bytes:
        """Sixteen bytes that hide a note in the chain."""
        return self.draw(16)
