"""A pool, its rules, and the chats it lives in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.months import month_of, months_after, open_until, starts_at
from core.domain.rules import TIME_ZONE, ChangeState, Coming, RuleChange, Rules, changed, written
from core.domain.states import Steps
from core.domain.units import Number, PersonId, PoolId
from core.records import dataclass

UNDO_WITHIN = timedelta(minutes=10)
SETTLES_AFTER = timedelta(hours=48)
HELD_AT_MOST = timedelta(days=30)
INVITATION_LASTS = timedelta(days=2)
LINK_CODE_LASTS = timedelta(minutes=10)
LISTING_LASTS = timedelta(days=90)
GENESIS = bytes(32)


class Profile(StrEnum):
    """A named set of rules to start from."""

    EXCHANGE = "exchange"


class Posting(StrEnum):
    """How acts of one kind are shown in the group."""

    CARD = "card"
    DIGEST = "digest"
    OFF = "off"


class Announced(StrEnum):
    """Kinds of acts that a group can hear of."""

    OFFERS = "offers"
    NEEDS = "needs"
    CONFIRMATIONS = "confirmations"
    GATHERINGS = "gatherings"


@dataclass(frozen=True, slots=True)
class Pool:
    """A community's pool of promises. `time_zone` is an IANA name, `currency` an ISO 4217 code.

    `closed_through` is the last month ('2026-10') whose close is done; a pool begins with the month
    before its first. `coming` are the changes of its rules that are announced, in the order of
    their instants. `quiet` pools hear nothing unasked but the month's report.
    """

    id: PoolId
    name: str
    profile: Profile
    currency: str
    time_zone: str
    language: str
    founded_at: datetime
    rules: Rules = field(default_factory=Rules)
    offers: Posting = Posting.CARD
    needs: Posting = Posting.CARD
    confirmations: Posting = Posting.CARD
    gatherings: Posting = Posting.CARD
    quiet: bool = False
    closed_through: str = ""
    coming: tuple[Coming, ...] = ()
    version: int = 1

    def month_of(self, at: datetime) -> str:
        """The month of an instant in the pool's time zone, as '2026-11'."""
        return month_of(at, self.time_zone)

    def posting_of(self, kind: Announced) -> Posting:
        """How acts of this kind are shown in the group."""
        posting: Posting = getattr(self, kind.value)
        return posting

    def is_behind(self, now: datetime) -> bool:
        """Whether a month is over whose close is not done."""
        return now >= open_until(self.closed_through, self.time_zone)

    def at(self, now: datetime) -> Pool:
        """The pool as it stands at an instant: with the changes of its rules that are due."""
        pool = self
        while pool.coming and pool.coming[0].from_at <= now:
            due, *later = pool.coming
            pool = replace(_with(pool, due.rule, due.value, 1), coming=tuple(later))
        return pool

    def as_of(self, at: datetime, changes: Iterable[RuleChange]) -> Pool:
        """The pool with the rules that were in force at an earlier instant.

        `changes` are all that were ever announced; those in force since then are taken back.
        """
        waiting = {each.number for each in self.coming}
        since = [
            each
            for each in changes
            if each.from_at > at
            and each.state is not ChangeState.WITHDRAWN
            and each.number not in waiting
        ]
        pool = self
        for change in sorted(since, key=_begins, reverse=True):
            pool = _with(pool, change.rule, change.before, -1)
        return pool

    def zone_at(self, at: datetime, changes: Iterable[RuleChange]) -> str:
        """The time zone that the pool had at an earlier instant."""
        return self.as_of(at, (each for each in changes if each.rule == TIME_ZONE)).time_zone

    def month_then(self, at: datetime, changes: Iterable[RuleChange]) -> str:
        """The month of an earlier instant, by the clocks that the pool had then."""
        return month_of(at, self.zone_at(at, changes))

    def ends(self, month: str, changes: Iterable[RuleChange]) -> datetime:
        """The first instant after a month, by the clocks that it ends with."""
        return starts_at(months_after(month, 1), self.zone_in(month, changes))

    def zone_in(self, month: str, changes: Iterable[RuleChange]) -> str:
        """By whose clocks a month ends: one that was, or one to come as far as is known.

        They change only where a month begins, so those of its middle are those of its end.
        """
        middle = starts_at(month, self.time_zone) + timedelta(days=14)
        return self.at(middle).as_of(middle, changes).time_zone

    def setting(self, rule: str) -> str:
        """A rule's value as a change of it keeps it."""
        return self.time_zone if rule == TIME_ZONE else written(self.rules, rule)

    @property
    def floor_credits(self) -> int:
        """How far below zero a member may go, as a number that is not above zero.

        A lower limit that was announced binds at once, so that nobody is below it on its day.
        """
        limits = [int(each.value) for each in self.coming if each.rule == "debit_limit"]
        return -min([self.rules.debit_limit_credits, *limits])


def _with(pool: Pool, rule: str, value: str, step: int) -> Pool:
    """The pool with one rule as it is said, and the version of its rules one on or back."""
    if rule == TIME_ZONE:
        pool, rules = replace(pool, time_zone=value), pool.rules
    else:
        rules = changed(pool.rules, rule, value)
    return replace(pool, rules=replace(rules, version=rules.version + step))


def _begins(change: RuleChange) -> tuple[datetime, Number]:
    return change.from_at, change.number


def zone_counts_from(pool: Pool, time_zone: str, now: datetime) -> datetime:
    """From when another time zone can count: once the next month has begun by both clocks.

    So the present month ends by the old ones, and every later one by the new ones (settled.md).
    """
    following = months_after(pool.month_of(now), 1)
    return max(starts_at(following, zone) for zone in (pool.time_zone, time_zone))


class ChatState(StrEnum):
    """Whether a chat belongs to a pool."""

    WAITING = "waiting"
    BOUND = "bound"
    PAUSED = "paused"
    ENDED = "ended"


CHAT_STEPS: Steps[ChatState] = {
    ChatState.WAITING: frozenset({ChatState.BOUND, ChatState.ENDED}),
    ChatState.BOUND: frozenset({ChatState.PAUSED, ChatState.ENDED}),
    ChatState.PAUSED: frozenset({ChatState.BOUND, ChatState.ENDED}),
}


NEWS_FOR = timedelta(hours=48)
"""How old a post may be that a group hears when the bot is back in it."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A group chat (on Discord: a guild) of a pool. `channel` is where announcements go.

    `external` and `channel` are the platform's ids, as text. A Telegram topic or a Discord
    channel stands in `channel`; empty means the chat itself.
    """

    pool: PoolId
    number: Number
    platform: str
    external: str
    title: str
    channel: str
    state: ChatState
    asked_by: PersonId
    asked_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True)
class Invitation:
    """A single-use code that lets a further chat ask to be part of the pool."""

    pool: PoolId
    code: str
    made_by: PersonId
    expires_at: datetime
    used: bool = False
