"""What a look at the bot's health finds: lines for the one who runs it, without any secret."""

from __future__ import annotations

from core.records import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of what was found. Where it is not well, the line says what to do.

    A `note` is no fault, and worth a look all the same.
    """

    well: bool
    text: str
    note: bool = False

    def __str__(self) -> str:
        mark = "note" if self.note else "ok  "
        return f"{mark if self.well else 'BAD '} {self.text}"
