"""What stands behind a button: `v1:<verb>:<pool>.<number>[.<word>]:<version>`.

A token only names a thing and the version it was drawn for. Rights, pool and state are read at
the press; whatever else arrives is refused. At most 64 bytes, Telegram's limit.
"""

from __future__ import annotations

import re

from core.domain.units import Number, PoolId
from core.records import dataclass

PATTERN = re.compile(
    r"v1:(?P<verb>[a-z]{1,12}):(?P<pool>[0-9]{1,12})\.(?P<number>[0-9]{1,12})"
    r"(?:\.(?P<word>[a-z0-9-]{1,18}))?:(?P<version>[0-9]{1,6})",
    re.ASCII,
)
"""Also the template by which Discord's buttons are found again after a restart."""


QUESTION_VERBS = frozenset({"yes", "no", "pick"})
"""What the buttons of a question say; one press, and the question is over."""


@dataclass(frozen=True, slots=True)
class Token:
    """A press: what is to be done with which thing. Pool and number are 0 where none is meant."""

    verb: str
    pool: PoolId = PoolId(0)
    number: Number = Number(0)
    word: str = ""
    version: int = 0

    def __str__(self) -> str:
        word = f".{self.word}" if self.word else ""
        return f"v1:{self.verb}:{self.pool}.{self.number}{word}:{self.version}"


UNREADABLE = Token("")
"""Stands for what no button of ours sends: the desk knows no command of this name."""


def read_token(text: str) -> Token | None:
    """The token that a button sent, or None when it is none of ours."""
    found = PATTERN.fullmatch(text)
    if found is None:
        return None
    return Token(
        verb=found["verb"],
        pool=PoolId(int(found["pool"])),
        number=Number(int(found["number"])),
        word=found["word"] or "",
        version=int(found["version"]),
    )
