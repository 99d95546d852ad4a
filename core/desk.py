"""What waits on the way in and on the way out: inbox, questions, outbox, cards.

Asynchronous, because the top floor calls it; every write goes through the one writer all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from core.domain.neutral import Notice
from core.domain.pools import Announced
from core.domain.units import MemberId, Number, PersonId, PoolId
from core.records import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """A command that lacks something: asked of one account, in one chat ('' in private).

    `given` is what was said so far, as JSON. `asks` names the argument that is missing, '' when
    only a yes is. `token` is short and random, and stands in buttons. `message` is the platform's
    id of the question, so that a reply to it is known for its answer.
    """

    token: str
    platform: str
    external: str
    chat: str
    pool: PoolId | None
    command: str
    given: str
    asks: str
    expires_at: datetime
    message: str = ""


class Questions(Protocol):
    """Questions that were asked and not answered yet."""

    async def ask(self, question: Question) -> None:
        """Keep a question; it takes the place of an earlier one to the same account there."""

    async def open(self, platform: str, external: str, chat: str, now: datetime) -> Question | None:
        """The question that this account was asked there, unless its time is over."""

    async def find(self, token: str, now: datetime) -> Question | None: ...
    async def answered(self, token: str) -> None: ...
    async def asked_as(self, token: str, message: str) -> None:
        """Remember as which message of the platform a question was shown."""


class Sort(StrEnum):
    """What an outgoing row is."""

    CARD = "card"
    NOTICE = "notice"
    POST = "post"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to be said outside. Rows of one lane leave in order, one at a time.

    CARD: the thing `number` as it stands now, in one chat (`platform`, `chat`, `channel`);
    NOTICE: `notice` to `person`; POST: `notice` to a chat; DIGEST: the things of `numbers` in one
    post to a chat. `attempts` counts this claim and those before it that failed or died; `reason`
    says how the last one went.
    """

    id: int
    pool: PoolId
    lane: str
    sort: Sort
    attempts: int
    platform: str = ""
    chat: str = ""
    channel: str = ""
    number: Number = Number(0)
    numbers: tuple[Number, ...] = ()
    kind: Announced | None = None
    member: MemberId | None = None
    person: PersonId | None = None
    notice: Notice | None = None
    created_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Something that was not said in the end, and why. `notice` is its kind, '' for a card.

    What it would have said to somebody is nobody else's business and does not stand here.
    """

    pool: PoolId
    sort: Sort
    platform: str
    chat: str
    notice: str
    reason: str
    created_at: datetime


class Outbox(Protocol):
    """What is to be said outside, at least once, in order within a lane."""

    async def claim(
        self, now: datetime, lease: timedelta, limit: int, platforms: tuple[str, ...] = ()
    ) -> Sequence[Outgoing]:
        """Take the oldest due row of each free lane; others leave them alone until the lease ends.

        With `platforms`, only rows for chats there, and those for persons not handed elsewhere.

        Later card rows for the same thing in the same chat are taken together with it.
        """

    async def done(self, row: Outgoing) -> None: ...
    async def again(self, row: Outgoing, not_before: datetime, reason: str = "") -> None:
        """Put a row back that is not at fault; it stays the first of its lane."""

    async def hand_over(self, row: Outgoing, platform: str, now: datetime) -> None:
        """Leave a row for a person to whoever serves a platform, from now on."""

    async def failed(self, row: Outgoing, not_before: datetime, reason: str) -> None:
        """Put a row back, and count that it failed."""

    async def keep(self, row: Outgoing, reason: str) -> None:
        """Lay a row by until its reader opens a way; the rest of its lane goes on."""

    async def dead(self, row: Outgoing, reason: str) -> None:
        """Give a row up, so that the rest of its lane can go on."""

    async def card(self, pool: PoolId, number: Number, platform: str, chat: str) -> str:
        """The platform's id of the message that shows a thing in a chat, '' for none yet."""

    async def carded(
        self, pool: PoolId, number: Number, platform: str, chat: str, message: str
    ) -> None:
        """Remember which message shows a thing in a chat; '' forgets it."""

    async def unreachable(self, platform: str, external: str, closed_until: datetime) -> None:
        """A message to this account was refused: it is left alone until then."""

    async def waiting(self) -> int:
        """Rows that are to be said, and can be."""

    async def kept(self) -> int:
        """Rows that wait until a chat or a person can be written to again."""

    async def given_up(self) -> Sequence[GivenUp]:
        """What was not said in the end, oldest first."""

    async def say_again(self, now: datetime) -> int:
        """Put all that was given up back, as if it were new; how many there were."""

    async def let_go(self) -> int:
        """Forget all that was given up; how many there were."""

    async def digest(self, pool: PoolId, now: datetime) -> None:
        """Put what has gathered for the day's digest of a pool into its chats' lanes."""

    async def drop_digest(self, pool: PoolId) -> None:
        """Let go of what has gathered: the pool wants to hear nothing unasked."""

    async def digests_due(self, before: datetime) -> Sequence[PoolId]:
        """Pools with something gathered for a digest since before this instant."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An update of a platform, stored before the platform was told that it arrived."""

    id: int
    bot: str
    update: int
    lane: str
    payload: str


class Inbox(Protocol):
    """Updates that arrived and are not handled yet. Those of one lane are handled in order."""

    async def store(self, bot: str, updates: Sequence[tuple[int, str, str]]) -> Sequence[Incoming]:
        """Keep (update id, lane, payload) durably; those that were not known before."""

    async def next(self, bot: str, busy: Sequence[str], limit: int) -> Sequence[Incoming]:
        """The oldest unhandled update of each lane that is not busy."""

    async def handled(self, incoming: Incoming) -> None:
        """The payload is wiped; that it came is remembered."""


class Notes(Protocol):
    """Small facts of the house, by name: the hash of the menus that were set, and such."""

    async def get(self, name: str) -> str: ...
    async def put(self, name: str, value: str) -> None: ...
