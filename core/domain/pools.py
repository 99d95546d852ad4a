"""A pool, its rules, and the chats it lives in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.domain.states import Steps
from core.domain.units import Credits, Number, PersonId, PoolId, Rates

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


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a pool, each with the profile's default; a change makes a new version."""

    version: int = 1
    rates: Rates = field(default_factory=Rates)
    debit_limit_credits: Credits = Credits(0)
    ask_before_credits: Credits = Credits(20)
    term_days: int = 365


@dataclass(frozen=True, slots=True)
class Pool:
    """A community's pool of promises. `time_zone` is an IANA name, `currency` an ISO 4217 code."""

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
    version: int = 1

    def month_of(self, at: datetime) -> str:
        """The month of an instant in the pool's time zone, as '2026-11'."""
        return at.astimezone(ZoneInfo(self.time_zone)).strftime("%Y-%m")

    def posting_of(self, kind: Announced) -> Posting:
        """How acts of this kind are shown in the group."""
        if kind is Announced.OFFERS:
            return self.offers
        return self.needs if kind is Announced.NEEDS else self.confirmations


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
