"""When things go wrong: disputes about entries, commitments and orders, and calls for help."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.states import Steps
from core.domain.units import Credits, MemberId, Number, PersonId, PoolId
from core.records import dataclass

APPEAL_WITHIN = timedelta(days=7)
PANEL_WITHIN = timedelta(days=7)
FOLLOW_UP_AFTER = timedelta(days=14)
PANEL_SIZE = 3
TO_THE_CIRCLE = "circle"
"""What a member of a panel says who wants the group to find a way."""


class Ruling(StrEnum):
    """How a dispute is decided: it stays as it is, is taken back whole, or a part goes back."""

    UNDECIDED = "undecided"
    KEEP = "keep"
    REVERSE = "reverse"
    COMPENSATE = "compensate"


class DisputeState(StrEnum):
    """Where a dispute stands (rules, section 7)."""

    OPENED = "opened"
    TALK = "talk"
    PANEL = "panel"
    CIRCLE = "circle"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"
    COMPENSATED = "compensated"


_ENDS = frozenset(
    {
        DisputeState.RESOLVED,
        DisputeState.WITHDRAWN,
        DisputeState.REVERSED,
        DisputeState.COMPENSATED,
    }
)

DISPUTE_STEPS: Steps[DisputeState] = {
    DisputeState.OPENED: _ENDS | {DisputeState.TALK},
    DisputeState.TALK: _ENDS | {DisputeState.PANEL},
    DisputeState.PANEL: _ENDS | {DisputeState.CIRCLE},
    DisputeState.CIRCLE: _ENDS,
}


ENDED_BY: dict[Ruling, DisputeState] = {
    Ruling.KEEP: DisputeState.RESOLVED,
    Ruling.REVERSE: DisputeState.REVERSED,
    Ruling.COMPENSATE: DisputeState.COMPENSATED,
}


@dataclass(frozen=True, slots=True)
class Dispute:
    """A member says that something is not right; a steward who is not involved decides.

    `about` is the number of the entry, commitment or order. `opener` and `other` are the two sides
    (`other` is None where it is the pool). `holder` is whose credits are frozen, `frozen` how many.
    `helper` is the steward who helps and decides: `ruling`, with so many credits `back` where a
    part goes back, and why in `decision`. `agreed` holds who agreed with it, `panel` the three on
    a panel, `votes` what they said (`id:keep`), each joined by spaces. `next_at` is when it goes
    on by itself: the ruling holds, the panel's time is over, both sides are asked how it went.
    """

    pool: PoolId
    number: Number
    about: Number
    opener: MemberId
    why: str
    opened_at: datetime
    other: MemberId | None = None
    holder: MemberId | None = None
    frozen: Credits = Credits(0)
    helper: MemberId | None = None
    ruling: Ruling = Ruling.UNDECIDED
    back: Credits = Credits(0)
    decision: str = ""
    agreed: str = ""
    panel: str = ""
    votes: str = ""
    next_at: datetime | None = None
    ended_at: datetime | None = None
    state: DisputeState = DisputeState.OPENED
    version: int = 1

    @property
    def sides(self) -> tuple[MemberId, ...]:
        """The members between whom it is."""
        return (self.opener,) if self.other is None else (self.opener, self.other)

    @property
    def on_panel(self) -> tuple[MemberId, ...]:
        """The members of the panel."""
        return tuple(map(MemberId, self.panel.split()))

    @property
    def open(self) -> bool:
        """Whether it is not decided for good."""
        return self.state not in _ENDS

    def agreeing(self, member: MemberId) -> str:
        """`agreed`, with one more who does."""
        return " ".join(dict.fromkeys((*self.agreed.split(), member)))

    def said(self) -> dict[MemberId, str]:
        """What each member of the panel said so far."""
        votes = (vote.partition(":") for vote in self.votes.split())
        return {MemberId(member): word for member, _, word in votes}

    def voting(self, member: MemberId, word: str) -> str:
        """`votes`, with what one member says now."""
        votes = self.said() | {member: word}
        return " ".join(f"{each}:{said}" for each, said in votes.items())


def panels_word(votes: Sequence[str]) -> str | None:
    """What a panel of three decided: the word of two; the circle's when all three differ."""
    for word in votes:
        if votes.count(word) * 2 > PANEL_SIZE:
            return word
    return TO_THE_CIRCLE if len(votes) == PANEL_SIZE else None


class ConcernKind(StrEnum):
    """What somebody turned to the stewards with."""

    SUPPORT = "support"
    FEEDBACK = "feedback"
    EXCHANGE = "exchange"


class ConcernState(StrEnum):
    """Where it stands: nobody has looked, somebody has it in hand, it is closed."""

    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"


CONCERN_STEPS: Steps[ConcernState] = {
    ConcernState.OPEN: frozenset({ConcernState.TAKEN, ConcernState.CLOSED}),
    ConcernState.TAKEN: frozenset({ConcernState.CLOSED}),
}


@dataclass(frozen=True, slots=True)
class Concern:
    """A call for help, a word to the stewards, or a no after an exchange (`about` its order)."""

    pool: PoolId
    number: Number
    kind: ConcernKind
    person: PersonId
    text: str
    opened_at: datetime
    about: Number | None = None
    state: ConcernState = ConcernState.OPEN
    taken_by: MemberId | None = None
    closed_at: datetime | None = None
    version: int = 1
