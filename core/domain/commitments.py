"""Commitments: a promise with a maker, a content and a worth; kept, confirmed, or not."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from core.domain.states import Steps
from core.domain.units import MemberId, Number, PoolId, Worth
from core.records import dataclass


class CommitmentState(StrEnum):
    """Where a commitment stands (rules, section 7)."""

    OPEN = "open"
    DONE = "done"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    MISSED = "missed"
    DISPUTED = "disputed"
    REVERSED = "reversed"


COMMITMENT_STEPS: Steps[CommitmentState] = {
    CommitmentState.OPEN: frozenset(
        {CommitmentState.DONE, CommitmentState.WITHDRAWN, CommitmentState.MISSED}
    ),
    CommitmentState.DONE: frozenset(
        {CommitmentState.CONFIRMED, CommitmentState.OPEN, CommitmentState.DISPUTED}
    ),
    CommitmentState.CONFIRMED: frozenset({CommitmentState.DISPUTED}),
    CommitmentState.DISPUTED: frozenset({CommitmentState.CONFIRMED, CommitmentState.REVERSED}),
    CommitmentState.MISSED: frozenset({CommitmentState.DONE}),
}


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise: who, what, how much, until when.

    `need` is the need it answers, if any. `kept` says that the one it was for has confirmed it
    was kept. `claimed_by` is who typed the claim, for somebody without a phone a steward: they may
    not confirm it either. `entry` is the ledger entry that issued its credits. `reason` is why
    the last claim was declined. `template` is what opened it for a month, `gathering` where it was
    kept; `stipend` marks a steward's own time, `backer` the organisation that backs what it issues.
    `carried` is by how much its confirmation changed what its maker carries on. `shown_with` is the
    first of those that one act confirmed: they are shown together, on one card.
    """

    pool: PoolId
    number: Number
    maker: MemberId
    text: str
    worth: Worth
    made_at: datetime
    due: datetime | None = None
    need: Number | None = None
    state: CommitmentState = CommitmentState.OPEN
    note: str = ""
    photo: str = ""
    kept: bool = False
    reason: str = ""
    done_at: datetime | None = None
    claimed_by: MemberId | None = None
    confirmed_at: datetime | None = None
    confirmed_by: MemberId | None = None
    entry: Number | None = None
    template: Number | None = None
    gathering: Number | None = None
    backer: MemberId | None = None
    stipend: bool = False
    carried: int = 0
    shown_with: Number | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that goes with a claim; `sha256` is in the claim, the bytes can be erased."""

    pool: PoolId
    sha256: str
    owner: MemberId
    content: bytes
