"""Tables of states: which step may follow which (rules, section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)
Steps = Mapping[State, frozenset[State]]


def may_become(steps: Steps[State], now: State, then: State) -> bool:
    """Whether the table has a step from `now` to `then`; end states have none."""
    return then in steps.get(now, frozenset())
