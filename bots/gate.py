"""How much one person, one command of theirs and one group may ask at a time.

Who asks for more is turned away before anything is read or written, so that nobody else waits
for it. It is kept in memory alone: a restart lets everybody begin anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from math import ceil

from bots.calls import Call
from core.records import dataclass

REMEMBERED = 10_000
"""How many buckets are kept; of more, the one that was used longest ago is forgotten."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, and then one more each so many seconds."""

    at_once: int
    seconds: float

    @property
    def whole(self) -> float:
        """After how many seconds all of it may be used again."""
        return self.at_once * self.seconds


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account, one command of an account, and one group may ask."""

    person: Limit
    command: Limit
    group: Limit


PEOPLE = Limits(person=Limit(40, 1.0), command=Limit(30, 1.0), group=Limit(300, 0.05))
"""More than hands can type and press, or a village on the day it is paid."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Come back in so many seconds. `again`: this was said a moment ago."""

    seconds: int
    again: bool


class Gate:
    """Lets calls in. `limits` of None let everything in; `clock` gives seconds that only grow."""

    def __init__(self, limits: Limits | None, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._full_at: OrderedDict[Key, float] = OrderedDict()
        self._told_until: OrderedDict[Key, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at) + len(self._told_until)

    def ask(self, call: Call) -> Wait | None:
        """Count a call; None lets it in. One that is turned away uses nothing up."""
        if self._limits is None:
            return None
        now = self._clock()
        self._forget(self._full_at, now)
        self._forget(self._told_until, now)
        buckets = list(_buckets(call, self._limits))
        late = max(self._late(key, limit, now) for key, limit in buckets)
        if late > 0:
            return Wait(ceil(late), self._was_told(call, now))
        self._count(buckets, now)
        return None

    def _late(self, key: Key, limit: Limit, now: float) -> float:
        """By how many seconds one more would be too soon."""
        full_at = max(self._full_at.get(key, now), now)
        return full_at + limit.seconds - now - limit.whole

    def _count(self, buckets: Sequence[tuple[Key, Limit]], now: float) -> None:
        for key, limit in buckets:
            full_at = max(self._full_at.pop(key, now), now)
            self._full_at[key] = full_at + limit.seconds

    def _was_told(self, call: Call, now: float) -> bool:
        """Whether somebody was asked to wait already in this burst; if not, they are now."""
        person = _person(call)
        if person in self._told_until:
            return True
        if self._limits is not None:
            self._told_until[person] = now + self._limits.person.whole
        return False

    @staticmethod
    def _forget(kept: OrderedDict[Key, float], now: float) -> None:
        """Forget what is over, as far as it was used longest ago, and what is too much."""
        while kept and (len(kept) > REMEMBERED or next(iter(kept.values())) <= now):
            kept.popitem(last=False)


def _person(call: Call) -> Key:
    return call.caller.platform, call.caller.external


def _buckets(call: Call, limits: Limits) -> Iterator[tuple[Key, Limit]]:
    person = _person(call)
    named = call.token.verb if call.token else call.command
    yield person, limits.person
    yield (*person, named.casefold()), limits.command
    if not call.place.private:
        yield (call.place.platform, "", call.place.chat), limits.group


OPEN = Gate(None, lambda: 0.0)
"""Lets everything in."""
