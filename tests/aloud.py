"""A command for tests that has a group told something."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.chance import At
from core.domain.neutral import Command
from core.domain.units import PoolId
from core.ports import Work
from core.usecases.closing import MonthClosed
from core.usecases.pools import ChatFollowed


@dataclass(frozen=True)
class Aloud(Command):
    """Have the group told that a month is over."""

    pool: PoolId
    month: str


def told_aloud(work: Work, command: Aloud, at: At) -> ChatFollowed:
    """Post it."""
    work.enter(command.pool).post(MonthClosed(command.month, "", ()), at.now)
    return ChatFollowed(command.pool)
