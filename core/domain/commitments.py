"""Commitments: a promise with a maker, a content and a worth; kept, confirmed, or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.states import Steps
from core.domain.units import MemberId, Number, PoolId, Worth


class CommitmentState(StrEnum):
    """Where a commitment stands (rules, section 7; disputes come with a later table)."""

    OPEN = "open"
    DONE = "done"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    MISSED = "missed"


COMMITMENT_STEPS: Steps[CommitmentState] = {
    CommitmentState.OPEN: frozenset(
        {CommitmentState.DONE, CommitmentState.WITHDRAWN, CommitmentState.MISSED}
    ),
    CommitmentState.DONE: frozenset({CommitmentState.CONFIRMED, CommitmentState.OPEN}),
    CommitmentState.MISSED: frozenset({CommitmentState.DONE}),
}


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise: who, what, how much, until when.

    `need` is the need it answers, if any. `kept` says that the one it was for has confirmed it
    was kept. `claimed_by` is who typed the claim, for somebody without a phone a steward: they may
    not confirm it either. `entry` is the ledger entry that issued its credits. `reason` is why
    the last claim was declined.
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
    version: int = 1


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that goes with a claim; `sha256` is in the claim, the bytes can be erased."""

    pool: PoolId
    sha256: str
    owner: MemberId
    content: bytes
