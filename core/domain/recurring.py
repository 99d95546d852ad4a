"""What comes back every month: promises, pledges of cash, memberships with their plans."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.months import next_month, starts_at
from core.domain.states import Steps
from core.domain.units import Cents, MemberId, Number, PoolId, Worth
from core.records import dataclass


class TemplateKind(StrEnum):
    """What a template opens each month."""

    COMMITMENT = "commitment"
    PLEDGE = "pledge"
    DUES = "dues"


class TemplateState(StrEnum):
    """Where a template stands (rules, section 7: recurring commitment, pledge, membership)."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


TEMPLATE_STEPS: Steps[TemplateState] = {
    TemplateState.ACTIVE: frozenset({TemplateState.PAUSED, TemplateState.ENDED}),
    TemplateState.PAUSED: frozenset({TemplateState.ACTIVE, TemplateState.ENDED}),
}


@dataclass(frozen=True, slots=True)
class Template:
    """Something a member promised for every month, until ended.

    `worth` is that of each month's instance (for pledges and dues in cents). `plan` is the
    membership plan it belongs to: the dues are the membership, a commitment of the same plan is its
    optional part. `opened_in` is the last month ('2026-11') whose instance was opened.
    """

    pool: PoolId
    number: Number
    kind: TemplateKind
    member: MemberId
    text: str
    worth: Worth
    made_at: datetime
    plan: Number | None = None
    opened_in: str = ""
    state: TemplateState = TemplateState.ACTIVE
    ended_at: datetime | None = None
    version: int = 1

    @property
    def optional(self) -> bool:
        """Whether it is the optional part of a membership: to miss a month of it counts nowhere."""
        return self.kind is TemplateKind.COMMITMENT and self.plan is not None


def due_in(month: str, time_zone: str) -> datetime:
    """When what was opened for a month is due: in the last second of its last day there."""
    return starts_at(next_month(month), time_zone) - timedelta(seconds=1)


class PlanState(StrEnum):
    """Whether a plan can be joined."""

    OPEN = "open"
    CLOSED = "closed"


PLAN_STEPS: Steps[PlanState] = {
    PlanState.OPEN: frozenset({PlanState.CLOSED}),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A membership plan: dues a month, benefits in words, an optional commitment a month.

    `promise` is what the optional commitment says, '' without one; missing it costs nothing.
    """

    pool: PoolId
    number: Number
    name: str
    dues: Cents
    benefits: str
    made_by: MemberId
    made_at: datetime
    promise: str = ""
    promise_minutes: int = 0
    state: PlanState = PlanState.OPEN
    version: int = 1
